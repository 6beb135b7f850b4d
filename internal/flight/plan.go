package flight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// ModifyPlan implements resource.ResourceWithModifyPlan. It tells a change of the
// rank from another way to write it, and says what a replacement costs.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() {
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.Plan.Raw.IsNull() {
		state.warnDestroy(&resp.Diagnostics)
		return
	}
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	changed := plan.changed(&state)
	if !plan.RankHigherThan.Equal(state.RankHigherThan) && !r.sameRank(ctx, &plan, &resp.Diagnostics) {
		changed = append(changed, "rank_higher_than")
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("rank_higher_than"))
	}
	if len(changed) > 0 {
		state.warnReplace(changed, &resp.Diagnostics)
	}
}

// changed lists the arguments whose change replaces the flight, but for the rank.
func (m *model) changed(before *model) []string {
	var names []string
	if !m.ApplicationID.Equal(before.ApplicationID) {
		names = append(names, "application_id")
	}
	if !m.FriendlyName.Equal(before.FriendlyName) {
		names = append(names, "friendly_name")
	}
	if !m.GroupIDs.Equal(before.GroupIDs) {
		names = append(names, "group_ids")
	}
	return names
}

// sameRank tells whether the planned rank is the one that the flight has. The
// Store may write it as a name, as an ID or as "Non-flighted submission",
// whatever the flight was made with [store-api 3.2]; after an import nothing
// else is known of it.
func (r *Resource) sameRank(ctx context.Context, plan *model, diags *diag.Diagnostics) bool {
	wanted := plan.RankHigherThan
	if wanted.IsNull() || wanted.IsUnknown() || plan.ApplicationID.IsUnknown() || r.Data == nil {
		return false
	}
	flight, err := r.Data.Client.Flight(ctx, plan.ref())
	if err != nil {
		diagnostic.AddError(diags, "checking the plan against the Store", err)
		return false
	}
	if strings.EqualFold(wanted.ValueString(), flight.RankHigherThan) {
		return true
	}
	flights, err := r.Data.Client.Flights(ctx, flight.ApplicationID)
	if err != nil {
		diagnostic.AddError(diags, "checking the plan against the Store", err)
		return false
	}
	return slices.ContainsFunc(flights, func(below storeapi.Flight) bool {
		return names(below, wanted.ValueString()) && names(below, flight.RankHigherThan)
	})
}

func names(f storeapi.Flight, text string) bool {
	return f.FriendlyName == text || strings.EqualFold(f.ID, text)
}

func (m *model) warnDestroy(diags *diag.Diagnostics) {
	if m.LastPublishedSubmissionID.IsNull() {
		return
	}
	diags.AddWarning("Flight with published packages will be deleted",
		fmt.Sprintf("Deleting flight %q (%s). %s", m.FriendlyName.ValueString(), m.ref(), m.loss()))
}

func (m *model) warnReplace(changed []string, diags *diag.Diagnostics) {
	at := path.Root(changed[0])
	text := fmt.Sprintf("The Store has no method to change a flight, so the change of %s replaces flight %q (%s) by another one with another ID. "+
		"To keep it, make the change in Partner Center first. ", strings.Join(changed, ", "), m.FriendlyName.ValueString(), m.ref())
	if !m.LastPublishedSubmissionID.IsNull() {
		text += m.loss()
	}
	diags.AddAttributeWarning(at, "Flight will be replaced", text)
}

// loss says what testers lose with a flight that has published something.
func (m *model) loss() string {
	return fmt.Sprintf("Its testers lose the packages of submission %s: with their next update they get those of the flights below it, or the ones that everybody gets. "+
		"The flight's submissions, their certification reports and a live rollout go with it.", m.LastPublishedSubmissionID.ValueString())
}
