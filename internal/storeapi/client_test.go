package storeapi_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options storeapi.Options
		want    string // of the error; "" for success
	}{
		"default":        {options: storeapi.Options{}},
		"https":          {options: storeapi.Options{Endpoint: "https://store.example/"}},
		"https, path":    {options: storeapi.Options{Endpoint: "https://store.example:8443/proxy"}},
		"loopback":       {options: storeapi.Options{Endpoint: "http://127.0.0.1:8080"}},
		"loopback v6":    {options: storeapi.Options{Endpoint: "http://[::1]:8080"}},
		"loopback name":  {options: storeapi.Options{Endpoint: "http://LOCALHOST:8080"}},
		"loopback net":   {options: storeapi.Options{Endpoint: "http://127.9.9.9"}},
		"plain":          {options: storeapi.Options{Endpoint: "http://store.example"}, want: "must be https"},
		"plain, similar": {options: storeapi.Options{Endpoint: "http://localhost.example"}, want: "must be https"},
		"ftp":            {options: storeapi.Options{Endpoint: "ftp://127.0.0.1"}, want: "must be https"},
		"no host":        {options: storeapi.Options{Endpoint: "https://"}, want: "is not an address such as"},
		"port alone":     {options: storeapi.Options{Endpoint: "https://:443"}, want: "is not an address such as"},
		"no scheme":      {options: storeapi.Options{Endpoint: "store.example"}, want: "is not an address such as"},
		"no address":     {options: storeapi.Options{Endpoint: "https://[SECRET"}, want: "is not an address"},
		"no escape":      {options: storeapi.Options{Endpoint: "https://me:SECRET@store.example/%zz"}, want: "is not an address"},
		"user":           {options: storeapi.Options{Endpoint: "https://me:SECRET@store.example"}, want: "on store.example must have no user"},
		"query":          {options: storeapi.Options{Endpoint: "https://store.example?sig=SECRET"}, want: "must have no user, query or fragment"},
		"budget":         {options: storeapi.Options{RequestsPerMinute: -1}, want: "a budget of -1 requests"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.options.Credential = &credential{}
			_, err := storeapi.New(test.options)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "me:SECRET") || strings.Contains(err.Error(), "sig=SECRET") {
				t.Errorf("got error %v, want %q in it", err, test.want)
			}
		})
	}
	t.Run("no credential", func(t *testing.T) {
		t.Parallel()
		if _, err := storeapi.New(storeapi.Options{}); err == nil || !strings.Contains(err.Error(), "credential") {
			t.Errorf("got error %v", err)
		}
	})
}

func TestRequests(t *testing.T) {
	t.Parallel()
	type got struct{ uri, contentType, contentLength, body string }
	operations := map[string]struct {
		do   func(context.Context, *storeapi.Client) error
		want []got
	}{
		"POST without a body": {
			func(ctx context.Context, c *storeapi.Client) error {
				_, err := c.CommitSubmission(ctx, newRef)
				return err
			},
			[]got{{"POST /v1.0/my/" + newPath + "/commit", "application/json; charset=utf-8", "0", ""}},
		},
		"PUT": {
			func(ctx context.Context, c *storeapi.Client) error {
				_, err := c.UpdateSubmission(ctx, &storeapi.Submission{Ref: newRef, NotesForCertification: "é<"})
				return err
			},
			[]got{{
				"PUT /v1.0/my/" + newPath, "application/json; charset=utf-8", "157",
				`{"notesForCertification":"é<","packageDeliveryOptions":{"isMandatoryUpdate":false,"packageRollout":{"isPackageRollout":false,"packageRolloutPercentage":0}}}`,
			}},
		},
		"GET": {
			func(ctx context.Context, c *storeapi.Client) error {
				_, err := c.Flights(ctx, appID)
				return err
			},
			[]got{{"GET /v1.0/my/" + appPath + "/listflights?skip=0&top=100", "", "", ""}},
		},
		"DELETE": {
			func(ctx context.Context, c *storeapi.Client) error {
				return c.DeleteSubmission(ctx, newRef)
			},
			[]got{{"DELETE /v1.0/my/" + newPath, "", "", ""}},
		},
	}
	for scheme, start := range map[string]func(http.Handler) *httptest.Server{"http": httptest.NewServer, "https": httptest.NewTLSServer} {
		for name, operation := range operations {
			t.Run(scheme+" "+name, func(t *testing.T) {
				t.Parallel()
				var requests []got
				ids := map[string]bool{}
				server := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						t.Error(err)
					}
					requests = append(requests, got{r.Method + " " + r.RequestURI, r.Header.Get("Content-Type"), r.Header.Get("Content-Length"), string(body)})
					if agent := r.UserAgent(); agent != "terraform-provider-msstore/1.2.3 (a long comment)" {
						t.Errorf("user agent %q", agent)
					}
					if token := r.Header.Get("Authorization"); token != "Bearer token-1" {
						t.Errorf("authorization %q", token)
					}
					if accept := r.Header.Get("Accept"); accept != "application/json" {
						t.Errorf("accept %q", accept)
					}
					ids[r.Header.Get("CorrelationId")] = true
					_, _ = io.WriteString(w, withID(`{"value":[],"status":"CommitStarted"}`))
				}))
				t.Cleanup(server.Close)
				client := newClient(t, server.Client().Transport, func(o *storeapi.Options) {
					o.Endpoint = server.URL
					o.UserAgent = "terraform-provider-msstore/1.2.3 (a long comment)"
				})
				if err := operation.do(t.Context(), client); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(operation.want, requests, cmp.AllowUnexported(got{})); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if len(ids) != len(requests) || ids[""] {
					t.Errorf("correlation ids %v", ids)
				}
			})
		}
	}
}

