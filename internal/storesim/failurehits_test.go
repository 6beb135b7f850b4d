package storesim_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

var analyticsToday = time.Date(2026, 3, 20, 15, 30, 0, 0, time.UTC)

// analytics is a store with failures of three days.
func analytics(t *testing.T) *store {
	t.Helper()
	s := start(t, storesim.Options{Now: func() time.Time { return analyticsToday }})
	day := func(before int) time.Time { return analyticsToday.AddDate(0, 0, -before) }
	s.AddFailureHits(s.app,
		storesim.FailureHit{FailureName: "A", Market: "US", PackageVersion: "1.0.0.0", EventCount: 3, DeviceCount: 2},
		storesim.FailureHit{FailureName: "A", Market: "DE", PackageVersion: "1.0.0.0", EventCount: 4, DeviceCount: 1},
		storesim.FailureHit{FailureName: "O'Hara", EventType: "hang", PackageVersion: "2.0.0.0", EventCount: 1},
		storesim.FailureHit{Date: day(1), FailureName: "A", PackageVersion: "1.0.0.0", EventCount: 5, DeviceCount: 5},
		storesim.FailureHit{Date: day(30), FailureName: "old", EventCount: 6},
		storesim.FailureHit{Date: day(31), FailureName: "too old", EventCount: 7},
	)
	return s
}

func (s *store) hits(query ...string) answer {
	s.t.Helper()
	values := url.Values{"applicationId": {s.app}}
	for i := 0; i < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	return s.do(http.MethodGet, "analytics/failurehits?"+values.Encode(), nil)
}

// summary lists date, name and events of each row.
func summary(a answer) string {
	rows, _ := a.at("Value").([]any)
	var lines []string
	for i := range rows {
		lines = append(lines, fmt.Sprintf("%s %s %v", a.text("Value", i, "date"), a.text("Value", i, "failureName"), a.at("Value", i, "eventCount")))
	}
	return strings.Join(lines, "; ")
}

func TestFailureHits(t *testing.T) {
	t.Parallel()
	s := analytics(t)
	s.AddApplication(storesim.Application{ID: "9NBLGGH4R316"})
	const month = "02/01/2026"
	for name, test := range map[string]struct {
		query []string
		want  string
	}{
		"today by default":      {nil, "2026-03-20 A 3; 2026-03-20 A 4; 2026-03-20 O'Hara 1"},
		"both days count":       {[]string{"startDate", "03/19/2026", "endDate", "03/20/2026"}, "2026-03-19 A 5; 2026-03-20 A 3; 2026-03-20 A 4; 2026-03-20 O'Hara 1"},
		"up to yesterday":       {[]string{"startDate", "03/01/2026", "endDate", "03/19/2026"}, "2026-03-19 A 5"},
		"thirty days":           {[]string{"startDate", month, "endDate", "03/01/2026"}, "2026-02-18 old 6"},
		"grouped":               {[]string{"startDate", "03/19/2026", "groupby", "failureName,eventType"}, "2026-03-19 A 5; 2026-03-20 A 7; 2026-03-20 O'Hara 1"},
		"by month":              {[]string{"startDate", month, "groupby", "failureName", "aggregationLevel", "month"}, "2026-02-01 old 6; 2026-03-01 A 12; 2026-03-01 O'Hara 1"},
		"by week":               {[]string{"startDate", "03/15/2026", "groupby", "failureName", "aggregationLevel", "week"}, "2026-03-15 A 12; 2026-03-15 O'Hara 1"},
		"by hour":               {[]string{"startDate", month, "groupby", "failureName", "aggregationLevel", "hour"}, "2026-03-19 15:00:00 A 5; 2026-03-20 15:00:00 A 7; 2026-03-20 15:00:00 O'Hara 1"},
		"from an hour on":       {[]string{"startDate", "2026-03-20 16:00:00", "aggregationLevel", "hour"}, ""},
		"equal":                 {[]string{"filter", "eventType eq 'hang'"}, "2026-03-20 O'Hara 1"},
		"not equal":             {[]string{"filter", "eventType ne 'hang' and market ne 'US'"}, "2026-03-20 A 4"},
		"or, after and":         {[]string{"filter", "eventType eq 'hang' or market eq 'US' and packageVersion eq '9.0.0.0'"}, "2026-03-20 O'Hara 1"},
		"parentheses":           {[]string{"filter", "(eventType eq 'hang' or market eq 'US') and packageVersion eq '1.0.0.0'"}, "2026-03-20 A 3"},
		"quote":                 {[]string{"filter", "failureName eq 'O''Hara'"}, "2026-03-20 O'Hara 1"},
		"ordered":               {[]string{"orderby", "failureName desc, market"}, "2026-03-20 O'Hara 1; 2026-03-20 A 4; 2026-03-20 A 3"},
		"application of no one": {[]string{"applicationId", "9NBLGGH4R316"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := s.hits(test.query...).want(t, 200); summary(got) != test.want || got.at("Value") == nil {
				t.Errorf("got  %s\nwant %s", summary(got), test.want)
			}
		})
	}
}

