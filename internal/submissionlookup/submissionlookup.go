// Package submissionlookup is what the data sources about a submission are asked
// by, and how they find it.
package submissionlookup

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

// Attempt is what data sources that Find a submission attempt, for their errors.
const Attempt = "reading flight submission"

// Key names a submission, or without a submission ID the flight's pending one
// and else its last published one. Models of data sources embed it.
type Key struct {
	ApplicationID types.String `tfsdk:"application_id"`
	FlightID      types.String `tfsdk:"flight_id"`
	SubmissionID  types.String `tfsdk:"submission_id"`
}

// Arguments describes a Key.
func Arguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"application_id": schema.StringAttribute{
			MarkdownDescription: descriptions.ApplicationID, Required: true, Validators: []validator.String{storeid.Application()},
		},
		"flight_id": schema.StringAttribute{
			MarkdownDescription: descriptions.FlightID, Required: true, Validators: []validator.String{storeid.Flight()},
		},
		"submission_id": schema.StringAttribute{
			MarkdownDescription: descriptions.SubmissionID + " " + descriptions.DefaultSubmission,
			Optional:            true, Computed: true, Validators: []validator.String{storeid.Submission()},
		},
	}
}

// Find reads the submission that key names and completes key by its ID. All that
// ask for it, resources included, share one request.
func Find(ctx context.Context, data *providerdata.Data, key *Key) (*storeapi.Submission, error) {
	flight := storeapi.FlightRef{ApplicationID: key.ApplicationID.ValueString(), FlightID: key.FlightID.ValueString()}
	submission, err := data.Workflow.Find(ctx, flight, key.SubmissionID.ValueString())
	if err != nil {
		return nil, err
	}
	key.SubmissionID = types.StringValue(submission.Ref.SubmissionID)
	return submission, nil
}