func TestDefaultTransport(t *testing.T) {
	t.Parallel()
	over := func(t *testing.T, handler http.HandlerFunc) *storeapi.Client {
		t.Helper()
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return newClient(t, nil, func(o *storeapi.Options) {
			o.Endpoint = server.URL + "/prefix/"
			o.RetryDelay = time.Millisecond
		})
	}
	t.Run("reads", func(t *testing.T) {
		t.Parallel()
		client := over(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/prefix/v1.0/my/"+flightPath {
				t.Errorf("got path %s", r.URL.Path)
			}
			_, _ = io.WriteString(w, flightBody("", newID))
		})
		if flight, err := client.Flight(fresh(t.Context()), flightRef); err != nil || flight.PendingSubmissionID != newID {
			t.Errorf("got %+v, %v", flight, err)
		}
	})
	t.Run("does not follow redirects", func(t *testing.T) {
		t.Parallel()
		client := over(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "elsewhere") {
				t.Error("it went there")
			}
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		})
		_, err := client.Flight(fresh(t.Context()), flightRef)
		wantError(t, err, 0, "answered 302 Found, a redirect to http://127.0.0.1:")
	})
	t.Run("repeats what is cut off", func(t *testing.T) {
		t.Parallel()
		n := 0
		client := over(t, func(w http.ResponseWriter, _ *http.Request) {
			if n++; n == 1 {
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, flightBody("", newID))
				return
			}
			_, _ = io.WriteString(w, flightBody("", newID))
		})
		if _, err := client.Flight(fresh(t.Context()), flightRef); err != nil || n != 2 {
			t.Errorf("after %d attempts got %v", n, err)
		}
	})
	t.Run("repeats a POST that found no server", func(t *testing.T) {
		t.Parallel()
		client := newClient(t, nil, func(o *storeapi.Options) { // Port 1 of a loopback host has no server.
			o.Endpoint, o.RetryDelay = "http://127.0.0.1:1", time.Microsecond
		})
		_, err := client.CommitSubmission(t.Context(), newRef)
		wantError(t, err, 0, "connection refused; 3 attempts")
		if e, _ := errors.AsType[*storeapi.Error](err); e.Attempts != 3 || e.Operation != "committing submission" {
			t.Errorf("the POST was sent %d times", e.Attempts)
		}
	})
	t.Run("trusts nobody blindly", func(t *testing.T) {
		t.Parallel()
		attempts := 0
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { attempts++ }))
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		server.StartTLS()
		t.Cleanup(server.Close)
		client := newClient(t, nil, func(o *storeapi.Options) { o.Endpoint, o.RetryDelay = server.URL, time.Microsecond })
		_, err := client.Flight(fresh(t.Context()), flightRef)
		wantError(t, err, 0, "certificate")
		if attempts != 0 {
			t.Errorf("%d requests were sent", attempts)
		}
	})
}

