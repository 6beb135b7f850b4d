package storesim_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestCreateFlight(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flights := "applications/" + s.app + "/flights"
	low := s.do(http.MethodPost, flights, `{"friendlyName":"low","groupIds":["1152921504606962205"]}`).want(t, 201)
	high := s.do(http.MethodPost, flights, `{"FriendlyName":"high","GroupIds":["0"],"RankHigherThan":null}`).want(t, 201)
	middle := s.do(http.MethodPost, flights, `{"friendlyName":"middle","rankHigherThan":"low"}`).want(t, 201)

	// What was a name comes back as an id, and the lowest as words [store-api 3.2].
	ranks := []string{low.text("rankHigherThan"), high.text("rankHigherThan"), middle.text("rankHigherThan")}
	want := []string{"Non-flighted submission", low.text("flightId"), low.text("flightId")}
	if diff := cmp.Diff(want, ranks); diff != "" {
		t.Error(diff)
	}
	if got := s.do(http.MethodGet, s.path(high.text("flightId")), nil); got.text("rankHigherThan") != middle.text("flightId") {
		t.Errorf("the highest flight ranks higher than %s", got.text("rankHigherThan"))
	}
	if diff := cmp.Diff([]any{"0"}, high.at("groupIds")); diff != "" {
		t.Error(diff)
	}

	// The first submission comes with the flight [store-api 3.2, 6.4].
	draft := s.do(http.MethodGet, s.path(low.text("flightId"), low.text("pendingFlightSubmission", "id")), nil).want(t, 200)
	if draft.text("status") != "PendingCommit" || draft.text("fileUploadUrl") == "" {
		t.Errorf("first draft %s", draft.raw)
	}
	if diff := cmp.Diff([]any{}, draft.at("flightPackages")); diff != "" {
		t.Error(diff)
	}

	s.do(http.MethodPost, flights, `{"rankHigherThan":"nobody"}`).wantError(t, 400, "InvalidParameterValue/rankHigherThan")
	s.do(http.MethodPost, flights, `{"groupIds":["beta"]}`).wantError(t, 400, "InvalidParameterValue/groupIds")
	s.do(http.MethodPost, flights, `{"groupIds":[0]}`).wantError(t, 400, "InvalidParameterValue/flight")
	s.do(http.MethodPost, flights, `nothing`).wantError(t, 400, "InvalidParameterValue/flight")
}

func TestDeleteFlight(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.SetDeletionLag(0)
	list := "applications/" + s.app + "/listflights"
	s.do(http.MethodGet, list, nil).wantError(t, 404, "ResourceNotFound/flights")
	flight := s.AddFlight(s.app, storesim.Flight{})
	s.do(http.MethodGet, list, nil).want(t, 200)

	s.do(http.MethodDelete, s.path(flight), nil).wantError(t, 409, "InvalidState/flight")
	state, _ := s.Flight(s.app, flight)
	s.do(http.MethodDelete, s.path(flight, state.PendingSubmissionID), nil).want(t, 204)
	s.do(http.MethodDelete, s.path(flight), nil).want(t, 204)
	s.do(http.MethodDelete, s.path(flight), nil).wantError(t, 404, "ResourceNotFound/flightId")
	s.do(http.MethodGet, s.path(flight), nil).wantError(t, 404, "ResourceNotFound/flightId")
	s.do(http.MethodGet, list, nil).want(t, 404)
}

// TestFlightInPortal does what the API cannot do.
func TestFlightInPortal(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	state, _ := s.Flight(s.app, flight)
	s.RenameFlight(s.app, flight, "gamma")
	if name := s.do(http.MethodGet, s.path(flight), nil).text("friendlyName"); name != "gamma" {
		t.Errorf("name %s", name)
	}
	s.DeleteFlightInPortal(s.app, flight)
	s.do(http.MethodGet, s.path(flight), nil).want(t, 404)
	snapshot, found := s.Submission(s.app, flight, state.PendingSubmissionID)
	if after, _ := s.Flight(s.app, flight); !after.Deleted || after.PendingSubmissionID != "" || !found || !snapshot.Deleted {
		t.Errorf("flight %+v, submission %+v", after, snapshot)
	}
	if _, found := s.Submission(s.app, flight, "1"); found {
		t.Error("a submission that never was is found")
	}
}

// TestFlightsPath asks for the flights where they are not listed [store-api 3.2]. What is spelt otherwise may be another path.
func TestFlightsPath(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.AddFlight(s.app, storesim.Flight{})
	for _, path := range []string{"/flights", "/ListFlights", "/", "/listflights//"} {
		s.do(http.MethodGet, "applications/"+s.app+path, nil).want(t, 404)
	}
	if len(s.Violations()) != 4 {
		t.Errorf("violations %v", s.Violations())
	}
}
