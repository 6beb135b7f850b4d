package storeapi_test

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func march(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC) }

var failureQuery = storeapi.FailureQuery{ApplicationID: appID, PackageVersion: "1.2.3.0", Start: march(1), End: march(20)}

// failureRequest is the request of a query whose filter is given.
func failureRequest(filter, skip string) string {
	return "GET analytics/failurehits?" + url.Values{
		"applicationId": {appID}, "startDate": {"03/01/2026"}, "endDate": {"03/20/2026"}, "filter": {filter}, "skip": {skip}, "top": {"2500"},
		"groupby": {"failureName,failureHash,symbol,eventType,packageName,packageVersion"},
		"orderby": {"date,failureName,failureHash,symbol,eventType"},
	}.Encode()
}

func failureRowBody(members string) string {
	return `{"date":"2026-03-02","applicationId":"` + appID + `","packageVersion":"1.2.3.0","eventCount":3.0,"deviceCount":1.0` + members + `}`
}

// failurePage is a page of rows.
func failurePage(link string, total int, rows ...string) string {
	body := fmt.Sprintf(`{"Value":[%s],"TotalCount":%d`, strings.Join(rows, ","), total)
	if link != "" {
		body += `,"@nextLink":"` + link + `"`
	}
	return body + `}`
}

func TestFailureHits(t *testing.T) {
	t.Parallel()
	const filter = "packageVersion eq '1.2.3.0'"
	first := failureRequest(filter, "0")
	row := func(name string) string { return failureRowBody(`,"failureName":"` + name + `"`) }
	for name, test := range map[string]struct {
		steps []step
		want  string
		text  string
	}{
		"none":              {steps: []step{{want: first, body: failurePage("", 0)}}},
		"one page":          {steps: []step{{want: first, body: failurePage("", 2, row("a"), row("b"))}}, want: "a b"},
		"equal but names":   {steps: []step{{want: first, body: failurePage("", 2, row("a"), row(""))}}, want: "a "},
		"level hour":        {steps: []step{{want: first, body: failurePage("", 1, strings.Replace(row("a"), "03-02", "03-02 10:00:00", 1))}}, want: "a"},
		"linked":            {steps: []step{{want: first, body: failurePage("failurehits?skip=1&x=y", 2, row("a"))}, {want: "GET analytics/failurehits?skip=1&x=y", body: failurePage("", 2, row("b"))}}, want: "a b"},
		"link missing":      {steps: []step{{want: first, body: failurePage("", 2, row("a"))}, {want: failureRequest(filter, "1"), body: failurePage("", 2, row("b"))}}, want: "a b"},
		"not found":         {steps: []step{{want: first, status: 404}}, text: "404"},
		"not found later":   {steps: []step{{want: first, body: failurePage("", 2, row("a"))}, {want: failureRequest(filter, "1"), status: 404}}, text: "404"},
		"no right":          {steps: []step{{want: first, status: 403}}, text: "reading failure hits (application 9NBLGGH4R315): 403"},
		"link elsewhere":    {steps: []step{{want: first, body: failurePage("https://evil.example/v1.0/my/analytics/failurehits?skip=1", 2, row("a"))}}, text: "leads away"},
		"link to the base":  {steps: []step{{want: first, body: failurePage("../applications", 2, row("a"))}}, text: "leads away"},
		"link encoded":      {steps: []step{{want: first, body: failurePage("%2e%2e/applications", 2, row("a"))}}, text: "leads away"},
		"link in a circle":  {steps: []step{{want: first, body: failurePage("failurehits?skip=0", 2, row("a"))}, {want: "GET analytics/failurehits?skip=0", body: failurePage("failurehits?skip=0", 2, row("a"))}}, text: "already read"},
		"more than counted": {steps: []step{{want: first, body: failurePage("", 1, row("a"), row("b"))}}, text: "more entries"},
		"hollow":            {steps: []step{{want: first, body: `{}`}}},
		"other application": {steps: []step{{want: first, body: failurePage("", 1, strings.Replace(row("a"), appID, "9NBLGGH4R316", 1))}}, text: "9NBLGGH4R316"},
		"other version":     {steps: []step{{want: first, body: failurePage("", 1, strings.Replace(row("a"), "1.2.3.0", "1.2.4.0", 1))}}, text: `version "1.2.4.0", and 1.2.3.0 was asked for`},
		"no version":        {steps: []step{{want: first, body: failurePage("", 1, strings.Replace(row("a"), `"packageVersion"`, `"version"`, 1))}}, text: `version "", and 1.2.3.0 was asked for`},
		"negative count":    {steps: []step{{want: first, body: failurePage("", 1, strings.Replace(row("a"), ":3.0", ":"+"-3.0", 1))}}, text: "counts -3 events on 1 devices"},
		"huge count":        {steps: []step{{want: first, body: failurePage("", 1, strings.Replace(row("a"), ":3.0", ":"+"1e300", 1))}}, text: "counts 1e+300 events"},
		"no number":         {steps: []step{{want: first, body: failurePage("", 1, strings.Replace(row("a"), ":3.0", ":"+`"many"`, 1))}}, text: "not a number"},
		"no date":           {steps: []step{{want: first, body: failurePage("", 1, strings.Replace(row("a"), "2026-03-02", "soon", 1))}}, text: "has no date"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				hits, err := newClient(t, newScript(t, test.steps...)).FailureHits(t.Context(), failureQuery)
				if test.text != "" {
					if err == nil || !strings.Contains(err.Error(), test.text) || strings.Count(err.Error(), "reading failure hits") > 1 {
						t.Errorf("error %v, want %q", err, test.text)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for _, hit := range hits {
					names = append(names, hit.FailureName)
					if hit.EventCount != 3 || hit.DeviceCount != 1 || !hit.Date.Equal(march(2)) {
						t.Errorf("read %+v", hit)
					}
				}
				if got := strings.Join(names, " "); got != test.want {
					t.Errorf("read %q, want %q", got, test.want)
				}
			})
		})
	}
}

