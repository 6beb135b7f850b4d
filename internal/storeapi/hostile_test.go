package storeapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// against gives a client of a server of the network.
func against(t *testing.T, handler http.HandlerFunc) *storeapi.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return newClient(t, nil, func(o *storeapi.Options) { o.Endpoint, o.RetryDelay = server.URL, time.Millisecond })
}

func pour(w io.Writer, text string) {
	chunk := bytes.Repeat([]byte(text), 64<<10/len(text))
	for {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// packed is a megabyte of spaces in a kilobyte. Several of them in a row are one stream.
func packed(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(bytes.Repeat([]byte(" "), 1<<20)); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	return out.String()
}

func TestHostileSizes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply http.HandlerFunc
		want  string
	}{
		"a length of 500 MB": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "500000000") }, "200 OK with more than the 16 MiB"},
		"without end":        {func(w http.ResponseWriter, _ *http.Request) { pour(w, " ") }, "200 OK with more than the 16 MiB"},
		"a gzip bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			pour(w, packed(t))
		}, "200 OK with more than the 16 MiB"},
		"an error without end": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			pour(w, "x")
		}, "503 Service Unavailable with more than the 1 MiB"},
		"many packages": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, withID(`{"flightPackages":[`+strings.Repeat("{},", 200_000)+`{}]}`))
		}, "the reply has more than the 100000 values that are accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests := 0
			client := against(t, func(w http.ResponseWriter, r *http.Request) { requests++; test.reply(w, r) })
			_, err := client.Submission(t.Context(), newRef)
			wantError(t, err, 0, "reading submission (application 9NBLGGH4R315, ")
			wantError(t, err, 0, test.want)
			if requests != 1 {
				t.Errorf("it was asked for %d times", requests)
			}
		})
	}
	t.Run("pages without end", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			n := 0
			store := &counting{reply: func(string, int) (int, string) {
				n++
				return 200, `{"value":[{"flightId":"` + strings.Repeat("i", n) + `"}],` + strings.Repeat(" ", 3<<20) + `"@nextLink":"` + appPath + `/listflights?skip=` + strings.Repeat("1", n) + `"}`
			}}
			_, err := newClient(t, store).Flights(t.Context(), appID)
			wantError(t, err, 0, "the list has more than the 16 MiB")
		})
	})
}

// operations is every request that the client makes.
var operations = map[string]func(context.Context, *storeapi.Client) error{
	"application":  func(ctx context.Context, c *storeapi.Client) error { _, err := c.Application(ctx, appID); return err },
	"applications": func(ctx context.Context, c *storeapi.Client) error { _, err := c.Applications(ctx); return err },
	"flight": func(ctx context.Context, c *storeapi.Client) error {
		_, err := c.Flight(fresh(ctx), flightRef)
		return err
	},
	"flights": func(ctx context.Context, c *storeapi.Client) error { _, err := c.Flights(ctx, appID); return err },
	"create flight": func(ctx context.Context, c *storeapi.Client) error {
		_, err := c.CreateFlight(ctx, appID, storeapi.NewFlight{FriendlyName: "x"})
		return err
	},
	"delete flight": func(ctx context.Context, c *storeapi.Client) error { return c.DeleteFlight(ctx, flightRef) },
	"submission":    func(ctx context.Context, c *storeapi.Client) error { _, err := c.Submission(ctx, newRef); return err },
	"status": func(ctx context.Context, c *storeapi.Client) error {
		_, err := c.SubmissionStatus(ctx, newRef)
		return err
	},
	"create": func(ctx context.Context, c *storeapi.Client) error {
		_, err := c.CreateSubmission(ctx, &storeapi.Flight{ApplicationID: appID, ID: flightID})
		return err
	},
	"update": func(ctx context.Context, c *storeapi.Client) error {
		_, err := c.UpdateSubmission(ctx, &storeapi.Submission{Ref: newRef})
		return err
	},
	"commit": func(ctx context.Context, c *storeapi.Client) error {
		_, err := c.CommitSubmission(ctx, newRef)
		return err
	},
	"delete": func(ctx context.Context, c *storeapi.Client) error { return c.DeleteSubmission(ctx, newRef) },
	"rollout": func(ctx context.Context, c *storeapi.Client) error {
		_, err := c.PackageRollout(fresh(ctx), newRef)
		return err
	},
	"percentage": func(ctx context.Context, c *storeapi.Client) error {
		_, err := c.UpdatePackageRolloutPercentage(ctx, newRef, 5)
		return err
	},
}

