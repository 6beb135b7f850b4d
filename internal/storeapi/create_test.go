package storeapi_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

func TestCreateSubmission(t *testing.T) {
	t.Parallel()
	post := func(s step) step {
		s.want = "POST " + flightPath + "/submissions"
		return s
	}
	flight := func(published, pending string) step {
		return step{want: "GET " + flightPath, body: flightBody(published, pending)}
	}
	made := post(step{status: 201, body: submissionBody(newID, "PendingCommit")})
	read := step{want: "GET " + newPath, body: submissionBody(newID, "PendingCommit")}
	portal := step{want: "GET " + newPath, body: `{"id":"` + newID + `","status":"PendingCommit"}`}
	broken := post(step{status: 502, body: "<html>"})
	slow := post(step{status: 500, body: serverErrorBody})
	minimal := func(s step) step {
		s.want = "POST " + flightPath + "/submissions?isMinimalResponse=true"
		return s
	}
	sparse := minimal(step{status: 201, body: `{"id":"` + newID + `","status":"PendingCommit"}`})
	conflict := post(step{status: 409, body: conflictBody})
	empty404 := post(step{status: 404})

	published := storeapi.Flight{ApplicationID: appID, ID: flightID, LastPublishedSubmissionID: oldID}
	deleted := storeapi.Flight{ApplicationID: appID, ID: flightID, LastPublishedSubmissionID: "1", PendingSubmissionID: oldID}
	fresh := storeapi.Flight{ApplicationID: appID, ID: flightID, PendingSubmissionID: oldID}

	for name, test := range map[string]struct {
		flight storeapi.Flight
		steps  []step
		status int // of the error; 0 for success
		text   string
	}{
		"made":                    {flight: published, steps: []step{made}},
		"throttled":               {flight: published, steps: []step{post(step{status: 429, header: http.Header{"Retry-After": {"7"}}}), made}},
		"no connection":           {flight: published, steps: []step{post(step{lost: dialError()}), made}},
		"no connection by proxy":  {flight: published, steps: []step{post(step{lost: &net.OpError{Op: "proxyconnect", Net: "tcp", Err: errReset}}), made}},
		"lost reply":              {flight: published, steps: []step{post(step{lost: errReset}), flight(oldID, newID), read}},
		"lost request":            {flight: published, steps: []step{post(step{lost: errReset}), flight(oldID, ""), made}},
		"lost twice":              {flight: published, steps: []step{broken, flight(oldID, ""), broken, flight(oldID, newID), read}},
		"bad gateway, made":       {flight: published, steps: []step{broken, flight(oldID, newID), read}},
		"server error, made":      {flight: published, steps: []step{slow, flight(oldID, newID), read}},
		"too slow with packages":  {flight: published, steps: []step{slow, flight(oldID, ""), sparse, read}},
		"too slow twice":          {flight: published, steps: []step{slow, flight(oldID, ""), minimal(step{status: 504}), flight(oldID, ""), sparse, read}},
		"unavailable, made":       {flight: published, steps: []step{post(step{status: 503, body: `{"code":"InvalidOperation","message":"retry with exponential backoff"}`}), flight(oldID, newID), read}},
		"gateway, not made":       {flight: published, steps: []step{post(step{status: 504, body: "<html>"}), flight(oldID, ""), sparse, read}},
		"cut off":                 {flight: published, steps: []step{post(step{status: 201, body: submissionBody(newID, "PendingCommit"), cut: true}), flight(oldID, newID), read}},
		"cut off, length unknown": {flight: published, steps: []step{post(step{status: 201, body: `{"id":"11`}), flight(oldID, newID), read}},
		"empty reply":             {flight: published, steps: []step{post(step{status: 201}), flight(oldID, newID), read}},
		"page instead of reply":   {flight: published, steps: []step{post(step{status: 200, body: "<html>hello</html>"}), flight(oldID, newID), read}},
		"reply without id":        {flight: published, steps: []step{post(step{status: 201, body: "{}"}), flight(oldID, newID), read}},
		"old draft still pending": {flight: deleted, steps: []step{broken, flight("1", oldID), made}},
		"still under way":         {flight: published, steps: []step{broken, flight(oldID, ""), conflict, flight(oldID, ""), conflict, flight(oldID, newID), read}},
		"conflict":                {flight: published, steps: []step{conflict}, status: 409, text: "creating submission (application 9NBLGGH4R315, flight 43e448df-97c9-4a43-a0bc-2a445e736bcd): 409 Conflict InvalidState (submission): The flight has a pending submission."},
		"conflict after deletion": {flight: deleted, steps: []step{conflict, conflict, made}},
		"conflict for good":       {flight: deleted, steps: slices.Repeat([]step{conflict}, 6), status: 409},
		"refused":                 {flight: published, steps: []step{post(step{status: 400, body: `{"code":"X"}`})}, status: 400},
		"refused after doubt":     {flight: published, steps: []step{broken, flight(oldID, ""), post(step{status: 400, body: `{"code":"X"}`}), flight(oldID, "")}, status: 400},
		"flight forgets its base": {flight: fresh, steps: []step{empty404, empty404, made}},
		"flight without base":     {flight: fresh, steps: slices.Repeat([]step{empty404}, 9), status: 404},
		"404 of published flight": {flight: published, steps: []step{empty404}, status: 404},
		"404 with a reason":       {flight: fresh, steps: []step{post(step{status: 404, body: `{"code":"ResourceNotFound"}`})}, status: 404},
		"portal draft in the way": {
			flight: published, status: 400,
			steps: []step{broken, flight(oldID, newID), portal, conflict, flight(oldID, newID), portal, post(step{status: 400}), flight(oldID, newID), portal},
		},
		"never": {
			flight: published, status: 502,
			steps: []step{
				broken, flight(oldID, ""), broken, flight(oldID, ""), broken, flight(oldID, ""),
				broken, flight(oldID, ""), broken, flight(oldID, ""), broken, flight(oldID, ""),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, newScript(t, test.steps...))
				got, err := client.CreateSubmission(t.Context(), &test.flight)
				if test.status != 0 {
					wantError(t, err, test.status, test.text)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got.Ref != newRef || got.Status != storeapi.StatusPendingCommit || got.FileUploadURL.IsZero() {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

// A flight that lost its first submission may get another one after some minutes [store-api 6.4].
func TestCreateSubmissionWaitsForTheBase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := newClient(t, always{status: 404}).CreateSubmission(t.Context(), &storeapi.Flight{ApplicationID: appID, ID: flightID, PendingSubmissionID: oldID})
		wantError(t, err, 404, "404 Not Found")
		if took := time.Since(start); took < 4*time.Minute || took > 5*time.Minute {
			t.Errorf("gave up after %v", took)
		}
	})
}

func TestCreateSubmissionLookFails(t *testing.T) {
	t.Parallel()
	t.Run("read of what was made", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t,
				step{want: "POST " + flightPath + "/submissions", status: 504},
				step{want: "GET " + flightPath, body: flightBody(oldID, "")},
				step{want: "POST " + flightPath + "/submissions?isMinimalResponse=true", body: `{"id":"` + newID + `"}`},
				step{want: "GET " + newPath, status: 403},
			))
			got, err := client.CreateSubmission(t.Context(), &storeapi.Flight{ApplicationID: appID, ID: flightID, LastPublishedSubmissionID: oldID})
			wantError(t, err, 403, "reading submission")
			if got == nil || got.Ref != newRef {
				t.Errorf("the id is lost: %+v", got)
			}
		})
	})
	t.Run("flight", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t,
				step{want: "POST " + flightPath + "/submissions", lost: errReset},
				step{want: "GET " + flightPath, status: 403},
			))
			_, err := client.CreateSubmission(t.Context(), &storeapi.Flight{ApplicationID: appID, ID: flightID})
			wantError(t, err, 0, "connection reset by peer; whether it took effect all the same could not be found out: reading flight")
		})
	})
	t.Run("submission", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t,
				step{want: "POST " + flightPath + "/submissions", lost: errReset},
				step{want: "GET " + flightPath, body: flightBody("", newID)},
				step{want: "GET " + newPath, status: 404},
			))
			got, err := client.CreateSubmission(t.Context(), &storeapi.Flight{ApplicationID: appID, ID: flightID})
			wantError(t, err, 0, "reading submission")
			if got == nil || got.Ref != newRef {
				t.Errorf("the id is lost: %+v", got)
			}
		})
	})
}

