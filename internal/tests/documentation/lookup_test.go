package documentation_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
)

// Every variable that can choose a credential is on the provider's page: one that
// some CI service exports unasked would be a riddle.
func TestVariablesAreDocumented(t *testing.T) {
	t.Parallel()
	var asked []string
	// The variables of Azure Pipelines are looked at where nothing else is set.
	for _, environment := range []map[string]string{nil, {"SYSTEM_OIDCREQUESTURI": "https://example.com", "SYSTEM_ACCESSTOKEN": "token"}} {
		_, _ = credential.Resolve(credential.Config{}, func(name string) (string, bool) {
			asked = append(asked, name)
			value, ok := environment[name]
			return value, ok
		})
	}
	if !slices.Contains(asked, "servicePrincipalId") {
		t.Errorf("not all variables were asked for: %q", asked)
	}
	slices.Sort(asked)
	page := read(t, "docs/index.md")
	for _, name := range slices.Compact(asked) {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("docs/index.md does not mention %s", name)
		}
	}
}

// What the provider has advice on is also what people look up.
func TestCodesOfEntraAreDocumented(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/guides/troubleshooting-sign-in.md")
	codes := regexp.MustCompile(`(?m)^\t(\d+): +\{"`).FindAllStringSubmatch(read(t, "internal/credential/explain.go"), -1)
	if len(codes) < 20 {
		t.Fatalf("only %d codes were found", len(codes))
	}
	for _, m := range codes {
		if !strings.Contains(page, "`AADSTS"+m[1]+"`") {
			t.Errorf("the guide does not explain AADSTS%s", m[1])
		}
	}
}

// Whoever looks up a code of the Store finds it.
func TestCodesOfTheStoreAreDocumented(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/guides/failed-or-stuck-submission.md")
	codes := regexp.MustCompile(`(?m)^\t"(\w+)": +"`).FindAllStringSubmatch(read(t, "internal/storeapi/status_advice.go"), -1)
	if len(codes) < 15 {
		t.Fatalf("only %d codes were found", len(codes))
	}
	for _, m := range codes {
		if !strings.Contains(page, "`"+m[1]+"`") {
			t.Errorf("the guide does not explain %s", m[1])
		}
	}
}
