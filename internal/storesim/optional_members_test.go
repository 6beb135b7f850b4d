package storesim_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// TestOmitOptionalMembers asks a Store that says little.
func TestOmitOptionalMembers(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.OmitOptionalMembers(true)
	flight := s.AddFlight(s.app, storesim.Flight{})
	last := s.AddPublishedSubmission(s.app, flight, storesim.Published{Packages: []storesim.Package{{FileName: "a.msix"}}})
	created := s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 201)
	id := created.text("id")
	want := map[string]any{
		"id": id, "flightId": flight, "status": "PendingCommit", "targetPublishMode": "Immediate", "targetPublishDate": "",
		"fileUploadUrl": created.text("fileUploadUrl"), "statusDetails": map[string]any{"errors": nil},
		"flightPackages": []any{map[string]any{
			"fileName": "a.msix", "fileStatus": "Uploaded", "id": s.PublishedPackages(s.app, flight)[0].ID, "version": "1.0.0.0",
			"languages": []any{"en-us"}, "minimumDirectXVersion": "None", "minimumSystemRam": "None",
		}},
		"packageDeliveryOptions": map[string]any{"isMandatoryUpdate": false, "mandatoryUpdateEffectiveDate": "1601-01-01T00:00:00.0000000Z"},
	}
	if diff := cmp.Diff(want, created.json); diff != "" {
		t.Error(diff)
	}
	reference := func(id string) map[string]any {
		return map[string]any{"id": id, "resourceLocation": "submissions/1152921504621086517"}
	}
	want = map[string]any{
		"flightId": flight, "friendlyName": "beta", "rankHigherThan": "Non-flighted submission",
		"lastPublishedFlightSubmission": reference(last), "pendingFlightSubmission": reference(id),
	}
	if diff := cmp.Diff(want, s.do(http.MethodGet, s.path(flight), nil).json); diff != "" {
		t.Error(diff)
	}

	s.do(http.MethodPost, s.path(flight, id, "commit"), nil).want(t, 202)
	seen := []string{s.status(flight, id), s.status(flight, id)}
	if diff := cmp.Diff([]string{"", "PreProcessing"}, seen); diff != "" {
		t.Error(diff)
	}
}
