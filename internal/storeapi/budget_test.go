package storeapi_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// timed notes when each request came, and replies with what reply says.
type timed struct {
	mu    sync.Mutex
	start time.Time
	at    []time.Duration
	paths []string
	reply func(n int) (status int, header http.Header)
}

func newTimed() *timed {
	return &timed{start: time.Now(), reply: func(int) (int, http.Header) { return http.StatusOK, http.Header{} }}
}

// RoundTrip implements http.RoundTripper.
func (s *timed) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = append(s.at, time.Since(s.start))
	s.paths = append(s.paths, req.URL.Path)
	status, header := s.reply(len(s.at))
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(statusBody("Published"))), Request: req}, nil
}

// once replies so to the first request.
func once(status int, header http.Header) func(n int) (int, http.Header) {
	return func(n int) (int, http.Header) {
		if n == 1 {
			return status, header
		}
		return http.StatusOK, http.Header{}
	}
}

// wantSent checks when the requests came.
func (s *timed) wantSent(t *testing.T, at ...time.Duration) {
	t.Helper()
	if diff := cmp.Diff(at, s.at); diff != "" {
		t.Errorf("requests went at other times (-want +got):\n%s", diff)
	}
}

// slowly answers after a while.
type slowly struct {
	store *timed
	after time.Duration
}

// RoundTrip implements http.RoundTripper.
func (s slowly) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.store.RoundTrip(req)
	time.Sleep(s.after)
	return resp, err
}

// shortened is what a message shows of a header's value.
func shortened(value string) string { return value[:min(len(value), 40)] }

func perMinute(n int) func(*storeapi.Options) {
	return func(o *storeapi.Options) { o.RequestsPerMinute = n }
}

