package storesim

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// application is an application with its flights.
type application struct {
	seed    Application
	flights []*flight
	// ranks holds the flights that exist, the lowest first.
	ranks       []*flight
	unsupported bool
	// contents remembers the digest of every package that was ever processed, by full name: another content under the same
	// full name is always refused from then on [store-api 6.3].
	contents    map[string]string
	failureHits []FailureHit
}

func (a *application) flight(id string) *flight {
	i := slices.IndexFunc(a.flights, func(f *flight) bool { return strings.EqualFold(f.id, id) })
	if i < 0 {
		return nil
	}
	return a.flights[i]
}

// remaining lists the flights that were not deleted, in the order in which they were made.
func (a *application) remaining() []*flight {
	return slices.DeleteFunc(slices.Clone(a.flights), func(f *flight) bool { return f.deleted })
}

var storeID = regexp.MustCompile(`^[0-9A-Za-z]{12}$`)

// findApplication finds the application of a request or says how the service refuses it.
func (s *Sim) findApplication(id string) (*application, *reply) {
	switch app := s.application(id); {
	case slices.ContainsFunc(s.applications, func(a *application) bool { return a.seed.IdentityName == id }):
		// An identity name in place of the Store ID is a permanent 500 [store-api 2.2].
		return nil, internalError()
	case !storeID.MatchString(id):
		// A malformed id looks like a missing right [store-api 1.4].
		return nil, &reply{status: http.StatusForbidden}
	case app == nil:
		return nil, notFound("applicationId", "The application "+id+" was not found.")
	case app.unsupported:
		return nil, refusal(http.StatusConflict, "InvalidState", "application",
			"The application uses features that the submission API does not support. Use the dashboard.")
	default:
		return app, nil
	}
}

func (s *Sim) getApplication(c *call) *reply {
	app, refused := s.findApplication(c.applicationID)
	if refused != nil {
		return refused
	}
	return jsonReply(http.StatusOK, app.wire())
}

// listApplications pages through the applications [store-api 3.1].
func (s *Sim) listApplications(c *call) *reply {
	items := make([]any, len(s.applications))
	for i, app := range s.applications {
		items[i] = app.wire()
	}
	return s.page(c, "applications", "applications", items)
}

// page cuts one page out of items; path is what the link to the next one starts with [store-api 3.1, 3.2].
func (s *Sim) page(c *call, path, target string, items []any) *reply {
	top, err := pageNumber(c.query, "top", 10)
	if err != nil || top < 1 {
		return invalidParameter("top", "The value of top is not a positive number.")
	}
	skip, err := pageNumber(c.query, "skip", 0)
	if err != nil || skip < 0 {
		return invalidParameter("skip", "The value of skip is not a number.")
	}
	if len(items) == 0 {
		return notFound(target, "Nothing was found.")
	}
	total := len(items)
	first, last := min(skip, total), min(skip+top, total)
	body := map[string]any{"value": items[first:last], "totalCount": total}
	if last < total {
		if link := s.link(path + "?skip=" + strconv.Itoa(last) + "&top=" + strconv.Itoa(top)); link != "" {
			body["@nextLink"] = link
		}
	}
	return jsonReply(http.StatusOK, body)
}

// link is a link to a next page as it is sent, or "" for none.
func (s *Sim) link(link string) string {
	if s.nextLink != nil {
		return s.nextLink(link)
	}
	return link
}

func pageNumber(query url.Values, name string, fallback int) (int, error) {
	if !query.Has(name) {
		return fallback, nil
	}
	return strconv.Atoi(query.Get(name))
}
