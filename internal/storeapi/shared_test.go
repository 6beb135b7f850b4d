package storeapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// counting answers each request after a second and counts them by method and path.
type counting struct {
	mu    sync.Mutex
	seen  map[string]int
	reply func(request string, n int) (int, string)
}

// RoundTrip implements http.RoundTripper.
func (s *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	request := req.Method + " " + strings.TrimPrefix(req.URL.Path, "/v1.0/my/")
	s.mu.Lock()
	if s.seen == nil {
		s.seen = map[string]int{}
	}
	s.seen[request]++
	status, body := s.answer(request, s.seen[request])
	s.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// answer gives submissions the number of the request as notes, and flights as friendly name.
func (s *counting) answer(request string, n int) (int, string) {
	if s.reply != nil {
		if status, body := s.reply(request, n); status != 0 {
			return status, body
		}
	}
	count := strings.Repeat("i", n)
	switch {
	case strings.HasSuffix(request, "/listflights"):
		return http.StatusOK, `{"value":[{"flightId":"` + flightID + `","friendlyName":"` + count + `"}]}`
	case strings.HasSuffix(request, "/commit"):
		return http.StatusOK, statusBody("CommitStarted")
	case strings.HasSuffix(request, "/status"):
		return http.StatusOK, statusBody("PendingCommit")
	case strings.HasSuffix(request, "rollout"), strings.HasSuffix(request, "percentage"):
		return http.StatusOK, rolloutBody("50", "PackageRolloutInProgress")
	case strings.Contains(request, "/submissions"):
		return http.StatusOK, strings.Replace(submissionBody(newID, "PendingCommit"), "hello", count, 1)
	case strings.Contains(request, "/flights"):
		id := flightID // of a new flight
		if _, asked, ok := strings.Cut(request, "/flights/"); ok {
			id = asked
		}
		return http.StatusOK, `{"flightId":"` + id + `","friendlyName":"` + count + `"}`
	default:
		return http.StatusOK, `{"id":"` + appID + `","primaryName":"` + count + `","value":[]}`
	}
}

// withIDOf is the submission that a request asks for.
func withIDOf(request string) string { return `{"id":"` + path.Base(request) + `"}` }

func (s *counting) count(request string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[request]
}

// notes reads a submission and gives its notes, which tell how many requests for it there had been.
func notes(t *testing.T, ctx context.Context, client *storeapi.Client) string {
	t.Helper()
	submission, err := client.Submission(ctx, newRef)
	if err != nil {
		t.Error(err)
		return ""
	}
	return submission.NotesForCertification
}

func TestReadsAreShared(t *testing.T) {
	t.Parallel()
	reads := map[string]struct {
		request string
		read    func(context.Context, *storeapi.Client) error
	}{
		"application":  {"GET " + appPath, func(ctx context.Context, c *storeapi.Client) error { _, err := c.Application(ctx, appID); return err }},
		"applications": {"GET applications", func(ctx context.Context, c *storeapi.Client) error { _, err := c.Applications(ctx); return err }},
		"flight": {"GET " + appPath + "/listflights", func(ctx context.Context, c *storeapi.Client) error {
			_, err := c.Flight(ctx, flightRef)
			return err
		}},
		"flights":    {"GET " + appPath + "/listflights", func(ctx context.Context, c *storeapi.Client) error { _, err := c.Flights(ctx, appID); return err }},
		"submission": {"GET " + newPath, func(ctx context.Context, c *storeapi.Client) error { _, err := c.Submission(ctx, newRef); return err }},
		"rollout": {"GET " + newPath, func(ctx context.Context, c *storeapi.Client) error {
			_, err := c.PackageRollout(ctx, newRef)
			return err
		}},
	}
	for name, it := range reads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := &counting{}
				client := newClient(t, store)
				read := func(ctx context.Context) {
					if err := it.read(ctx, client); err != nil {
						t.Error(err)
					}
				}
				var group sync.WaitGroup
				for range 10 {
					group.Go(func() { read(t.Context()) })
				}
				group.Wait()
				time.Sleep(4*time.Minute + 58*time.Second)
				read(t.Context())
				if n := store.count(it.request); n != 1 {
					t.Errorf("%d requests for reads at once and within five minutes", n)
				}
				time.Sleep(2 * time.Second)
				read(t.Context())
				if n := store.count(it.request); n != 2 {
					t.Errorf("%d requests after five minutes, want another one", n)
				}
				if name == "rollout" || name == "flight" {
					return // With an age of 0 it is asked for by itself.
				}
				read(storeapi.WithMaxAge(t.Context(), 0))
				if n := store.count(it.request); n != 3 {
					t.Errorf("%d requests, want another one with a maximum age of 0", n)
				}
				time.Sleep(time.Minute)
				read(storeapi.WithMaxAge(t.Context(), time.Minute))
				if n := store.count(it.request); n != 4 {
					t.Errorf("%d requests, want another one with a maximum age that is over", n)
				}
				read(storeapi.WithMaxAge(t.Context(), 2*time.Second))
				if n := store.count(it.request); n != 4 {
					t.Errorf("%d requests, want none for a read that is young enough", n)
				}
			})
		})
	}
	t.Run("of a flight that is not listed", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := &counting{}
			client := newClient(t, store)
			read := func() {
				if _, err := client.Flight(t.Context(), storeapi.FlightRef{ApplicationID: appID, FlightID: "other"}); err != nil {
					t.Error(err)
				}
			}
			var group sync.WaitGroup
			for range 10 {
				group.Go(read)
			}
			group.Wait()
			read()
			if lists, asked := store.count("GET "+appPath+"/listflights"), store.count("GET "+appPath+"/flights/other"); lists != 1 || asked != 1 {
				t.Errorf("%d lists and %d requests for the flight", lists, asked)
			}
		})
	})
	t.Run("but not held without bound", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := &counting{reply: func(request string, _ int) (int, string) {
				return http.StatusOK, withIDOf(request) + strings.Repeat(" ", 9<<20)
			}}
			client := newClient(t, store)
			for _, id := range []string{"1", "2", "3", "1", "4", "1"} {
				if _, err := client.Submission(t.Context(), flightRef.Submission(id)); err != nil {
					t.Fatal(err)
				}
			}
			if n := store.count("GET " + flightPath + "/submissions/1"); n != 2 {
				t.Errorf("%d requests, want another one after 36 MiB", n)
			}
		})
	})
	t.Run("whatever the letters", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := &counting{}
			client := newClient(t, store)
			upper := storeapi.FlightRef{ApplicationID: strings.ToLower(appID), FlightID: strings.ToUpper(flightID)}
			for _, ref := range []storeapi.FlightRef{flightRef, upper} {
				if _, err := client.Submission(t.Context(), ref.Submission(newID)); err != nil {
					t.Error(err)
				}
				if _, err := client.Flight(t.Context(), ref); err != nil {
					t.Error(err)
				}
			}
			if len(store.seen) != 2 {
				t.Errorf("these requests were made: %v", store.seen)
			}
		})
	})
	t.Run("but the results are not", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := &counting{reply: func(string, int) (int, string) { return 200, realSubmission }}
			client := newClient(t, store)
			first, err := client.Submission(t.Context(), newRef)
			if err != nil {
				t.Fatal(err)
			}
			first.FlightPackages[0].FileName = "changed"
			first.FlightPackages[0].Languages[0] = "changed"
			first.StatusDetails.Errors[0].Code = "changed"
			second, err := client.Submission(t.Context(), newRef)
			if err != nil {
				t.Fatal(err)
			}
			if p := second.FlightPackages[0]; p.FileName != "app.msix" || p.Languages[0] != "en-us" || second.StatusDetails.Errors[0].Code != "MissingFiles" {
				t.Errorf("the second reader got %+v", second)
			}
		})
	})
	t.Run("nor are status polls", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := &counting{}
			client := newClient(t, store)
			for range 3 {
				if _, err := client.SubmissionStatus(t.Context(), newRef); err != nil {
					t.Error(err)
				}
			}
			if n := store.count("GET " + newPath + "/status"); n != 3 {
				t.Errorf("%d requests", n)
			}
		})
	})
	t.Run("nor are failures, later", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := &counting{reply: func(_ string, n int) (int, string) {
				if n == 1 {
					return http.StatusNotFound, ""
				}
				return 0, ""
			}}
			client := newClient(t, store)
			var group sync.WaitGroup
			for range 3 {
				group.Go(func() {
					if _, err := client.Flight(t.Context(), flightRef); !storeapi.IsNotFound(err) {
						t.Errorf("got %v", err)
					}
				})
			}
			group.Wait()
			if _, err := client.Flight(t.Context(), flightRef); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestSharedReadWithoutItsFirstReader(t *testing.T) {
	t.Parallel()
	t.Run("who waits for it can leave", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			slow := step{want: "GET " + newPath, body: submissionBody(newID, "PendingCommit"), then: func() { time.Sleep(10 * time.Second) }}
			client := newClient(t, newScript(t, slow))
			var group sync.WaitGroup
			defer group.Wait()
			group.Go(func() {
				if _, err := client.Submission(t.Context(), newRef); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			_, err := client.Submission(ctx, newRef)
			if took := time.Since(start); took != time.Second || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("after %v got %v", took, err)
			}
		})
	})
	t.Run("who wants it fresh is told no error of others", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			failed := step{want: "GET " + newPath, status: 404, then: func() { time.Sleep(time.Second) }}
			client := newClient(t, newScript(t, failed, step{want: failed.want, body: submissionBody(newID, "PendingCommit")}))
			var group sync.WaitGroup
			defer group.Wait()
			group.Go(func() {
				if _, err := client.Submission(t.Context(), newRef); !storeapi.IsNotFound(err) {
					t.Errorf("got %v", err)
				}
			})
			synctest.Wait()
			if _, err := client.Submission(fresh(t.Context()), newRef); err != nil {
				t.Error(err)
			}
		})
	})
	// The next one asks in its place.
	t.Run("the others get it", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := &counting{}
			client := newClient(t, store)
			leader, cancel := context.WithCancel(t.Context())
			var group sync.WaitGroup
			defer group.Wait()
			group.Go(func() {
				_, err := client.Submission(leader, newRef)
				wantError(t, err, 0, "reading submission")
				if !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
			})
			synctest.Wait()
			go func() { time.Sleep(time.Second / 2); cancel() }()
			if got := notes(t, t.Context(), client); got != "ii" {
				t.Errorf("got %q", got)
			}
		})
	})
	t.Run("without any reader it ends", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ended := make(chan struct{})
			hang := hanging{ended: ended}
			client := newClient(t, hang)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := client.Submission(ctx, newRef); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			synctest.Wait()
			select {
			case <-ended:
			default:
				t.Error("the request goes on")
			}
		})
	})
}

