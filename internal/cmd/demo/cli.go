package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/cli"
)

// token is the access token that the local Store accepts.
const token = "demo-token"

// version is what the provider is installed as; the examples ask for such a one.
const version = "0.1.0"

// runner is Terraform or OpenTofu in a folder of its own.
type runner struct {
	binary string
	dir    string
	env    []string
}

// newRunner builds the provider, puts it where the CLI installs it from without a
// network, and initializes a copy of the example.
func newRunner(ctx context.Context, dir, endpoint string) (*runner, error) {
	binary, err := findCLI()
	if err != nil {
		return nil, err
	}
	c := &runner{binary: binary, dir: filepath.Join(dir, "configuration")}
	mirror := filepath.Join(dir, "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		target := filepath.Join(mirror, host, "terraform-msstore", "msstore", version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := build(ctx, filepath.Join(target, "terraform-provider-msstore_v"+version)); err != nil {
			return nil, err
		}
	}
	config := filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	if err := os.CopyFS(c.dir, os.DirFS(filepath.Join("examples", "complete"))); err != nil {
		return nil, fmt.Errorf("copying the example: run the demo from the project's root: %w", err)
	}
	c.env = append(cli.Environment(),
		"TF_CLI_CONFIG_FILE="+config,
		"MSSTORE_ENDPOINT="+endpoint,
		"MSSTORE_ACCESS_TOKEN="+token,
		"MSSTORE_POLL_INTERVAL=200ms",
		"MSSTORE_REQUESTS_PER_MINUTE=0",
	)
	out, err := c.command(ctx, "init", "-no-color").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s init: %w\n%s", c.binary, err, out)
	}
	return c, nil
}

// findCLI honours the variable that also tells the tests which CLI to use.
func findCLI() (string, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path, nil
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("neither terraform nor tofu is on PATH")
}

func build(ctx context.Context, target string) error {
	if runtime.GOOS == "windows" {
		target += ".exe"
	}
	out, err := exec.CommandContext(ctx, "go", "build", "-o", target, ".").CombinedOutput()
	if err != nil {
		return fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	return nil
}

func (c *runner) command(ctx context.Context, args ...string) *exec.Cmd {
	// Ctrl-C in a terminal goes to the CLI too, which then ends its provider and writes its state, unless a second signal
	// stops it at once. So it is left alone.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), c.binary, args...)
	cmd.Dir = c.dir
	cmd.Env = c.env
	return cmd
}

// run runs a command and retells what it does, a line for each event.
func (c *runner) run(ctx context.Context, args ...string) error {
	fmt.Printf("   $ %s %s\n", filepath.Base(c.binary), strings.Join(append([]string{args[0]}, shown(args[1:])...), " "))
	cmd := c.command(ctx, append([]string{args[0], "-json"}, args[1:]...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	retell(out)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%s %s: %w", c.binary, args[0], err)
	}
	return nil
}

// expectNoChanges runs a plan that must be empty.
func (c *runner) expectNoChanges(ctx context.Context, variables []string) error {
	fmt.Printf("   $ %s plan %s\n", filepath.Base(c.binary), strings.Join(shown(variables), " "))
	out, err := c.command(ctx, append([]string{"plan", "-no-color", "-detailed-exitcode"}, variables...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("the plan should be empty: %w\n%s", err, out)
	}
	fmt.Println("     No changes.")
	return nil
}

// shown leaves out what a reader does not need.
func shown(args []string) []string {
	var kept []string
	for _, arg := range args {
		name, value, _ := strings.Cut(strings.TrimPrefix(arg, "-var="), "=")
		switch name {
		case "application_id", "group_ids", "-auto-approve":
		case "packages":
			kept = append(kept, "-var=packages=[\""+filepath.Base(strings.Trim(value, `["]`))+"\"]")
		default:
			kept = append(kept, arg)
		}
	}
	return kept
}

// retell prints the messages of the CLI's machine-readable output that carry the
// story: what is planned, what is done, what is warned of.
func retell(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var event struct {
			Type       string `json:"type"`
			Message    string `json:"@message"`
			Diagnostic struct {
				Detail string `json:"detail"`
			} `json:"diagnostic"`
		}
		if json.Unmarshal(lines.Bytes(), &event) != nil {
			continue
		}
		switch event.Type {
		case "planned_change", "apply_start", "apply_complete", "change_summary":
			fmt.Println("    ", event.Message)
		case "diagnostic":
			fmt.Printf("     %s\n       %s\n", event.Message, strings.ReplaceAll(event.Diagnostic.Detail, "\n", "\n       "))
		}
	}
}
