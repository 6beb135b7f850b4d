package storesim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	s.do(http.MethodGet, s.path(flight), nil)
	s.do(http.MethodPost, s.path(flight)+"/submissions?isMinimalResponse=true", `{"a":1}`)
	got := s.Requests()[1]
	if got.Operation != storesim.CreateSubmission || got.Status != 409 || got.EffectTaken || string(got.Body) != `{"a":1}` ||
		got.Query.Get("isMinimalResponse") != "true" || got.Header.Get("Authorization") != "Bearer token" || !strings.HasSuffix(got.Path, "/submissions") {
		t.Errorf("request %+v", got)
	}
	got.Header.Set("Authorization", "changed")
	if again := s.Requests()[1]; again.Header.Get("Authorization") != "Bearer token" {
		t.Error("what a caller changed was changed in the simulator")
	}
	if n := s.Count(storesim.GetFlight, storesim.DeleteFlight); n != 1 {
		t.Errorf("%d requests", n)
	}
	s.ResetRequests()
	if n := s.Count(); n != 0 {
		t.Errorf("%d requests", n)
	}
	if refused := s.Events(storesim.EventRefused); len(refused) != 1 || !strings.Contains(refused[0].Detail, "CreateSubmission 409") {
		t.Errorf("events %+v", refused)
	}
}

// TestBefore changes the world between two requests of a client.
func TestBefore(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	s.AddPublishedSubmission(s.app, flight, storesim.Published{})
	s.Before(func(r storesim.Request) {
		if r.Operation == storesim.CreateSubmission {
			s.AddDraft(s.app, flight, storesim.Draft{InPortal: true})
		}
	})
	s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 409)
}

// TestMounted serves the simulator from another listener.
func TestMounted(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	got, err := s.send(http.MethodGet, server.URL+"/v1.0/my/applications", http.Header{"Authorization": {"Bearer x"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got.want(t, 200)
}

// TestConcurrency has many clients fight for one slot: one gets it.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{NoDraft: true})
	var group sync.WaitGroup
	statuses := make([]int, 20)
	for i := range statuses {
		group.Go(func() {
			got, err := s.try(http.MethodPost, s.path(flight)+"/submissions", nil)
			if err != nil {
				t.Error(err)
			}
			statuses[i] = got.status
			s.Requests()
		})
	}
	group.Wait()
	counts := map[int]int{}
	for _, status := range statuses {
		counts[status]++
	}
	if diff := cmp.Diff(map[int]int{201: 1, 409: 19}, counts); diff != "" {
		t.Error(diff)
	}
}

// TestMistakes has the caller's program ask for what is not there.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for name, mistake := range map[string]func(s *store, flight string){
		"application": func(s *store, _ string) { s.AddFlight("9NBLGGH4R999", storesim.Flight{}) },
		"flight":      func(s *store, _ string) { s.PublishedPackages(s.app, "none") },
		"submission":  func(s *store, _ string) { s.Cancel("1") },
		"second draft": func(s *store, flight string) {
			s.AddDraft(s.app, flight, storesim.Draft{})
			s.AddDraft(s.app, flight, storesim.Draft{})
		},
		"published": func(s *store, flight string) { s.Cancel(s.AddPublishedSubmission(s.app, flight, storesim.Published{})) },
		"failure":   func(s *store, _ string) { s.FailAt("Published") },
		"action":    func(s *store, _ string) { s.Inject(storesim.Fault{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, storesim.Options{})
			flight := s.AddFlight(s.app, storesim.Flight{})
			defer func() {
				if message := fmt.Sprint(recover()); !strings.HasPrefix(message, "storesim: ") {
					t.Errorf("recovered %s", message)
				}
			}()
			mistake(s, flight)
		})
	}
}
