package storeapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// Flight is a package flight [store-api 3.2].
type Flight struct {
	ApplicationID string
	// ID is a GUID.
	ID           string
	FriendlyName string
	// GroupIDs are strings of decimal digits.
	GroupIDs []string
	// RankHigherThan names the flight below this one in the service's own way, which may be a name, an id, or
	// "Non-flighted submission", whatever the flight was made with.
	RankHigherThan string
	// LastPublishedSubmissionID is empty before the first publication.
	LastPublishedSubmissionID string
	// PendingSubmissionID is the submission that occupies the flight's one slot, through certification and after
	// failures, until it is published or deleted; empty if there is none [store-api 5.6].
	PendingSubmissionID string
}

// Ref names the flight.
func (f *Flight) Ref() FlightRef { return FlightRef{ApplicationID: f.ApplicationID, FlightID: f.ID} }

func (f *Flight) fields() []field {
	return []field{
		text("flightId", &f.ID),
		text("friendlyName", &f.FriendlyName),
		texts("groupIds", &f.GroupIDs),
		text("rankHigherThan", &f.RankHigherThan),
		reference("lastPublishedFlightSubmission", &f.LastPublishedSubmissionID),
		reference("pendingFlightSubmission", &f.PendingSubmissionID),
	}
}

// NewFlight is what a flight is made from.
type NewFlight struct {
	FriendlyName string
	// GroupIDs are the flight groups whose members get the flight's packages. Groups are made in Partner Center.
	GroupIDs []string
	// RankHigherThan is the friendly name of the flight that is to be directly below; empty puts the flight on top.
	RankHigherThan string
}

func (f *NewFlight) fields() []field {
	return []field{
		saidText("friendlyName", &f.FriendlyName),
		texts("groupIds", &f.GroupIDs),
		text("rankHigherThan", &f.RankHigherThan),
	}
}

// Flight reads a flight. It is a shared read, see [WithMaxAge].
func (c *Client) Flight(ctx context.Context, ref FlightRef) (*Flight, error) {
	r := flightRequest(readFlight, http.MethodGet, ref)
	got, err := c.share(ctx, r, ref.Submission(""))
	if err != nil {
		return nil, err
	}
	return decodeFlight(&r, ref.ApplicationID, got)
}

// Flights reads all flights of an application, page by page. It is a shared read, see [WithMaxAge]. An application
// without flights has an empty list.
func (c *Client) Flights(ctx context.Context, applicationID string) ([]Flight, error) {
	r := applicationRequest(listFlights, http.MethodGet, applicationID, "listflights")
	ref := FlightRef{ApplicationID: applicationID}
	items, err := c.shareItems(ctx, r, ref.Submission(""), func(ctx context.Context) ([]reply, error) { return c.list(ctx, r) })
	if err != nil {
		return nil, err
	}
	flights := make([]Flight, len(items))
	for i, item := range items {
		flight, err := decodeFlight(&r, applicationID, item)
		if err != nil {
			return nil, err
		}
		flights[i] = *flight
	}
	return flights, nil
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
	if r.body, err = encodeFields(nil, flight.fields()); err != nil {
		return nil, newError(&r, err)
	}
	defer c.reads.writing(FlightRef{ApplicationID: applicationID})()

	return repeatPost(ctx, c, post[Flight]{
		tries: createTries,
		send: func(ctx context.Context) (*Flight, error) {
			got, err := c.send(ctx, r)
			if err != nil {
				return nil, err
			}
			made, err := decodeFlight(&r, applicationID, got)
			if err == nil && made.ID == "" {
				return nil, undecodable(&r, errNoID)
			}
			return made, err
		},
		look: func(ctx context.Context) (*Flight, error) {
			after, err := c.Flights(WithMaxAge(ctx, 0), applicationID)
			if err != nil {
				return nil, err
			}
			i := slices.IndexFunc(after, func(f Flight) bool { return f.isMadeFrom(flight) && !listed(before, f.ID) })
			if i < 0 {
				return nil, nil
			}
			return &after[i], nil
		},
	})
}

func (f *Flight) isMadeFrom(flight NewFlight) bool {
	return f.FriendlyName == flight.FriendlyName &&
		slices.Equal(slices.Sorted(slices.Values(f.GroupIDs)), slices.Sorted(slices.Values(flight.GroupIDs)))
}

func listed(flights []Flight, id string) bool {
	return slices.ContainsFunc(flights, func(f Flight) bool { return f.ID == id })
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
		if c.pause(ctx, try) != nil {
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

func decodeFlight(r *request, applicationID string, got reply) (*Flight, error) {
	flight := Flight{ApplicationID: applicationID}
	if err := decodeReply(r, got, flight.fields()); err != nil {
		return nil, err
	}
	return &flight, nil
}

var errNoID = errors.New("it holds no id")
