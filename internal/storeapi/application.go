package storeapi

import (
	"context"
	"errors"
	"time"
)

// Application is an application as Partner Center knows it [store-api 3.1].
type Application struct {
	ID                           string
	PrimaryName                  string
	PackageFamilyName            string
	PackageIdentityName          string
	PublisherName                string
	FirstPublishedDate           time.Time
	LastPublishedSubmissionID    string
	PendingSubmissionID          string
	HasAdvancedListingPermission bool
}

// Application reads one application.
func (c *Client) Application(ctx context.Context, applicationID string) (*Application, error) {
	return nil, errors.ErrUnsupported
}

// Applications reads every application of the account.
func (c *Client) Applications(ctx context.Context) ([]Application, error) {
	return nil, errors.ErrUnsupported
}
