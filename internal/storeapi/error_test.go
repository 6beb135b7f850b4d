package storeapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

func TestError(t *testing.T) {
	t.Parallel()
	const knownSecret = "known-by-value-41"
	redact.Register(knownSecret)
	const about = "reading flight (application 9NBLGGH4R315, flight 43e448df-97c9-4a43-a0bc-2a445e736bcd): "
	correlated := http.Header{"Ms-Correlationid": {"corr-1"}}
	for name, test := range map[string]struct {
		status int
		header http.Header
		body   string
		want   string // after the subject
		code   string
		target string
	}{
		"store": {
			status: 409, header: correlated, code: "InvalidState", target: "submission",
			body: `{"code":"InvalidState","data":[],"details":[],"message":"Wait.","source":"Ingestion Api","target":"submission"}`,
			want: "409 Conflict InvalidState (submission): Wait.; correlation id corr-1",
		},
		"other cases": {
			status: 400, header: correlated, code: "X",
			body: `{"CODE":"X","Message":"a\n  b"}`,
			want: "400 Bad Request X: a b; correlation id corr-1",
		},
		"details": {
			status: 400, header: correlated, code: "InvalidParameterValue", target: "packages",
			body: `{"code":"InvalidParameterValue","message":"Bad.","target":"packages","data":["7",8],"details":[{"code":"C","message":"m"},"text",null,true,{"message":"only"}]}`,
			want: "400 Bad Request InvalidParameterValue (packages): Bad.; C: m; text; only; 7; 8; correlation id corr-1",
		},
		"said once": {
			status: 400, header: correlated,
			body: `{"message":"Bad things.","details":["Bad things."],"innererror":{"message":"Bad things."}}`,
			want: "400 Bad Request: Bad things.; correlation id corr-1",
		},
		"inner error": {
			status: 400, header: correlated, code: "InternalServerError",
			body: `{"code":"InternalServerError","message":"Oops.","innererror":{"code":"UnknownInternalFailure","data":[],"message":""}}`,
			want: "400 Bad Request InternalServerError: Oops.; UnknownInternalFailure; correlation id corr-1",
		},
		"gateway": {
			status: 401, header: correlated,
			body: `{"statusCode":401,"message":"APIM: Unauthorized. Access token is missing or invalid."}`,
			want: "401 Unauthorized: APIM: Unauthorized. Access token is missing or invalid.; correlation id corr-1",
		},
		"code says what the status says": {
			status: 401, header: correlated, code: "Unauthorized",
			body: `{"code":"Unauthorized","message":"Identity cannot be authorized."}`,
			want: "401 Unauthorized: Identity cannot be authorized.; correlation id corr-1",
		},
		"odata":       {status: 400, header: correlated, code: "C", body: `{"error":{"code":"C","message":"M"}}`, want: "400 Bad Request C: M; correlation id corr-1"},
		"entra":       {status: 400, header: correlated, code: "invalid_client", body: `{"error":"invalid_client","error_description":"AADSTS7000215"}`, want: "400 Bad Request invalid_client: AADSTS7000215; correlation id corr-1"},
		"activity id": {status: 400, code: "C", body: `{"code":"C","activityId":"act-1"}`, want: "400 Bad Request C; correlation id act-1"},
		"empty":       {status: 403, header: correlated, want: "403 Forbidden; correlation id corr-1"},
		"blank":       {status: 403, header: correlated, body: " \r\n", want: "403 Forbidden; correlation id corr-1"},
		"page": {
			status: 400, header: correlated,
			body: "<!DOCTYPE html><html><head><TITLE>\n Service &amp; more </TITLE></head><body>x</body></html>",
			want: "400 Bad Request: Service & more; correlation id corr-1",
		},
		"page without title": {
			status: 400, header: correlated,
			body: "<html><style>p{}</style><script>alert(1)</script><p>Not   <b>today</b></p></html>",
			want: "400 Bad Request: Not today; correlation id corr-1",
		},
		"terminal":        {status: 400, header: correlated, body: "a\x1b[31mb\x00c", want: "400 Bad Request: a [31mb c; correlation id corr-1"},
		"text":            {status: 400, header: correlated, body: "No.", want: "400 Bad Request: No.; correlation id corr-1"},
		"byte order mark": {status: 400, header: correlated, code: "C", body: "\xef\xbb\xbf{\"code\":\"C\"}", want: "400 Bad Request C; correlation id corr-1"},
		"long text":       {status: 400, header: correlated, body: "a" + strings.Repeat("é", 400), want: "400 Bad Request: a" + strings.Repeat("é", 149) + "…; correlation id corr-1"},
		"cut off":         {status: 400, header: correlated, body: `{"code":"C","mess`, want: `400 Bad Request: {"code":"C","mess; correlation id corr-1`},
		"array":           {status: 400, header: correlated, body: `[1]`, want: `400 Bad Request: [1]; correlation id corr-1`},
		"null":            {status: 400, header: correlated, body: `null`, want: `400 Bad Request: null; correlation id corr-1`},
		"strange object":  {status: 400, header: correlated, body: `{"a":1}`, want: `400 Bad Request: {"a":1}; correlation id corr-1`},
		"strange members": {status: 400, header: correlated, body: `{"code":[],"message":{},"details":3,"innererror":"x","target":7}`, target: "7", want: `400 Bad Request (7): {"code":[],"message":{},"details":3,"innererror":"x","target":7}; correlation id corr-1`},
		"not a status":    {status: 499, header: correlated, want: "499; correlation id corr-1"},
		"many details": {
			status: 400, header: correlated, code: "C", body: `{"code":"C","details":[` + `"aaa` + strings.Repeat("b", 997) + `",` +
				`"` + strings.Repeat("c", 2000) + `"]}`,
			want: "400 Bad Request C: aaa" + strings.Repeat("b", 997) + "; " + strings.Repeat("c", 998) + "…; correlation id corr-1",
		},
		"half a secret": {status: 400, header: correlated, body: strings.Repeat("a ", 145) + knownSecret, want: "400 Bad Request: " + strings.Repeat("a ", 145) + "REDACTED; correlation id corr-1"},
		"secret text":   {status: 400, header: correlated, body: "PUT /i?sv=2&sig=SECRET failed", want: "400 Bad Request: PUT /i?sv=2&sig=REDACTED failed; correlation id corr-1"},
		"secrets": {
			status: 400, header: correlated, code: "C",
			body: `{"code":"C","message":"PUT https://blob.example/i?sig=SECRET failed","details":["Bearer token-1.SECRET"]}`,
			want: "400 Bad Request C: PUT https://blob.example/i?REDACTED failed; Bearer REDACTED; correlation id corr-1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newScript(t, step{want: "GET " + flightPath, status: test.status, header: test.header, body: test.body})
				client := newClient(t, store, func(o *storeapi.Options) { o.Credential = &credential{static: true} })
				_, err := client.Flight(fresh(t.Context()), flightRef)
				e, ok := errors.AsType[*storeapi.Error](err)
				if !ok {
					t.Fatalf("got %v", err)
				}
				if want := about + test.want; err.Error() != want {
					t.Errorf("got  %s\nwant %s", err, want)
				}
				if e.StatusCode != test.status || e.Code != test.code || e.Target != test.target {
					t.Errorf("got status %d, code %q, target %q", e.StatusCode, e.Code, e.Target)
				}
				if storeapi.IsConflict(err) != (test.status == 409) || storeapi.IsNotFound(err) != (test.status == 404) ||
					storeapi.IsAuth(err) != (test.status == 401 || test.status == 403) {
					t.Error("it is taken for something else")
				}
			})
		})
	}
	t.Run("our correlation id", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newScript(t, step{want: "GET " + flightPath, status: 404})
			_, err := newClient(t, store).Flight(fresh(t.Context()), flightRef)
			id := store.requests[0].Header.Get("CorrelationId")
			if len(id) != 36 {
				t.Errorf("sent correlation id %q", id)
			}
			wantError(t, err, 404, "404 Not Found; correlation id "+id)
		})
	})
}

