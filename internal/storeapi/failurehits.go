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
	Date time.Time
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

// failureRow is a row as it comes: a failure, and what was asked for.
type failureRow struct {
	Date           string `wire:"date"`
	PackageVersion string `wire:"packageVersion"`
	PackageName    string `wire:"packageName"`
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
	items, err := c.reads.get(ctx, &r, func() ([]reply, error) { return c.list(ctx, r) })
	if err != nil {
		return nil, err
	}
	hits := make([]FailureHit, len(items))
	for i, item := range items {
		hit, err := q.decode(&r, item)
		if err != nil {
			return nil, undecodable(&r, err)
		}
		hits[i] = *hit
	}
	return hits, nil
}

func (q FailureQuery) decode(r *request, item reply) (*FailureHit, error) {
	row, err := decodeReply[failureRow](r, item)
	if err != nil {
		return nil, err
	}
	hit, err := decodeReply[FailureHit](r, item)
	if err != nil {
		return nil, err
	}
	day, _, _ := strings.Cut(row.Date, " ")
	if hit.Date, err = time.Parse(time.DateOnly, day); err != nil {
		return nil, fmt.Errorf("its date is %q, expected one such as 2026-12-24", plainText(row.Date))
	}
	for _, n := range []float64{hit.EventCount, hit.DeviceCount} {
		if n < 0 || n > maxCount {
			return nil, fmt.Errorf("a count is %v", n)
		}
	}
	return hit, q.check(row, hit)
}

// check compares a row with what was asked for.
func (q FailureQuery) check(row *failureRow, hit *FailureHit) error {
	switch {
	case row.PackageVersion != q.PackageVersion:
		return fmt.Errorf("a row is about version %q, and %s was asked for", plainText(row.PackageVersion), q.PackageVersion)
	case q.PackageName != "" && !strings.EqualFold(row.PackageName, q.PackageName):
		return fmt.Errorf("a row is about package %q, and %s was asked for", plainText(row.PackageName), q.PackageName)
	case len(q.EventTypes) > 0 && !slices.Contains(q.EventTypes, hit.EventType):
		return fmt.Errorf("a row is about the event type %q, and %s was asked for", plainText(hit.EventType), strings.Join(q.EventTypes, " or "))
	}
	return nil
}

// filter is the query in the Store's filter language [store-api 11.1].
func (q FailureQuery) filter() (string, error) {
	conditions := []string{}
	var invalid error
	equals := func(field, value string) string {
		quoted, err := quoteFilter(value)
		invalid = errors.Join(invalid, err)
		return field + " eq " + quoted
	}
	conditions = append(conditions, equals("packageVersion", q.PackageVersion))
	if q.PackageName != "" {
		conditions = append(conditions, equals("packageName", q.PackageName))
	}
	if len(q.EventTypes) > 0 {
		var kinds []string
		for _, kind := range q.EventTypes {
			kinds = append(kinds, equals("eventType", kind))
		}
		conditions = append(conditions, "("+strings.Join(kinds, " or ")+")")
	}
	return strings.Join(conditions, " and "), invalid
}

// quoteFilter doubles quotes. Control characters and what is not UTF-8 have no way to be written.
func quoteFilter(value string) (string, error) {
	if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return "", fmt.Errorf("the value %q cannot be written in a filter", value)
	}
	return "'" + strings.ReplaceAll(value, "'", "''") + "'", nil
}