func TestHostileRedirects(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host got %s %s %v", r.Method, r.URL, r.Header)
	}))
	t.Cleanup(other.Close)
	for name, do := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{301, 302, 303, 307, 308} {
				client := against(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/x?secret", status) })
				err := do(t.Context(), client)
				wantError(t, err, 0, http.StatusText(status)+", a redirect to "+other.URL+", which is not followed")
				if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "took effect") {
					t.Errorf("the error is %v", err)
				}
			}
		})
	}
}

// No reply is taken for one about something else, or about nothing.
func TestHostileIdentities(t *testing.T) {
	t.Parallel()
	const otherFlight, otherApp = "00000000-97c9-4a43-a0bc-2a445e736bcd", "9NBLGGH4TNMP"
	foreign := strings.Replace(submissionBody(oldID, "PendingCommit"), "hello", "foreign", 1)
	ofOther := strings.Replace(submissionBody(newID, "PendingCommit"), flightID, otherFlight, 1)
	nothing := map[string]string{"null": `null`, "{}": `{}`, "an array": `[{"id":"` + newID + `"}]`, "null id": `{"id":null,"flightId":null}`, "empty id": `{"id":"","flightId":""}`, "a number": `7`}
	for name, test := range map[string]struct {
		bodies map[string]string
		want   []string
	}{
		"application": {map[string]string{"another": `{"id":"` + otherApp + `"}`}, []string{"it is about application " + otherApp, "application " + appID + " was asked for"}},
		"flight":      {map[string]string{"another": strings.Replace(flightBody("", ""), flightID, otherFlight, 1)}, []string{"it is about flight " + otherFlight, "flight " + flightID + " was asked for"}},
		"submission":  {map[string]string{"another": foreign}, []string{"it is about submission " + oldID, "submission " + newID + " was asked for"}},
		"update":      {map[string]string{"another": foreign}, []string{"it is about submission " + oldID, "submission " + newID + " was asked for"}},
		"status":      {map[string]string{"another": foreign}, []string{"it is about submission " + oldID, "submission " + newID + " was asked for"}},
		"rollout":     {map[string]string{"another": foreign}, []string{"it is about submission " + oldID, "submission " + newID + " was asked for"}},
	} {
		for kind, body := range test.bodies {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				for _, part := range test.want {
					wantError(t, operations[name](t.Context(), newClient(t, always{status: 200, body: body})), 0, part)
				}
			})
		}
		for kind, body := range nothing {
			if kind != "null" && kind != "an array" && kind != "a number" && (name == "status" || name == "rollout") {
				continue // They need not say what they are about.
			}
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				wantError(t, operations[name](t.Context(), newClient(t, always{status: 200, body: body})), 0, "the reply cannot be read: ")
			})
		}
	}
	for _, name := range []string{"submission", "update", "status"} {
		t.Run(name+" of another flight", func(t *testing.T) {
			t.Parallel()
			err := operations[name](t.Context(), newClient(t, always{status: 200, body: ofOther}))
			wantError(t, err, 0, "it is about flight "+otherFlight+", and flight "+flightID+" was asked for")
		})
	}
	t.Run("letters do not matter", func(t *testing.T) {
		t.Parallel()
		upper := strings.ToUpper(flightID)
		client := newClient(t, always{status: 200, body: strings.Replace(submissionBody(newID, "PendingCommit"), flightID, upper, 1)})
		if _, err := client.Submission(t.Context(), newRef); err != nil {
			t.Error(err)
		}
		client = newClient(t, always{status: 200, body: strings.Replace(flightBody("", ""), flightID, upper, 1)})
		if _, err := client.Flight(fresh(t.Context()), flightRef); err != nil {
			t.Error(err)
		}
	})
	t.Run("a new submission of another flight", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t,
				step{want: "POST " + flightPath + "/submissions", status: 201, body: ofOther},
				step{want: "GET " + flightPath, body: flightBody("", newID)},
				step{want: "GET " + newPath, body: submissionBody(newID, "PendingCommit")},
			))
			made, err := client.CreateSubmission(t.Context(), &storeapi.Flight{ApplicationID: appID, ID: flightID})
			if err != nil || made.Ref != newRef {
				t.Errorf("got %+v, %v", made, err)
			}
		})
	})
}

// slowLog takes a second to write a line.
type slowLog struct{ written *atomic.Bool }

