package storeapi

import (
	"fmt"
	"strings"
)

// identity is what a reply says of what it is about [store-api 2].
type identity struct {
	ID       string `wire:"id"`
	FlightID string `wire:"flightId"`
}

// decodeReply reads a reply, which must be an object about what the request asked for.
func decodeReply(r *request, got reply, into any) (identity, error) {
	var about identity
	o, err := parseObject(got.body)
	if err == nil && o == nil {
		err = errNotObject
	}
	if err == nil {
		err = decodeObject(o, &about)
	}
	if err == nil {
		err = r.check(about)
	}
	if err == nil {
		err = decodeObject(o, into)
	}
	if err != nil {
		return identity{}, undecodable(r, err)
	}
	return about, nil
}

// check compares what a reply is about with what was asked for. The replies of lists and creations may be about anything
// with an id. The statuses, commits and rollouts of a submission need not say what they are about [store-api 3.3, 3.4].
func (r *request) check(got identity) error {
	switch r.operation {
	case readApplication, listApplications:
		return same("application", r.ref.ApplicationID, got.ID, true)
	case readFlight, listFlights, createFlight:
		return same("flight", r.ref.FlightID, got.FlightID, true)
	case readSubmission, createSubmission, updateSubmission:
		if err := same("submission", r.ref.SubmissionID, got.ID, true); err != nil {
			return err
		}
	default:
		if err := same("submission", r.ref.SubmissionID, got.ID, false); err != nil {
			return err
		}
	}
	return same("flight", r.ref.FlightID, got.FlightID, false)
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
