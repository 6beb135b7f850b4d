package storesim_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestCreateSubmissionClones(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	last := s.AddPublishedSubmission(s.app, flight, storesim.Published{
		Packages:    []storesim.Package{{FileName: "a.msix", Content: manifest("1.0.0.0", "x64")}},
		Rollout:     &storesim.Rollout{Enabled: true, Percentage: 100, Status: "PackageRolloutComplete"},
		Notes:       "user and password",
		PublishMode: "Manual", MandatoryUpdate: true, MandatoryUpdateDate: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC),
	})
	got := s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 201)
	if id := got.text("id"); id == last || len(id) != 19 {
		t.Errorf("id %s", id)
	}
	want := map[string]any{
		"flightId": flight, "status": "PendingCommit", "targetPublishMode": "Manual",
		"targetPublishDate": "1601-01-01T00:00:00.0000000Z", "notesForCertification": "user and password",
		"statusDetails": map[string]any{"errors": []any{}, "warnings": []any{}, "certificationReports": []any{}},
		"flightPackages": []any{map[string]any{
			"fileName": "a.msix", "fileStatus": "Uploaded", "id": s.PublishedPackages(s.app, flight)[0].ID, "version": "1.0.0.0",
			"architecture": "x64", "targetPlatform": "Windows10", "languages": []any{"en-us"},
			"capabilities": []any{"internetClient", "runFullTrust"}, "targetDeviceFamilies": []any{"Windows.Desktop min version 10.0.17763.0"},
			"minimumDirectXVersion": "None", "minimumSystemRam": "None", "minOSVersion": "10.0.17763.0",
		}},
		"packageDeliveryOptions": map[string]any{
			"packageRollout": map[string]any{
				"isPackageRollout": true, "packageRolloutPercentage": 100.0, "packageRolloutStatus": "PackageRolloutNotStarted",
				"fallbackSubmissionId": "0", "isSeekEnabled": false,
			},
			"isMandatoryUpdate": true, "mandatoryUpdateEffectiveDate": "2030-01-02T03:04:05.0000000Z",
		},
	}
	delete(got.json, "id")
	delete(got.json, "fileUploadUrl")
	if diff := cmp.Diff(want, got.json); diff != "" {
		t.Error(diff)
	}
}

// TestIDs has neighbouring ids that one float64 stands for.
func TestIDs(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	first, _ := s.Flight(s.app, s.AddFlight(s.app, storesim.Flight{}))
	second, _ := s.Flight(s.app, s.AddFlight(s.app, storesim.Flight{}))
	a, _ := strconv.ParseFloat(first.PendingSubmissionID, 64)
	b, _ := strconv.ParseFloat(second.PendingSubmissionID, 64)
	if first.PendingSubmissionID == second.PendingSubmissionID || a != b {
		t.Errorf("ids %s and %s", first.PendingSubmissionID, second.PendingSubmissionID)
	}
}

func TestCreateSubmissionRefused(t *testing.T) {
	t.Parallel()
	published := func(rollout *storesim.Rollout) func(*store, string) {
		return func(s *store, flight string) {
			s.AddPublishedSubmission(s.app, flight, storesim.Published{Rollout: rollout})
		}
	}
	tests := map[string]struct {
		world  func(s *store, flight string)
		status int
	}{
		"pending draft":     {func(*store, string) {}, 409},
		"portal draft":      {func(s *store, flight string) { s.AddDraft(s.app, flight, storesim.Draft{InPortal: true}) }, 409},
		"no rollout":        {published(nil), 201},
		"rollout":           {published(&storesim.Rollout{Percentage: 25}), 409},
		"rollout at 100":    {published(&storesim.Rollout{Percentage: 100}), 409},
		"not started":       {published(&storesim.Rollout{Enabled: true, Status: "PackageRolloutNotStarted"}), 409},
		"finalized rollout": {published(&storesim.Rollout{Enabled: true, Percentage: 100, Status: "PackageRolloutComplete"}), 201},
		"halted rollout":    {published(&storesim.Rollout{Enabled: true, Status: "PackageRolloutStopped"}), 201},
		"failed": {func(s *store, flight string) {
			state, _ := s.Flight(s.app, flight)
			s.SetStatus(s.app, flight, state.PendingSubmissionID, "CertificationFailed")
		}, 409},
		"canceled": {func(s *store, flight string) {
			state, _ := s.Flight(s.app, flight)
			s.Cancel(state.PendingSubmissionID)
		}, 409},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, storesim.Options{})
			flight := s.AddFlight(s.app, storesim.Flight{})
			test.world(s, flight)
			got := s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, test.status)
			if test.status == 409 {
				got.wantError(t, 409, "InvalidState/submission")
			}
		})
	}
}