// Values are quoted, so that one that holds the filter language is a value and no more.
func TestFailureHitsFilter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*storeapi.FailureQuery)
		want   string
		text   string
	}{
		"name":        {change: func(q *storeapi.FailureQuery) { q.PackageName = "Contoso.Sample" }, want: "packageVersion eq '1.2.3.0' and packageName eq 'Contoso.Sample'"},
		"event types": {change: func(q *storeapi.FailureQuery) { q.EventTypes = []string{"crash", "hang"} }, want: "packageVersion eq '1.2.3.0' and (eventType eq 'crash' or eventType eq 'hang')"},
		"quote":       {change: func(q *storeapi.FailureQuery) { q.PackageName = "x' or packageName ne '" }, want: "packageVersion eq '1.2.3.0' and packageName eq 'x'' or packageName ne '''"},
		"line break":  {change: func(q *storeapi.FailureQuery) { q.PackageName = "a\nb" }, text: "cannot be written in a filter"},
		"not UTF-8":   {change: func(q *storeapi.FailureQuery) { q.EventTypes = []string{"\xff"} }, text: "cannot be written in a filter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			query := failureQuery
			test.change(&query)
			var steps []step
			if test.text == "" {
				steps = []step{{want: failureRequest(test.want, "0"), body: failurePage("", 0)}}
			}
			_, err := newClient(t, newScript(t, steps...)).FailureHits(t.Context(), query)
			if (err == nil) != (test.text == "") || err != nil && !strings.Contains(err.Error(), test.text) {
				t.Errorf("error %v, want %q", err, test.text)
			}
		})
	}
}

