package documentation_test

import (
	"regexp"
	"strings"
	"testing"
)

var (
	block = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	// bashAlone is what PowerShell does not understand, or takes for something else: it splits a word that begins with a hyphen
	// at its first dot.
	bashAlone = regexp.MustCompile(`(?m)^export |^\w+=|\$|\\$|\|\||&&|<<|\| |(?:^| )-[\w-]+=[^ "]*\.`)
	splitWord = regexp.MustCompile("`(?:terraform|tofu) [^`]*? -[\\w-]+=[^ `\"]*\\.[^`]*`")
	// gnuAlone is what the commands of macOS lack.
	gnuAlone = regexp.MustCompile(`\b(?:sha256sum|md5sum|readlink -f|sed -i|date -d|grep -P)\b`)
)

// Commands work in PowerShell as they are, or have a twin for it after them. What they call is there on macOS too.
func TestCommandsWorkInEveryShell(t *testing.T) {
	t.Parallel()
	count := 0
	for _, page := range pages(t) {
		blocks := block.FindAllStringSubmatch(read(t, page), -1)
		for i, b := range blocks {
			if b[1] != "shell" {
				continue
			}
			count++
			alone := bashAlone.FindString(b[2])
			if twin := i+1 < len(blocks) && blocks[i+1][1] == "powershell"; alone != "" && !twin {
				t.Errorf("%s: PowerShell does not understand %q, and no block for it follows:\n%s", page, alone, b[2])
			}
			if gnu := gnuAlone.FindString(b[2]); gnu != "" {
				t.Errorf("%s: macOS has no %s:\n%s", page, gnu, b[2])
			}
		}
		for _, word := range splitWord.FindAllString(fence.ReplaceAllString(read(t, page), ""), -1) {
			t.Errorf("%s: PowerShell splits a word of %s at its dot; write a space in place of the =", page, word)
		}
	}
	if count < 20 {
		t.Errorf("only %d blocks were found", count)
	}
}

func TestBashAlone(t *testing.T) {
	t.Parallel()
	for command, alone := range map[string]bool{
		"terraform apply -auto-approve -var now=2026-12-24T09:00:00Z":      false,
		"terraform plan -out tfplan -input=false # and look":               false,
		"terraform apply -invoke=action.msstore_await.beta":                true,
		"terraform apply \"-invoke=action.msstore_await.beta\"":            false,
		"export TF_VAR_package=a":                                          true,
		"MSSTORE_FAULTS=all go test ./...":                                 true,
		"terraform apply \\\n  -auto-approve":                              true,
		"terraform plan || notify":                                         true,
		"terraform show -json tfplan | jq .":                               true,
		"opa eval 'data.terraform.policies.rollout.deny'":                  false,
		"go run ./internal/cmd/storesim > .bin/try/main.tf":                false,
		"gh attestation verify terraform-provider-msstore_0.1.0_linux.zip": false,
	} {
		if got := bashAlone.MatchString(command + "\n"); got != alone {
			t.Errorf("%s: bash alone understands it: %t, want %t", strings.TrimSpace(command), got, alone)
		}
	}
}