func TestCreateSubmissionMinimal(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	s.AddPublishedSubmission(s.app, flight, storesim.Published{Packages: []storesim.Package{{FileName: "a.msix"}}})
	got := s.do(http.MethodPost, s.path(flight)+"/submissions?isMinimalResponse=true", nil).want(t, 201)
	if got.at("flightPackages") != nil || got.text("id") == "" || got.text("fileUploadUrl") == "" {
		t.Errorf("reply %s", got.raw)
	}
}

// deleteDraft makes a flight and deletes its first draft.
func (s *store) deleteDraft() (flight string, draft storesim.Submission) {
	s.t.Helper()
	flight = s.AddFlight(s.app, storesim.Flight{})
	state, _ := s.Flight(s.app, flight)
	draft, _ = s.Submission(s.app, flight, state.PendingSubmissionID)
	s.do(http.MethodDelete, s.path(flight, draft.ID), nil).want(s.t, 204)
	return flight, draft
}

// TestRecreate deletes the first submission, after which the service cannot create one for a while [store-api 6.4].
func TestRecreate(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.SetRecreateRefusals(2)
	s.SetDeletionLag(0)
	flight, draft := s.deleteDraft()
	for range 2 {
		if got := s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 404); len(got.raw) > 0 {
			t.Errorf("body %s", got.raw)
		}
	}
	if id := s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 201).text("id"); id == draft.ID {
		t.Error("an id was used twice")
	}
	s.do(http.MethodGet, s.path(flight, draft.ID), nil).wantError(t, 404, "ResourceNotFound/submissionId")
}

func TestRecreateNever(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.SetRecreateRefusals(-1)
	s.SetDeletionLag(0)
	flight, _ := s.deleteDraft()
	for range 10 {
		s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 404)
	}
}

