package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// The plan that the guide to the first submission shows is what a plan shows.
func TestFirstSubmissionGuideShowsThePlan(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Ephemeral) // Older ones do not show write-only arguments.
	guide, err := os.ReadFile(filepath.Join(root, "..", "docs", "guides", "first-submission.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := strings.Cut(string(guide), "```text\n")
	want, _, _ = strings.Cut(want, "\n```")
	w := newWorld(t)
	path := w.Package("Contoso_1.0.0.0_x64.msix", msixtest.Manifest{})
	cli := serve(t, w, filepath.Join(root, "guides", "first-submission"))
	cli.Export(acctest.Environment{"TF_VAR_package": path})
	out := cli.MustRun("plan")
	_, got, _ := strings.Cut(out, "\n\n  # msstore_flight_submission.beta")
	got, _, _ = strings.Cut("  # msstore_flight_submission.beta"+got, "\n\nChanges to Outputs:")
	got = strings.NewReplacer(w.ApplicationID, "9NBLGGH4R315", path, "Contoso_1.0.0.0_x64.msix").Replace(got)
	digest := regexp.MustCompile("[0-9a-f]{64}")
	if diff := cmp.Diff(digest.ReplaceAllString(want, "digest"), digest.ReplaceAllString(got, "digest")); diff != "" {
		t.Errorf("the plan, -guide +CLI:\n%s", diff)
	}
}

// rollout is the configuration of the guide to gradual rollouts, on a flight
// whose published submission everybody has.
func rollout(t *testing.T) (*acctest.World, *acctest.CLI) {
	t.Helper()
	w := newWorld(t)
	finalize(w)
	return w, serve(t, w, filepath.Join(root, "guides", "gradual-rollout"))
}

// The guide to gradual rollouts from its first step to the next version.
func TestGradualRolloutGuide(t *testing.T) {
	t.Parallel()
	w, cli := rollout(t)
	apply := func(variables ...string) string {
		t.Helper()
		args := []string{"apply", "-auto-approve"}
		for _, v := range variables {
			args = append(args, "-var="+v)
		}
		return cli.MustRun(args...)
	}
	says := acctest.Says
	says(t, apply(), "2 added")
	says(t, apply("rollout_percentage=10"), "0 added, 2 changed, 0 destroyed")
	apply("rollout_percentage=50")
	says(t, apply("rollout_percentage=100"), "Check block assertion failed", "at 100 % and still live")
	apply("rollout_percentage=100", "rollout_state=finalized")
	w.Package("Contoso_x64.msix", msixtest.Manifest{Version: "2.0.0.0"})
	says(t, cli.MustRun("plan", "-var=rollout_state=finalized"), "New submission will be finalized")
	apply()
	says(t, cli.MustRun("plan", "-var=rollout_state=halted"), "Rollout will be halted")
	apply("rollout_state=halted")

	var did []string
	// The first event is the rollout before this one, ended in Partner Center.
	for _, e := range w.Sim.Events(storesim.EventCommitted, storesim.EventRolloutUpdated, storesim.EventRolloutHalted, storesim.EventRolloutFinalized)[1:] {
		did = append(did, strings.TrimSpace(string(e.Kind)+" "+e.Detail))
	}
	want := []string{
		"submission committed", "rollout updated 10", "rollout updated 50", "rollout updated 100", "rollout finalized",
		"submission committed", "rollout halted",
	}
	if !slices.Equal(did, want) {
		t.Errorf("the Store saw %q, want %q", did, want)
	}
}

// The postcondition makes an error of a wait that runs out of time, without
// tainting the submission: the next apply goes on with it.
func TestGradualRolloutGuideRunsOutOfTime(t *testing.T) {
	t.Parallel()
	w, cli := rollout(t)
	w.Sim.Hold("Certification")
	path := filepath.Join(cli.Dir, "main.tf")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), "72h", "3s")), 0o600); err != nil {
		t.Fatal(err)
	}
	acctest.Says(t, cli.MustFail("apply", "-auto-approve"), "Flight submission has not reached its goal yet", "Resource postcondition failed", "Apply again to continue waiting")
	w.Sim.Release("Certification")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "1 added, 1 changed, 0 destroyed")
	if n := len(w.Sim.Events(storesim.EventCommitted)); n != 1 {
		t.Errorf("%d commits", n)
	}
}