func TestRepeat(t *testing.T) {
	t.Parallel()
	get := func(s step) step {
		s.want = "GET " + flightPath
		return s
	}
	ok := get(step{body: flightBody("", "")})
	for name, test := range map[string]struct {
		steps []step
		code  int // of the error; 0 for success
	}{
		"408":                    {steps: []step{get(step{status: 408}), ok}},
		"429":                    {steps: []step{get(step{status: 429}), ok}},
		"500":                    {steps: []step{get(step{status: 500}), ok}},
		"502":                    {steps: []step{get(step{status: 502}), ok}},
		"503":                    {steps: []step{get(step{status: 503}), ok}},
		"504":                    {steps: []step{get(step{status: 504}), ok}},
		"lost":                   {steps: []step{get(step{lost: errReset}), ok}},
		"cut off":                {steps: []step{get(step{body: flightBody("", ""), cut: true}), ok}},
		"cut off, error":         {steps: []step{get(step{status: 404, body: conflictBody, cut: true}), ok}},
		"cut off without notice": {steps: []step{get(step{body: `{"flightId":`}), ok}},
		"empty":                  {steps: []step{get(step{}), ok}},
		"slow":                   {steps: []step{get(step{hang: true}), ok}},
		"400":                    {steps: []step{get(step{status: 400})}, code: 400},
		"403":                    {steps: []step{get(step{status: 403})}, code: 403},
		"404":                    {steps: []step{get(step{status: 404})}, code: 404},
		"409":                    {steps: []step{get(step{status: 409})}, code: 409},
		"501":                    {steps: []step{get(step{status: 501})}, code: 501},
		"account":                {steps: []step{get(step{status: 503, body: `{"message":"Account service is experiencing issue"}`})}, code: 503},
		"five times": {
			steps: []step{get(step{status: 500}), get(step{status: 502}), get(step{lost: errReset}), get(step{status: 503}), get(step{status: 504}), ok},
		},
		"not more often": {
			steps: []step{get(step{status: 500}), get(step{status: 500}), get(step{status: 500}), get(step{status: 500}), get(step{status: 500}), get(step{status: 502})},
			code:  502,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, err := newClient(t, newScript(t, test.steps...)).Flight(fresh(t.Context()), flightRef)
				if test.code != 0 {
					wantError(t, err, test.code, "reading flight")
				} else if err != nil {
					t.Error(err)
				}
			})
		})
	}
	t.Run("not trusted", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, get(step{lost: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}})))
			_, err := client.Flight(fresh(t.Context()), flightRef)
			wantError(t, err, 0, "certificate signed by unknown authority")
		})
	})
	t.Run("not trusted with a POST", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, step{
				want: "POST " + newPath + "/commit", lost: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
			}))
			_, err := client.CommitSubmission(t.Context(), newRef)
			wantError(t, err, 0, "certificate signed by unknown authority")
		})
	})
	t.Run("after growing pauses", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			store.reply = func(int) (int, http.Header) { return http.StatusInternalServerError, http.Header{} }
			_, err := newClient(t, store, func(o *storeapi.Options) { o.RetryDelay = time.Second }).Flight(fresh(t.Context()), flightRef)
			wantError(t, err, 500, "6 attempts")
			for i := 2; i < len(store.at); i++ {
				if store.at[i]-store.at[i-1] <= store.at[i-1]-store.at[i-2] {
					t.Errorf("the pauses do not grow: %v", store.at)
				}
			}
		})
	})
	t.Run("patience", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			hang := get(step{hang: true})
			client := newClient(t, newScript(t, hang, ok), func(o *storeapi.Options) { o.AttemptTimeout, o.RetryDelay = time.Minute, time.Nanosecond })
			start := time.Now()
			if _, err := client.Flight(fresh(t.Context()), flightRef); err != nil {
				t.Error(err)
			}
			if took := time.Since(start).Round(time.Second); took != time.Minute {
				t.Errorf("waited %v for the first reply", took)
			}
		})
	})
	t.Run("a slow POST is in doubt", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t,
				step{want: "POST " + newPath + "/commit", hang: true},
				step{want: "GET " + newPath + "/status", body: statusBody("CommitStarted")},
			))
			start := time.Now()
			if _, err := client.CommitSubmission(t.Context(), newRef); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took != 5*time.Minute {
				t.Errorf("waited %v for the reply", took)
			}
		})
	})
}

