package storesim_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// TestStory submits to a new flight, publishes, and ships the next version in place of the first.
func TestStory(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{AccessTokens: []string{"token"}})
	flight := s.AddFlight(s.app, storesim.Flight{GroupIDs: []string{"1152921504606962205"}})

	first := s.submit(flight, manifest("1.0.0.0", "x64"))
	want := []string{"CommitStarted", "PreProcessing", "Certification", "Release", "Publishing", "Published"}
	if diff := cmp.Diff(want, s.follow(flight, first)); diff != "" {
		t.Fatal(diff)
	}

	created := s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 201)
	old := created.text("flightPackages", 0, "id")
	second := created.text("id")
	s.do(http.MethodPut, s.path(flight, second), update(entry("a.msix", "PendingDelete", old), entry("a.msix", "PendingUpload", ""))).want(t, 200)
	content := manifest("1.1.0.0", "x64")
	s.upload(created.text("fileUploadUrl"), zipOf(file{"a.msix", content}, file{"extra.png", nil}))
	s.do(http.MethodPost, s.path(flight, second, "commit"), nil).want(t, 202)
	s.follow(flight, second)

	packages := s.PublishedPackages(s.app, flight)
	if len(packages) != 1 || packages[0].Version != "1.1.0.0" || packages[0].ID == old || packages[0].SHA256 != sha(content) {
		t.Errorf("published packages %+v", packages)
	}
	archive, err := s.Archive(second)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a.msix": sha(content), "extra.png": sha(nil)}, archive); diff != "" {
		t.Error(diff)
	}
	state, _ := s.Flight(s.app, flight)
	if state.LastPublishedSubmissionID != second || state.PendingSubmissionID != "" {
		t.Errorf("flight %+v", state)
	}
	if created, committed := len(s.Events(storesim.EventCreated)), len(s.Events(storesim.EventCommitted)); created != 1 || committed != 2 {
		t.Errorf("%d created, %d committed", created, committed)
	}
	if violations := s.Violations(); len(violations) > 0 {
		t.Error(violations)
	}
}
