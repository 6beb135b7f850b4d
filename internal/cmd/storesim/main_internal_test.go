package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

// TestRun starts the command, applies the configuration that it prints, and interrupts it.
func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, []string{
			"-addr", "127.0.0.1:0", "-access-token", "mine", "-stage-duration", "1ms", "-identity-name", "My.App", "-publisher", "CN=Mine",
		}, writer)
		_ = writer.Close()
		done <- err
	}()
	var config strings.Builder
	for scanner := bufio.NewScanner(reader); scanner.Scan(); {
		config.WriteString(scanner.Text() + "\n")
		if strings.Contains(scanner.Text(), "wait_for") {
			config.WriteString("}\n")
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()

	out := acctest.New(t).ServedCLI(config.String()).MustRun("apply", "-auto-approve")
	acctest.Says(t, out, "1 added")

	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"no port": {"-addr", "nowhere"}, "all interfaces": {"-addr", ":8780"}, "another machine": {"-addr", "192.0.2.1:8780"},
		"unknown flag": {"-unknown"}, "no failure": {"-fail-at", "Published"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if err := run(t.Context(), args, &out); err == nil || out.Len() > 0 {
				t.Errorf("error %v, output %s", err, &out)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), []string{"-help"}, &out); err != nil || !strings.Contains(out.String(), "-identity-name") {
		t.Errorf("error %v, output %s", err, &out)
	}
}
