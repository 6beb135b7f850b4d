package storeapi_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

func TestFlight(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want storeapi.Flight
	}{
		"whole": {
			flightBody(oldID, newID),
			storeapi.Flight{
				ApplicationID: appID, ID: flightID, FriendlyName: "beta", GroupIDs: []string{"1152921504606962205"},
				RankHigherThan: "Non-flighted submission", LastPublishedSubmissionID: oldID, PendingSubmissionID: newID,
			},
		},
		"bare": {`{"flightId":"` + flightID + `"}`, storeapi.Flight{ApplicationID: appID, ID: flightID}},
		"nulls": {
			`{"flightId":"` + flightID + `","friendlyName":null,"groupIds":null,"lastPublishedFlightSubmission":null,"pendingFlightSubmission":{"id":null}}`,
			storeapi.Flight{ApplicationID: appID, ID: flightID},
		},
		"numbers and other cases": {
			`{"FlightID":"` + flightID + `","GROUPIDS":[0,1152921504606962205,null],"PendingFlightSubmission":{"Id":1152921504621215786}}`,
			storeapi.Flight{ApplicationID: appID, ID: flightID, GroupIDs: []string{"0", "1152921504606962205"}, PendingSubmissionID: newID},
		},
		"byte order mark": {"\xef\xbb\xbf{\"flightId\":\"" + flightID + "\"}", storeapi.Flight{ApplicationID: appID, ID: flightID}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, newScript(t, step{want: "GET " + flightPath, body: test.body}))
				got, err := client.Flight(fresh(t.Context()), flightRef)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(&test.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if ref := got.Ref(); ref.ApplicationID != appID || ref.FlightID != got.ID {
					t.Errorf("got ref %v", ref)
				}
			})
		})
	}
}