// Enabled implements slog.Handler.
func (slowLog) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs implements slog.Handler.
func (h slowLog) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup implements slog.Handler.
func (h slowLog) WithGroup(string) slog.Handler { return h }

// Handle implements slog.Handler.
func (h slowLog) Handle(context.Context, slog.Record) error {
	time.Sleep(time.Second)
	h.written.Store(true)
	return nil
}

// An operation that has returned logs no more: what it logged to may be gone.
func TestWaitsEndWithTheirLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var written atomic.Bool
		slow := step{want: polled.want, body: polled.body, then: func() { time.Sleep(3500 * time.Millisecond) }}
		client := newClient(t, newScript(t, slow), func(o *storeapi.Options) {
			o.Logger = slog.New(slowLog{&written})
		})
		if _, err := client.SubmissionStatus(t.Context(), newRef); err != nil || !written.Load() {
			t.Errorf("got %v, and the line is written: %t", err, written.Load())
		}
	})
}

// Nothing is waited for in silence, and what ends within three seconds is not spoken of.
func TestWaitsAreLogged(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		slow time.Duration
		want string
	}{
		"quick": {2 * time.Second, ""},
		"slow":  {4 * time.Second, "time=2000-01-01T00:00:03.000Z level=INFO msg=\"waiting for the reply of the Store, reading submission status (application 9NBLGGH4R315"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				client := newClient(t, newScript(t, step{want: polled.want, body: polled.body, then: func() { time.Sleep(test.slow) }}), func(o *storeapi.Options) {
					o.Logger = slog.New(needsContext{slog.NewTextHandler(&log, nil)})
				})
				if _, err := client.SubmissionStatus(context.WithValue(t.Context(), spyKey{}, "x"), newRef); err != nil {
					t.Fatal(err)
				}
				if text := log.String(); !strings.HasPrefix(text, test.want) || strings.Count(text, "\n") != min(1, len(test.want)) {
					t.Errorf("logged %q", text)
				}
			})
		})
	}
	t.Run("a token", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			client := newClient(t, newScript(t, polled), func(o *storeapi.Options) {
				o.Logger = slog.New(slog.NewTextHandler(&log, nil))
				o.Credential = contextSpy{look: func(context.Context) { time.Sleep(4 * time.Second) }}
			})
			if _, err := client.SubmissionStatus(t.Context(), newRef); err != nil {
				t.Fatal(err)
			}
			if text := log.String(); !strings.Contains(text, "waiting for an access token") {
				t.Errorf("logged %q", text)
			}
		})
	})
	t.Run("repetitions", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			lost := step{want: polled.want, lost: errReset}
			client := newClient(t, newScript(t, lost, lost, lost, polled), func(o *storeapi.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
			if _, err := client.SubmissionStatus(t.Context(), newRef); err != nil {
				t.Fatal(err)
			}
			if text := log.String(); strings.Count(text, `msg="trying again"`) != 2 || !strings.Contains(text, "connection reset by peer") {
				t.Errorf("logged %q", text)
			}
		})
	})
}

// needsContext drops what is logged without the caller's context, as Terraform's log does.
type needsContext struct{ slog.Handler }

// Handle implements slog.Handler.
func (h needsContext) Handle(ctx context.Context, record slog.Record) error {
	if ctx.Value(spyKey{}) == nil {
		return nil
	}
	return h.Handler.Handle(ctx, record)
}