func TestCreateSubmissionInterrupted(t *testing.T) {
	t.Parallel()
	before := &storeapi.Flight{ApplicationID: appID, ID: flightID, LastPublishedSubmissionID: oldID}
	posting := "POST " + flightPath + "/submissions"

	t.Run("while waiting for the reply", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			client := newClient(t, newScript(t,
				step{want: posting, hang: true, then: cancel},
				step{want: "GET " + flightPath, body: flightBody(oldID, "")},
				step{want: "GET " + flightPath, body: flightBody(oldID, newID)},
				step{want: "GET " + newPath, body: submissionBody(newID, "PendingCommit")},
			))
			got, err := client.CreateSubmission(ctx, before)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got error %v", err)
			}
			if got == nil || got.Ref != newRef || got.FileUploadURL.IsZero() {
				t.Errorf("got %+v", got)
			}
		})
	})
	t.Run("while waiting to repeat", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			client := newClient(t, newScript(t,
				step{want: posting, status: 502},
				step{want: "GET " + flightPath, body: flightBody(oldID, "")},
				step{want: "GET " + flightPath, body: flightBody(oldID, newID)},
				step{want: "GET " + newPath, body: submissionBody(newID, "PendingCommit")},
			))
			got, err := client.CreateSubmission(ctx, before)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got error %v", err)
			}
			if got == nil || got.Ref != newRef {
				t.Errorf("got %+v", got)
			}
		})
	})
	t.Run("nothing was made", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			none := step{want: "GET " + flightPath, body: flightBody(oldID, "")}
			client := newClient(t, newScript(t, step{want: posting, hang: true, then: cancel}, none, none, none))
			start := time.Now()
			got, err := client.CreateSubmission(ctx, before)
			if got != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("got %+v, %v", got, err)
			}
			if took := time.Since(start); took != 5*time.Second {
				t.Errorf("looked for %v", took)
			}
		})
	})
	t.Run("before it left", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			client := newClient(t, newScript(t))
			got, err := client.CreateSubmission(ctx, before)
			if got != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	})
	t.Run("before a server was found", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			client := newClient(t, newScript(t, step{want: posting, lost: dialError(), then: cancel}))
			start := time.Now()
			got, err := client.CreateSubmission(ctx, before)
			if got != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("got %+v, %v", got, err)
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("looked for %v for what was never sent", took)
			}
		})
	})
	t.Run("in a pause that the Store asked for", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			client := newClient(t, newScript(t, step{want: posting, status: 429, header: http.Header{"Retry-After": {"300"}}}))
			got, err := client.CreateSubmission(ctx, before)
			if got != nil || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %+v, %v", got, err)
			}
			wantError(t, err, 0, "the time for it ran out (the latest answer was 429 Too Many Requests")
		})
	})
	t.Run("with the budget used up", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			client := newClient(t, newScript(t,
				step{want: posting, hang: true, then: cancel},
				step{want: "GET " + flightPath, body: flightBody(oldID, newID)},
				step{want: "GET " + newPath, body: submissionBody(newID, "PendingCommit")},
			), func(o *storeapi.Options) { o.RequestsPerMinute = 1 })
			start := time.Now()
			if got, _ := client.CreateSubmission(ctx, before); got == nil || got.Ref != newRef {
				t.Errorf("got %+v", got)
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("the look waited %v for the budget", took)
			}
		})
	})
}