// TestDeletionLag deletes a submission that keeps the slot for some more requests [store-api 5.6].
func TestDeletionLag(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]func(s *store, flight string) (freed bool){
		"flight": func(s *store, flight string) bool {
			return s.do(http.MethodGet, s.path(flight), nil).want(t, 200).at("pendingFlightSubmission") == nil
		},
		"flights": func(s *store, _ string) bool {
			return s.do(http.MethodGet, "applications/"+s.app+"/listflights", nil).want(t, 200).at("value", 0, "pendingFlightSubmission") == nil
		},
		"create": func(s *store, flight string) bool {
			got := s.do(http.MethodPost, s.path(flight)+"/submissions", nil)
			if got.status == 201 {
				return true
			}
			got.wantError(t, 409, "InvalidState/submission")
			return false
		},
		"delete the flight": func(s *store, flight string) bool {
			got := s.do(http.MethodDelete, s.path(flight), nil)
			if got.status == 204 {
				return true
			}
			got.wantError(t, 409, "InvalidState/flight")
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, storesim.Options{})
			s.SetRecreateRefusals(0)
			s.SetDeletionLag(2)
			flight, draft := s.deleteDraft()
			s.do(http.MethodGet, s.path(flight, draft.ID), nil).wantError(t, 404, "ResourceNotFound/submissionId")
			freed := []bool{look(s, flight), look(s, flight), look(s, flight)}
			if diff := cmp.Diff([]bool{false, false, true}, freed); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPermissions tries each verb in each state [store-api 5.2].
func TestPermissions(t *testing.T) {
	t.Parallel()
	no, deletes, all := [3]int{409, 409, 409}, [3]int{409, 409, 204}, [3]int{200, 202, 204}
	for status, want := range map[string][3]int{
		"PendingCommit": all, "CommitStarted": no, "CommitFailed": deletes, "PreProcessing": no, "PreProcessingFailed": deletes,
		"Certification": no, "CertificationFailed": deletes, "Release": no, "ReleaseFailed": deletes, "PendingPublication": no,
		"Publishing": no, "PublishFailed": deletes, "Canceled": deletes, "Published": no, "None": no,
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			s := start(t, storesim.Options{})
			var got [3]int
			for i, verb := range []string{http.MethodPut, http.MethodPost, http.MethodDelete} {
				flight := s.AddFlight(s.app, storesim.Flight{})
				state, _ := s.Flight(s.app, flight)
				id := state.PendingSubmissionID
				s.SetStatus(s.app, flight, id, status)
				switch verb {
				case http.MethodPut:
					got[i] = s.do(verb, s.path(flight, id), update()).status
				case http.MethodPost:
					got[i] = s.do(verb, s.path(flight, id, "Commit"), nil).status
				default:
					got[i] = s.do(verb, s.path(flight, id), nil).status
				}
			}
			if got != want {
				t.Errorf("PUT, commit, DELETE are answered with %v, want %v", got, want)
			}
		})
	}
}

// TestPortal touches drafts that belong to the portal [store-api 5.6].
func TestPortal(t *testing.T) {
	t.Parallel()
	for name, draft := range map[string]func(*store) (flight, id string){
		"flight made there": func(s *store) (string, string) {
			flight := s.AddFlight(s.app, storesim.Flight{MadeInPortal: true})
			state, _ := s.Flight(s.app, flight)
			return flight, state.PendingSubmissionID
		},
		"draft made there": func(s *store) (string, string) {
			flight := s.AddFlight(s.app, storesim.Flight{})
			return flight, s.AddDraft(s.app, flight, storesim.Draft{InPortal: true})
		},
		"draft touched there": func(s *store) (string, string) {
			flight := s.AddFlight(s.app, storesim.Flight{})
			state, _ := s.Flight(s.app, flight)
			s.EditInPortal(state.PendingSubmissionID)
			return flight, state.PendingSubmissionID
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, storesim.Options{})
			flight, id := draft(s)
			got := s.do(http.MethodGet, s.path(flight, id), nil).want(t, 200)
			if !strings.Contains(name, "touched") && got.at("fileUploadUrl") != nil {
				t.Errorf("upload URL %s", got.text("fileUploadUrl"))
			}
			s.do(http.MethodPut, s.path(flight, id), update()).wantError(t, 400, "InvalidOperation/applicationSubmission")
			s.do(http.MethodPost, s.path(flight, id, "commit"), nil).wantError(t, 400, "InvalidOperation/applicationSubmission")
			s.do(http.MethodDelete, s.path(flight, id), nil).wantError(t, 400, "InvalidOperation/applicationSubmission")
			s.DeleteInPortal(id)
			s.do(http.MethodGet, s.path(flight, id), nil).want(t, 404)
			if name == "flight made there" {
				// Deleting that draft is the remedy.
				s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 201)
			}
		})
	}
}

