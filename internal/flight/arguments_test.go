package flight_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestArgumentsAreValidated(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	for says, more := range map[string]acctest.Arguments{
		"rank_higher_than must not be empty":               {"rank_higher_than": ""},
		"replacement_policy must be fail or replace":       {"replacement_policy": "keep"},
		"group_ids must not be empty":                      {"group_ids": []any{}},
		"group_ids must hold group IDs, which are strings": {"group_ids": []any{"everybody"}},
	} {
		_, found := w.Protocol().Plan(typeName, beta(w).With(more))
		acctest.Says(t, acctest.Failures(found), says)
	}
}

// A flight is found by one argument, which may be known later.
func TestDataSourceArguments(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	p := w.Protocol()
	for name, test := range map[string]struct {
		arguments acctest.Arguments
		says      string // empty: they are taken
	}{
		"both":             {acctest.Arguments{"flight_id": w.FlightID, "friendly_name": "beta"}, "Flight is named twice"},
		"neither":          {nil, "Flight is not named"},
		"empty name":       {acctest.Arguments{"friendly_name": ""}, "friendly_name must not be empty"},
		"ID known later":   {acctest.Arguments{"flight_id": acctest.Unknown}, ""},
		"name known later": {acctest.Arguments{"friendly_name": acctest.Unknown}, ""},
		"which of them":    {acctest.Arguments{"flight_id": acctest.Unknown, "friendly_name": acctest.Unknown}, ""},
		"ID or a name":     {acctest.Arguments{"flight_id": acctest.Unknown, "friendly_name": "beta"}, ""},
		"name or an ID":    {acctest.Arguments{"flight_id": w.FlightID, "friendly_name": acctest.Unknown}, ""},
	} {
		failure := p.ValidateDataSource("msstore_flight", acctest.Arguments{"application_id": w.ApplicationID}.With(test.arguments))
		if (failure != "") != (test.says != "") || !strings.Contains(failure, test.says) {
			t.Errorf("%s: %q, want %q", name, failure, test.says)
		}
	}
}

func TestDataSourcesFail(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
	for says, source := range map[string]string{"Error reading flight: ": "msstore_flight", "Error listing flights: ": "msstore_flights"} {
		a := acctest.Arguments{"application_id": w.ApplicationID}
		if source == "msstore_flight" {
			a["friendly_name"] = "beta"
		}
		_, found := w.Protocol().Read(source, a)
		acctest.Says(t, acctest.Failures(found), says, "403 Forbidden")
	}
}
