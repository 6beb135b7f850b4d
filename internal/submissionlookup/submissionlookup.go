// Package submissionlookup is what resources, data sources and actions about a
// submission are asked by, and how data sources, actions and imports find it.
package submissionlookup

import (
	"context"

	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

// Attempt is what data sources that Find a submission attempt, for their errors.
const Attempt = "reading flight submission"

// Key names a submission; without a submission ID, one of the flight. Models of data
// sources and actions embed it.
type Key struct {
	ApplicationID types.String `tfsdk:"application_id"`
	FlightID      types.String `tfsdk:"flight_id"`
	SubmissionID  types.String `tfsdk:"submission_id"`
}

// Flight is the flight that the submission belongs to.
func (k *Key) Flight() storeapi.FlightRef {
	return storeapi.FlightRef{ApplicationID: k.ApplicationID.ValueString(), FlightID: k.FlightID.ValueString()}
}

// ActionArguments describes a Key of an action. omitted says which submission it is about without an ID.
func ActionArguments(omitted string) map[string]actionschema.Attribute {
	return map[string]actionschema.Attribute{
		"application_id": actionschema.StringAttribute{
			MarkdownDescription: descriptions.ApplicationID, Required: true, Validators: []validator.String{storeid.Application()},
		},
		"flight_id": actionschema.StringAttribute{
			MarkdownDescription: descriptions.FlightID, Required: true, Validators: []validator.String{storeid.Flight()},
		},
		"submission_id": actionschema.StringAttribute{
			MarkdownDescription: descriptions.SubmissionID + " " + omitted,
			Optional:            true, Validators: []validator.String{storeid.Submission()},
		},
	}
}

// Arguments describes a Key of a data source.
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

// ResourceArguments describes the flight of a resource, which another one replaces.
func ResourceArguments() (applicationID, flightID resourceschema.StringAttribute) {
	applicationID = resourceschema.StringAttribute{
		MarkdownDescription: descriptions.ApplicationID + " " + descriptions.Replaces,
		Required:            true,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
		Validators:          []validator.String{storeid.Application()},
	}
	flightID = resourceschema.StringAttribute{
		MarkdownDescription: descriptions.FlightID + " " + descriptions.Replaces,
		Required:            true,
		PlanModifiers:       []planmodifier.String{storeid.ReplacesFlight()},
		Validators:          []validator.String{storeid.Flight()},
	}
	return applicationID, flightID
}

// Find reads the submission that key names and completes key by its ID. All that
// ask for it, resources included, share one request.
func Find(ctx context.Context, data *providerdata.Data, key *Key) (*storeapi.Submission, error) {
	submission, err := data.Workflow.Find(ctx, key.Flight(), key.SubmissionID.ValueString())
	if err != nil {
		return nil, err
	}
	key.SubmissionID = types.StringValue(submission.Ref.SubmissionID)
	return submission, nil
}

// Import reads the submission that an import names. It returns nil if diags say why there is none.
func Import(ctx context.Context, data *providerdata.Data, req resource.ImportStateRequest, diags *diag.Diagnostics) *storeapi.Submission {
	flight, submissionID := storeid.ImportedSubmission(ctx, req, diags)
	ctx, cancel, ok := data.BeginRead(ctx, diags)
	defer cancel()
	if !ok {
		return nil
	}
	submission, err := data.Workflow.Find(ctx, flight, submissionID)
	if err != nil {
		diagnostic.AddReadError(diags, "importing flight submission", err)
	}
	return submission
}
