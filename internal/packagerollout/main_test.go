package packagerollout_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

const (
	address    = "msstore_package_rollout.test"
	submission = "msstore_flight_submission.test"
)

// The rollout's statuses in the Store's words.
const (
	notStarted = "PackageRolloutNotStarted"
	inProgress = "PackageRolloutInProgress"
	complete   = "PackageRolloutComplete"
	stopped    = "PackageRolloutStopped"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// rolloutOf is a configuration of one msstore_package_rollout with the given
// further arguments.
func rolloutOf(w *acctest.World, submissionID string, arguments ...string) string {
	return w.Config(w.Block(acctest.Rollout, append(arguments, fmt.Sprintf("submission_id = %q", submissionID))...))
}

// both is a configuration of a submission and its rollout, whose percentages come
// from one variable.
type both struct {
	source     string
	percentage float64
	// submission and rollout are further arguments.
	submission, rollout string
}

func (b both) config(w *acctest.World) string {
	return w.Config(
		acctest.Block(`variable "percentage"`, "type = number", fmt.Sprintf("default = %v", b.percentage)),
		w.Block(acctest.Submission, acctest.Packages(b.source), "package_rollout = { initial_percentage = var.percentage }", b.submission),
		acctest.BlockOf(submission, acctest.Rollout, "percentage = var.percentage", b.rollout),
	)
}

func value(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), check)
}

func status(want string) []statecheck.StateCheck {
	return []statecheck.StateCheck{value("status", knownvalue.StringExact(want))}
}

// is checks the rollout that the Store has.
func is(t *testing.T, w *acctest.World, submissionID, status string, percentage float64) {
	t.Helper()
	s, ok := w.Sim.Submission(w.ApplicationID, w.FlightID, submissionID)
	if !ok || s.Rollout.Status != status || s.Rollout.Percentage != percentage {
		t.Errorf("the rollout of %s is %+v, want %s at %v %%", submissionID, s.Rollout, status, percentage)
	}
}

// changes lists what was done to rollouts, as "updated 50", "halted" and so on.
func changes(w *acctest.World) []string {
	var list []string
	for _, e := range w.Sim.Events(storesim.EventRolloutUpdated, storesim.EventRolloutHalted, storesim.EventRolloutFinalized) {
		list = append(list, strings.TrimSpace(strings.TrimPrefix(string(e.Kind), "rollout ")+" "+e.Detail))
	}
	return list
}

// live starts a Store whose flight has a published submission that is rolling out.
func live(t *testing.T, percentage float64) (w *acctest.World, submissionID string) {
	t.Helper()
	w = acctest.New(t)
	return w, w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: percentage}})
}

// raising has planned to raise a live rollout from 10 to 50 percent. The plan is in the file plan.
func raising(t *testing.T) (w *acctest.World, submissionID string, cli *acctest.CLI) {
	t.Helper()
	w, id := live(t, 10)
	cli = w.ServedCLI(rolloutOf(w, id, percentage(10)))
	cli.MustRun("apply", "-auto-approve")
	cli.Configure(rolloutOf(w, id, percentage(50)))
	cli.MustRun("plan", "-out=plan")
	return w, id, cli
}

// pending starts a Store whose flight has a submission in certification that is to
// roll out, besides a published one.
func pending(t *testing.T, percentage float64) (w *acctest.World, submissionID string) {
	t.Helper()
	w = acctest.Published(t)
	submissionID = w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Rollout: &storesim.Rollout{Enabled: true, Percentage: percentage}})
	w.Sim.SetStatus(w.ApplicationID, w.FlightID, submissionID, storesim.StatusCertification)
	return w, submissionID
}

func percentage(p float64) string { return fmt.Sprintf("percentage = %v", p) }

func dataValue(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data."+address, tfjsonpath.New(attribute), check)
}
