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
// rank from another way to write it, says what a replacement costs, and finds the
// flight that an interrupted apply has made already.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan, state model
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if !req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	}
	switch {
	case resp.Diagnostics.HasError():
	case req.Plan.Raw.IsNull():
		state.warnDestroy(&resp.Diagnostics)
	case req.State.Raw.IsNull():
		r.warnTwin(ctx, &plan, &resp.Diagnostics)
	default:
		r.planChange(ctx, &plan, &state, resp)
	}
}

func (r *Resource) planChange(ctx context.Context, plan, state *model, resp *resource.ModifyPlanResponse) {
	changed := plan.changed(state)
	if !plan.RankHigherThan.Equal(state.RankHigherThan) && !r.sameRank(ctx, plan, state, &resp.Diagnostics) {
		changed = append(changed, "rank_higher_than")
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("rank_higher_than"))
	}
	if len(changed) > 0 && !resp.Diagnostics.HasError() {
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

// sameRank tells whether the planned rank, which the state writes otherwise, is
// the one that the flight has. The Store may write it as a name, as an ID or as
// "Non-flighted submission", whatever the flight was made with [store-api 3.2];
// after an import nothing else is known of it.
func (r *Resource) sameRank(ctx context.Context, plan, state *model, diags *diag.Diagnostics) bool {
	wanted := plan.RankHigherThan.ValueString()
	switch {
	case wanted == "", plan.ApplicationID.IsUnknown():
		return false
	case r.Data == nil:
		// No flight is replaced on a guess.
		return true
	}
	flight, err := r.Data.Client.Flight(ctx, plan.ref())
	if err != nil {
		diagnostic.AddError(diags, "checking the plan against the Store", err)
		return false
	}
	if strings.EqualFold(wanted, flight.RankHigherThan) {
		return true
	}
	flights, err := r.Data.Client.Flights(ctx, flight.ApplicationID)
	if err != nil {
		diagnostic.AddError(diags, "checking the plan against the Store", err)
		return false
	}
	// A flight that was put in between has changed the Store's rank, not the state's.
	return slices.ContainsFunc(flights, func(below storeapi.Flight) bool {
		return names(below, wanted) && (names(below, flight.RankHigherThan) || names(below, state.RankHigherThan.ValueString()))
	})
}

func names(f storeapi.Flight, text string) bool {
	return f.FriendlyName == text || strings.EqualFold(f.ID, text)
}

// warnTwin finds flights that look like the one that is to be made. The Store
// takes any number of the same name, and one may be what an apply has left that
// was killed before it could write its ID down.
func (r *Resource) warnTwin(ctx context.Context, plan *model, diags *diag.Diagnostics) {
	if r.Data == nil || plan.ApplicationID.IsUnknown() || plan.FriendlyName.IsUnknown() {
		return
	}
	flights, err := r.Data.Client.Flights(ctx, plan.ApplicationID.ValueString())
	if err != nil {
		diagnostic.AddError(diags, "checking the plan against the Store", err)
		return
	}
	for _, f := range flights {
		if f.FriendlyName != plan.FriendlyName.ValueString() || r.Data.Owned.Has(f.ID) {
			continue
		}
		diags.AddAttributeWarning(path.Root("friendly_name"), "Flight of this name exists already",
			fmt.Sprintf("Application %s has a flight %q already, %s, and an apply makes another one. "+
				"If it is the one that is meant, left by a run that was interrupted, import it with the ID %s/%s.",
				f.ApplicationID, f.FriendlyName, f.ID, f.ApplicationID, f.ID))
	}
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
