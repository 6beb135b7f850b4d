package storesim_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// committed is a flight with a package whose second submission was committed, with the publish mode.
func committed(s *store, mode string, date ...time.Time) (flight, id string) {
	s.t.Helper()
	flight = s.AddFlight(s.app, storesim.Flight{})
	s.AddPublishedSubmission(s.app, flight, storesim.Published{Packages: []storesim.Package{{FileName: "a.msix"}}})
	id = s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(s.t, 201).text("id")
	body := map[string]any{"targetPublishMode": mode}
	for _, d := range date {
		body["targetPublishDate"] = d.Format(time.RFC3339)
	}
	s.do(http.MethodPut, s.path(flight, id), body).want(s.t, 200)
	s.do(http.MethodPost, s.path(flight, id, "commit"), nil).want(s.t, 202)
	return flight, id
}

func (s *store) status(flight, id string) string {
	s.t.Helper()
	return s.do(http.MethodGet, s.path(flight, id, "status"), nil).want(s.t, 200).text("status")
}

func TestReadsMoveOn(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight, id := committed(s, "Immediate")
	var seen []string
	for range 3 {
		// Reading the whole submission moves nothing.
		before := s.do(http.MethodGet, s.path(flight, id), nil).text("status")
		if len(seen) > 0 && before != seen[len(seen)-1] {
			t.Errorf("status %s after %s", before, seen[len(seen)-1])
		}
		seen = append(seen, s.status(flight, id))
	}
	if diff := cmp.Diff([]string{"CommitStarted", "PreProcessing", "Certification"}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestHoldSkipAdvance(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.SkipStages("PreProcessing", "Release")
	s.Hold("Certification")
	flight, id := committed(s, "Immediate")
	seen := []string{s.status(flight, id), s.status(flight, id), s.status(flight, id)}
	seen = append(seen, s.Advance(id))
	s.Hold("Publishing")
	s.Release("Certification")
	seen = append(seen, s.status(flight, id))
	s.Release("Publishing")
	seen = append(seen, s.status(flight, id))
	if diff := cmp.Diff([]string{"CommitStarted", "Certification", "Certification", "Publishing", "Publishing", "Published"}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestCommitLag(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.SetCommitLag(2)
	flight, id := committed(s, "Immediate")
	seen := []string{s.status(flight, id), s.do(http.MethodGet, s.path(flight, id), nil).text("status"), s.status(flight, id), s.status(flight, id)}
	if diff := cmp.Diff([]string{"PendingCommit", "PendingCommit", "CommitStarted", "PreProcessing"}, seen); diff != "" {
		t.Error(diff)
	}
}

// TestLagEnds has people act while the commit is not visible yet.
func TestLagEnds(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.SetCommitLag(9)
	flight, id := committed(s, "Immediate")
	s.Cancel(id)
	if status := s.status(flight, id); status != "Canceled" {
		t.Errorf("status %s", status)
	}
}

func TestManual(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight, id := committed(s, "Manual")
	if seen := s.follow(flight, id); seen[len(seen)-1] != "Release" {
		t.Fatalf("seen %v", seen)
	}
	if got := s.Advance(id); got != "Release" {
		t.Errorf("advanced to %s", got)
	}
	s.PublishNow(id)
	if diff := cmp.Diff([]string{"Publishing", "Published"}, s.follow(flight, id)); diff != "" {
		t.Error(diff)
	}
}

func TestSpecificDate(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, storesim.Options{Now: clock.Now})
	flight, id := committed(s, "SpecificDate", clock.Now().Add(time.Hour))
	if seen := s.follow(flight, id); seen[len(seen)-1] != "PendingPublication" {
		t.Fatalf("seen %v", seen)
	}
	clock.pass(time.Hour)
	if diff := cmp.Diff([]string{"Publishing", "Published"}, s.follow(flight, id)); diff != "" {
		t.Error(diff)
	}
}

func TestStageDuration(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, storesim.Options{Now: clock.Now, StageDuration: time.Minute})
	flight, id := committed(s, "Immediate")
	s.Hold("Release")
	var seen []string
	for _, d := range []time.Duration{0, 59 * time.Second, time.Second, 2 * time.Minute, time.Hour} {
		clock.pass(d)
		seen = append(seen, s.status(flight, id))
	}
	s.Release("Release")
	seen = append(seen, s.status(flight, id), s.status(flight, id))
	clock.pass(time.Minute)
	seen = append(seen, s.status(flight, id))
	want := []string{"CommitStarted", "CommitStarted", "PreProcessing", "Release", "Release", "Publishing", "Publishing", "Published"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

func TestFailAt(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"CommitFailed", "PreProcessingFailed", "CertificationFailed", "ReleaseFailed", "PublishFailed"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			s := start(t, storesim.Options{Now: clock.Now})
			s.FailAt(status, storesim.StatusDetail{Code: "ServiceError", Details: "no luck"})
			s.WarnNext(storesim.StatusDetail{Code: "Other", Details: "careful"})
			flight, id := committed(s, "Immediate")
			seen := s.follow(flight, id)
			if seen[len(seen)-1] != status {
				t.Fatalf("seen %v", seen)
			}
			details, _ := s.do(http.MethodGet, s.path(flight, id, "status"), nil).at("statusDetails").(map[string]any)
			want := map[string]any{
				"errors":               []any{map[string]any{"code": "ServiceError", "details": "no luck"}},
				"warnings":             []any{map[string]any{"code": "Other", "details": "careful"}},
				"certificationReports": []any{},
			}
			if !slices.Contains([]string{"CommitFailed", "PreProcessingFailed"}, status) {
				want["certificationReports"] = []any{map[string]any{
					"date":      "2026-03-04T05:06:07Z",
					"reportUrl": "https://partner.microsoft.com/dashboard/products/" + s.app + "/submissions/" + id + "/report/1",
				}}
			}
			if diff := cmp.Diff(want, details); diff != "" {
				t.Error(diff)
			}
			// The submission stays in the slot [store-api 5.6], and the next one fares better.
			if state, _ := s.Flight(s.app, flight); state.PendingSubmissionID != id {
				t.Errorf("flight %+v", state)
			}
			flight, id = committed(s, "Immediate")
			if seen := s.follow(flight, id); seen[len(seen)-1] != "Published" {
				t.Errorf("seen %v", seen)
			}
			if snapshot, _ := s.Submission(s.app, flight, id); len(snapshot.Details.Warnings) > 0 {
				t.Errorf("warnings %v", snapshot.Details.Warnings)
			}
		})
	}
}

func TestSetStatus(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	id := s.submit(flight, manifest("1.0.0.0", "x64"))
	s.SetStatus(s.app, flight, id, "Imagined", storesim.StatusDetails{Warnings: []storesim.StatusDetail{{Code: "Other", Details: "x"}}})
	got := s.do(http.MethodGet, s.path(flight, id, "status"), nil)
	if got.text("status") != "Imagined" || got.text("statusDetails", "warnings", 0, "code") != "Other" {
		t.Errorf("status %s", got.raw)
	}
	s.SetStatus(s.app, flight, id, "Published")
	packages := s.PublishedPackages(s.app, flight)
	if len(packages) != 1 || packages[0].ID == "" || packages[0].Version != "1.0.0.0" {
		t.Errorf("packages %+v", packages)
	}
}
