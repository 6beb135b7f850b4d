package flight

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
)

// model is the resource as Terraform has it.
type model struct {
	ApplicationID     types.String   `tfsdk:"application_id"`
	FriendlyName      types.String   `tfsdk:"friendly_name"`
	GroupIDs          types.Set      `tfsdk:"group_ids"`
	RankHigherThan    types.String   `tfsdk:"rank_higher_than"`
	ReplacementPolicy types.String   `tfsdk:"replacement_policy"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`

	FlightID                  types.String `tfsdk:"flight_id"`
	PendingSubmissionID       types.String `tfsdk:"pending_submission_id"`
	LastPublishedSubmissionID types.String `tfsdk:"last_published_submission_id"`
}

// Identity implements providerdata.Identified.
func (m *model) Identity() any {
	return storeid.FlightIdentity{ApplicationID: m.ApplicationID, FlightID: m.FlightID}
}

func (m *model) ref() storeapi.FlightRef {
	return storeapi.FlightRef{ApplicationID: m.ApplicationID.ValueString(), FlightID: m.FlightID.ValueString()}
}

func (m *model) toAPI(ctx context.Context, diags *diag.Diagnostics) storeapi.NewFlight {
	f := storeapi.NewFlight{FriendlyName: m.FriendlyName.ValueString(), RankHigherThan: m.RankHigherThan.ValueString()}
	diags.Append(m.GroupIDs.ElementsAs(ctx, &f.GroupIDs, false)...)
	return f
}

// idsFromAPI takes over what the Store alone decides.
func (m *model) idsFromAPI(f *storeapi.Flight) {
	m.FlightID = types.StringValue(f.ID)
	m.PendingSubmissionID = tfvalue.Text(f.PendingSubmissionID)
	m.LastPublishedSubmissionID = tfvalue.Text(f.LastPublishedSubmissionID)
}

// fromAPI takes over the flight as the Store has it, but for its rank: that is
// echoed in another form than it was given in [store-api 3.2].
func (m *model) fromAPI(ctx context.Context, f *storeapi.Flight, diags *diag.Diagnostics) {
	m.idsFromAPI(f)
	m.FriendlyName = types.StringValue(f.FriendlyName)
	if len(f.GroupIDs) > 0 || !m.GroupIDs.IsNull() {
		m.GroupIDs = groupIDs(ctx, f.GroupIDs, diags)
	}
}

func groupIDs(ctx context.Context, ids []string, diags *diag.Diagnostics) types.Set {
	if ids == nil {
		ids = []string{}
	}
	set, more := types.SetValueFrom(ctx, types.StringType, ids)
	diags.Append(more...)
	return set
}
