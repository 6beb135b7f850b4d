package storesim_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// TestActions hits the creation of a submission with every action.
func TestActions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		action      storesim.Action
		status      int // as the client sees it; 0: no reply that can be used
		code        string
		effect      bool
		contentType string
	}{
		"refuse":        {storesim.Refuse{Status: 400, Code: "InvalidOperation", Target: "x"}, 400, "InvalidOperation/x", false, "application/json; charset=utf-8"},
		"refuse 429":    {storesim.Refuse{Status: 429, RetryAfter: "7"}, 429, "<nil>/<nil>", false, "application/json; charset=utf-8"},
		"refuse 401":    {storesim.Refuse{Status: 401}, 401, "<nil>/<nil>", false, "application/json; charset=utf-8"},
		"refuse 403":    {storesim.Refuse{Status: 403}, 403, "<nil>/<nil>", false, ""},
		"refuse 500":    {storesim.Refuse{Status: 500}, 500, "InternalServerError/<nil>", false, "application/json; charset=utf-8"},
		"refuse page":   {storesim.Refuse{Status: 502, Body: "<html>", ContentType: "text/html"}, 502, "<nil>/<nil>", false, "text/html"},
		"refuse silent": {storesim.Refuse{Status: 502, NoBody: true}, 502, "<nil>/<nil>", false, ""},
		"error after":   {storesim.ErrorAfter{}, 503, "InvalidOperation/<nil>", true, "application/json; charset=utf-8"},
		"drop before":   {storesim.DropBefore{}, 0, "", false, ""},
		"drop after":    {storesim.DropAfter{}, 0, "", true, ""},
		"truncate":      {storesim.Truncate{}, 0, "", true, ""},
		"empty body":    {storesim.EmptyBody{}, 201, "<nil>/<nil>", true, ""},
		"page":          {storesim.HTMLBody{}, 201, "<nil>/<nil>", true, "text/html"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, storesim.Options{})
			flight := s.AddFlight(s.app, storesim.Flight{NoDraft: true})
			injection := s.Inject(storesim.Fault{Operation: storesim.CreateSubmission, Action: test.action})
			got, err := s.try(http.MethodPost, s.path(flight)+"/submissions", nil)
			if (err != nil) != (test.status == 0) {
				t.Fatalf("error %v", err)
			}
			if err == nil {
				got.wantError(t, test.status, test.code)
				if got.header.Get("Content-Type") != test.contentType {
					t.Errorf("content type %q", got.header.Get("Content-Type"))
				}
			}
			if name == "refuse 429" && got.header.Get("Retry-After") != "7" {
				t.Errorf("header %v", got.header)
			}
			state, _ := s.Flight(s.app, flight)
			request := s.Requests()[0]
			if (state.PendingSubmissionID != "") != test.effect || request.EffectTaken != test.effect || request.Fault == "" {
				t.Errorf("flight %+v, request %+v", state, request)
			}
			if injection.Hits() != 1 {
				t.Errorf("%d hits", injection.Hits())
			}
			// The fault is used up.
			s.do(http.MethodGet, s.path(flight), nil).want(t, 200)
		})
	}
}

// TestBlobFault refuses with the storage service's kind of error.
func TestBlobFault(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	_, target := s.uploadURL()
	for status, code := range map[int]string{401: "AuthenticationFailed", 403: "AuthenticationFailed", 500: "InternalError", 503: "ServerBusy"} {
		s.Inject(storesim.Fault{Operation: storesim.PutBlob, Action: storesim.Refuse{Status: status}})
		got := s.blob(http.MethodPut, target, map[string]string{"x-ms-blob-type": "BlockBlob"}, []byte("x")).want(t, status)
		if got.header.Get("x-ms-error-code") != code || got.header.Get("MS-CorrelationId") != "" {
			t.Errorf("header %v", got.header)
		}
	}
	s.upload(target, []byte("x"))
}

