package storeapi_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// distant reaches a simulator without a network, which lets both live on fake time, after a delay on the way there and
// another on the way back.
type distant struct{ sim *storesim.Sim }

// RoundTrip implements http.RoundTripper.
func (d distant) RoundTrip(req *http.Request) (*http.Response, error) {
	arriving := req.Clone(req.Context())
	if arriving.Body == nil {
		arriving.Body = http.NoBody
	}
	arriving.Header.Set("Content-Length", strconv.FormatInt(req.ContentLength, 10))
	time.Sleep(rand.N(300 * time.Millisecond))
	recorder := httptest.NewRecorder()
	d.sim.ServeHTTP(recorder, arriving)
	time.Sleep(rand.N(600 * time.Millisecond))
	resp := recorder.Result()
	resp.Request = req
	return resp, nil
}

// throttling starts a Store that throttles, with many flights.
func throttling(t *testing.T, flights int, sendRetryAfter bool) (*storesim.Sim, []storeapi.FlightRef) {
	t.Helper()
	sim, err := storesim.Start(storesim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	sim.SetThrottle(20, sendRetryAfter)
	app := sim.AddApplication(storesim.Application{})
	var refs []storeapi.FlightRef
	for i := range flights {
		refs = append(refs, storeapi.FlightRef{
			ApplicationID: app, FlightID: sim.AddFlight(app, storesim.Flight{FriendlyName: fmt.Sprint("flight ", i)}),
		})
	}
	return sim, refs
}

// walk asks for each flight and its submission as Terraform does, ten at a time, and gives the longest that one request
// took.
func walk(t *testing.T, client *storeapi.Client, flights []storeapi.FlightRef) time.Duration {
	t.Helper()
	var mu sync.Mutex
	var longest time.Duration
	took := func(since time.Time, err error) {
		mu.Lock()
		defer mu.Unlock()
		longest = max(longest, time.Since(since))
		if err != nil {
			t.Error(err)
		}
	}
	work := make(chan storeapi.FlightRef)
	var workers sync.WaitGroup
	for range 10 {
		workers.Go(func() {
			for ref := range work {
				start := time.Now()
				flight, err := client.Flight(t.Context(), ref)
				took(start, err)
				if err != nil {
					continue
				}
				start = time.Now()
				_, err = client.Submission(t.Context(), ref.Submission(flight.PendingSubmissionID))
				took(start, err)
			}
		})
	}
	for _, ref := range flights {
		work <- ref
	}
	close(work)
	workers.Wait()
	return longest
}

func refused(sim *storesim.Sim) int {
	requests := slices.DeleteFunc(sim.Requests(), func(r storesim.Request) bool { return r.Status != http.StatusTooManyRequests })
	return len(requests)
}

// Thirty flights at Terraform's default parallelism meet no throttle, and each gets its turn: ten in a queue for twenty
// requests a minute wait for a minute at most.
func TestBudgetKeepsBelowTheThrottle(t *testing.T) {
	t.Parallel()
	sim, flights := throttling(t, 30, true)
	synctest.Test(t, func(t *testing.T) {
		longest := walk(t, newClient(t, distant{sim}, perMinute(20)), flights)
		if n := refused(sim); n != 0 {
			t.Errorf("%d requests were refused", n)
		}
		if limit := time.Minute + 15*time.Second; longest > limit {
			t.Errorf("a request took %v, want at most %v", longest, limit)
		}
		if n := sim.Count(); n != 31 { // The flights come by one list.
			t.Errorf("%d requests for 30 flights and their submissions", n)
		}
	})
}

// A process cannot know what the one before it, the plan for example, has used up. It learns that from one refusal.
func TestBudgetLearnsFromOneRefusal(t *testing.T) {
	t.Parallel()
	for _, sendRetryAfter := range []bool{true, false} {
		for _, before := range []time.Duration{0, 20 * time.Second, 55 * time.Second} {
			t.Run(fmt.Sprintf("Retry-After %t, %v later", sendRetryAfter, before), func(t *testing.T) {
				t.Parallel()
				sim, flights := throttling(t, 30, sendRetryAfter)
				synctest.Test(t, func(t *testing.T) {
					walk(t, newClient(t, distant{sim}, perMinute(20)), flights[:3])
					time.Sleep(before)
					walk(t, newClient(t, distant{sim}, perMinute(20)), flights)
					if n := refused(sim); n > 1 {
						t.Errorf("%d requests were refused", n)
					}
				})
			})
		}
	}
}
