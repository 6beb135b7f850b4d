package faultmatrix_test

import (
	"net/http"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// stubborn is how often a lasting failure hits: often enough for the provider to
// give the request up, whichever it is, for a limited time, so that a wait goes on.
const stubborn = 10

// patience is how long the provider waits for a reply in the cases in which none
// comes. On a busy machine another reply may take as long; then it is repeated as
// well, and the outcome is the same.
const patience = 2 * time.Second

// failure is a way in which a request goes wrong.
type failure struct {
	name string
	// sort is the same for failures that differ in the form of the reply only.
	sort   string
	action storesim.Action
	// passing failures hit one request only: with more, the matrix would do little
	// but wait.
	passing bool
	// lag, in place of an action, is for how many looks a deleted submission goes on
	// to occupy its flight.
	lag int
}

const page = "<html><head><title>Bad gateway</title></head><body>It happens.</body></html>"

// failures are all ways. Those whose names end in "done" let the request take
// effect and spoil the reply.
func failures() []failure {
	return []failure{
		{name: "401", sort: "unauthorized", action: storesim.Refuse{Status: http.StatusUnauthorized}},
		{name: "429", sort: "throttled", action: storesim.Refuse{Status: http.StatusTooManyRequests}},
		{name: "429 with Retry-After", sort: "throttled", action: storesim.Refuse{Status: http.StatusTooManyRequests, RetryAfter: "1"}, passing: true},
		{name: "500", sort: "refused", action: storesim.Refuse{Status: http.StatusInternalServerError}},
		{name: "500 without a body", sort: "refused", action: storesim.Refuse{Status: http.StatusInternalServerError, NoBody: true}},
		{name: "502 with a page", sort: "refused", action: storesim.Refuse{Status: http.StatusBadGateway, Body: page, ContentType: "text/html"}},
		{name: "503", sort: "refused", action: storesim.Refuse{Status: http.StatusServiceUnavailable}},
		{name: "503 done", sort: "refused done", action: storesim.ErrorAfter{Status: http.StatusServiceUnavailable}},
		{name: "500 without a body done", sort: "refused done", action: storesim.ErrorAfter{Status: http.StatusInternalServerError, NoBody: true}},
		{name: "closed", sort: "closed", action: storesim.DropBefore{}},
		{name: "closed done", sort: "closed done", action: storesim.DropAfter{}},
		{name: "cut off done", sort: "spoiled", action: storesim.Truncate{}},
		{name: "no body done", sort: "spoiled", action: storesim.EmptyBody{}},
		{name: "page done", sort: "spoiled", action: storesim.HTMLBody{}},
		{name: "too slow", sort: "too slow", action: storesim.Hang{}, passing: true},
		{name: "too slow done", sort: "too slow done", action: storesim.Hang{AfterEffect: true}, passing: true},
		{name: "409 after it", sort: "lag", lag: 1},
	}
}
