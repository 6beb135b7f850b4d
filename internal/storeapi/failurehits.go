package storeapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// FailureQuery says which failures to read.
type FailureQuery struct {
	ApplicationID string
	// PackageVersion has four parts.
	PackageVersion string
	// PackageName is the package's identity name; empty: any.
	PackageName string
	// EventTypes are some of crash, hang, memory and jse; empty: all.
	EventTypes []string
	// Start and End are the first and the last day, in UTC. The Store reports the last 30 days [store-api 11.1].
	Start, End time.Time
}

// FailureHit is what devices met of one failure on one day [store-api 11.2].
type FailureHit struct {
	// Date is the day, in UTC.
	Date time.Time `wire:"date"`
	// PackageVersion and PackageName are what was asked for.
	PackageVersion string `wire:"packageVersion"`
	PackageName    string `wire:"packageName"`
	// FailureName, FailureHash and Symbol tell failures apart; each may be empty.
	FailureName string `wire:"failureName"`
	FailureHash string `wire:"failureHash"`
	Symbol      string `wire:"symbol"`
	// EventType is crash, hang, memory or jse.
	EventType string `wire:"eventType"`
	// EventCount and DeviceCount are not negative. There may be events without devices.
	EventCount  float64 `wire:"eventCount"`
	DeviceCount float64 `wire:"deviceCount"`
}

const (
	// analyticsPath is what links of analytics are relative to [store-api 11.2].
	analyticsPath = "analytics/"
	// analyticsDay is mm/dd/yyyy [store-api 11.1].
	analyticsDay = "01/02/2006"
	// failurePageSize is a quarter of the Store's most [store-api 11.1]: replies have a limit here as well.
	failurePageSize = 2_500
	// maxCount is what a float64 counts up to exactly.
	maxCount = 1 << 53
)

// FailureHits reads the failures of a package version, page by page, one row for each failure and day. It is a shared
// read, see [WithMaxAge]. No rows mean that nothing is known [store-api 11.2].
func (c *Client) FailureHits(ctx context.Context, q FailureQuery) ([]FailureHit, error) {
	r := request{
		operation: listFailureHits,
		ref:       FlightRef{ApplicationID: q.ApplicationID}.Submission(""),
		method:    http.MethodGet,
		path:      analyticsPath + "failurehits",
		list:      listing{pageSize: failurePageSize, links: analyticsPath, required: true},
	}
	filter, err := q.filter()
	if err != nil {
		return nil, newError(&r, err)
	}
	r.query = url.Values{
		"applicationId": {q.ApplicationID},
		"startDate":     {q.Start.UTC().Format(analyticsDay)},
		"endDate":       {q.End.UTC().Format(analyticsDay)},
		"filter":        {filter},
		// The Store adds up markets and devices. What was asked for is among the fields, to see whether it was heard.
		"groupby": {"failureName,failureHash,symbol,eventType,packageName,packageVersion"},
		// Pages of a list without an order may overlap.
		"orderby": {"date,failureName,failureHash,symbol,eventType"},
	}
	hits, err := shareList[FailureHit](ctx, c, r)
	for i := range hits {
		hits[i].Date = hits[i].Date.Truncate(24 * time.Hour)
		if err := q.check(&hits[i]); err != nil {
			return nil, undecodable(&r, err)
		}
	}
	return hits, err
}

// check refuses a row that was not asked for, or that makes no sense.
func (q FailureQuery) check(hit *FailureHit) error {
	switch {
	case hit.Date.IsZero():
		return errors.New("a row has no date such as 2026-12-24")
	case min(hit.EventCount, hit.DeviceCount) < 0, max(hit.EventCount, hit.DeviceCount) > maxCount:
		return fmt.Errorf("a row counts %v events on %v devices", hit.EventCount, hit.DeviceCount)
	case hit.PackageVersion != q.PackageVersion:
		return fmt.Errorf("a row is about version %q, and %s was asked for", plainText(hit.PackageVersion), q.PackageVersion)
	case q.PackageName != "" && !strings.EqualFold(hit.PackageName, q.PackageName):
		return fmt.Errorf("a row is about package %q, and %s was asked for", plainText(hit.PackageName), q.PackageName)
	case len(q.EventTypes) > 0 && !slices.Contains(q.EventTypes, hit.EventType):
		return fmt.Errorf("a row is about the event type %q, and %s was asked for", plainText(hit.EventType), strings.Join(q.EventTypes, " or "))
	default:
		return nil
	}
}

// filter is the query in the Store's filter language [store-api 11.1]. It doubles quotes. Control characters and what is
// not UTF-8 have no way to be written.
func (q FailureQuery) filter() (string, error) {
	for _, value := range append([]string{q.PackageVersion, q.PackageName}, q.EventTypes...) {
		if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
			return "", fmt.Errorf("the value %q cannot be written in a filter", value)
		}
	}
	equals := func(field, value string) string { return field + " eq '" + strings.ReplaceAll(value, "'", "''") + "'" }
	filter := equals("packageVersion", q.PackageVersion)
	if q.PackageName != "" {
		filter += " and " + equals("packageName", q.PackageName)
	}
	if len(q.EventTypes) > 0 {
		var types []string
		for _, kind := range q.EventTypes {
			types = append(types, equals("eventType", kind))
		}
		filter += " and (" + strings.Join(types, " or ") + ")"
	}
	return filter, nil
}
