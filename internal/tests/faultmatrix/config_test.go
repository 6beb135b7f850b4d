package faultmatrix_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
)

// The types of resources.
const (
	submissionType = "msstore_flight_submission"
	rolloutType    = "msstore_package_rollout"
	flightType     = "msstore_flight"
)

type arguments = acctest.Arguments

// resource is a block named "test".
type resource struct {
	typeName  string
	arguments arguments
}

type configuration []resource

func (c configuration) hcl(w *acctest.World) string {
	var b strings.Builder
	for _, r := range c {
		b.WriteString(r.arguments.Block(fmt.Sprintf(`resource %q "test"`, r.typeName)))
	}
	return w.Config(b.String())
}

// terraform is the real CLI in a world.
type terraform struct {
	tb    testing.TB
	world *acctest.World
	cli   *acctest.CLI
	// said is all that the user was told.
	said strings.Builder
}

func start(tb testing.TB, w *acctest.World, surroundings provider.Surroundings) *terraform {
	tb.Helper()
	cli := w.CLI("")
	cli.Serve(surroundings)
	return &terraform{tb: tb, world: w, cli: cli}
}

func (t *terraform) run(c configuration, args ...string) (string, error) {
	t.tb.Helper()
	t.cli.Configure(c.hcl(t.world))
	out, err := t.cli.Run(args...)
	t.said.WriteString(out)
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return out, err
}

func (t *terraform) apply(c configuration) (string, error) {
	t.tb.Helper()
	return t.run(c, "apply", "-auto-approve")
}

// settled fails the test if a plan would change something.
func (t *terraform) settled(c configuration) {
	t.tb.Helper()
	if out, err := t.run(c, "plan"); err != nil || !strings.Contains(out, "No changes.") {
		t.tb.Errorf("the next plan is not empty: %v\n%s", err, out)
	}
}
