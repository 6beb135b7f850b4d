package storeapi

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/wirejson"
)

// overlay keeps what a reply says besides the fields of a structure, which an update sends back [store-api 4.2].
type overlay = wirejson.Overlay

// identity is what a reply says of what it is about [store-api 2].
type identity struct {
	ID       string `wire:"id"`
	FlightID string `wire:"flightId"`
	// ApplicationID is in the rows of analytics [store-api 11.2].
	ApplicationID string `wire:"applicationId"`
}

// decodeReply reads a reply, which must be an object about what the request asked for.
func decodeReply[T any](r *request, got reply) (*T, error) {
	var value T
	var about identity
	o, err := wirejson.ParseObject(got.body)
	if err == nil {
		err = wirejson.Decode(o, &about)
	}
	if err == nil {
		err = r.check(about)
	}
	if err == nil {
		err = wirejson.Decode(o, &value)
	}
	if err != nil {
		return nil, undecodable(r, err)
	}
	if known, ok := any(&value).(interface {
		named(*request, identity, reply)
	}); ok {
		known.named(r, about, got)
	}
	return &value, nil
}

// send gives what the reply to a request says.
func send[T any](ctx context.Context, c *Client, r request) (*T, error) {
	got, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	return decodeReply[T](&r, got)
}

// share gives what a read says that others may share.
func share[T any](ctx context.Context, c *Client, r request) (*T, error) {
	items, err := c.reads.get(ctx, &r, func() ([]reply, error) {
		item, err := c.send(ctx, r)
		return []reply{item}, err
	})
	if err != nil {
		return nil, err
	}
	return decodeReply[T](&r, items[0])
}

// shareList gives the entries of a list that others may share.
func shareList[T any](ctx context.Context, c *Client, r request) ([]T, error) {
	items, err := c.reads.get(ctx, &r, func() ([]reply, error) { return c.list(ctx, r) })
	values := make([]T, len(items))
	for i, item := range items {
		value, err := decodeReply[T](&r, item)
		if err != nil {
			return nil, err
		}
		values[i] = *value
	}
	return values, err
}

// check compares what a reply is about with what was asked for. The replies of lists and creations may be about anything
// with an id. The statuses, commits and rollouts of a submission need not say what they are about [store-api 3.3, 3.4].
func (r *request) check(got identity) error {
	switch r.operation {
	case readApplication, listApplications:
		return same("application", r.ref.ApplicationID, got.ID, true)
	case listFailureHits:
		return same("application", r.ref.ApplicationID, got.ApplicationID, true)
	case readFlight, listFlights, createFlight:
		return same("flight", r.ref.FlightID, got.FlightID, true)
	default:
		whole := r.operation == readSubmission || r.operation == createSubmission || r.operation == updateSubmission
		return cmp.Or(same("submission", r.ref.SubmissionID, got.ID, whole), same("flight", r.ref.FlightID, got.FlightID, false))
	}
}

// same compares ids without regard to case, as the Store does. An empty id was not asked for.
func same(kind, asked, got string, required bool) error {
	switch {
	case got == "" && required && asked == "":
		return fmt.Errorf("it has no id of the %s", kind)
	case got == "" && required:
		return fmt.Errorf("it has no id, and %s %s was asked for", kind, asked)
	case got != "" && asked != "" && !strings.EqualFold(got, asked):
		return fmt.Errorf("it is about %s %s, and %s %s was asked for", kind, plainText(got), kind, asked)
	default:
		return nil
	}
}