// Counts have a fraction, members of the list a capital, and rows the grouped fields only [store-api 11.2].
func TestFailureHitsForm(t *testing.T) {
	t.Parallel()
	s := analytics(t)
	got := s.hits("groupby", "failureName", "filter", "eventType eq 'hang'").want(t, 200)
	for _, want := range []string{`"eventCount":1.0`, `"deviceCount":0.0`, `"Value":[{`, `"TotalCount":1`, `"applicationName":"Contoso.Sample"`} {
		if !strings.Contains(string(got.raw), want) {
			t.Errorf("%s lacks %s", got.raw, want)
		}
	}
	if got.at("Value", 0, "market") != nil || got.at("Value", 0, "packageVersion") != nil {
		t.Errorf("fields beyond the group: %s", got.raw)
	}
}

// Links lead on below analytics and keep the query [store-api 11.2].
func TestFailureHitsPages(t *testing.T) {
	t.Parallel()
	s := analytics(t)
	got := s.hits("startDate", "03/19/2026", "top", "3", "filter", "failureName ne 'x'").want(t, 200)
	link := got.text("@nextLink")
	if !strings.HasPrefix(link, "failurehits?") || got.at("TotalCount") != 4.0 || strings.Count(summary(got), ";") != 2 {
		t.Fatalf("page %s", got.raw)
	}
	rest := s.do(http.MethodGet, "analytics/"+link, nil).want(t, 200)
	if summary(rest) != "2026-03-20 O'Hara 1" || rest.at("@nextLink") != nil {
		t.Errorf("second page %s", rest.raw)
	}
	for range 10_000 {
		s.AddFailureHits(s.app, storesim.FailureHit{EventCount: 1})
	}
	// What agrees in all fields is one row.
	if summary(s.hits("filter", "failureName eq ''")) != "2026-03-20  10000" {
		t.Error("rows that agree were not added up")
	}
	for i := range 10_000 {
		s.AddFailureHits(s.app, storesim.FailureHit{Symbol: strconv.Itoa(i), EventCount: 1})
	}
	if rows, _ := s.hits().at("Value").([]any); len(rows) != 10_000 {
		t.Errorf("%d rows in a page", len(rows))
	}
}

func TestFailureHitsRefused(t *testing.T) {
	t.Parallel()
	s := analytics(t)
	for name, test := range map[string]struct {
		query []string
		want  string
	}{
		"date of another form":   {[]string{"startDate", "2026-03-20"}, "startDate"},
		"time at level day":      {[]string{"endDate", "2026-03-20 10:00:00"}, "endDate"},
		"dates in reverse":       {[]string{"startDate", "03/20/2026", "endDate", "03/19/2026"}, "startDate"},
		"unknown level":          {[]string{"aggregationLevel", "year"}, "aggregationLevel"},
		"unknown group":          {[]string{"groupby", "country"}, "groupby"},
		"unknown order":          {[]string{"orderby", "failureName up"}, "orderby"},
		"page too large":         {[]string{"top", "10001"}, "top"},
		"negative skip":          {[]string{"skip", "-1"}, "skip"},
		"unknown field":          {[]string{"filter", "country eq 'US'"}, "filter"},
		"unknown operator":       {[]string{"filter", "market gt 'US'"}, "filter"},
		"value without quotes":   {[]string{"filter", "market eq US"}, "filter"},
		"quote that stays open":  {[]string{"filter", "failureName eq 'O'Hara'"}, "filter"},
		"parenthesis stays open": {[]string{"filter", "(market eq 'US'"}, "filter"},
		"nothing after and":      {[]string{"filter", "market eq 'US' and"}, "filter"},
		"too much":               {[]string{"filter", "market eq 'US' market"}, "filter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.hits(test.query...).wantError(t, 400, "InvalidParameterValue/"+test.want)
		})
	}
	s.hits("applicationId", "").want(t, 403)
	s.hits("applicationId", "9NBLGGH4R999").wantError(t, 404, "ResourceNotFound/applicationId")
}
