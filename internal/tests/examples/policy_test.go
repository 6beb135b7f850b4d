package examples_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

const (
	tooManyAtFirst = "a version goes to at most 5 % of the testers at first"
	notYours       = "only a release manager finalizes a rollout"
)

// governed is a configuration whose plans the policy of examples/guard-rails judges.
type governed struct {
	*acctest.World

	cli *acctest.CLI
	opa string
}

func newGoverned(t *testing.T) *governed {
	t.Helper()
	opa := os.Getenv("MSSTORE_OPA")
	if opa == "" {
		t.Skip("MSSTORE_OPA names no OPA: make test-policies does")
	}
	w := newWorld(t)
	finalize(w)
	cli := w.ServedCLI(w.Config())
	if err := os.CopyFS(cli.Dir, os.DirFS(filepath.Join(root, "guard-rails"))); err != nil {
		t.Fatal(err)
	}
	return &governed{World: w, cli: cli, opa: opa}
}

// configure writes a submission and its rollout with the given arguments; without any for the rollout there is none.
func (g *governed) configure(submission, rollout string) {
	config := g.Config(g.Block(`resource "msstore_flight_submission" "beta"`, submission))
	if rollout != "" {
		config += acctest.BlockOf("msstore_flight_submission.beta", `resource "msstore_package_rollout" "beta"`, rollout)
	}
	g.cli.Configure(config)
}

// apply also lets what it has committed reach the testers.
func (g *governed) apply() {
	g.cli.MustRun("apply", "-auto-approve")
	publish(g.World)
}

// denies asserts what the policy says of a plan that somebody makes: nothing if want is empty.
func (g *governed) denies(t *testing.T, somebody, want string, arguments ...string) {
	t.Helper()
	g.cli.MustRun(append([]string{"plan", "-out=tfplan"}, arguments...)...)
	input := fmt.Sprintf(`{"plan": %s, "run": {"created_by": %q}}`, g.cli.MustRun("show", "-json", "tfplan"), somebody)
	cmd := exec.CommandContext(t.Context(), g.opa, "eval", "--format=raw", "--stdin-input", "--data=rollout.rego", "data.terraform.policies.rollout.deny")
	cmd.Dir = g.cli.Dir
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	var messages []string
	if err == nil {
		err = json.Unmarshal(out, &messages)
	}
	switch {
	case err != nil:
		t.Errorf("%v: %s", err, out)
	case want == "" && len(messages) > 0, want != "" && !slices.ContainsFunc(messages, func(m string) bool { return strings.HasSuffix(m, want) }):
		t.Errorf("the policy says %q of the plan, want %q", messages, want)
	}
}

func (g *governed) submission(version string, arguments ...string) string {
	path := g.Package("Contoso_"+version+".msix", msixtest.Manifest{Version: version})
	return strings.Join(append(arguments, acctest.Packages(path)), "\n  ")
}

const small = "package_rollout = { initial_percentage = 5 }"

func TestPolicyOnTheFirstPercentage(t *testing.T) {
	t.Parallel()
	g := newGoverned(t)
	g.configure(g.submission("1.0.0.0"), "")
	g.denies(t, "me", tooManyAtFirst)
	g.configure(g.submission("1.0.0.0", "package_rollout = { initial_percentage = 6 }"), "")
	g.denies(t, "me", tooManyAtFirst)
	g.configure(g.submission("1.0.0.0", small), "")
	g.denies(t, "me", "")

	// The ID of the first submission of a flight is known: its draft comes with the flight.
	published := g.FlightID
	g.FlightID = g.Sim.AddFlight(g.ApplicationID, storesim.Flight{FriendlyName: "new"})
	g.configure(g.submission("1.0.0.0"), "")
	g.denies(t, "me", tooManyAtFirst)
	g.FlightID = published

	// A draft is no way around it.
	g.configure(g.submission("1.0.0.0", small, "commit = false"), "")
	g.apply()
	g.denies(t, "me", "")
	g.configure(g.submission("1.0.0.0"), "")
	g.denies(t, "me", tooManyAtFirst)

	g.configure(g.submission("1.0.0.0", small), "percentage = 5")
	g.apply()
	g.configure(g.submission("1.0.0.0", small), "percentage = 100")
	g.denies(t, "me", "")
	g.configure(g.submission("2.0.0.0", `active_rollout_policy = "halt"`), "percentage = 5")
	g.denies(t, "me", tooManyAtFirst)
}

func TestPolicyOnWhoFinalizes(t *testing.T) {
	t.Parallel()
	g := newGoverned(t)
	g.configure(g.submission("1.0.0.0", small), "percentage = 5")
	g.apply()
	g.configure(g.submission("1.0.0.0", small), `state = "halted"`)
	g.denies(t, "me", "")
	g.configure(g.submission("1.0.0.0", small, `active_rollout_policy = "finalize"`), "percentage = 5")
	g.denies(t, "me", "") // Nothing is submitted.
	g.configure(g.submission("2.0.0.0", small, `active_rollout_policy = "halt"`), "percentage = 5")
	g.denies(t, "me", "")
	g.configure(g.submission("2.0.0.0", small, `active_rollout_policy = "finalize"`), "percentage = 5")
	g.denies(t, "me", notYours)
	g.denies(t, "release-manager", "")

	for policy, want := range map[string]string{"halt": "", "finalize": notYours} {
		g.configure(g.submission("1.0.0.0", small), fmt.Sprintf("percentage = 5\n  deletion_policy = %q", policy))
		g.apply()
		g.denies(t, "me", want, "-destroy")
	}

	finalized := `state = "finalized"`
	g.configure(g.submission("1.0.0.0", small), finalized)
	g.denies(t, "me", notYours)
	g.denies(t, "release-manager", "")
	g.apply()
	g.denies(t, "me", "")
	g.configure(g.submission("1.0.0.0", small), finalized+"\n  timeouts = { read = \"5m\" }")
	g.denies(t, "me", "")
	g.configure(g.submission("2.0.0.0", small), finalized)
	g.denies(t, "me", notYours)
}

func TestPolicyOnTheActionThatFinalizes(t *testing.T) {
	t.Parallel()
	g := newGoverned(t)
	acctest.Requires(t, acctest.Actions)
	for action, want := range map[string]string{"msstore_finalize_package_rollout": notYours, "msstore_halt_package_rollout": ""} {
		g.cli.Configure(g.Config(acctest.Block(fmt.Sprintf(`action %q "beta"`, action), g.Block("config"))))
		g.denies(t, "me", want, "-invoke=action."+action+".beta")
	}
}
