package flight

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
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
	timeout, diags := plan.Timeouts.Read(ctx, readTimeout)
	resp.Diagnostics.Append(diags...)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
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

// planChange deals with a difference between the configuration and the flight,
// whichever of them has changed.
func (r *Resource) planChange(ctx context.Context, plan, state *model, resp *resource.ModifyPlanResponse) {
	differs, err := r.differences(ctx, plan, state)
	if err != nil {
		r.Data.Refusals(&resp.Diagnostics, true).Refuse("checking the plan against the Store", err)
		return
	}
	if len(differs) == 0 {
		return
	}
	if plan.ReplacementPolicy.ValueString() != replacementReplace {
		if known := slices.DeleteFunc(differs, func(d difference) bool { return d.wanted.IsUnknown() }); len(known) > 0 {
			r.Data.Refusals(&resp.Diagnostics, true).Refuse("planning", state.refuse(known))
		}
		return
	}
	for _, d := range differs {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root(d.attribute))
	}
	diagnostic.AddWarnings(&resp.Diagnostics, state.replaced(differs))
}

// difference is an argument that the flight has otherwise.
type difference struct {
	attribute   string
	wanted, has attr.Value
}

// differences lists the arguments that the flight has otherwise.
func (r *Resource) differences(ctx context.Context, plan, flight *model) ([]difference, error) {
	all := []difference{
		{"application_id", plan.ApplicationID, flight.ApplicationID},
		{"friendly_name", plan.FriendlyName, flight.FriendlyName},
		{"group_ids", plan.GroupIDs, flight.GroupIDs},
	}
	differs := slices.DeleteFunc(all, func(d difference) bool { return d.wanted.Equal(d.has) })
	// A rank is one among the flights of an application.
	if plan.RankHigherThan.Equal(flight.RankHigherThan) || !plan.ApplicationID.Equal(flight.ApplicationID) {
		return differs, nil
	}
	same, err := r.sameRank(ctx, plan, flight)
	if err == nil && !same {
		differs = append(differs, difference{"rank_higher_than", plan.RankHigherThan, flight.RankHigherThan})
	}
	return differs, err
}

// refuse is the problem of a flight that differs from the configuration.
func (m *model) refuse(differs []difference) *workflow.Problem {
	var b strings.Builder
	fmt.Fprintf(&b, "Flight %s (%s) differs from the configuration, and the API cannot change a flight:\n", m.FriendlyName, m.ref())
	for _, d := range differs {
		fmt.Fprintf(&b, "\n  %s: the configuration has %s, the flight has %s", d.attribute, describe(d.wanted), describe(d.has))
	}
	b.WriteString("\n\nMake the change in Partner Center, or write what the flight has into the configuration. " +
		"To make another flight without packages and delete this one, set replacement_policy = \"replace\".")
	if id := cmp.Or(m.LastPublishedSubmissionID.ValueString(), m.PendingSubmissionID.ValueString()); id != "" {
		b.WriteString("\n\n" + m.ref().Submission(id).PartnerCenterURL())
	}
	return &workflow.Problem{Attribute: []any{differs[0].attribute}, Summary: "Flight differs from the configuration", Detail: b.String()}
}

func describe(v attr.Value) string {
	if v.IsNull() {
		return "none"
	}
	return v.String()
}

// sameRank tells whether the planned rank, which the state writes otherwise, is
// the one that the flight has. The Store may write it as a name, as an ID or as
// "Non-flighted submission", whatever the flight was made with [store-api 3.2];
// after an import nothing else is known of it.
func (r *Resource) sameRank(ctx context.Context, plan, state *model) (bool, error) {
	wanted := plan.RankHigherThan.ValueString()
	switch {
	case wanted == "": // Left out, or not known yet.
		return false, nil
	case r.Data == nil && plan.ReplacementPolicy.ValueString() == replacementReplace:
		return false, unknownRank(state)
	case r.Data == nil: // The apply compares, and refuses the plan if it has to.
		return true, nil
	}
	flight, err := r.Data.Client.Flight(ctx, state.ref())
	if err != nil {
		return false, err
	}
	if strings.EqualFold(wanted, flight.RankHigherThan) {
		return true, nil
	}
	flights, err := r.Data.Client.Flights(ctx, flight.ApplicationID)
	if err != nil {
		return false, err
	}
	// A flight that was put in between has changed the Store's rank, not the state's.
	return slices.ContainsFunc(flights, func(below storeapi.Flight) bool {
		return names(below, wanted) && (names(below, flight.RankHigherThan) || names(below, state.RankHigherThan.ValueString()))
	}), nil
}

// unknownRank is the problem of a replacement that would be a guess: the Store
// writes ranks in another form, and nobody can ask it without credentials.
func unknownRank(flight *model) *workflow.Problem {
	return &workflow.Problem{
		Attribute: []any{"rank_higher_than"}, Summary: "Rank cannot be compared yet",
		Detail: fmt.Sprintf("rank_higher_than of flight %s has changed, and the provider's credentials are not known before the apply. Whether the flight "+
			"has to be replaced is known once the Store can be asked. Apply what the credentials depend on first, for example with -target.", flight.FriendlyName),
	}
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
		diags.AddAttributeWarning(path.Root("friendly_name"), "Flight of this name already exists",
			fmt.Sprintf("Application %s already has a flight with the friendly_name %q, %s, and the apply creates another one. "+
				"If an interrupted run left it, import it with the ID %s/%s.",
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

// replaced warns of a replacement.
func (m *model) replaced(differs []difference) *workflow.Problem {
	var attributes []string
	for _, d := range differs {
		attributes = append(attributes, d.attribute)
	}
	text := fmt.Sprintf("replacement_policy = \"replace\": the difference in %s replaces flight %s (%s) by another one with another ID. ",
		strings.Join(attributes, ", "), m.FriendlyName, m.ref())
	if !m.LastPublishedSubmissionID.IsNull() {
		text += m.loss()
	}
	return &workflow.Problem{Attribute: []any{attributes[0]}, Summary: "Flight will be replaced", Detail: text}
}

// loss says what testers lose with a flight that has published something.
func (m *model) loss() string {
	return fmt.Sprintf("Its testers lose the packages of submission %s: with their next update they get those of the flights below it, or the ones that everybody gets. "+
		"The flight's submissions, their certification reports and a live rollout go with it.", m.LastPublishedSubmissionID.ValueString())
}