type hanging struct{ ended chan struct{} }

// RoundTrip implements http.RoundTripper.
func (h hanging) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	close(h.ended)
	return nil, req.Context().Err()
}

func TestWritesEndSharedReads(t *testing.T) {
	t.Parallel()
	flight := &storeapi.Flight{ApplicationID: appID, ID: flightID}
	upper := storeapi.FlightRef{ApplicationID: appID, FlightID: strings.ToUpper(flightID)}.Submission(newID)
	writes := map[string]func(context.Context, *storeapi.Client) error{
		"create": func(ctx context.Context, c *storeapi.Client) error {
			_, err := c.CreateSubmission(ctx, flight)
			return err
		},
		"update": func(ctx context.Context, c *storeapi.Client) error {
			_, err := c.UpdateSubmission(ctx, &storeapi.Submission{Ref: upper})
			return err
		},
		"commit": func(ctx context.Context, c *storeapi.Client) error {
			_, err := c.CommitSubmission(ctx, upper)
			return err
		},
		"delete":        func(ctx context.Context, c *storeapi.Client) error { return c.DeleteSubmission(ctx, upper) },
		"delete flight": func(ctx context.Context, c *storeapi.Client) error { return c.DeleteFlight(ctx, upper.FlightRef) },
		"percentage": func(ctx context.Context, c *storeapi.Client) error {
			_, err := c.UpdatePackageRolloutPercentage(ctx, upper, 50)
			return err
		},
		"halt": func(ctx context.Context, c *storeapi.Client) error {
			_, err := c.HaltPackageRollout(ctx, upper)
			return err
		},
		"finalize": func(ctx context.Context, c *storeapi.Client) error {
			_, err := c.FinalizePackageRollout(ctx, upper)
			return err
		},
	}
	for name, write := range writes {
		for _, refused := range []bool{false, true} {
			title := name
			if refused {
				title += ", refused"
			}
			t.Run(title, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					store := &counting{reply: func(request string, _ int) (int, string) {
						if refused && !strings.HasPrefix(request, "GET") {
							return http.StatusBadRequest, ""
						}
						return 0, ""
					}}
					client := newClient(t, store)
					read := func() (submission, flight, list, application, other string) {
						s, err1 := client.Submission(t.Context(), newRef)
						f, err2 := client.Flight(t.Context(), flightRef)
						l, err3 := client.Flights(t.Context(), appID)
						a, err4 := client.Application(t.Context(), appID)
						o, err5 := client.Flight(t.Context(), storeapi.FlightRef{ApplicationID: appID, FlightID: "other"})
						if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
							t.Fatal(err)
						}
						return s.NotesForCertification, f.FriendlyName, l[0].FriendlyName, a.PrimaryName, o.FriendlyName
					}
					read()
					if err := write(t.Context(), client); (err != nil) != refused {
						t.Errorf("got error %v", err)
					}
					submission, flight, list, application, other := read()
					// A flight that was written to is read by itself from then on, for the first time here.
					if submission != "ii" || flight != "i" || list != "ii" {
						t.Errorf("after the write there were %q requests for the submission, %q for the flight, %q for the list", submission, flight, list)
					}
					if application != "i" || other != "i" {
						t.Errorf("the application was read %q times, another flight %q times", application, other)
					}
				})
			})
		}
	}
	t.Run("create flight", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := &counting{}
			client := newClient(t, store)
			if _, err := client.Flights(t.Context(), appID); err != nil {
				t.Fatal(err)
			}
			if _, err := client.CreateFlight(t.Context(), appID, storeapi.NewFlight{FriendlyName: "x"}); err != nil {
				t.Fatal(err)
			}
			list, err := client.Flights(t.Context(), appID)
			if err != nil || list[0].FriendlyName != "iii" {
				t.Errorf("got %v, %v", list, err)
			}
		})
	})
	t.Run("a read under way", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, &counting{})
			var before, during string
			var group sync.WaitGroup
			group.Go(func() { before = notes(t, t.Context(), client) })
			synctest.Wait()
			// The first read takes until 1s, the write until 1.5s, and the read during it until 2s.
			time.Sleep(time.Second / 2)
			group.Go(func() {
				if err := client.DeleteSubmission(t.Context(), newRef); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
			time.Sleep(time.Second / 4)
			group.Go(func() { during = notes(t, t.Context(), client) })
			group.Wait()
			after := notes(t, t.Context(), client)
			if before == "i" || during == "ii" || len(after) < 3 {
				t.Errorf("who asked before the write got answer %q, during the write %q, after it %q", before, during, after)
			}
		})
	})
	t.Run("a read under way that another one replaced", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := &counting{}
			client := newClient(t, store)
			var before string
			var group sync.WaitGroup
			group.Go(func() { before = notes(t, t.Context(), client) })
			synctest.Wait()
			group.Go(func() { notes(t, storeapi.WithMaxAge(t.Context(), 0), client) })
			synctest.Wait()
			group.Go(func() {
				if err := client.DeleteSubmission(t.Context(), newRef); err != nil {
					t.Error(err)
				}
			})
			group.Wait()
			if len(before) < 2 {
				t.Errorf("who asked before the write got answer %q", before)
			}
		})
	})
}

func TestPollEndsSharedReads(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status string
		want   string
	}{
		"same status":  {"PendingCommit", "i"},
		"other status": {"Published", "ii"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, &counting{reply: func(request string, _ int) (int, string) {
					if strings.HasSuffix(request, "/status") {
						return http.StatusOK, statusBody(test.status)
					}
					return 0, ""
				}})
				notes(t, t.Context(), client)
				if _, err := client.SubmissionStatus(t.Context(), newRef); err != nil {
					t.Fatal(err)
				}
				if got := notes(t, t.Context(), client); got != test.want {
					t.Errorf("after the poll got %q, want %q", got, test.want)
				}
			})
		})
	}
}
