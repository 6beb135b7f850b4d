package workflow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// verify compares the Store's reply to an update with the request: the Store has
// been seen to ignore members [store-api 2.2, 8].
func verify(asked, reply *storeapi.Submission) *Problem {
	differs := difference(asked, reply)
	wrong := wrongPackages(asked, reply)
	if differs.PackageRollout {
		wrong = append(wrong, fmt.Sprintf("the rollout is %s instead of %s",
			describeRollout(reply.PackageDeliveryOptions.PackageRollout), describeRollout(asked.PackageDeliveryOptions.PackageRollout)))
	}
	if differs.MandatoryUpdate {
		wrong = append(wrong, fmt.Sprintf("the mandatory update is %s instead of %s",
			describeMandatory(reply.PackageDeliveryOptions), describeMandatory(asked.PackageDeliveryOptions)))
	}
	if differs.PublishMode {
		wrong = append(wrong, fmt.Sprintf("the publish mode is %q instead of %q", reply.TargetPublishMode, asked.TargetPublishMode))
	}
	if differs.PublishDate {
		wrong = append(wrong, fmt.Sprintf("the publish date is %s instead of %s", describeDate(reply.TargetPublishDate), describeDate(asked.TargetPublishDate)))
	}
	if differs.Notes { // Their text may be secret.
		wrong = append(wrong, "the notes for certification differ")
	}
	if len(wrong) == 0 {
		return nil
	}
	return &Problem{
		Summary: "Store did not apply the update",
		Detail: fmt.Sprintf("The Store accepted the update of %s, but its reply differs: %s. Nothing was committed. "+
			"Apply again. If it happens again, look at the draft in Partner Center: %s", asked.Ref, strings.Join(wrong, "; "), asked.Ref.PartnerCenterURL()),
	}
}

// wrongPackages does not compare the minimums, which count for Windows 8.x only,
// nor the id that a new package might have at once.
func wrongPackages(asked, reply *storeapi.Submission) []string {
	var wrong []string
	same := func(a, r storeapi.FlightPackage) bool {
		return a.FileName == r.FileName && (a.ID == "" || a.ID == r.ID)
	}
	for _, a := range asked.FlightPackages {
		if !slices.ContainsFunc(reply.FlightPackages, func(r storeapi.FlightPackage) bool { return same(a, r) && a.FileStatus == r.FileStatus }) {
			wrong = append(wrong, fmt.Sprintf("package %q is not %s", a.FileName, a.FileStatus))
		}
	}
	for _, r := range reply.FlightPackages {
		if !slices.ContainsFunc(asked.FlightPackages, func(a storeapi.FlightPackage) bool { return same(a, r) }) {
			wrong = append(wrong, fmt.Sprintf("package %q (%s) was not in the request", r.FileName, r.FileStatus))
		}
	}
	return wrong
}

func describeDate(t time.Time) string {
	if t.IsZero() {
		return "not set"
	}
	return t.UTC().Format(time.RFC3339)
}

func describeMandatory(o storeapi.PackageDeliveryOptions) string {
	if !o.IsMandatoryUpdate {
		return "off"
	}
	return "effective " + describeDate(o.MandatoryUpdateEffectiveDate)
}

func describeRollout(r storeapi.PackageRollout) string {
	if !r.IsPackageRollout {
		return "off"
	}
	return formatPercentage(r.Percentage) + " %"
}

func formatPercentage(p float64) string { return strconv.FormatFloat(p, 'f', -1, 64) }

// sentenceStart names a submission at the start of a sentence.
func sentenceStart(ref storeapi.SubmissionRef) string {
	return fmt.Sprintf("Submission %s of %s", ref.SubmissionID, ref.FlightRef)
}
