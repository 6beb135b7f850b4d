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
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// configuration is a copy of an example, with the CLI in its folder.
type configuration struct {
	*installation

	folder string
}

// configure copies an example and initializes it. Variables that stay the same go into a file, so that the commands that
// are shown are those that run.
func (i *installation) configure(ctx context.Context, example, variables string) (*configuration, error) {
	c := &configuration{installation: i, folder: filepath.Join(i.dir, example)}
	if err := os.CopyFS(c.folder, os.DirFS(filepath.Join(i.examples, example))); err != nil {
		return nil, err
	}
	if err := c.write("demo.auto.tfvars", []byte(variables)); err != nil {
		return nil, err
	}
	_, err := output(c.command(ctx, "init", "-no-color"))
	return c, err
}

func (c *configuration) write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(c.folder, name), content, 0o600)
}

// command prepares a command of the CLI. Ctrl-C in a terminal goes to the CLI too, which then ends its provider and writes its
// state, unless a second signal stops it at once. So it is left alone.
func (c *configuration) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), c.binary, args...)
	cmd.Dir, cmd.Env = c.folder, c.env
	return cmd
}

func (c *configuration) show(args []string) {
	c.page.printf("   $ %s %s\n", strings.TrimSuffix(filepath.Base(c.binary), ".exe"), strings.Join(args, " "))
}

// change runs an apply or a destroy, and retells what it and the Store do, a line for each event.
func (c *configuration) change(ctx context.Context, store *storesim.Sim, args ...string) error {
	c.show(args)
	cmd := c.command(ctx, append([]string{args[0], "-json"}, args[1:]...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	return c.page.watch(store, func() error {
		retell(out, c.page)
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("%s %s: %w", c.binary, args[0], err)
		}
		return nil
	})
}

// plan runs a plan and returns what it prints.
func (c *configuration) plan(ctx context.Context, args ...string) (string, error) {
	args = append([]string{"plan"}, args...)
	c.show(args)
	out, err := c.command(ctx, append(args, "-no-color")...).CombinedOutput()
	return string(out), err
}

// refused runs a plan that has to fail, and prints why it does.
func (c *configuration) refused(ctx context.Context, args ...string) error {
	text, err := c.plan(ctx, args...)
	if err == nil {
		return errors.New("the plan should be refused:\n" + text)
	}
	_, message, found := strings.Cut(text, "Error: ")
	if !found {
		return fmt.Errorf("%w\n%s", err, text)
	}
	c.page.block(strings.NewReplacer("│ ", "", "│", "", "╵", "").Replace("Error: " + message))
	return nil
}

// retell prints the messages of the CLI's machine-readable output that carry the
// story: what is planned, what is done, what is warned of. The CLI repeats for the
// apply what it warned of for the plan.
func retell(out io.Reader, page *page) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	warned := map[string]bool{}
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
			page.block(event.Message)
		case "diagnostic":
			text := event.Message + "\n" + event.Diagnostic.Detail
			if !warned[text] {
				page.block(text)
			}
			warned[text] = true
		}
	}
}
