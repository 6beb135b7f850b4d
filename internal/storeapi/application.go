package storeapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Application is an application as Partner Center knows it [store-api 3.1]. It says nothing of the application's flights.
type Application struct {
	// ID is the Store ID, such as 9NBLGGH4R315.
	ID                string `wire:"id"`
	PrimaryName       string `wire:"primaryName"`
	PackageFamilyName string `wire:"packageFamilyName"`
	// PackageIdentityName and PublisherName are what the manifest of every package must say.
	PackageIdentityName string `wire:"packageIdentityName"`
	PublisherName       string `wire:"publisherName"`
	// FirstPublishedDate is in UTC; zero if the application was never published.
	FirstPublishedDate time.Time `wire:"firstPublishedDate"`
	// LastPublishedSubmissionID and PendingSubmissionID are those of the application itself, not of a flight; empty if
	// there is none.
	LastPublishedSubmissionID    string `wire:"lastPublishedApplicationSubmission/id"`
	PendingSubmissionID          string `wire:"pendingApplicationSubmission/id"`
	HasAdvancedListingPermission bool   `wire:"hasAdvancedListingPermission"`
}

// Application reads an application by its Store ID. It is a shared read, see [WithMaxAge]. The error satisfies
// [IsNotFound] if the account has no such application, and [IsConflict] if the application uses features that the API
// refuses to work with [store-api 10].
//
// The Store refuses an application of another account just as it refuses a client without the Manager role
// [store-api 1.4]. After such a refusal the account's applications are listed, and the error's advice tells the two
// apart.
func (c *Client) Application(ctx context.Context, applicationID string) (*Application, error) {
	r := applicationRequest(readApplication, http.MethodGet, applicationID)
	application, err := share[Application](ctx, c, r)
	refused, ok := errors.AsType[*Error](err)
	if ok && refused.StatusCode == http.StatusForbidden {
		told := *refused // Others have been given the same error.
		told.advice = c.adviceOnForbidden(ctx, applicationID)
		return nil, &told
	}
	return application, err
}

// adviceOnForbidden tells by the list of the account's applications why one of them is refused.
func (c *Client) adviceOnForbidden(ctx context.Context, applicationID string) string {
	applications, err := c.Applications(ctx)
	refusal, _ := errors.AsType[*Error](err)
	switch {
	case refusal != nil && refusal.deniesAccess():
		return "The Entra application may see no application of the Partner Center account: give it the Manager role there, under Users, Microsoft Entra applications. It may take a while to become effective."
	case err != nil:
		return ""
	case slices.ContainsFunc(applications, func(a Application) bool { return strings.EqualFold(a.ID, applicationID) }):
		return "The Entra application sees this application in Partner Center but may not work with it: give it the Manager role there, under Users, Microsoft Entra applications."
	default:
		return "The application belongs to another Partner Center account: the one that the Entra application was added to does not list it. " +
			"Correct application_id, or sign in with an Entra application of the account that owns it."
	}
}

// Applications reads all applications of the account, page by page; an account without any has an empty list. It is a shared read, see [WithMaxAge].
func (c *Client) Applications(ctx context.Context) ([]Application, error) {
	r := request{operation: listApplications, method: http.MethodGet, path: "applications"}
	return shareList[Application](ctx, c, r)
}
