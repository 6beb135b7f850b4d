package provider_test

import (
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

type arguments = acctest.Arguments

// serve configures a provider in its environment. What that fails with is text.
func (w *world) serve(t *testing.T, e environment, block arguments) (p *acctest.Protocol, failure string) {
	t.Helper()
	p = acctest.StartProtocolIn(t, w.surroundings(e))
	return p, acctest.Failures(p.Configure(block))
}

// readFlight reads the world's flight through a provider of its own.
func (w *world) readFlight(t *testing.T, e environment, block arguments) (name, failure string) {
	t.Helper()
	p, failure := w.serve(t, e, block)
	if failure != "" {
		return "", failure
	}
	state, found := p.Read("msstore_flight", arguments{"application_id": w.ApplicationID, "flight_id": w.FlightID})
	if failure = acctest.Failures(found); failure != "" {
		return "", failure
	}
	return acctest.Text(t, state["friendly_name"]), ""
}

// planSubmission validates and plans a submission to the world's flight, and
// returns what is wrong with it.
func (w *world) planSubmission(t *testing.T, e environment, block arguments) (failure string) {
	t.Helper()
	p, failure := w.serve(t, e, block)
	if failure != "" {
		return failure
	}
	_, found := p.Plan("msstore_flight_submission", arguments{
		"application_id": w.ApplicationID, "flight_id": w.FlightID,
		"packages": []arguments{{"source": w.Package("app.msix", manifest("1.0.0.0"))}},
	})
	return acctest.Failures(found)
}
