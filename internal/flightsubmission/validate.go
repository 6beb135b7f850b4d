package flightsubmission

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
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
			`target_publish_mode = "SpecificDate" needs target_publish_date, such as "2027-01-31T09:00:00Z".`)
	case !scheduled && !date.IsNull():
		diags.AddAttributeError(path.Root("target_publish_date"), "Publish date without effect",
			`target_publish_date goes with target_publish_mode = "SpecificDate" only. Set that mode, or leave the date out.`)
	}
	if mode.ValueString() == storeapi.PublishManual && goal == string(workflow.GoalPublish) {
		diags.AddAttributeError(path.Root("wait_for"), "Publication would be awaited for ever",
			`A submission with target_publish_mode = "Manual" rests at Release until somebody publishes it in Partner Center; the Store has no API for that. `+
				`Use wait_for = "certification".`)
	}
	// The default goal is as good as none: generated configurations write it down.
	if config.Commit.Equal(types.BoolValue(false)) && (goal == string(workflow.GoalCertification) || goal == string(workflow.GoalPublish)) {
		diags.AddAttributeError(path.Root("wait_for"), "Nothing to wait for",
			"With commit = false the submission stays a draft, which never gets any further. Leave wait_for out.")
	}
}

// validate names the package in each text, because a CLI shows of an attribute
// inside of a list only the resource that it is in.
func (p packageModel) validate(at path.Path, diags *diag.Diagnostics) {
	if !p.FileName.IsNull() && !p.FileName.IsUnknown() && !msix.HasExtension(p.FileName.ValueString()) {
		addExtensionError(diags, at.AtName("file_name"), p.FileName.ValueString())
	}
	if p.Source.IsUnknown() {
		return
	}
	if p.Source.IsNull() {
		p.validateKept(at, diags)
	} else if !p.remote() && !msix.HasExtension(p.Source.ValueString()) {
		addExtensionError(diags, at.AtName("source"), p.Source.ValueString())
	} else if name := workflow.BaseName(p.Source.ValueString()); p.remote() && p.FileName.IsNull() && !msix.HasExtension(name) {
		// The rest of an address may be a secret.
		addExtensionError(diags, at.AtName("source"), name)
	}
	if p.remote() && p.SHA256.IsNull() {
		diags.AddAttributeError(at.AtName("sha256"), "Digest of a remote package is missing",
			fmt.Sprintf("The source of %s is a URL and needs sha256, the lower-case hex SHA-256 of the package: "+
				"it tells without a download whether the content changed, and guards the upload.", at))
	}
	if !p.remote() && !p.SourceHeaders.IsNull() {
		diags.AddAttributeError(at.AtName("source_headers"), "Request headers without a URL",
			fmt.Sprintf("The source_headers of %s go with a source that is a URL. Give such a source, or leave source_headers out.", at))
	}
}

// validateKept is validate for a package that the flight is to have already.
func (p packageModel) validateKept(at path.Path, diags *diag.Diagnostics) {
	if p.FileName.IsNull() {
		diags.AddAttributeError(at, "Package without source and file_name",
			fmt.Sprintf("%s needs a source, or the file_name of a package that the flight already has.", at))
	} else if !p.SHA256.IsNull() {
		diags.AddAttributeError(at.AtName("sha256"), "Digest without source",
			fmt.Sprintf("The sha256 of %s is the digest of its source, which is missing. Give a source, or leave sha256 out.", at))
	}
}

func (p packageModel) remote() bool { return artifact.IsURL(p.Source.ValueString()) }

func addExtensionError(diags *diag.Diagnostics, at path.Path, name string) {
	diags.AddAttributeError(at, "Not a package file name",
		fmt.Sprintf("%s is %q, which ends in none of %s. The Store takes no other files.", at, name, strings.Join(msix.Extensions(), ", ")))
}

// initialPercentage accepts what a gradual rollout can start with: the Store
// takes 0 as well, and nobody would get the packages.
type initialPercentage struct{}

func (initialPercentage) Description(context.Context) string {
	return "must be above 0 and at most 100"
}

func (v initialPercentage) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (v initialPercentage) ValidateFloat64(ctx context.Context, req validator.Float64Request, resp *validator.Float64Response) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if p := req.ConfigValue.ValueFloat64(); p <= 0 || p > 100 {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a rollout percentage", fmt.Sprintf("initial_percentage %s, got %v. "+
			"To give the packages to everybody in the flight at once, leave package_rollout out.", v.Description(ctx), p))
	}
}
