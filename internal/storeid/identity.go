package storeid

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// FlightIdentity is what tells one flight from another.
type FlightIdentity struct {
	ApplicationID types.String `tfsdk:"application_id"`
	FlightID      types.String `tfsdk:"flight_id"`
}

// FlightIdentitySchema describes a FlightIdentity.
func FlightIdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"application_id": identityschema.StringAttribute{Description: descriptions.ApplicationID, RequiredForImport: true},
		"flight_id":      identityschema.StringAttribute{Description: descriptions.FlightID, RequiredForImport: true},
	}}
}

// SubmissionIdentity is what tells one submission from another. A rollout has
// the identity of its submission.
type SubmissionIdentity struct {
	ApplicationID types.String `tfsdk:"application_id"`
	FlightID      types.String `tfsdk:"flight_id"`
	SubmissionID  types.String `tfsdk:"submission_id"`
}

// SubmissionIdentitySchema describes a SubmissionIdentity.
func SubmissionIdentitySchema() identityschema.Schema {
	schema := FlightIdentitySchema()
	schema.Attributes["submission_id"] = identityschema.StringAttribute{
		Description: descriptions.SubmissionID + " " + descriptions.DefaultSubmission, OptionalForImport: true,
	}
	return schema
}

const unusable = "Unusable import ID"

// ImportedFlight reads the import ID, or the identity where the configuration
// imports by that.
func ImportedFlight(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) storeapi.FlightRef {
	id := req.ID
	if id == "" {
		var identity FlightIdentity
		diags.Append(req.Identity.Get(ctx, &identity)...)
		id = identity.importID()
	}
	flight, submissionID := parsed(id, diags)
	if submissionID != "" {
		diags.AddError(unusable, fmt.Sprintf("The import ID %q names a submission. The import ID of a flight has the form APPLICATION/FLIGHT.", id))
	}
	return flight
}

// ImportedSubmission reads the import ID, or the identity where the
// configuration imports by that. An empty submission ID stands for the pending
// submission, else the last published one.
func ImportedSubmission(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) (flight storeapi.FlightRef, submissionID string) {
	id := req.ID
	if id == "" {
		var identity SubmissionIdentity
		diags.Append(req.Identity.Get(ctx, &identity)...)
		id = FlightIdentity{identity.ApplicationID, identity.FlightID}.importID()
		if !identity.SubmissionID.IsNull() {
			id += "/" + identity.SubmissionID.ValueString()
		}
	}
	return parsed(id, diags)
}

// importID has an identity looked at by the rules of import IDs; nothing else
// looks at its form.
func (i FlightIdentity) importID() string {
	return i.ApplicationID.ValueString() + "/" + i.FlightID.ValueString()
}

func parsed(id string, diags *diag.Diagnostics) (flight storeapi.FlightRef, submissionID string) {
	if diags.HasError() {
		return flight, ""
	}
	var err error
	flight.ApplicationID, flight.FlightID, submissionID, err = ParseImport(id)
	if err != nil {
		diags.AddError(unusable, "The "+err.Error()+".")
	}
	return flight, submissionID
}
