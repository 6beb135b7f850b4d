package storesim_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// TestFirstDraft says what becomes of the draft that comes with a flight when a seed wants its place.
func TestFirstDraft(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	seed := func() (flight, first string) {
		flight = s.AddFlight(s.app, storesim.Flight{})
		state, _ := s.Flight(s.app, flight)
		return flight, state.PendingSubmissionID
	}

	flight, first := seed()
	if id := s.AddPublishedSubmission(s.app, flight, storesim.Published{}); id != first {
		t.Error("the first draft was not what was published")
	}
	flight, first = seed()
	if id := s.AddDraft(s.app, flight, storesim.Draft{}); id == first {
		t.Error("the draft is the first one")
	}
	s.do(http.MethodGet, s.path(flight, first), nil).want(t, 404)
	flight, first = seed()
	s.EditInPortal(first)
	if id := s.AddPublishedSubmission(s.app, flight, storesim.Published{}); id == first {
		t.Error("a draft that was touched was taken")
	}
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	fallback := s.AddPublishedSubmission(s.app, flight, storesim.Published{})
	id := s.AddPublishedSubmission(s.app, flight, storesim.Published{
		Packages: []storesim.Package{{FileName: "a.msix"}}, Rollout: &storesim.Rollout{Percentage: 25},
	})
	snapshot, _ := s.Submission(s.app, flight, id)
	want := storesim.Rollout{Enabled: true, Percentage: 25, Status: "PackageRolloutInProgress", FallbackSubmissionID: fallback}
	if diff := cmp.Diff(want, snapshot.Rollout); diff != "" {
		t.Error(diff)
	}
	packages := s.PublishedPackages(s.app, flight)
	packages[0].ID, packages[0].SHA256 = "", ""
	if diff := cmp.Diff([]storesim.Package{{
		FileName: "a.msix", FileStatus: "Uploaded", Version: "1.0.0.0", Architecture: "x64", TargetPlatform: "Windows10",
		Languages: []string{"en-us"}, TargetDeviceFamilies: []string{"Windows.Desktop min version 10.0.17763.0"},
		MinimumDirectXVersion: "None", MinimumSystemRAM: "None",
	}}, packages); diff != "" {
		t.Error(diff)
	}
	inPortal := s.AddPublishedSubmission(s.app, s.AddFlight(s.app, storesim.Flight{ID: "in-portal"}), storesim.Published{InPortal: true})
	if snapshot, _ := s.Submission(s.app, "in-portal", inPortal); snapshot.UploadURL != "" {
		t.Errorf("upload URL %s", snapshot.UploadURL)
	}
	made := s.AddPublishedSubmission(s.app, s.AddFlight(s.app, storesim.Flight{ID: "made", MadeInPortal: true}), storesim.Published{})
	if snapshot, _ := s.Submission(s.app, "made", made); snapshot.UploadURL == "" {
		t.Error("no upload URL")
	}
}