// reader keeps the body of the first attempt, which fails, and reads on in it while the second one is sent.
type reader struct {
	t     *testing.T
	first io.Reader
}

// RoundTrip implements http.RoundTripper.
func (r *reader) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.first == nil {
		r.first = req.Body
		_, _ = r.first.Read(make([]byte, 10))
		return nil, errReset
	}
	_, _ = io.ReadAll(r.first)
	second, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	third, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	for name, body := range map[string]io.Reader{"of the request": req.Body, "that the network may ask for": second, "that it may ask for again": third} {
		if content, err := io.ReadAll(body); err != nil || !json.Valid(content) {
			r.t.Errorf("the body %s is %q, %v", name, content, err)
		}
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(submissionBody(newID, "PendingCommit"))), Request: req}, nil
}

func TestAttemptsShareNoBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if _, err := newClient(t, &reader{t: t}).UpdateSubmission(t.Context(), &storeapi.Submission{Ref: newRef}); err != nil {
			t.Error(err)
		}
	})
}

func TestIDsAreEscaped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		odd := storeapi.FlightRef{ApplicationID: "a/b", FlightID: "c?d"}.Submission("e#f/g")
		client := newClient(t, newScript(t, step{want: "DELETE applications/a%2Fb/flights/c%3Fd/submissions/e%23f%2Fg", status: 204}))
		if err := client.DeleteSubmission(t.Context(), odd); err != nil {
			t.Error(err)
		}
	})
}

func TestLog(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, level slog.Level) string {
		t.Helper()
		var log bytes.Buffer
		store := newScript(t,
			step{want: "GET " + newPath, lost: errors.New("read tcp: https://h/i?sig=SECRET")},
			step{want: "GET " + newPath, body: realSubmission, header: http.Header{"Ms-Correlationid": {"corr-1"}}},
			step{want: "PUT " + newPath, body: realSubmission},
			step{want: "POST " + newPath + "/updatepackagerolloutpercentage?percentage=5", status: 400, body: "<html>sig=SECRET"},
		)
		client := newClient(t, store, func(o *storeapi.Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: level}))
		})
		submission, err := client.Submission(t.Context(), newRef)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.UpdateSubmission(t.Context(), submission); err != nil {
			t.Fatal(err)
		}
		if _, err := client.UpdatePackageRolloutPercentage(t.Context(), newRef, 5); err == nil {
			t.Fatal("no error")
		}
		text := log.String()
		for _, secret := range []string{"SEC", "token-", "blob.example", "hello", "app.msix"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is in the log:\n%s", secret, text)
			}
		}
		return text
	}
	t.Run("info", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			if text := run(t, slog.LevelInfo); text != "" {
				t.Errorf("logged %s", text)
			}
		})
	})
	t.Run("debug", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			text := run(t, slog.LevelDebug)
			if n := strings.Count(text, "\n"); n != 4 {
				t.Errorf("%d lines for 4 attempts:\n%s", n, text)
			}
			for _, part := range []string{
				`msg="Store request" method=GET path=/v1.0/my/` + newPath + " duration=0s correlation_id=",
				`error="read tcp`, "status=200", "reply_correlation_id=corr-1", "method=PUT", "status=400", "?percentage=5",
			} {
				if !strings.Contains(text, part) {
					t.Errorf("%q is not in the log:\n%s", part, text)
				}
			}
		})
	})
	t.Run("payload", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			text := run(t, storeapi.LevelPayload)
			for _, part := range []string{
				"sent=empty", "flightPackages [3 of {architecture string of 3", "fileName string of 8", "packageRolloutPercentage number", "isMandatoryUpdate bool",
				"fileUploadUrl string of 4", "futureReport null", "certificationReports [1 of {date string of 20, futureReport null", "bytes that are not JSON",
			} {
				if !strings.Contains(text, part) {
					t.Errorf("%q is not in the log:\n%s", part, text)
				}
			}
		})
	})
}
