package workflow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 1, 2, 3, 4, 5, 600, time.UTC)
	asked := func() *storeapi.Submission {
		s := &storeapi.Submission{
			FlightPackages:    []storeapi.FlightPackage{entry("1", "old.msix", storeapi.FileStatusPendingDelete), entry("", "new.msix", storeapi.FileStatusPendingUpload)},
			TargetPublishMode: "SpecificDate", TargetPublishDate: at, NotesForCertification: "one\ntwo",
		}
		s.PackageDeliveryOptions.IsMandatoryUpdate, s.PackageDeliveryOptions.MandatoryUpdateEffectiveDate = true, at
		s.PackageDeliveryOptions.PackageRollout = storeapi.PackageRollout{IsPackageRollout: true, Percentage: 10}
		return s
	}
	if problem := workflow.Verify(asked(), asked()); problem != nil {
		t.Errorf("an echo is refused: %v", problem)
	}
	rewritten := asked()
	rewritten.NotesForCertification = "one\r\ntwo"
	rewritten.TargetPublishDate = at.Truncate(time.Second)
	rewritten.FlightPackages[1].MinimumSystemRAM = "None"
	rewritten.FlightPackages[1].ID = "2"
	if problem := workflow.Verify(asked(), rewritten); problem != nil {
		t.Errorf("another way of writing the same is refused: %v", problem)
	}
	for name, tt := range map[string]struct {
		change func(*storeapi.Submission)
		says   string
	}{
		"the new package is missing":  {func(s *storeapi.Submission) { s.FlightPackages = s.FlightPackages[:1] }, `"new.msix" is not PendingUpload`},
		"the old package stays":       {func(s *storeapi.Submission) { s.FlightPackages[0].FileStatus = "Uploaded" }, `"old.msix" is not PendingDelete`},
		"the percentage is ignored":   {func(s *storeapi.Submission) { s.PackageDeliveryOptions.PackageRollout.Percentage = 100 }, "the rollout is 100 % instead of 10 %"},
		"the rollout is ignored":      {func(s *storeapi.Submission) { s.PackageDeliveryOptions.PackageRollout.IsPackageRollout = false }, "off instead of 10 %"},
		"the mode is ignored":         {func(s *storeapi.Submission) { s.TargetPublishMode = "Manual" }, `"Manual" instead of "SpecificDate"`},
		"the date is ignored":         {func(s *storeapi.Submission) { s.TargetPublishDate = time.Time{} }, "publish date is not set instead of 2027-01-02T03:04:05Z"},
		"the notes are ignored":       {func(s *storeapi.Submission) { s.NotesForCertification = "one" }, "notes for certification differ"},
		"the update is not mandatory": {func(s *storeapi.Submission) { s.PackageDeliveryOptions.IsMandatoryUpdate = false }, "mandatory update is off instead of effective 2027-01-02T03:04:05Z"},
		"it is mandatory too early": {func(s *storeapi.Submission) {
			s.PackageDeliveryOptions.MandatoryUpdateEffectiveDate = at.Add(-time.Hour)
		}, "effective 2027-01-02T02:04:05Z instead of"},
		"a package comes out of the blue": {func(s *storeapi.Submission) {
			s.FlightPackages = append(s.FlightPackages, entry("7", "odd.msix", "Uploaded"))
		}, `"odd.msix" (Uploaded) was not in the request`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := asked()
			tt.change(reply)
			if problem := workflow.Verify(asked(), reply); problem == nil || !strings.Contains(problem.Detail, tt.says) {
				t.Errorf("got %v, want it to say %q", problem, tt.says)
			}
		})
	}
}
