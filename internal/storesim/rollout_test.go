package storesim_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

const (
	updatePercentage = "updatepackagerolloutpercentage"
	halt             = "haltpackagerollout"
	finalize         = "finalizepackagerollout"
)

func TestRollout(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	fallback := s.AddPublishedSubmission(s.app, flight, storesim.Published{Packages: []storesim.Package{{FileName: "a.msix"}}})
	id := s.AddDraft(s.app, flight, storesim.Draft{Rollout: &storesim.Rollout{Enabled: true, Percentage: 12.5}})

	want := func(isRollout bool, percentage float64, status, fallback string) map[string]any {
		return map[string]any{
			"isPackageRollout": isRollout, "packageRolloutPercentage": percentage, "packageRolloutStatus": status,
			"fallbackSubmissionId": fallback, "isSeekEnabled": false,
		}
	}
	check := func(got answer, want map[string]any) {
		t.Helper()
		if diff := cmp.Diff(want, got.want(t, 200).json); diff != "" {
			t.Error(diff)
		}
	}
	check(s.do(http.MethodGet, s.path(flight, fallback, "packagerollout"), nil), want(false, 0, "PackageRolloutNotStarted", "0"))
	check(s.do(http.MethodGet, s.path(flight, id, "packagerollout"), nil), want(true, 12.5, "PackageRolloutNotStarted", "0"))
	for _, verb := range []string{updatePercentage + "?percentage=50", halt, finalize} {
		s.do(http.MethodPost, s.path(flight, id, verb), nil).wantError(t, 409, "InvalidState/submission")
		s.do(http.MethodPost, s.path(flight, fallback, verb), nil).wantError(t, 409, "InvalidState/packageRollout")
	}

	s.do(http.MethodPost, s.path(flight, id, "commit"), nil).want(t, 202)
	s.follow(flight, id)
	check(s.do(http.MethodGet, s.path(flight, id, "packagerollout"), nil), want(true, 12.5, "PackageRolloutInProgress", fallback))
	check(s.do(http.MethodPost, s.path(flight, id, updatePercentage+"?percentage=99.5"), nil), want(true, 99.5, "PackageRolloutInProgress", fallback))
	check(s.do(http.MethodPost, s.path(flight, id, updatePercentage+"?percentage=10"), `{"percentage":1}`), want(true, 10, "PackageRolloutInProgress", fallback))
	for _, wrong := range []string{"", "?percentage=", "?percentage=1,5", "?percentage=101", "?percentage=-1", "?percentage=1e1", "?percentage=NaN"} {
		s.do(http.MethodPost, s.path(flight, id, updatePercentage+wrong), `{"percentage":1}`).wantError(t, 400, "InvalidParameterValue/percentage")
	}
}

func TestRolloutEnds(t *testing.T) {
	t.Parallel()
	for verb, want := range map[string]storesim.Rollout{
		halt:     {Enabled: true, Percentage: 0, Status: "PackageRolloutStopped", FallbackSubmissionID: "0"},
		finalize: {Enabled: true, Percentage: 100, Status: "PackageRolloutComplete", FallbackSubmissionID: "0"},
	} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			s := start(t, storesim.Options{})
			flight := s.AddFlight(s.app, storesim.Flight{})
			id := s.AddPublishedSubmission(s.app, flight, storesim.Published{
				Packages: []storesim.Package{{FileName: "a.msix"}}, Rollout: &storesim.Rollout{Percentage: 25},
			})
			s.do(http.MethodPost, s.path(flight, id, verb), nil).want(t, 200)
			snapshot, _ := s.Submission(s.app, flight, id)
			if diff := cmp.Diff(want, snapshot.Rollout); diff != "" {
				t.Error(diff)
			}
			for _, again := range []string{halt, finalize, updatePercentage + "?percentage=1"} {
				s.do(http.MethodPost, s.path(flight, id, again), nil).wantError(t, 409, "InvalidState/packageRollout")
			}
			// The next submission is a copy of this one, halted or not, with its rollout [store-api 8].
			created := s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 201)
			inherited := created.at("packageDeliveryOptions", "packageRollout", "packageRolloutPercentage")
			if created.text("flightPackages", 0, "fileName") != "a.msix" || inherited != want.Percentage {
				t.Errorf("next submission %s", created.raw)
			}
		})
	}
}

// TestSetRollout drifts a rollout in the portal.
func TestSetRollout(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	id := s.AddPublishedSubmission(s.app, flight, storesim.Published{Rollout: &storesim.Rollout{Percentage: 25, FallbackSubmissionID: "7"}})
	s.SetRollout(id, storesim.Rollout{Enabled: true, Percentage: 60, Status: "PackageRolloutInProgress"})
	got := s.do(http.MethodGet, s.path(flight, id, "packagerollout"), nil)
	if got.at("packageRolloutPercentage") != 60.0 || got.at("fallbackSubmissionId") != "7" {
		t.Errorf("rollout %s", got.raw)
	}
}
