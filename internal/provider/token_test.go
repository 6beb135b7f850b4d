package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// many is data sources for the submissions of n flights, which are read side by side.
func (w *world) many(n int) string {
	flights := arguments{}
	for i := range n {
		name := fmt.Sprint("flight ", i)
		flights[name] = w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: name})
	}
	return arguments{"for_each": flights, "application_id": w.ApplicationID, "flight_id": "${each.value}"}.Block(`data "msstore_flight_submission_status" "test"`)
}

func TestOneTokenForAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cli(acctest.Application(entratest.ClientSecret), "", w.many(12)).MustRun("plan")
	if n := w.Entra.TokenRequests(); n != 1 {
		t.Errorf("%d token requests for 12 data sources", n)
	}
	if n := w.Sim.Count(); n != 13 {
		t.Errorf("%d requests to the Store, want one for the list of flights and 12 for submissions", n)
	}
}

// A submission is followed for longer than a token lives. Each is replaced before
// it ends, so that the Store refuses none.
func TestTokenIsRenewedInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	resolved, err := credential.Resolve(credential.Config{}, w.Environment().With(acctest.Application(entratest.ClientSecret)).Lookup)
	if err != nil {
		t.Fatal(err)
	}
	id, _ := w.LastPublished()
	ref := storeapi.FlightRef{ApplicationID: w.ApplicationID, FlightID: w.FlightID}.Submission(id)
	synctest.Test(t, func(t *testing.T) {
		signIn, err := resolved.Credential(credential.Options{Transport: w.Entra.InMemory()})
		if err != nil {
			t.Fatal(err)
		}
		client, err := storeapi.New(storeapi.Options{Endpoint: w.Sim.URL(), Credential: signIn, Transport: inMemory{w.Sim}})
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			if _, err := client.SubmissionStatus(t.Context(), ref); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Minute)
		}
		if n := w.Entra.TokenRequests(); n != 4 {
			t.Errorf("%d token requests in three hours, want 4", n)
		}
		if n := w.Sim.Count(); n != 60 {
			t.Errorf("%d requests to the Store for 60 looks", n)
		}
	})
}

// inMemory reaches a simulator without a network, which lets both live on fake
// time.
type inMemory struct{ sim *storesim.Sim }

// RoundTrip implements http.RoundTripper.
func (m inMemory) RoundTrip(req *http.Request) (*http.Response, error) {
	arriving := req.Clone(req.Context())
	arriving.Body = http.NoBody
	recorder := httptest.NewRecorder()
	m.sim.ServeHTTP(recorder, arriving)
	resp := recorder.Result()
	resp.Request = req
	return resp, nil
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		times, tokens int
		fails         bool
	}{
		"revoked":          {1, 2, false},
		"refused for good": {-1, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			expired := storesim.Refuse{Status: http.StatusUnauthorized, Body: `{"statusCode":401,"message":"APIM: Unauthorized. Access token is missing or invalid."}`, ContentType: "application/json"}
			w.Sim.Inject(storesim.Fault{Operation: storesim.ListFlights, Times: test.times, Action: expired})
			out, err := w.cli(acctest.Application(entratest.ClientSecret), "", w.flight()).Run("plan")
			if (err != nil) != test.fails {
				t.Errorf("plan: %v\n%s", err, out)
			}
			if n := w.Sim.Count(); n != 2 {
				t.Errorf("the Store was asked %d times, want twice", n)
			}
			if n := w.Entra.TokenRequests(); n != test.tokens {
				t.Errorf("%d token requests, want %d", n, test.tokens)
			}
		})
	}
}