func TestFlightFromTheList(t *testing.T) {
	t.Parallel()
	listing := "GET " + appPath + "/listflights?skip=0&top=100"
	list := step{want: listing, body: `{"value":[{"flightId":"other"},` + flightBody(oldID, newID) + `],"totalCount":2}`}
	single := step{want: "GET " + flightPath, body: flightBody(oldID, newID)}
	for name, test := range map[string]struct {
		steps []step
		code  int
		text  string
	}{
		"listed":             {steps: []step{list}},
		"not listed":         {steps: []step{{want: listing, body: `{"value":[{"flightId":"other"}]}`}, single}},
		"no flights":         {steps: []step{{want: listing, status: 404}, {want: single.want, status: 404}}, code: 404, text: "reading flight"},
		"refused":            {steps: []step{{want: listing, status: 403}, {want: single.want, status: 403}}, code: 403, text: "reading flight"},
		"out of reach":       {steps: []step{{want: listing, status: 409}, {want: single.want, status: 409, body: `{"code":"InvalidState","target":"application"}`}}, code: 409, text: "reading flight"},
		"a list that is odd": {steps: []step{{want: listing, body: `{"value":7}`}}, text: "listing flights"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got, err := newClient(t, newScript(t, test.steps...)).Flight(t.Context(), flightRef)
				if test.text != "" {
					wantError(t, err, test.code, test.text)
					return
				}
				want := &storeapi.Flight{
					ApplicationID: appID, ID: flightID, FriendlyName: "beta", GroupIDs: []string{"1152921504606962205"},
					RankHigherThan: "Non-flighted submission", LastPublishedSubmissionID: oldID, PendingSubmissionID: newID,
				}
				if diff := cmp.Diff(want, got); diff != "" || err != nil {
					t.Errorf("%v, -want +got:\n%s", err, diff)
				}
			})
		})
	}
	t.Run("not read by itself where the list is throttled", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			throttled := step{want: listing, status: 429}
			_, err := newClient(t, newScript(t, slices.Repeat([]step{throttled}, 6)...)).Flight(t.Context(), flightRef)
			wantError(t, err, 429, "listing flights")
		})
	})
	deletion := step{want: "DELETE " + newPath, status: 204}
	t.Run("after a write by itself", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, deletion, single))
			if err := client.DeleteSubmission(t.Context(), newRef); err != nil {
				t.Fatal(err)
			}
			if _, err := client.Flight(t.Context(), flightRef); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("with a write meanwhile by itself", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newScript(t, list, deletion, single)
			client := newClient(t, store)
			store.steps[0].then = func() {
				if err := client.DeleteSubmission(t.Context(), newRef); err != nil {
					t.Error(err)
				}
			}
			if _, err := client.Flight(t.Context(), flightRef); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("a hundred of them", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var flights []string
			for n := range 100 {
				flights = append(flights, `{"flightId":"`+strings.Repeat("x", n+1)+`"}`)
			}
			client := newClient(t, newScript(t, step{want: listing, body: `{"value":[` + strings.Join(flights, ",") + `]}`}))
			for n := range 100 {
				if _, err := client.Flight(t.Context(), storeapi.FlightRef{ApplicationID: appID, FlightID: strings.Repeat("X", n+1)}); err != nil {
					t.Fatal(err)
				}
			}
		})
	})
}

func TestStatusAdvice(t *testing.T) {
	t.Parallel()
	codes := []string{
		"None", "InvalidArchive", "MissingFiles", "PackageValidationFailed", "InvalidParameterValue", "InvalidOperation", "InvalidState",
		"ResourceNotFound", "ServiceError", "ListingOptOutWarning", "ListingOptInWarning", "UpdateOnlyWarning", "Other",
		"PackageValidationWarning", "SalesUnsupportedWarning", "IsInternalError", "InvalidMicrosoftAgeRating",
	}
	seen := map[string]string{}
	for _, code := range codes {
		advice := storeapi.StatusAdvice(code, false)
		if !strings.HasSuffix(advice, ".") || seen[advice] != "" {
			t.Errorf("the advice on %s is %q, as on %q", code, advice, seen[advice])
		}
		seen[advice] = code
	}
	if alone := storeapi.StatusAdvice("InvalidState", true); !strings.Contains(alone, "in Partner Center only") || seen[alone] != "" {
		t.Errorf("the advice on a lone InvalidState is %q", alone)
	}
	if advice := storeapi.StatusAdvice("Brandnew", true); advice != "" {
		t.Errorf("the advice on a code that nobody knows is %q", advice)
	}
}

func TestCloneSubmission(t *testing.T) {
	t.Parallel()
	_, _, read := readSubmission(t, realSubmission)
	client, store, same := readSubmission(t, realSubmission)
	clone := read.Clone()
	clone.FlightPackages[0].Languages[0], clone.FlightPackages[0].Capabilities[0], clone.FlightPackages[0].TargetDeviceFamilies[0] = "x", "x", "x"
	clone.FlightPackages[0].FileName = "x"
	clone.StatusDetails.Errors[0].Code, clone.StatusDetails.Warnings[0].Code, clone.StatusDetails.CertificationReports[0].ReportURL = "x", "x", "x"
	if diff := cmp.Diff(update(t, client, store, same), update(t, client, store, read)); diff != "" {
		t.Errorf("a change of the clone shows in the original: %s", diff)
	}
	if diff := cmp.Diff(update(t, client, store, same), update(t, client, store, same.Clone())); diff != "" {
		t.Errorf("the clone says something else: %s", diff)
	}
	if (*storeapi.Submission)(nil).Clone() != nil {
		t.Error("nothing has a clone")
	}
}