// pollAll polls n times at once and waits for the end.
func pollAll(t *testing.T, client *storeapi.Client, n int) {
	t.Helper()
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			if _, err := client.SubmissionStatus(t.Context(), newRef); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestBudget(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		perMinute int
		requests  int
		// last is when the last request may go; before is how many go at once.
		last   time.Duration
		before int
	}{
		"burst":       {20, 20, 0, 20},
		"after burst": {20, 24, time.Minute, 20},
		"low":         {2, 4, time.Minute, 2},
		"high":        {600, 30, 2 * time.Second, 20},
		"off":         {0, 100, 0, 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newTimed()
				pollAll(t, newClient(t, store, perMinute(test.perMinute)), test.requests)
				if last := store.at[len(store.at)-1]; last != test.last {
					t.Errorf("the last went after %v, want %v", last, test.last)
				}
				atOnce := 0
				for _, at := range store.at {
					if at == 0 {
						atOnce++
					}
				}
				if atOnce != test.before {
					t.Errorf("%d went at once, want %d", atOnce, test.before)
				}
			})
		})
	}
	t.Run("in order of arrival", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			client := newClient(t, store, perMinute(1))
			var want []string
			var group sync.WaitGroup
			for _, id := range []string{"1", "2", "3", "4", "5", "6"} {
				want = append(want, "/v1.0/my/"+flightPath+"/submissions/"+id+"/status")
				group.Go(func() {
					if _, err := client.SubmissionStatus(t.Context(), flightRef.Submission(id)); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
			}
			group.Wait()
			if diff := cmp.Diff(want, store.paths); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	})
	t.Run("repeated attempts count", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			store.reply = func(n int) (int, http.Header) {
				if n < 3 {
					return http.StatusBadGateway, http.Header{}
				}
				return http.StatusOK, http.Header{}
			}
			pollAll(t, newClient(t, store, perMinute(1)), 1)
			store.wantSent(t, 0, time.Minute, 2*time.Minute)
		})
	})
	t.Run("who gives up takes nothing", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			client := newClient(t, store, perMinute(1))
			pollAll(t, client, 1)
			for range 3 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				if _, err := client.SubmissionStatus(ctx, newRef); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				cancel()
			}
			pollAll(t, client, 1)
			if second := store.at[1]; len(store.at) != 2 || second != time.Minute {
				t.Errorf("requests went after %v", store.at)
			}
		})
	})
	t.Run("who gives up in a pause takes nothing", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			store.reply = once(http.StatusNotFound, http.Header{"Retry-After": {"90"}})
			client := newClient(t, store, perMinute(1))
			if _, err := client.SubmissionStatus(t.Context(), newRef); !storeapi.IsNotFound(err) {
				t.Errorf("got %v", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 70*time.Second) // One is free after sixty.
			defer cancel()
			if _, err := client.SubmissionStatus(ctx, newRef); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			pollAll(t, client, 1)
			store.wantSent(t, 0, 90*time.Second)
		})
	})
	t.Run("a slow reply holds the next one for a second", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			slow := slowly{store, 10 * time.Second}
			pollAll(t, newClient(t, slow, perMinute(20)), 3)
			store.wantSent(t, 0, time.Second, 2*time.Second)
		})
	})
	t.Run("a request may go again one window after the reply", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			pollAll(t, newClient(t, slowly{store, 10 * time.Second}, perMinute(1)), 2)
			store.wantSent(t, 0, 70*time.Second)
		})
	})
	t.Run("without a limit nobody waits for a reply", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			pollAll(t, newClient(t, slowly{store, 10 * time.Second}, perMinute(0)), 3)
			store.wantSent(t, 0, 0, 0)
		})
	})
	t.Run("who gives up behind others leaves at once", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newTimed(), perMinute(1))
			pollAll(t, client, 1)
			var first sync.WaitGroup
			defer first.Wait()
			first.Go(func() { pollAll(t, client, 1) }) // It waits for its turn, at the head of the queue.
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			_, err := client.SubmissionStatus(ctx, newRef)
			if took := time.Since(start); took != time.Second || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("after %v got %v", took, err)
			}
		})
	})
	t.Run("the wait is no fault of the Store", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			client := newClient(t, store, perMinute(1), func(o *storeapi.Options) { o.AttemptTimeout = time.Second })
			pollAll(t, client, 3)
			if len(store.at) != 3 {
				t.Errorf("%d requests were made", len(store.at))
			}
		})
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	throttledOnce := func(value string) func(int) (int, http.Header) {
		return once(http.StatusTooManyRequests, http.Header{"Retry-After": {value}})
	}
	t.Run("everybody pauses", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			store.reply = throttledOnce("90")
			client := newClient(t, store, perMinute(60))
			var first sync.WaitGroup
			first.Go(func() { pollAll(t, client, 1) })
			synctest.Wait()
			time.Sleep(time.Second)
			pollAll(t, client, 2)
			first.Wait()
			if len(store.at) != 4 {
				t.Fatalf("%d requests were made", len(store.at))
			}
			for _, at := range store.at[1:] {
				if at < 90*time.Second {
					t.Errorf("a request went after %v", at)
				}
			}
		})
	})
	for name, pauses := range map[string][2]string{"a shorter one does not end it": {"60", "5"}, "a longer one prolongs it": {"5", "60"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newTimed()
				store.reply = func(n int) (int, http.Header) {
					if n <= len(pauses) {
						return http.StatusServiceUnavailable, http.Header{"Retry-After": {pauses[n-1]}}
					}
					return http.StatusOK, http.Header{}
				}
				// The second reply comes while the first request waits for its repetition.
				client := newClient(t, slowly{store, 3 * time.Second})
				var group sync.WaitGroup
				group.Go(func() { pollAll(t, client, 1) })
				time.Sleep(2 * time.Second)
				group.Go(func() { pollAll(t, client, 1) })
				group.Wait()
				if len(store.at) != 4 || store.at[2] < 60*time.Second {
					t.Errorf("requests went after %v", store.at)
				}
			})
		})
	}
	t.Run("a shorter one leaves it to those who come later", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			store.reply = func(n int) (int, http.Header) {
				if pauses := []string{"60", "5"}; n <= len(pauses) {
					return http.StatusNotFound, http.Header{"Retry-After": {pauses[n-1]}}
				}
				return http.StatusOK, http.Header{}
			}
			client := newClient(t, slowly{store, 3 * time.Second})
			var group sync.WaitGroup
			for range 2 {
				group.Go(func() {
					if _, err := client.SubmissionStatus(t.Context(), newRef); !storeapi.IsNotFound(err) {
						t.Errorf("got %v", err)
					}
				})
				time.Sleep(time.Second)
			}
			group.Wait()
			pollAll(t, client, 1)
			if store.at[2] != 63*time.Second {
				t.Errorf("requests went after %v", store.at)
			}
		})
	})
	t.Run("a long time", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			store.reply = throttledOnce("600")
			pollAll(t, newClient(t, store), 1)
			store.wantSent(t, 0, 10*time.Minute)
		})
	})
	for _, value := range []string{
		"601", "999999", "18446744073709551616", strings.Repeat("9", 1000), "Fri, 01 Jan 2099 00:00:00 GMT",
		"Friday, 01-Jan-55 00:00:00 GMT", "Fri Jan  1 00:00:00 2099", " 999999 ",
	} {
		t.Run("too long a time, "+shortened(value), func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{429, 503, 404} {
				synctest.Test(t, func(t *testing.T) {
					store := newTimed()
					store.reply = func(int) (int, http.Header) { return status, http.Header{"Retry-After": {value}} }
					_, err := newClient(t, store).SubmissionStatus(t.Context(), newRef)
					wantError(t, err, 0, "127.0.0.1:1 asks for a pause of more than ten minutes (Retry-After: "+shortened(strings.TrimSpace(value)))
					if len(store.at) != 1 || len(err.Error()) > 500 {
						t.Errorf("after %d requests got %v", len(store.at), err)
					}
				})
			}
		})
	}
	for _, value := range []string{"-5", "-999999", "1e9", "99.5", "soon", "0x10", "Fri, 01 Jan 1999 00:00:00 GMT", "0", "+60", "1_000"} {
		t.Run("no time, "+value, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newTimed()
				store.reply = throttledOnce(value)
				pollAll(t, newClient(t, store), 1)
				if store.at[1] > 1300*time.Millisecond {
					t.Errorf("repeated after %v", store.at[1])
				}
			})
		})
	}
	t.Run("by a header that azcore would follow in silence", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
			synctest.Test(t, func(t *testing.T) {
				store := newTimed()
				store.reply = once(http.StatusServiceUnavailable, http.Header{name: {"999999999"}})
				pollAll(t, newClient(t, store), 1)
				if store.at[1] > 1300*time.Millisecond {
					t.Errorf("repeated after %v", store.at[1])
				}
			})
		}
	})
	t.Run("until a date", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			store.reply = throttledOnce(time.Now().Add(3 * time.Minute).UTC().Format(http.TimeFormat))
			pollAll(t, newClient(t, store), 1)
			store.wantSent(t, 0, 3*time.Minute)
		})
	})
	t.Run("of a Store that is down", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			store.reply = once(http.StatusServiceUnavailable, http.Header{"Retry-After": {"90"}})
			// A POST is not repeated by azcore, and looks before it goes again.
			if _, err := newClient(t, store).CommitSubmission(t.Context(), newRef); err != nil {
				t.Error(err)
			}
			store.wantSent(t, 0, 90*time.Second)
		})
	})
	t.Run("not of a success", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			store.reply = func(int) (int, http.Header) { return http.StatusAccepted, http.Header{"Retry-After": {"90"}} }
			pollAll(t, newClient(t, store), 2)
			if last := store.at[1]; last != 0 {
				t.Errorf("the next request went after %v", last)
			}
		})
	})
	t.Run("not at all", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			store.reply = throttledOnce("soon")
			pollAll(t, newClient(t, store), 1)
			if store.at[1] < 800*time.Millisecond || store.at[1] > 1300*time.Millisecond {
				t.Errorf("repeated after %v", store.at[1])
			}
		})
	})
	t.Run("the budget is gone", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newTimed()
			store.reply = throttledOnce("")
			client := newClient(t, store, perMinute(20))
			var first sync.WaitGroup
			first.Go(func() { pollAll(t, client, 1) })
			synctest.Wait()
			pollAll(t, client, 10)
			first.Wait()
			if last := store.at[len(store.at)-1]; last < time.Minute {
				t.Errorf("ten requests went within %v of a refusal", last)
			}
		})
	})
}

