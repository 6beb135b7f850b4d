package flightsubmission

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/logging"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storevalue"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// ModifyPlan implements resource.ResourceWithModifyPlan. It reads the packages,
// decides what the apply will do in the Store, shows it by what becomes unknown,
// and says now what would fail then.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan, config model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	var state *model
	if !req.State.Raw.IsNull() {
		state = new(model)
		resp.Diagnostics.Append(req.State.Get(ctx, state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	p := &planning{plan: &plan, config: &config, state: state, out: &resp.Plan, diags: &resp.Diagnostics}
	p.readPackages(ctx)
	if resp.Diagnostics.HasError() {
		return
	}
	change := workflow.NewSubmission
	if state != nil {
		p.current = state.current(ctx, readRecord(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
		change = p.decide(ctx)
	}
	p.show(ctx, change)
	if change != workflow.NoChange && r.Data != nil && !resp.Diagnostics.HasError() {
		r.preflight(ctx, p, change)
	}
}

// planning is one pass of ModifyPlan.
type planning struct {
	plan, config *model
	// state and current are nil for a create.
	state   *model
	current *workflow.Current
	out     *tfsdk.Plan
	diags   *diag.Diagnostics
	// packages are the planned packages as far as they are known; partial tells
	// that some are not: those have no name. Packages is nil if they are omitted.
	packages []workflow.Package
	partial  bool
}

// readPackages fills in what the package files tell: name, digest, version.
func (p *planning) readPackages(ctx context.Context) {
	if p.config.Packages.IsUnknown() {
		p.packages, p.partial = []workflow.Package{{}}, true
		return
	}
	configured := p.config.packages(ctx, p.diags)
	if configured == nil || p.diags.HasError() {
		return
	}
	known := p.known(ctx)
	later := make([]bool, len(configured))
	p.packages = make([]workflow.Package, len(configured))
	for i, c := range configured {
		later[i] = c.later()
		p.partial = p.partial || later[i] || c.MinimumDirectXVersion.IsUnknown() || c.MinimumSystemRAM.IsUnknown()
		p.packages[i] = c.planned(ctx, known, p.diags)
	}
	problems := workflow.Inspect(ctx, logging.New(), p.packages, func(i int, pkg workflow.Package) bool {
		// A given digest stands for the file, which need not be there yet. What is
		// remote is read for its manifest, unless it is what the state knows.
		return !later[i] && pkg.Version == "" && (pkg.SHA256 == "" || artifact.IsURL(pkg.Source))
	})
	// Where the state has no digest to compare with, as after an import, the version
	// tells, if the file is there.
	workflow.Inspect(ctx, logging.New(), p.packages, func(i int, pkg workflow.Package) bool {
		before := known[pkg.FileName]
		return !later[i] && pkg.Version == "" && pkg.SHA256 != "" && !artifact.IsURL(pkg.Source) && before.Version != "" && before.SHA256 == ""
	})
	errs, warnings := workflow.CheckSet(p.packages)
	for _, problem := range append(problems, errs...) {
		diagnostic.AddError(p.diags, "reading packages", problem)
	}
	diagnostic.AddWarnings(p.diags, warnings...)
	for i, c := range configured {
		p.showPackage(ctx, i, c, later[i])
		if later[i] {
			// Half of it would be taken for a package that the flight has.
			p.packages[i] = workflow.Package{}
		}
	}
}

// later tells whether the package can be read only by the apply.
func (m packageModel) later() bool {
	return m.Source.IsUnknown() || m.FileName.IsUnknown() || m.SHA256.IsUnknown() || m.SourceHeaders.IsUnknown() ||
		slices.ContainsFunc(slices.Collect(maps.Values(m.SourceHeaders.Elements())), attr.Value.IsUnknown)
}

// known are the packages of the state by file name: what the Store reports, and
// the configured ones, of which more is known.
func (p *planning) known(ctx context.Context) map[string]workflow.Package {
	known := map[string]workflow.Package{}
	if p.state == nil {
		return known
	}
	reported := p.state.reported(ctx, p.diags)
	for _, r := range reported {
		if newest := workflow.Newest(reported, r.FileName); newest.ID != "" {
			known[r.FileName] = workflow.Package{FileName: r.FileName, Version: newest.Version}
		}
	}
	for _, m := range p.state.packages(ctx, p.diags) {
		if name := m.FileName.ValueString(); known[name].Version == "" || !m.SHA256.IsNull() {
			known[name] = m.toPackage()
		}
	}
	return known
}

// planned is what a configured package is before its file is read.
func (m packageModel) planned(ctx context.Context, known map[string]workflow.Package, diags *diag.Diagnostics) workflow.Package {
	p := m.toPackage()
	p.SourceHeader = headers(ctx, m.SourceHeaders, diags)
	p.MinimumDirectXVersion = cmp.Or(p.MinimumDirectXVersion, "None")
	p.MinimumSystemRAM = cmp.Or(p.MinimumSystemRAM, "None")
	if p.Source != "" && m.FileName.IsNull() {
		p.FileName = workflow.BaseName(p.Source)
	}
	before, ok := known[p.FileName]
	switch {
	case !ok:
	case m.Source.IsNull():
		p.SHA256, p.Version = before.SHA256, before.Version
	case p.SHA256 != "" && p.SHA256 == before.SHA256:
		p.Version = before.Version
	}
	return p
}

// showPackage sets the computed attributes of one package.
func (p *planning) showPackage(ctx context.Context, i int, configured packageModel, later bool) {
	at := path.Root("packages").AtListIndex(i)
	if configured.Version.IsUnknown() {
		// A package that is unknown as a whole. Terraform takes the write-only
		// member of an unknown object for one that was given a value.
		configured.SourceHeaders = types.MapNull(types.StringType)
		p.diags.Append(p.out.SetAttribute(ctx, at, configured)...)
		return
	}
	pkg := p.packages[i]
	fileName, digest, version := types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	if !later {
		fileName = types.StringValue(pkg.FileName)
		digest = storevalue.Text(pkg.SHA256)
		if pkg.Version != "" {
			version = types.StringValue(pkg.Version)
		}
	}
	if configured.FileName.IsNull() {
		p.diags.Append(p.out.SetAttribute(ctx, at.AtName("file_name"), fileName)...)
	}
	if configured.SHA256.IsNull() {
		p.diags.Append(p.out.SetAttribute(ctx, at.AtName("sha256"), digest)...)
	}
	p.diags.Append(p.out.SetAttribute(ctx, at.AtName("version"), version)...)
}

// desired is the plan as far as it is known.
func (p *planning) desired(ctx context.Context) workflow.Desired {
	known := *p.plan
	known.Packages = types.ListNull(packageType())
	d := known.toDesired(ctx, p.config, p.diags)
	d.Packages = p.packages
	return d
}

// settled tells whether everything is known that the decision depends on.
func (p *planning) settled() bool {
	m := p.plan
	for _, v := range []attr.Value{
		m.ApplicationID, m.FlightID, m.KeepPreviousPackages, m.PackageRollout, m.MandatoryUpdate, m.TargetPublishMode, m.TargetPublishDate,
		m.Notes, m.NotesWriteOnlyVersion, m.Commit, m.WaitFor, m.PendingSubmissionPolicy, m.ActiveRolloutPolicy,
	} {
		if v.IsUnknown() {
			return false
		}
	}
	return whollyKnown(m.PackageRollout) && whollyKnown(m.MandatoryUpdate)
}

func whollyKnown(object types.Object) bool {
	for _, v := range object.Attributes() {
		if v.IsUnknown() {
			return false
		}
	}
	return true
}

// decided tells whether everything is known that the apply's dealings with the
// flight's slot depend on. A new resource claims it in any case.
func (p *planning) decided() bool {
	if p.state != nil {
		return p.settled() && !p.partial
	}
	return !p.plan.PendingSubmissionPolicy.IsUnknown() && !p.plan.ActiveRolloutPolicy.IsUnknown()
}

// decide takes what is not known yet for a change: the apply looks again.
func (p *planning) decide(ctx context.Context) workflow.Change {
	from, to := p.state.flight(), p.plan.flight()
	switch {
	case from.ApplicationID != to.ApplicationID, !strings.EqualFold(from.FlightID, to.FlightID):
		p.current = nil
		return workflow.NewSubmission
	case p.settled() && !p.partial:
		return p.current.Change(p.desired(ctx), time.Now())
	default:
		return p.current.LargestChange(time.Now())
	}
}

// show marks what the apply will find out. An unknown submission ID stands for a
// new submission, an unknown status for going on with the known one; the apply
// takes its orders from there.
func (p *planning) show(ctx context.Context, change workflow.Change) {
	shown := model{
		SubmissionID: types.StringUnknown(), Status: types.StringUnknown(),
		StatusDetails: types.ObjectUnknown(statusDetailsType().AttrTypes), FlightPackages: types.ListUnknown(flightPackageType()),
	}
	if change == workflow.ContinueSubmission || change == workflow.NoChange {
		shown.SubmissionID = p.state.SubmissionID
	}
	if change == workflow.NoChange {
		shown = *p.state
	}
	p.diags.Append(p.out.SetAttribute(ctx, path.Root("submission_id"), shown.SubmissionID)...)
	p.diags.Append(p.out.SetAttribute(ctx, path.Root("status"), shown.Status)...)
	p.diags.Append(p.out.SetAttribute(ctx, path.Root("status_details"), shown.StatusDetails)...)
	p.diags.Append(p.out.SetAttribute(ctx, path.Root("flight_packages"), shown.FlightPackages)...)
}

// change reads back from a plan what show has put there.
func (m *model) change() workflow.Change {
	switch {
	case m.SubmissionID.IsUnknown():
		return workflow.NewSubmission
	case m.Status.IsUnknown():
		return workflow.ContinueSubmission
	}
	return workflow.NoChange
}

// preflight checks the plan against the Store, as far as it is known.
func (r *Resource) preflight(ctx context.Context, p *planning, change workflow.Change) {
	if !p.decided() {
		change = workflow.Undecided
	}
	found, err := r.Data.Workflow.Preflight(ctx, p.desired(ctx), p.current, change, r.Data.Owned.Has)
	if err != nil {
		diagnostic.AddError(p.diags, "checking the plan against the Store", err)
		return
	}
	for _, problem := range found.Problems {
		diagnostic.AddError(p.diags, "checking the plan against the Store", problem)
	}
	if len(found.Problems) == 0 {
		diagnostic.AddWarnings(p.diags, found.Notices...)
	}
}