func TestErrorWithoutReply(t *testing.T) {
	t.Parallel()
	lost := step{want: "GET " + flightPath, lost: errReset}
	t.Run("transport", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, lost, lost, lost, lost, lost, lost))
			_, err := client.Flight(fresh(t.Context()), flightRef)
			wantError(t, err, 0, "flight 43e448df-97c9-4a43-a0bc-2a445e736bcd): read tcp 127.0.0.1:1->127.0.0.1:2: connection reset by peer; 6 attempts")
			if !errors.Is(err, errReset) {
				t.Error("the cause is lost")
			}
		})
	})
	t.Run("address", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			leak := step{want: "GET " + flightPath, lost: errors.New(`Get "https://user:SECRET@h/x?sig=SECRET": refused`)}
			client := newClient(t, newScript(t, leak, leak, leak, leak, leak, leak))
			_, err := client.Flight(fresh(t.Context()), flightRef)
			wantError(t, err, 0, `Get "https://REDACTED@h/x?REDACTED": refused`)
		})
	})
	t.Run("deadline", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
			defer cancel()
			store := newScript(t, step{want: "DELETE " + newPath, status: 503, body: `{"code":"Busy"}`})
			err := newClient(t, store).DeleteSubmission(ctx, newRef)
			wantError(t, err, 0, "the time for it ran out (the latest answer was 503 Service Unavailable Busy; correlation id ")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error("the cause is lost")
			}
		})
	})
	t.Run("no reply", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			hang := step{want: "GET " + flightPath, hang: true}
			_, err := newClient(t, newScript(t, slices.Repeat([]step{hang}, 6)...)).Flight(fresh(t.Context()), flightRef)
			wantError(t, err, 0, "no reply within 5m0s; 6 attempts")
			if errors.Is(err, context.DeadlineExceeded) {
				t.Error("it looks like the caller's own deadline")
			}
		})
	})
	t.Run("cut off", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			cut := step{want: "GET " + flightPath, body: flightBody(oldID, newID), cut: true}
			_, err := newClient(t, newScript(t, slices.Repeat([]step{cut}, 6)...)).Flight(fresh(t.Context()), flightRef)
			wantError(t, err, 0, "the connection ended before the reply did; 6 attempts")
		})
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(fresh(t.Context()))
			_, err := newClient(t, newScript(t, step{want: "GET " + flightPath, hang: true, then: cancel})).Flight(ctx, flightRef)
			wantError(t, err, 0, "it was interrupted")
			if !errors.Is(err, context.Canceled) {
				t.Error("the cause is lost")
			}
		})
	})
	t.Run("a status without end", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			long := strings.Repeat("a", 10_000)
			client := newClient(t, newScript(t, step{want: "GET " + newPath, body: withID(`{"flightId":"` + long + `"}`)}))
			_, err := client.Submission(t.Context(), newRef)
			wantError(t, err, 0, "it is about flight aaa")
			if n := len(err.Error()); n > 2500 {
				t.Errorf("the message has %d bytes", n)
			}
		})
	})
	t.Run("page instead of an object", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			page := step{want: "GET " + flightPath, body: "<html>Sign in</html>"}
			client := newClient(t, newScript(t, page, page, page, page, page, page))
			_, err := client.Flight(fresh(t.Context()), flightRef)
			wantError(t, err, 0, "the reply is cut off or not JSON")
		})
	})
	for name, ref := range map[string]storeapi.SubmissionRef{
		"no application": {FlightRef: storeapi.FlightRef{FlightID: "f"}, SubmissionID: "1"},
		"no flight":      {FlightRef: storeapi.FlightRef{ApplicationID: "a"}, SubmissionID: "1"},
		"no submission":  flightRef.Submission(""),
		"dots":           flightRef.Submission(".."),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, err := newClient(t, newScript(t)).Submission(t.Context(), ref)
				wantError(t, err, 0, "the ids do not make an address")
			})
		})
	}
	t.Run("no application for a list", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, err := newClient(t, newScript(t)).Flights(t.Context(), "")
			wantError(t, err, 0, "the ids do not make an address")
		})
	})
}

