package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/cli"
)

const (
	// module is the provider, for go build in any folder of the project.
	module = "github.com/terraform-msstore/terraform-provider-msstore"
	// token is the access token that the local Store accepts.
	token = "demo-token"
	// version is what the provider is installed as; the examples ask for such a one.
	version = "0.1.0"
)

// installation is a CLI that installs the provider of this project.
type installation struct {
	binary string
	env    []string
	// examples are the project's, dir is where their copies go.
	examples, dir string
	page          *page
}

// install builds the provider and puts it where the CLI installs it from without a network.
func install(ctx context.Context, dir string, page *page) (*installation, error) {
	binary, err := cli.Find()
	if err != nil {
		return nil, err
	}
	root, err := output(exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module))
	if err != nil {
		return nil, fmt.Errorf("looking for the project's folder: %w", err)
	}
	built := filepath.Join(dir, "provider.exe")
	err = page.progress("Building the provider, which takes a minute or two the first time", func() error {
		_, err := output(exec.CommandContext(ctx, "go", "build", "-o", built, module))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("building the provider: %w", err)
	}
	mirror := filepath.Join(dir, "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		target := filepath.Join(mirror, host, "terraform-msstore", "msstore", version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(target, 0o750); err != nil {
			return nil, err
		}
		// Windows wants the extension, and no other system minds it.
		if err := os.Link(built, filepath.Join(target, "terraform-provider-msstore_v"+version+".exe")); err != nil {
			return nil, err
		}
	}
	config := filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return &installation{
		binary: binary, examples: filepath.Join(strings.TrimSpace(root), "examples"), dir: dir, page: page,
		env: append(cli.Environment(),
			"TF_CLI_CONFIG_FILE="+config, "MSSTORE_ACCESS_TOKEN="+token, "MSSTORE_POLL_INTERVAL=200ms", "MSSTORE_REQUESTS_PER_MINUTE=0",
		),
	}, nil
}

// output runs a command. Its error has what the command wrote on standard error.
func output(cmd *exec.Cmd) (string, error) {
	out, err := cmd.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w\n%s", err, e.Stderr)
	}
	return string(out), err
}
