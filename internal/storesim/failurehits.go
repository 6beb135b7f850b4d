package storesim

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FailureHit is what devices of one kind met on one day, or in one hour [store-api 11.2].
type FailureHit struct {
	// Date is when; the default is the simulator's today.
	Date time.Time
	// FailureName, FailureHash and Symbol name the failure.
	FailureName, FailureHash, Symbol string
	// EventType is crash, the default, hang, memory or jse.
	EventType string
	// OSVersion, Market and DeviceType tell the devices.
	OSVersion, Market, DeviceType string
	// PackageName and PackageVersion tell the package; the default version is 0.0.0.0, for one that is not known.
	PackageName, PackageVersion string
	// EventCount and DeviceCount are the numbers of events and of devices.
	EventCount, DeviceCount float64
}

// AddFailureHits has analytics report what was met in the field.
func (s *Sim) AddFailureHits(applicationID string, hits ...FailureHit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	app := s.mustApplication(applicationID)
	for _, hit := range hits {
		if hit.Date.IsZero() {
			hit.Date = s.now()
		}
		defaultTo(&hit.EventType, "crash")
		defaultTo(&hit.PackageVersion, "0.0.0.0")
		app.failureHits = append(app.failureHits, hit)
	}
}

// The limits of analytics [store-api 11.1].
const (
	failurePageSize  = 10_000
	failureDays      = 30
	failureHours     = 72
	analyticsDay     = "01/02/2006"
	analyticsTime    = "2006-01-02 15:04:05"
	analyticsRowDay  = "2006-01-02"
	levelHour        = "hour"
	failureDateField = "date"
)

// failureFields are what rows can be filtered and grouped by, besides the date [store-api 11.1].
var failureFields = []string{
	"failureName", "failureHash", "symbol", "osVersion", "eventType", "market", "deviceType", "packageName", "packageVersion",
}

// failureRow is a row of the reply: its fields by name, and the counts.
type failureRow struct {
	fields          map[string]string
	events, devices float64
}

func (h FailureHit) row(level string) failureRow {
	return failureRow{
		fields: map[string]string{
			failureDateField: levelDate(h.Date.UTC(), level), "failureName": h.FailureName, "failureHash": h.FailureHash, "symbol": h.Symbol,
			"osVersion": h.OSVersion, "eventType": h.EventType, "market": h.Market, "deviceType": h.DeviceType,
			"packageName": h.PackageName, "packageVersion": h.PackageVersion,
		},
		events: h.EventCount, devices: h.DeviceCount,
	}
}

// levelDate is the first day, or the hour, of what a row covers.
func levelDate(t time.Time, level string) string {
	switch level {
	case levelHour:
		return t.Truncate(time.Hour).Format(analyticsTime)
	case "week":
		t = t.AddDate(0, 0, -int(t.Weekday()))
	case "month":
		t = t.AddDate(0, 0, 1-t.Day())
	}
	return t.Format(analyticsRowDay)
}

// listFailureHits reports failures [store-api 11].
func (s *Sim) listFailureHits(c *call) *reply {
	app, refused := s.findApplication(c.query.Get("applicationId"))
	if refused != nil {
		return refused
	}
	q, refused := s.failureQuery(c.query)
	if refused != nil {
		return refused
	}
	var rows []failureRow
	for _, hit := range app.failureHits {
		row := hit.row(q.level)
		if !hit.Date.Before(q.start) && hit.Date.Before(q.end) && q.filter(row.fields) {
			rows = append(rows, row)
		}
	}
	rows = groupRows(rows, q.groupBy)
	slices.SortStableFunc(rows, q.compare)
	return s.failurePage(c.query, q, app, rows)
}

// failureQuery is a request that was understood.
type failureQuery struct {
	// start is included, end is not.
	start, end time.Time
	level      string
	filter     func(fields map[string]string) bool
	groupBy    []string
	compare    func(a, b failureRow) int
	top, skip  int
}