func TestAdvice(t *testing.T) {
	t.Parallel()
	read := func(c *storeapi.Client, ctx context.Context) error {
		_, err := c.Flight(fresh(ctx), flightRef)
		return err
	}
	poll := func(c *storeapi.Client, ctx context.Context) error {
		_, err := c.SubmissionStatus(ctx, newRef)
		return err
	}
	create := func(c *storeapi.Client, ctx context.Context) error {
		_, err := c.CreateSubmission(ctx, &storeapi.Flight{ApplicationID: appID, ID: flightID})
		return err
	}
	put := func(c *storeapi.Client, ctx context.Context) error {
		_, err := c.UpdateSubmission(ctx, &storeapi.Submission{Ref: newRef})
		return err
	}
	for name, test := range map[string]struct {
		do     func(*storeapi.Client, context.Context) error
		status int
		body   string
		want   string
		auth   bool
	}{
		"portal-made":        {do: put, status: 400, body: `{"code":"InvalidOperation","message":"Only submissions created through the API."}`, want: "Delete the pending submission in Partner Center: https://partner.microsoft.com/dashboard/products/"},
		"packages":           {do: put, status: 400, body: `{"code":"InvalidParameterValue","target":"packages"}`, want: "Every package"},
		"bad":                {do: put, status: 400, body: `{}`, want: ""},
		"token":              {do: read, status: 401, body: `{"statusCode":401,"message":"APIM: Unauthorized."}`, want: "did not accept the access token", auth: true},
		"unknown to portal":  {do: read, status: 401, body: `{"code":"Unauthorized","message":"Identity cannot be authorized. CorrelationId: x"}`, want: "add it there under Users", auth: true},
		"forbidden":          {do: read, status: 403, want: "Manager role", auth: true},
		"no flight":          {do: read, status: 404, want: "Check the ids"},
		"no base":            {do: create, status: 404, want: "Apply again in a few minutes. If that does not help, delete the flight"},
		"no flight for it":   {do: create, status: 404, body: `{"code":"ResourceNotFound"}`, want: "Check the ids"},
		"unsupported app":    {do: read, status: 409, body: `{"code":"InvalidState","target":"application"}`, want: "features that the API does not work with"},
		"slot":               {do: create, status: 409, body: conflictBody, want: "already has a pending submission"},
		"never by hand":      {do: create, status: 409, body: conflictBody, want: "by hand"},
		"no draft":           {do: put, status: 409, body: conflictBody, want: "no longer a draft"},
		"odd conflict":       {do: read, status: 409, want: ""},
		"of another flight":  {do: poll, status: 409, want: "of another flight"},
		"throttled":          {do: read, status: 429, want: "Lower requests_per_minute"},
		"account":            {do: read, status: 503, body: "Account service is experiencing issue", want: "not a temporary failure", auth: true},
		"unavailable":        {do: read, status: 503, want: "usually temporary"},
		"server error":       {do: read, status: 500, want: "usually temporary"},
		"teapot":             {do: read, status: 418, want: ""},
		"too late to delete": {do: func(c *storeapi.Client, ctx context.Context) error { return c.DeleteSubmission(ctx, newRef) }, status: 409, want: "cancel it in Partner Center: https://partner.microsoft.com/dashboard/products/"},
		"flight occupied":    {do: func(c *storeapi.Client, ctx context.Context) error { return c.DeleteFlight(ctx, flightRef) }, status: 409, want: "Delete that first"},
		"no commit": {do: func(c *storeapi.Client, ctx context.Context) error {
			_, err := c.CommitSubmission(ctx, newRef)
			return err
		}, status: 409, want: "no longer a draft"},
		"no submission": {do: poll, status: 404, want: "may have been deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, always{status: test.status, body: test.body})
				err := test.do(client, t.Context())
				e, ok := errors.AsType[*storeapi.Error](err)
				if !ok {
					t.Fatalf("got %v", err)
				}
				if advice := e.Advice(); !strings.Contains(advice, test.want) || (test.want == "") != (advice == "") {
					t.Errorf("got advice %q, want %q in it", advice, test.want)
				}
				if storeapi.IsAuth(err) != test.auth {
					t.Errorf("IsAuth is %v", !test.auth)
				}
			})
		})
	}
	t.Run("not a Store ID", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newScript(t, step{want: "GET applications/Contoso.Sample", status: 500, body: serverErrorBody})
			_, err := newClient(t, store).Application(t.Context(), "Contoso.Sample")
			e, ok := errors.AsType[*storeapi.Error](err)
			if !ok || !strings.Contains(e.Advice(), "not a Store ID") {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("not a Store ID, and a POST", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newScript(t, step{want: "POST applications/Contoso.Sample/flights/" + flightID + "/submissions", status: 500, body: serverErrorBody})
			_, err := newClient(t, store).CreateSubmission(t.Context(), &storeapi.Flight{ApplicationID: "Contoso.Sample", ID: flightID})
			wantError(t, err, 500, "500 Internal Server Error")
		})
	})
	t.Run("rollout", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newScript(t,
				step{want: "POST " + newPath + "/haltpackagerollout", status: 409},
				step{want: "GET " + newPath + "/packagerollout", body: rolloutBody("5", "PackageRolloutNotStarted")})
			_, err := newClient(t, store).HaltPackageRollout(t.Context(), newRef)
			e, ok := errors.AsType[*storeapi.Error](err)
			if !ok || !strings.Contains(e.Advice(), "only while the submission is published") {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("create gives up", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			get := step{want: "GET " + flightPath, body: flightBody("", "")}
			again := step{want: "POST " + flightPath + "/submissions?isMinimalResponse=true", status: 500}
			store := newScript(t, step{want: "POST " + flightPath + "/submissions", status: 500}, get)
			store.steps = append(store.steps, slices.Repeat([]step{again, get}, 5)...)
			e, ok := errors.AsType[*storeapi.Error](create(newClient(t, store), t.Context()))
			if !ok || !strings.Contains(e.Advice(), "run out of time while it copied") {
				t.Errorf("got %v", e)
			}
		})
	})
}

