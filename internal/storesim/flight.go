package storesim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// lowestRank is what the lowest flight ranks higher than [store-api 3.2].
const lowestRank = "Non-flighted submission"

// flight is a package flight with its one slot for a pending submission.
type flight struct {
	application  *application
	id           string
	friendlyName string
	groupIDs     []string
	pending      *submission
	// published holds the submissions that were published, the last one at the end.
	published []*submission
	deleted   bool
	// refusals is how many more times a submission cannot be created because the first one was deleted [store-api 6.4];
	// negative: always.
	refusals int
	// leaving is the submission that was deleted last, which the next looks at the slot still find there [store-api 5.6].
	leaving *submission
	looks   int
}

// occupant is what a request finds in the flight's slot, nil for nothing.
func (f *flight) occupant() *submission {
	if f.looks > 0 {
		f.looks--
		return f.leaving
	}
	return f.pending
}

func (f *flight) lastPublished() *submission {
	if len(f.published) == 0 {
		return nil
	}
	return f.published[len(f.published)-1]
}

// rankHigherThan is echoed as the id of the flight below, whatever the flight was made with [store-api 3.2].
func (f *flight) rankHigherThan() string {
	i := slices.Index(f.application.ranks, f)
	if i <= 0 {
		return lowestRank
	}
	return f.application.ranks[i-1].id
}

// addFlight adds a flight with its first draft, which the service makes although its documentation says otherwise
// [store-api 3.2, 6.4].
func (s *Sim) addFlight(app *application, seed Flight) (*flight, error) {
	if app.flight(seed.ID) != nil {
		return nil, fmt.Errorf("flight %s exists already", seed.ID)
	}
	rank, err := app.rankAbove(seed.RankHigherThan)
	if err != nil {
		return nil, err
	}
	f := &flight{application: app, id: seed.ID, friendlyName: seed.FriendlyName, groupIDs: slices.Clone(seed.GroupIDs)}
	app.flights = append(app.flights, f)
	app.ranks = slices.Insert(app.ranks, rank, f)
	if !seed.NoDraft {
		f.pending = s.newSubmission(f, seed.MadeInPortal)
		f.pending.first = true
	}
	return f, nil
}

// rankAbove gives the place in ranks for a flight that ranks higher than the named one. Documentation, tools and samples
// disagree whether it is named by friendly name or id [store-api 3.2], so both will do.
func (a *application) rankAbove(name string) (int, error) {
	if name == "" {
		return len(a.ranks), nil
	}
	if strings.EqualFold(name, lowestRank) {
		return 0, nil
	}
	i := slices.IndexFunc(a.ranks, func(f *flight) bool { return f.friendlyName == name || strings.EqualFold(f.id, name) })
	if i < 0 {
		return 0, fmt.Errorf("there is no flight %q to rank higher than", name)
	}
	return i + 1, nil
}

// findFlight finds the flight of a request or says how the service refuses it.
func (s *Sim) findFlight(c *call) (*flight, *reply) {
	app, refused := s.findApplication(c.applicationID)
	if refused != nil {
		return nil, refused
	}
	f := app.flight(c.flightID)
	if f == nil || f.deleted {
		return nil, notFound("flightId", "The package flight "+c.flightID+" was not found.")
	}
	return f, nil
}

func (s *Sim) getFlight(c *call) *reply {
	f, refused := s.findFlight(c)
	if refused != nil {
		return refused
	}
	return jsonReply(http.StatusOK, f.wire())
}

// listFlights answers 404 for an application without flights [store-api 3.2].
func (s *Sim) listFlights(c *call) *reply {
	app, refused := s.findApplication(c.applicationID)
	if refused != nil {
		return refused
	}
	var items []any
	for _, f := range app.remaining() {
		items = append(items, f.wire())
	}
	return s.page(c, "applications/"+app.seed.ID+"/listflights/", "flights", items)
}

// flightBody is what a client sends to make a flight.
type flightBody struct {
	FriendlyName   string
	GroupIDs       []string
	RankHigherThan string
}

func (s *Sim) createFlight(c *call) *reply {
	app, refused := s.findApplication(c.applicationID)
	if refused != nil {
		return refused
	}
	var body flightBody
	if err := json.Unmarshal(c.body, &body); err != nil {
		return invalidParameter("flight", "The request body is not a package flight: "+err.Error())
	}
	for _, id := range body.GroupIDs {
		if id == "" || strings.Trim(id, "0123456789") != "" {
			return invalidParameter("groupIds", "The value "+id+" is not the id of a group.")
		}
	}
	f, err := s.addFlight(app, Flight{
		ID: newGUID(), FriendlyName: body.FriendlyName, GroupIDs: body.GroupIDs, RankHigherThan: body.RankHigherThan,
	})
	if err != nil {
		return invalidParameter("rankHigherThan", "The package flight cannot be ranked: "+err.Error())
	}
	s.event(Event{Kind: EventFlightCreated, ApplicationID: app.seed.ID, FlightID: f.id, SubmissionID: f.pending.id})
	return jsonReply(http.StatusCreated, f.wire())
}

// deleteFlight wants the pending submission to be gone first [store-api 3.2].
func (s *Sim) deleteFlight(c *call) *reply {
	f, refused := s.findFlight(c)
	if refused != nil {
		return refused
	}
	if pending := f.occupant(); pending != nil {
		return refusal(http.StatusConflict, "InvalidState", "flight",
			"The package flight has the pending submission "+pending.id+" and cannot be deleted.")
	}
	f.delete()
	s.event(Event{Kind: EventFlightDeleted, ApplicationID: f.application.seed.ID, FlightID: f.id})
	return &reply{status: http.StatusNoContent}
}

func (f *flight) delete() {
	f.deleted = true
	f.application.ranks = slices.DeleteFunc(f.application.ranks, func(other *flight) bool { return other == f })
}