func TestCreateFlight(t *testing.T) {
	t.Parallel()
	const (
		collection = appPath + "/flights"
		listing    = "GET " + appPath + "/listflights?skip=0&top=100"
		other      = `{"flightId":"other","friendlyName":"beta","groupIds":["1152921504606962205"]}`
	)
	request := storeapi.NewFlight{FriendlyName: "beta", GroupIDs: []string{"1152921504606962205"}, RankHigherThan: "alpha"}
	list := func(flights string) step { return step{want: listing, body: `{"value":[` + flights + `]}`} }
	none := step{want: listing, status: 404}
	post := func(s step) step {
		s.want = "POST " + collection
		return s
	}
	made := post(step{status: 201, body: flightBody("", newID)})
	lost := post(step{lost: errReset})

	for name, test := range map[string]struct {
		steps []step
		code  int
	}{
		"made":               {steps: []step{none, made}},
		"lost reply":         {steps: []step{list(other), lost, list(other + "," + flightBody("", newID))}},
		"first of all, lost": {steps: []step{none, lost, list(flightBody("", newID))}},
		"lost request":       {steps: []step{list(other), lost, list(other), made}},
		"not ours": {steps: []step{
			none, lost,
			list(`{"flightId":"a","friendlyName":"gamma","groupIds":["1152921504606962205"]},{"flightId":"b","friendlyName":"beta","groupIds":["1"]}`), made,
		}},
		"reply without id":           {steps: []step{none, post(step{status: 201, body: "{}"}), list(flightBody("", newID))}},
		"refused":                    {steps: []step{none, post(step{status: 400, body: `{"code":"InvalidParameterValue"}`})}, code: 400},
		"conflict":                   {steps: []step{none, post(step{status: 409})}, code: 409},
		"flights cannot be listed":   {steps: []step{{want: listing, status: 403}}, code: 403},
		"made after doubt, conflict": {steps: []step{none, lost, none, post(step{status: 409}), list(flightBody("", newID))}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newScript(t, test.steps...)
				got, err := newClient(t, store).CreateFlight(t.Context(), appID, request)
				if test.code != 0 {
					wantError(t, err, test.code, "flight")
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got.ID != flightID || got.ApplicationID != appID || got.PendingSubmissionID != newID {
					t.Errorf("got %+v", got)
				}
				if diff := cmp.Diff(`{"friendlyName":"beta","groupIds":["1152921504606962205"],"rankHigherThan":"alpha"}`, store.bodies[1]); diff != "" {
					t.Errorf("sent -want +got:\n%s", diff)
				}
			})
		})
	}

	t.Run("groups in another order", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			twoGroups := `{"flightId":"` + flightID + `","friendlyName":"beta","groupIds":["2","1"]}`
			client := newClient(t, newScript(t, none, lost, list(twoGroups)))
			got, err := client.CreateFlight(t.Context(), appID, storeapi.NewFlight{FriendlyName: "beta", GroupIDs: []string{"1", "2"}})
			if err != nil || got.ID != flightID {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			client := newClient(t, newScript(t, none, post(step{hang: true, then: cancel}), list(flightBody("", newID))))
			got, err := client.CreateFlight(ctx, appID, request)
			if !errors.Is(err, context.Canceled) || got == nil || got.ID != flightID {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	})
	t.Run("bare", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newScript(t, none, made)
			if _, err := newClient(t, store).CreateFlight(t.Context(), appID, storeapi.NewFlight{FriendlyName: `<"&`}); err != nil {
				t.Fatal(err)
			}
			if want := `{"friendlyName":"<\"&"}`; store.bodies[1] != want {
				t.Errorf("sent %s, want %s", store.bodies[1], want)
			}
		})
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	t.Run("submission too late", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, step{want: "DELETE " + newPath, status: 409, body: conflictBody}))
			wantError(t, client.DeleteSubmission(t.Context(), newRef), 409, "deleting submission")
		})
	})
	for name, test := range map[string]struct {
		conflicts int
		code      int
	}{"flight with a submission that goes": {2, 0}, "flight with a submission that stays": {6, 409}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newScript(t, slices.Repeat([]step{{want: "DELETE " + flightPath, status: 409, body: conflictBody}}, test.conflicts)...)
				if test.code == 0 {
					store.steps = append(store.steps, step{want: "DELETE " + flightPath, status: 204})
				}
				if err := newClient(t, store).DeleteFlight(t.Context(), flightRef); test.code != 0 {
					wantError(t, err, test.code, "deleting flight")
				} else if err != nil {
					t.Error(err)
				}
			})
		})
	}
	t.Run("flight, interrupted", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
			defer cancel()
			store := newScript(t, step{want: "DELETE " + flightPath, status: 409, body: conflictBody})
			err := newClient(t, store).DeleteFlight(ctx, flightRef)
			wantError(t, err, 409, "not repeated: the time for it ran out")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error("the cause is lost")
			}
		})
	})
	targets := map[string]struct {
		path   string
		remove func(*storeapi.Client, context.Context) error
	}{
		"flight": {flightPath, func(c *storeapi.Client, ctx context.Context) error { return c.DeleteFlight(ctx, flightRef) }},
		"submission": {newPath, func(c *storeapi.Client, ctx context.Context) error {
			return c.DeleteSubmission(ctx, newRef)
		}},
	}
	for name, test := range map[string]struct {
		replies []step
		code    int
	}{
		"deleted":        {replies: []step{{status: 204}}},
		"gone already":   {replies: []step{{status: 404, body: `{"code":"ResourceNotFound"}`}}},
		"reply lost":     {replies: []step{{lost: errReset}, {status: 404}}},
		"cut off":        {replies: []step{{status: 200, body: "{}", cut: true}, {status: 404}}},
		"server trouble": {replies: []step{{status: 500}, {status: 502}, {status: 503}, {status: 504}, {status: 408}, {status: 204}}},
		"throttled":      {replies: []step{{status: 429, header: http.Header{"Retry-After": {"90"}}}, {status: 204}}},
		"not ours":       {replies: []step{{status: 400, body: `{"code":"InvalidOperation"}`}}, code: 400},
		"never":          {replies: []step{{status: 500}, {status: 500}, {status: 500}, {status: 500}, {status: 500}, {status: 500}}, code: 500},
	} {
		for target, it := range targets {
			t.Run(name+" "+target, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					store := newScript(t)
					for _, reply := range test.replies {
						reply.want = "DELETE " + it.path
						store.steps = append(store.steps, reply)
					}
					err := it.remove(newClient(t, store), t.Context())
					if test.code != 0 {
						wantError(t, err, test.code, "deleting "+target)
					} else if err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}
