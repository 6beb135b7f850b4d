// Package storeid knows what the Store's identifiers look like and how they are
// written in import IDs.
package storeid

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/argument"
)

// The forms of the identifiers [store-api 2].
var (
	application = regexp.MustCompile(`^[0-9A-Z]{12}$`)
	flight      = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	submission  = regexp.MustCompile(`^[0-9]{1,20}$`)
	sha256      = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Application accepts a Store ID. The package identity name is the usual
// mistake; the Store answers it with an error 500 that looks transient
// [store-api 2.2].
func Application() validator.String {
	return argument.Matches(application, "must be the Store ID, 12 upper-case letters and digits such as 9NBLGGH4R315",
		"Partner Center shows it under Product identity. It is not the package identity name.")
}

// Flight accepts a flight's GUID.
func Flight() validator.String {
	return argument.Matches(flight, "must be the flight's GUID, such as 43e448df-97c9-4a43-a0bc-2a445e736bcd",
		"The data source msstore_flight finds a flight by its name.")
}

// ReplacesFlight replaces a resource that gets another flight. The letters of a
// GUID may change their case, as when the ID from Partner Center gives way to
// that of an msstore_flight.
func ReplacesFlight() planmodifier.String {
	const text = "Another flight replaces the resource."
	return stringplanmodifier.RequiresReplaceIf(func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
		resp.RequiresReplace = !strings.EqualFold(req.StateValue.ValueString(), req.PlanValue.ValueString())
	}, text, text)
}

// Submission accepts a submission id.
func Submission() validator.String {
	return argument.Matches(submission, "must be a submission ID, a string of digits such as 1152921504621086517",
		"The submission_id of an msstore_flight_submission is one.")
}

// SHA256 accepts a digest.
func SHA256() validator.String {
	return argument.Matches(sha256, "must be 64 lower-case hexadecimal digits", "The function filesha256 computes it.")
}

// ParseImport takes apart an import ID of the form APPLICATION/FLIGHT/SUBMISSION
// or APPLICATION/FLIGHT; the submission is empty in the latter.
func ParseImport(id string) (applicationID, flightID, submissionID string, err error) {
	parts := strings.Split(id, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return "", "", "", fmt.Errorf("import ID %q must have the form APPLICATION/FLIGHT or APPLICATION/FLIGHT/SUBMISSION", id)
	}
	if !application.MatchString(parts[0]) {
		return "", "", "", fmt.Errorf("import ID %q: %q is not a Store ID of 12 upper-case letters and digits", id, parts[0])
	}
	if !flight.MatchString(parts[1]) {
		return "", "", "", fmt.Errorf("import ID %q: %q is not a flight's GUID", id, parts[1])
	}
	if len(parts) == 3 {
		if !submission.MatchString(parts[2]) {
			return "", "", "", fmt.Errorf("import ID %q: %q is not a submission ID, a string of digits", id, parts[2])
		}
		submissionID = parts[2]
	}
	return parts[0], parts[1], submissionID, nil
}
