package flightsubmission

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// ValidateConfig implements resource.ResourceWithValidateConfig: it refuses
// combinations of arguments that no plan can make sense of.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	r.writeOnly.Store(req.ClientCapabilities.WriteOnlyAttributesAllowed)
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	validatePublishing(config, &resp.Diagnostics)
	validateNotes(config, &resp.Diagnostics)
	if config.Packages.IsUnknown() {
		return
	}
	for i, p := range config.packages(ctx, &resp.Diagnostics) {
		p.validate(path.Root("packages").AtListIndex(i), &resp.Diagnostics)
	}
}

// validatePublishing reads unknown values as not given where that keeps it quiet.
func validatePublishing(config model, diags *diag.Diagnostics) {
	mode, date, goal := config.TargetPublishMode, config.TargetPublishDate, config.WaitFor.ValueString()
	scheduled := mode.ValueString() == storeapi.PublishSpecificDate
	switch {
	case mode.IsUnknown() || date.IsUnknown():
	case scheduled && date.IsNull():
		diags.AddAttributeError(path.Root("target_publish_date"), "Publish date is missing",
			`target_publish_mode = "SpecificDate" requires target_publish_date. Write 2026-12-24T09:00:00Z, for example.`)
	case !scheduled && !date.IsNull():
		diags.AddAttributeError(path.Root("target_publish_date"), "Publish date without effect",
			`target_publish_date is only allowed with target_publish_mode = "SpecificDate". Set that mode, or leave target_publish_date out.`)
	}
	if mode.ValueString() == storeapi.PublishManual && goal == string(workflow.GoalPublish) {
		diags.AddAttributeError(path.Root("wait_for"), "Publication would never complete",
			`wait_for = "publish" cannot be reached with target_publish_mode = "Manual": somebody has to publish the submission in Partner Center. `+
				`Use wait_for = "certification".`)
	}
	// The default goal is as good as none: generated configurations write it down.
	if config.Commit.Equal(types.BoolValue(false)) && (goal == string(workflow.GoalCertification) || goal == string(workflow.GoalPublish)) {
		diags.AddAttributeError(path.Root("wait_for"), "Nothing to wait for",
			fmt.Sprintf("wait_for = %q cannot be reached with commit = false, which leaves the submission a draft. Leave wait_for out, or commit the submission.", goal))
	}
}

// validateNotes reads unknown values as not given where that keeps it quiet.
func validateNotes(config model, diags *diag.Diagnostics) {
	notes, secret, version := config.Notes, config.NotesWriteOnly, config.NotesWriteOnlyVersion
	if !notes.IsNull() && !secret.IsNull() && !notes.IsUnknown() && !secret.IsUnknown() {
		diags.AddAttributeError(path.Root("notes_for_certification"), "Notes are given twice",
			"notes_for_certification and notes_for_certification_wo exclude each other. Leave one of them out.")
	}
	switch {
	case secret.IsUnknown() || version.IsUnknown():
	case !secret.IsNull() && version.IsNull():
		diags.AddAttributeError(path.Root("notes_for_certification_wo"), "Version of the notes is missing",
			"notes_for_certification_wo requires notes_for_certification_wo_version, because the notes themselves are not stored. "+
				"Set it to 1, and raise it whenever the notes change.")
	case secret.IsNull() && !version.IsNull():
		diags.AddAttributeError(path.Root("notes_for_certification_wo_version"), "Version without notes",
			"notes_for_certification_wo_version is only allowed with notes_for_certification_wo. Set those notes, or leave the version out.")
	}
}

// validate names the package in each text, because a CLI shows of an attribute
// inside of a list only the resource that it is in.
func (p packageModel) validate(at path.Path, diags *diag.Diagnostics) {
	if !p.FileName.IsNull() && !p.FileName.IsUnknown() && !msix.HasExtension(p.FileName.ValueString()) {
		addExtensionError(diags, at.AtName("file_name"), p.FileName.ValueString())
	}
	switch {
	case p.Source.IsUnknown():
	case p.Source.IsNull():
		p.validateKept(at, diags)
	case p.remote():
		p.validateRemote(at, diags)
	default:
		p.validateLocal(at, diags)
	}
}

func (p packageModel) validateLocal(at path.Path, diags *diag.Diagnostics) {
	source := p.Source.ValueString()
	if !msix.HasExtension(source) {
		addExtensionError(diags, at.AtName("source"), source)
	}
	p.validateNoHeaders(at, diags)
}

func (p packageModel) validateRemote(at path.Path, diags *diag.Diagnostics) {
	if err := artifact.CheckURL(p.Source.ValueString()); err != nil {
		diags.AddAttributeError(at.AtName("source"), "Unusable source",
			fmt.Sprintf("%s must be a local path or an https address: %v.", at.AtName("source"), err))
		return
	}
	if name := workflow.BaseName(p.Source.ValueString()); p.FileName.IsNull() && !msix.HasExtension(name) {
		// The rest of an address may be a secret.
		diags.AddAttributeError(at.AtName("file_name"), "File name is missing",
			fmt.Sprintf("%s is missing: the address in source ends in %q, which tells no kind of package. Set it to a name that ends in one of %s.",
				at.AtName("file_name"), name, strings.Join(msix.Extensions(), ", ")))
	}
	if p.SHA256.IsNull() {
		diags.AddAttributeError(at.AtName("sha256"), "Digest of a remote package is missing",
			fmt.Sprintf("%s is missing: a source that is a URL requires the lower-case hex SHA-256 of the package. "+
				"It tells without a download whether the content has changed, and guards the upload.", at.AtName("sha256")))
	}
}

// validateKept is validate for a package that the flight is to have already.
func (p packageModel) validateKept(at path.Path, diags *diag.Diagnostics) {
	if p.FileName.IsNull() {
		diags.AddAttributeError(at, "Package without source and file_name",
			fmt.Sprintf("%s needs a source, or the file_name of a package that the flight already has.", at))
	} else if !p.SHA256.IsNull() {
		diags.AddAttributeError(at.AtName("sha256"), "Digest without source",
			fmt.Sprintf("%s is the digest of source, which is missing. Set source, or leave sha256 out.", at.AtName("sha256")))
	}
	p.validateNoHeaders(at, diags)
}

func (p packageModel) validateNoHeaders(at path.Path, diags *diag.Diagnostics) {
	if !p.SourceHeaders.IsNull() {
		diags.AddAttributeError(at.AtName("source_headers"), "Request headers without a URL",
			fmt.Sprintf("%s is only allowed with a source that is a URL. Set such a source, or leave source_headers out.", at.AtName("source_headers")))
	}
}

func (p packageModel) remote() bool { return artifact.IsURL(p.Source.ValueString()) }

func addExtensionError(diags *diag.Diagnostics, at path.Path, name string) {
	diags.AddAttributeError(at, "Not a package file name",
		fmt.Sprintf("%s must end in one of %s, got %q.", at, strings.Join(msix.Extensions(), ", "), name))
}
