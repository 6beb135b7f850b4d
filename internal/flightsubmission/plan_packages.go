package flightsubmission

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// readPackages fills in what the package files tell: name, digest, version.
func (p *planning) readPackages(ctx context.Context) {
	if p.config.Packages.IsUnknown() {
		p.packages, p.partial = []workflow.Package{{}}, true
		return
	}
	configured := p.config.packages(ctx, p.diags)
	if configured == nil {
		return
	}
	p.known = p.inState(ctx)
	later := make([]bool, len(configured))
	p.packages = make([]workflow.Package, len(configured))
	for i, c := range configured {
		later[i] = c.later()
		p.partial = p.partial || later[i] || c.MinimumDirectXVersion.IsUnknown() || c.MinimumSystemRAM.IsUnknown()
		p.packages[i] = c.planned(ctx, p.known, p.diags)
	}
	problems := workflow.Inspect(ctx, p.inspector, p.packages, func(i int, pkg workflow.Package) bool {
		// A given digest stands for the file, which need not be there yet. What is
		// remote is read for its manifest, unless it is what the state knows.
		return !later[i] && pkg.Version == "" && (pkg.SHA256 == "" || artifact.IsURL(pkg.Source))
	})
	// Where the state has no digest to compare with, as after an import, the version
	// tells, if the file is there.
	workflow.Inspect(ctx, p.inspector, p.packages, func(_ int, pkg workflow.Package) bool {
		before := p.known[pkg.FileName]
		return pkg.Version == "" && !artifact.IsURL(pkg.Source) && before.Version != "" && before.SHA256 == ""
	})
	errs, warnings := workflow.CheckSet(p.packages)
	problems = append(problems, errs...)
	for _, problem := range problems {
		p.refusals.Refuse("reading packages", problem)
	}
	// What could not be read is known after the apply, which reads it again.
	p.partial = p.partial || len(problems) > 0
	diagnostic.AddWarnings(p.diags, warnings...)
	for i, c := range configured {
		p.showPackage(ctx, i, c, later[i])
	}
}

// later tells whether the package can be read only by the apply.
func (m packageModel) later() bool {
	return m.Source.IsUnknown() || m.FileName.IsUnknown() || m.SHA256.IsUnknown() || m.SourceHeaders.IsUnknown() ||
		slices.ContainsFunc(slices.Collect(maps.Values(m.SourceHeaders.Elements())), attr.Value.IsUnknown)
}

// inState are the packages of the state by file name: what the Store reports, and
// the configured ones, of which more is known.
func (p *planning) inState(ctx context.Context) map[string]workflow.Package {
	known := map[string]workflow.Package{}
	if p.state == nil {
		return known
	}
	reported := p.state.flightPackagesToAPI(ctx, p.diags)
	for _, r := range reported {
		if newest := workflow.Newest(reported, r.FileName); newest.ID != "" {
			known[r.FileName] = workflow.Package{FileName: r.FileName, Version: newest.Version}
		}
	}
	for _, m := range p.state.packages(ctx, p.diags) {
		if name := m.FileName.ValueString(); known[name].Version == "" || !m.SHA256.IsNull() {
			known[name] = m.toPackage(0)
		}
	}
	return known
}

// planned is what a configured package is before its file is read.
func (m packageModel) planned(ctx context.Context, known map[string]workflow.Package, diags *diag.Diagnostics) workflow.Package {
	p := m.toPackage(0)
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
		// A package that is unknown as a whole. A CLI that knows write-only arguments
		// takes an unknown one for one that was given a value; to an older one it is an
		// argument like any other, and null is not what the configuration says.
		if p.writeOnly {
			configured.SourceHeaders = types.MapNull(types.StringType)
		}
		p.diags.Append(p.out.SetAttribute(ctx, at, configured)...)
		return
	}
	pkg := p.packages[i]
	fileName, digest, version := types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	if !later {
		fileName = types.StringValue(pkg.FileName)
		digest = tfvalue.Text(pkg.SHA256)
		// A package that the Store has yet to read has no version before the next refresh.
		if _, known := p.known[pkg.FileName]; pkg.Version != "" || configured.Source.IsNull() && known {
			version = tfvalue.Text(pkg.Version)
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
