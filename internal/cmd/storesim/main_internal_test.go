package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

// start runs the command until the end of the test, and returns the configuration that it prints and the steps that it names.
func start(t *testing.T, args ...string) (configuration string, steps []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var config strings.Builder
	notes, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0", "-stage-duration", "1ms"}, args...), &config, writer)
		_ = writer.Close()
		done <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewScanner(notes)
	if !lines.Scan() || !strings.Contains(lines.Text(), "ready at http://127.0.0.1:") {
		t.Fatalf("the first line is %q, error %v", lines.Text(), lines.Err())
	}
	for lines.Scan() {
		if command, ok := strings.CutPrefix(lines.Text(), "  terraform "); ok {
			command, _, _ = strings.Cut(command, "   ")
			steps = append(steps, command)
		}
		if strings.Contains(lines.Text(), "destroy") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, notes) }()
	return config.String(), steps
}

// The steps that the command names work with the configuration that it prints.
func TestRun(t *testing.T) {
	t.Parallel()
	configuration, steps := start(t, "-access-token", "mine", "-identity-name", "My.App", "-publisher", "CN=Mine")
	terraform := acctest.New(t).ServedCLI(configuration)
	says := []string{"2 added", "1 changed", "1 changed", "2 changed", "2 destroyed"}
	if len(steps) != len(says) {
		t.Fatalf("the steps are %q", steps)
	}
	for i, step := range steps {
		out := terraform.MustRun(append(strings.Fields(step), "-auto-approve")...)
		acctest.Says(t, out, says[i])
	}
}

func TestCrashes(t *testing.T) {
	t.Parallel()
	configuration, _ := start(t, "-crashes", "6")
	terraform := acctest.New(t).ServedCLI(configuration +
		acctest.Block(`data "msstore_failure_hits" "canary"`, "application_id = msstore_flight_submission.canary.application_id", `package_version = "2.0.0.0"`) +
		acctest.Block(`output "crashes"`, "value = data.msstore_failure_hits.canary.event_count"))
	acctest.Says(t, terraform.MustRun("apply", "-auto-approve"), "crashes = 6")
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
			if err := run(t.Context(), args, &out, io.Discard); err == nil || out.Len() > 0 {
				t.Errorf("error %v, output %s", err, &out)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), []string{"-help"}, &out, io.Discard); err != nil || !strings.Contains(out.String(), "-identity-name") {
		t.Errorf("error %v, output %s", err, &out)
	}
}