// always answers everything in the same way.
type always struct {
	status int
	body   string
}

// RoundTrip implements http.RoundTripper.
func (a always) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body)), Request: req}, nil
}

// refusal is a credential's error that says whether it was refused.
type refusal struct{ refused bool }

func (refusal) Error() string { return "AADSTS7000215: Invalid client secret provided." }

func (r refusal) Refused() bool { return r.refused }

func TestCredentialFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		auth bool
	}{
		"refused":              {fmt.Errorf("sign in: %w", refusal{true}), true},
		"not answered":         {fmt.Errorf("sign in: %w", refusal{false}), false},
		"who knows":            {errReset, false},
		"a connection is lost": {&net.OpError{Op: "dial", Err: errReset}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, newScript(t), func(o *storeapi.Options) { o.Credential = &credential{err: test.err} })
				_, err := client.CreateSubmission(t.Context(), &storeapi.Flight{ApplicationID: appID, ID: flightID})
				wantError(t, err, 0, test.err.Error())
				if !errors.Is(err, test.err) {
					t.Error("the cause is lost")
				}
				if storeapi.IsAuth(err) != test.auth {
					t.Errorf("IsAuth is %t", !test.auth)
				}
				// The credential's own text says what to do.
				if e, _ := errors.AsType[*storeapi.Error](err); e.Advice() != "" || e.Attempts != 0 {
					t.Errorf("got advice %q after %d attempts", e.Advice(), e.Attempts)
				}
			})
		})
	}
}

func FuzzError(f *testing.F) {
	for _, body := range []string{
		conflictBody, serverErrorBody, "", "<html><title>x</title>", `{"statusCode":401,"message":"APIM"}`, `{"error":{"code":1}}`,
		`{"details":[{"message":"https://h/?sig=SECRET"}]}`, "\xef\xbb\xbf{}", "\xff\xfe", `{"message":"Bearer abc.SECRET"}`,
	} {
		f.Add(409, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 400 || status > 999 || status == 401 || status == 408 || status == 429 || status >= 500 {
			status = 409
		}
		client := newClient(t, always{status: status, body: body})
		_, err := client.Flight(fresh(t.Context()), flightRef)
		e, ok := errors.AsType[*storeapi.Error](err)
		if !ok || e.StatusCode != status {
			t.Fatalf("got %v", err)
		}
		if text := err.Error(); len(text) > 9000 || strings.ContainsAny(text, "\n\r") || !utf8.ValidString(text) {
			t.Errorf("%d bytes of text: %q", len(text), text)
		}
		_ = e.Advice()
	})
}