func TestBudgetSpeaks(t *testing.T) {
	t.Parallel()
	t.Run("of a long wait", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			client := newClient(t, newTimed(), perMinute(5), func(o *storeapi.Options) {
				o.Logger = slog.New(slog.NewTextHandler(&log, nil))
			})
			pollAll(t, client, 6)
			if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "level=INFO") ||
				!strings.Contains(text, `time=2000-01-01T00:00:03.000Z`) || !strings.Contains(text, `msg="waiting for the request budget of the Store, 5 per minute"`) {
				t.Errorf("logged %q", text)
			}
		})
	})
	t.Run("of a pause", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			store := newTimed()
			store.reply = once(http.StatusTooManyRequests, http.Header{"Retry-After": {"60"}})
			client := newClient(t, store, func(o *storeapi.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
			var first sync.WaitGroup
			first.Go(func() { pollAll(t, client, 1) })
			synctest.Wait()
			time.Sleep(10 * time.Second)
			pollAll(t, client, 1)
			first.Wait()
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			// The first one waits for a second before it asks again.
			if len(lines) != 2 || !strings.Contains(lines[0], `msg="waiting 56s more as the Store asks"`) ||
				!strings.Contains(lines[1], "waiting 47s more as the Store asks") {
				t.Errorf("logged %q", lines)
			}
		})
	})
	t.Run("but not for those who gave up", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			client := newClient(t, newTimed(), perMinute(5), func(o *storeapi.Options) {
				o.Logger = slog.New(slog.NewTextHandler(&log, nil))
			})
			pollAll(t, client, 5)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			var group sync.WaitGroup
			for range 12 {
				group.Go(func() {
					if _, err := client.SubmissionStatus(ctx, newRef); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("got %v", err)
					}
				})
			}
			group.Wait()
			time.Sleep(10 * time.Second)
			if log.Len() != 0 {
				t.Errorf("logged %q", log.String())
			}
		})
	})
	t.Run("but not of a short one", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			client := newClient(t, newTimed(), perMinute(6000), func(o *storeapi.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
			pollAll(t, client, 21)
			if log.Len() != 0 {
				t.Errorf("logged %q", log.String())
			}
		})
	})
}