// A reply that answers another question is none.
func TestFailureHitsOfSomethingElse(t *testing.T) {
	t.Parallel()
	query := failureQuery
	query.PackageName, query.EventTypes = "Contoso.Sample", []string{"crash", "hang"}
	const filter = "packageVersion eq '1.2.3.0' and packageName eq 'Contoso.Sample' and (eventType eq 'crash' or eventType eq 'hang')"
	for members, text := range map[string]string{
		`,"packageName":"contoso.sample","eventType":"hang"`:   "",
		`,"packageName":"Contoso.Other","eventType":"hang"`:    `package "Contoso.Other", and Contoso.Sample was asked for`,
		`,"packageName":"Contoso.Sample","eventType":"memory"`: `event type "memory", and crash or hang was asked for`,
	} {
		client := newClient(t, newScript(t, step{want: failureRequest(filter, "0"), body: failurePage("", 1, failureRowBody(members))}))
		_, err := client.FailureHits(t.Context(), query)
		if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
			t.Errorf("%s: error %v, want %q", members, err, text)
		}
	}
}

// Everybody who asks the same shares one request, and a write to a flight changes nothing about it.
func TestFailureHitsAreShared(t *testing.T) {
	t.Parallel()
	other := failureQuery
	other.PackageVersion = "1.2.4.0"
	client := newClient(t, newScript(t,
		step{want: failureRequest("packageVersion eq '1.2.3.0'", "0"), body: failurePage("", 1, failureRowBody(""))},
		step{want: failureRequest("packageVersion eq '1.2.4.0'", "0"), body: failurePage("", 0)},
		step{want: "DELETE " + flightPath},
	))
	for range 2 {
		if hits, err := client.FailureHits(t.Context(), failureQuery); err != nil || len(hits) != 1 {
			t.Errorf("%d hits, error %v", len(hits), err)
		}
	}
	if hits, err := client.FailureHits(t.Context(), other); err != nil || len(hits) != 0 {
		t.Errorf("%d hits, error %v", len(hits), err)
	}
	if err := client.DeleteFlight(t.Context(), flightRef); err != nil {
		t.Fatal(err)
	}
	if hits, err := client.FailureHits(t.Context(), failureQuery); err != nil || len(hits) != 1 {
		t.Errorf("%d hits, error %v", len(hits), err)
	}
}

// The simulator has its own idea of the wire.
func TestFailureHitsOfTheLocalStore(t *testing.T) {
	t.Parallel()
	sim, err := storesim.Start(storesim.Options{Now: func() time.Time { return march(20) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	sim.AddApplication(storesim.Application{ID: appID})
	hit := storesim.FailureHit{
		Date: march(19), FailureName: "A & B", FailureHash: "h", Symbol: "s", EventType: "hang", PackageName: "O'Hara", PackageVersion: "1.2.3.0", EventCount: 4,
	}
	sim.AddFailureHits(appID, hit)
	hit.Market = "DE"
	sim.AddFailureHits(appID, hit)
	hit.PackageName = "Other"
	sim.AddFailureHits(appID, hit)
	const rows = 3_000
	for i := range rows {
		sim.AddFailureHits(appID, storesim.FailureHit{Date: march(18), Symbol: strconv.Itoa(i), PackageVersion: "2.0.0.0", EventCount: 1, DeviceCount: 1})
	}
	client, err := storeapi.New(storeapi.Options{Endpoint: sim.URL(), Credential: &credential{}})
	if err != nil {
		t.Fatal(err)
	}
	query := failureQuery
	query.PackageName, query.EventTypes = "O'Hara", []string{"crash", "hang"}
	got, err := client.FailureHits(t.Context(), query)
	want := []storeapi.FailureHit{{Date: march(19), PackageVersion: "1.2.3.0", PackageName: "O'Hara", FailureName: "A & B", FailureHash: "h", Symbol: "s", EventType: "hang", EventCount: 8}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, read (-want +got):\n%s", err, diff)
	}
	if got, err = client.FailureHits(t.Context(), storeapi.FailureQuery{ApplicationID: appID, PackageVersion: "2.0.0.0", Start: march(1), End: march(20)}); err != nil || len(got) != rows {
		t.Errorf("%d rows, error %v, want %d", len(got), err, rows)
	}
}