func (s *Sim) failureQuery(query url.Values) (failureQuery, *reply) {
	q := failureQuery{level: cmp.Or(query.Get("aggregationLevel"), "day")}
	if !slices.Contains([]string{levelHour, "day", "week", "month"}, q.level) {
		return q, invalidParameter("aggregationLevel", "The aggregation level is not known.")
	}
	var refused *reply
	if q.start, q.end, refused = s.failureRange(query, q.level); refused != nil {
		return q, refused
	}
	var err error
	if q.filter, err = parseFilter(query.Get("filter")); err != nil {
		return q, invalidParameter("filter", "The filter is not valid: "+err.Error())
	}
	if q.groupBy = splitFields(query.Get("groupby")); !known(q.groupBy) {
		return q, invalidParameter("groupby", "A field to group by is not known.")
	}
	if q.compare, err = parseOrder(query.Get("orderby")); err != nil {
		return q, invalidParameter("orderby", err.Error())
	}
	q.top, err = pageNumber(query, "top", failurePageSize)
	if err != nil || q.top < 1 || q.top > failurePageSize {
		return q, invalidParameter("top", "The value of top is not a number from 1 to 10000.")
	}
	q.skip, err = pageNumber(query, "skip", 0)
	if err != nil || q.skip < 0 {
		return q, invalidParameter("skip", "The value of skip is not a number.")
	}
	return q, nil
}

// failureRange reads the dates, of which the last counts whole, and cuts off what is too old to be reported.
func (s *Sim) failureRange(query url.Values, level string) (start, end time.Time, refused *reply) {
	today := s.now().Truncate(24 * time.Hour)
	start, end = today, today.AddDate(0, 0, 1)
	for _, bound := range []struct {
		name  string
		value *time.Time
		whole time.Duration
	}{{"startDate", &start, 0}, {"endDate", &end, 24 * time.Hour}} {
		text := query.Get(bound.name)
		if text == "" {
			continue
		}
		t, err := time.Parse(analyticsDay, text)
		if err == nil {
			t = t.Add(bound.whole)
		} else if level == levelHour {
			t, err = time.Parse(analyticsTime, text)
		}
		if err != nil {
			return start, end, invalidParameter(bound.name, "The date is not in the format mm/dd/yyyy.")
		}
		*bound.value = t
	}
	if !start.Before(end) {
		return start, end, invalidParameter("startDate", "The start date is after the end date.")
	}
	oldest := today.AddDate(0, 0, -failureDays)
	if level == levelHour {
		oldest = s.now().Add(-failureHours * time.Hour)
	}
	if start.Before(oldest) {
		start = oldest
	}
	return start, end, nil
}

// groupRows adds up the rows that agree in the date and in the given fields, or in all of them.
func groupRows(rows []failureRow, by []string) []failureRow {
	if len(by) == 0 {
		by = failureFields
	}
	by = append(slices.Clone(by), failureDateField)
	places := map[string]int{}
	var groups []failureRow
	for _, row := range rows {
		fields := map[string]string{}
		var key strings.Builder
		for _, name := range by {
			fields[name] = row.fields[name]
			key.WriteString(strconv.Quote(row.fields[name]))
		}
		at, ok := places[key.String()]
		if !ok {
			at = len(groups)
			places[key.String()] = at
			groups = append(groups, failureRow{fields: fields})
		}
		groups[at].events += row.events
		groups[at].devices += row.devices
	}
	return groups
}

func (s *Sim) failurePage(query url.Values, q failureQuery, app *application, rows []failureRow) *reply {
	total := len(rows)
	first, last := min(q.skip, total), min(q.skip+q.top, total)
	values := []any{}
	for _, row := range rows[first:last] {
		members := map[string]any{
			"applicationId": app.seed.ID, "applicationName": app.seed.PrimaryName, "eventCount": fraction(row.events), "deviceCount": fraction(row.devices),
		}
		for name, value := range row.fields {
			members[name] = value
		}
		values = append(values, members)
	}
	body := map[string]any{"Value": values, "TotalCount": total}
	if last < total {
		next := maps.Clone(query)
		next.Set("skip", strconv.Itoa(last))
		next.Set("top", strconv.Itoa(q.top))
		if link := s.link("failurehits?" + next.Encode()); link != "" {
			body["@nextLink"] = link
		}
	}
	return jsonReply(http.StatusOK, body)
}

// fraction is how counts arrive [store-api 11.2].
func fraction(count float64) json.Number { return json.Number(strconv.FormatFloat(count, 'f', 1, 64)) }

func splitFields(list string) []string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func known(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(failureFields, name) })
}