func TestPicks(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	get := func() int { return s.do(http.MethodGet, s.path(flight), nil).status }

	s.Inject(storesim.Fault{Operation: storesim.GetFlight, Skip: 1, Times: 2, Action: storesim.Refuse{}})
	if diff := cmp.Diff([]int{200, 503, 503, 200}, []int{get(), get(), get(), get()}); diff != "" {
		t.Error(diff)
	}
	always := s.Inject(storesim.Fault{Operation: storesim.GetFlight, Times: -1, Action: storesim.Refuse{Status: 500}})
	if diff := cmp.Diff([]int{500, 500}, []int{get(), get()}); diff != "" {
		t.Error(diff)
	}
	if status := s.do(http.MethodGet, "applications", nil).status; status != 200 {
		t.Errorf("another operation is answered with %d", status)
	}
	always.Remove()
	if status := get(); status != 200 {
		t.Errorf("status %d", status)
	}
}

// whileHanging runs a test with a creation that hangs before, and one that hangs after its effect.
func whileHanging(t *testing.T, test func(t *testing.T, s *store, flight string, after bool, injection *storesim.Injection)) {
	t.Helper()
	for name, after := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, storesim.Options{})
			flight := s.AddFlight(s.app, storesim.Flight{NoDraft: true})
			test(t, s, flight, after, s.Inject(storesim.Fault{Operation: storesim.CreateSubmission, Action: storesim.Hang{AfterEffect: after}}))
		})
	}
}

func TestHang(t *testing.T) {
	t.Parallel()
	whileHanging(t, func(t *testing.T, s *store, flight string, after bool, injection *storesim.Injection) {
		t.Helper()
		replies := make(chan int)
		go func() {
			got, err := s.try(http.MethodPost, s.path(flight)+"/submissions", nil)
			if err != nil {
				t.Error(err)
			}
			replies <- got.status
		}()
		<-injection.Reached()
		s.wantCreated(after)
		injection.Release()
		if status := <-replies; status != 201 {
			t.Errorf("status %d", status)
		}
		s.wantCreated(true)
	})
}

// TestHangUp has the client go away while its request hangs.
func TestHangUp(t *testing.T) {
	t.Parallel()
	whileHanging(t, func(t *testing.T, s *store, flight string, after bool, injection *storesim.Injection) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-injection.Reached()
			cancel()
		}()
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+"/v1.0/my/"+s.path(flight)+"/submissions", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header = http.Header{"Authorization": {"Bearer x"}, "Content-Type": {"application/json"}}
		response, err := s.client.Do(request)
		if err == nil {
			_ = response.Body.Close()
			t.Fatal("a reply came")
		}
		s.do(http.MethodGet, s.path(flight), nil).want(t, 200)
		s.wantCreated(after)
	})
}

// wantCreated looks whether a submission was created.
func (s *store) wantCreated(want bool) {
	s.t.Helper()
	if events := s.Events(storesim.EventCreated); len(events) > 1 || (len(events) == 1) != want {
		s.t.Errorf("created: %v, want %t", events, want)
	}
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, storesim.Options{Now: clock.Now})
	s.SetThrottle(2, true)
	get := func() answer { return s.do(http.MethodGet, "applications", nil) }
	get().want(t, 200)
	clock.pass(29500 * time.Millisecond)
	get().want(t, 200)
	got := get().want(t, 429)
	if got.header.Get("Retry-After") != "31" || got.at("statusCode") != 429.0 {
		t.Errorf("%v %s", got.header, got.raw)
	}
	clock.pass(30500 * time.Millisecond)
	get().want(t, 200)
	get().want(t, 429)
	s.SetThrottle(1, false)
	get().want(t, 200)
	if got := get().want(t, 429); got.header.Get("Retry-After") != "" {
		t.Errorf("header %v", got.header)
	}
	_, target := s.uploadURL()
	s.upload(target, []byte("x"))
	s.SetThrottle(0, false)
	get().want(t, 200)
}

// TestClose ends what hangs.
func TestClose(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.Inject(storesim.Fault{Action: storesim.Hang{}})
	s.Before(func(storesim.Request) { go s.Close() })
	if _, err := s.try(http.MethodGet, "applications", nil); err == nil {
		t.Error("a reply came")
	}
	s.Close()
}
