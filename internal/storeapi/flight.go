package storeapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/wirejson"
)

// Flight is a package flight [store-api 3.2].
type Flight struct {
	ApplicationID string
	// ID is a GUID.
	ID           string `wire:"flightId"`
	FriendlyName string `wire:"friendlyName"`
	// GroupIDs are strings of decimal digits.
	GroupIDs []string `wire:"groupIds"`
	// RankHigherThan names the flight below this one in the service's own way, which may be a name, an id, or
	// "Non-flighted submission", whatever the flight was made with.
	RankHigherThan string `wire:"rankHigherThan"`
	// LastPublishedSubmissionID is empty before the first publication.
	LastPublishedSubmissionID string `wire:"lastPublishedFlightSubmission/id"`
	// PendingSubmissionID is the submission that occupies the flight's one slot, through certification and after
	// failures, until it is published or deleted; empty if there is none [store-api 5.6].
	PendingSubmissionID string `wire:"pendingFlightSubmission/id"`
}

// Ref names the flight.
func (f *Flight) Ref() FlightRef { return FlightRef{ApplicationID: f.ApplicationID, FlightID: f.ID} }

func (f *Flight) named(r *request, _ identity, _ reply) { f.ApplicationID = r.ref.ApplicationID }

// NewFlight is what a flight is made from.
type NewFlight struct {
	FriendlyName string `wire:"friendlyName,always"`
	// GroupIDs are the flight groups whose members get the flight's packages. Groups are made in Partner Center.
	GroupIDs []string `wire:"groupIds"`
	// RankHigherThan is the friendly name of the flight that is to be directly below; empty puts the flight on top.
	RankHigherThan string `wire:"rankHigherThan"`
}

// Flight reads a flight. It is a shared read, see [WithMaxAge]: what may be shared comes from the list of the
// application's flights, one request for a hundred of them. With a maximum age of 0, or if the list does not have the
// flight, it is asked for by itself.
func (c *Client) Flight(ctx context.Context, ref FlightRef) (*Flight, error) {
	// What this client writes to other flights does not matter here, and the list is not read again for it.
	if maxAge(ctx) > 0 && !c.reads.wrote(ref) {
		r := applicationRequest(listFlights, http.MethodGet, ref.ApplicationID, "listflights")
		r.lookup = true
		flights, err := shareList[Flight](ctx, c, r)
		refused, _ := errors.AsType[*Error](err)
		if err != nil && (refused == nil || !refused.isAboutRequest()) {
			return nil, err
		}
		if flight := find(flights, ref.FlightID); flight != nil && !c.reads.wrote(ref) {
			return flight, nil
		}
	}
	r := flightRequest(readFlight, http.MethodGet, ref)
	return share[Flight](ctx, c, r)
}

// isAboutRequest says whether the Store refused the request itself. What it says of a flight then tells more than what it
// says of the list.
func (e *Error) isAboutRequest() bool {
	return e.StatusCode/100 == 4 && e.StatusCode != http.StatusTooManyRequests && e.StatusCode != http.StatusUnauthorized
}

// Flights reads all flights of an application, page by page. It is a shared read, see [WithMaxAge]. An application
// without flights has an empty list.
func (c *Client) Flights(ctx context.Context, applicationID string) ([]Flight, error) {
	r := applicationRequest(listFlights, http.MethodGet, applicationID, "listflights")
	return shareList[Flight](ctx, c, r)
}

// CreateFlight makes a flight. The Store puts an empty draft into it, whose id is the PendingSubmissionID of the reply:
// it is the flight's first submission, to be used and not to be deleted [store-api 3.2, 6.4].
//
// If the reply is lost, a flight that was not listed before and has the wanted name and groups is taken for the one
// that was made. If ctx ends while the request is under way, such a flight is returned together with the error, so that
// its id is not lost: both results may be non-nil.
func (c *Client) CreateFlight(ctx context.Context, applicationID string, flight NewFlight) (*Flight, error) {
	r := applicationRequest(createFlight, http.MethodPost, applicationID, "flights")
	before, err := c.Flights(WithMaxAge(ctx, 0), applicationID)
	if err != nil {
		return nil, err
	}
	if r.body, err = wirejson.Encode(&flight); err != nil {
		return nil, newError(&r, err)
	}
	defer c.reads.writing(FlightRef{ApplicationID: applicationID})()

	return repeatPost(ctx, c, post[Flight]{
		tries: createTries,
		send:  func(ctx context.Context) (*Flight, error) { return send[Flight](ctx, c, r) },
		look: func(ctx context.Context) (*Flight, error) {
			after, err := c.Flights(WithMaxAge(ctx, 0), applicationID)
			if err != nil {
				return nil, err
			}
			for i := range after {
				if after[i].isMadeFrom(flight) && find(before, after[i].ID) == nil {
					return &after[i], nil
				}
			}
			return nil, nil
		},
	})
}

func (f *Flight) isMadeFrom(flight NewFlight) bool {
	return f.FriendlyName == flight.FriendlyName &&
		slices.Equal(slices.Sorted(slices.Values(f.GroupIDs)), slices.Sorted(slices.Values(flight.GroupIDs)))
}

// find gives the flight of an id, nil if it is not there.
func find(flights []Flight, id string) *Flight {
	i := slices.IndexFunc(flights, func(f Flight) bool { return strings.EqualFold(f.ID, id) })
	if i < 0 {
		return nil
	}
	return &flights[i]
}

// DeleteFlight deletes a flight; one that does not exist is deleted already. The Store refuses while a submission is
// pending [store-api 3.2], for a moment also after that was deleted, so a conflict is given half a minute.
func (c *Client) DeleteFlight(ctx context.Context, ref FlightRef) error {
	defer c.reads.writing(ref)()
	r := flightRequest(deleteFlight, http.MethodDelete, ref)
	for try := 0; ; try++ {
		err := c.remove(ctx, r)
		if !IsConflict(err) || try+1 >= deletionTries {
			return err
		}
		if c.pause(ctx, try, err) != nil {
			return ended(ctx, err)
		}
	}
}

// remove sends a deletion. Not found is its success: it is repeated freely, and the first attempt may have done it.
func (c *Client) remove(ctx context.Context, r request) error {
	if _, err := c.send(ctx, r); err != nil && !IsNotFound(err) {
		return err
	}
	return nil
}