// TestContentType wants JSON announced by POST and PUT, without a body too [store-api 1.3].
func TestContentType(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.SetRecreateRefusals(0)
	flight := s.AddFlight(s.app, storesim.Flight{NoDraft: true})
	url := s.URL() + "/v1.0/my/" + s.path(flight) + "/submissions"
	for _, contentType := range []string{"", "application/x-www-form-urlencoded", "text/plain", "application/json-patch+json", "application/json", "Application/JSON; charset=UTF-8"} {
		header := http.Header{"Authorization": {"Bearer x"}}
		if contentType != "" {
			header.Set("Content-Type", contentType)
		}
		got, err := s.send(http.MethodPost, url, header, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(strings.ToLower(contentType)+";", "application/json;") {
			got.wantError(t, 400, "InvalidParameterValue/Content-Type")
			continue
		}
		got.want(t, 201)
		s.DeleteInPortal(got.text("id"))
	}
}

// TestLengthRequired sends no body without saying so [store-api 1.3].
func TestLengthRequired(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{NoDraft: true})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/v1.0/my/"+s.path(flight)+"/submissions", struct{ io.Reader }{strings.NewReader("")})
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = -1
	request.Header = http.Header{"Authorization": {"Bearer x"}, "Content-Type": {"application/json"}}
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusLengthRequired {
		t.Errorf("status %s, %v", response.Status, err)
	}
}

func TestOtherFlightsSubmission(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	one, other := s.AddFlight(s.app, storesim.Flight{}), s.AddFlight(s.app, storesim.Flight{})
	state, _ := s.Flight(s.app, one)
	s.do(http.MethodGet, s.path(other, state.PendingSubmissionID), nil).wantError(t, 404, "ResourceNotFound/submissionId")
	s.do(http.MethodGet, s.path(strings.ToUpper(one), state.PendingSubmissionID), nil).want(t, 200)
	s.SetForeignConflict(true)
	s.do(http.MethodGet, s.path(other, state.PendingSubmissionID), nil).wantError(t, 409, "InvalidState/submissionId")
	s.do(http.MethodGet, s.path(one, state.PendingSubmissionID), nil).want(t, 200)
	s.do(http.MethodGet, s.path(one, "1"), nil).want(t, 404)
}

func TestCommitTwice(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.SetCommitLag(5)
	flight := s.AddFlight(s.app, storesim.Flight{})
	id := s.submit(flight, manifest("1.0.0.0", "x64"))
	s.do(http.MethodPost, s.path(flight, id, "commit"), nil).wantError(t, 409, "InvalidState/submissionId")
	if len(s.Violations()) != 1 || len(s.Events(storesim.EventCommitted)) != 1 {
		t.Errorf("violations %v, events %v", s.Violations(), s.Events())
	}
}

func TestUnknownMembers(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.SetExtraMember("isAutoPromotion", map[string]any{"on": true})
	flight := s.AddFlight(s.app, storesim.Flight{})
	s.AddPublishedSubmission(s.app, flight, storesim.Published{Packages: []storesim.Package{{FileName: "a.msixbundle", Content: bundle("1.0.0.0", "x64", "x86")}}})
	got := s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 201)
	if got.at("isAutoPromotion", "on") != true || got.at("flightPackages", 0, "innerPackages", 1, "architecture") != "x86" {
		t.Fatalf("submission %s", got.raw)
	}
	s.do(http.MethodPut, s.path(flight, got.text("id")), string(got.raw)).want(t, 200)
	id := got.text("flightPackages", 0, "id")
	s.do(http.MethodPut, s.path(flight, got.text("id")), update(entry("a.msixbundle", "Uploaded", id))).want(t, 200)
	events := s.Events(storesim.EventUpdated)
	if events[0].LostMembers != nil {
		t.Errorf("the whole submission lost %v", events[0].LostMembers)
	}
	want := []string{
		"flightPackages[" + id + "].innerPackages", "flightPackages[" + id + "].minOSVersion", "isAutoPromotion",
		"packageDeliveryOptions.packageRollout.isSeekEnabled",
	}
	if diff := cmp.Diff(want, events[1].LostMembers); diff != "" {
		t.Error(diff)
	}
}
