package storeapi

import (
	"context"
	"errors"
)

// Flight is a package flight [store-api 3.2].
type Flight struct {
	ApplicationID             string
	ID                        string
	FriendlyName              string
	GroupIDs                  []string
	RankHigherThan            string
	LastPublishedSubmissionID string
	PendingSubmissionID       string
}

// Ref names the flight.
func (f *Flight) Ref() FlightRef { return FlightRef{ApplicationID: f.ApplicationID, FlightID: f.ID} }

// NewFlight is what a flight is made from.
type NewFlight struct {
	FriendlyName   string
	GroupIDs       []string
	RankHigherThan string
}

// Flight reads a flight.
func (c *Client) Flight(ctx context.Context, ref FlightRef) (*Flight, error) {
	return nil, errors.ErrUnsupported
}

// Flights reads every flight of an application.
func (c *Client) Flights(ctx context.Context, applicationID string) ([]Flight, error) {
	return nil, errors.ErrUnsupported
}

// CreateFlight makes a flight.
func (c *Client) CreateFlight(ctx context.Context, applicationID string, flight NewFlight) (*Flight, error) {
	return nil, errors.ErrUnsupported
}

// DeleteFlight deletes a flight.
func (c *Client) DeleteFlight(ctx context.Context, ref FlightRef) error {
	return errors.ErrUnsupported
}
