package flightsubmission

import (
	"context"
	"fmt"
	"net/url"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
)

// ValidateConfig implements resource.ResourceWithValidateConfig: it refuses
// combinations of arguments that no plan can make sense of.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
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

func validatePublishing(config model, diags *diag.Diagnostics) {
	mode := config.TargetPublishMode
	if mode.IsUnknown() {
		return
	}
	if date := config.TargetPublishDate; !date.IsUnknown() {
		if scheduled := mode.ValueString() == publishSpecificDate; scheduled && date.IsNull() {
			diags.AddAttributeError(path.Root("target_publish_date"), "Publish date is missing",
				`target_publish_mode = "SpecificDate" needs target_publish_date, such as "2027-01-31T09:00:00Z".`)
		} else if !scheduled && !date.IsNull() {
			diags.AddAttributeError(path.Root("target_publish_date"), "Publish date without effect",
				`target_publish_date goes with target_publish_mode = "SpecificDate" only. Set that mode, or leave the date out.`)
		}
	}
	if mode.ValueString() == publishManual && config.WaitFor.ValueString() == "publish" {
		diags.AddAttributeError(path.Root("wait_for"), "Publication would be awaited for ever",
			`A submission with target_publish_mode = "Manual" rests at Release until somebody publishes it in Partner Center; the Store has no API for that. `+
				`Use wait_for = "certification".`)
	}
	if !config.Commit.IsNull() && !config.Commit.IsUnknown() && !config.Commit.ValueBool() && !config.WaitFor.IsNull() && !config.WaitFor.IsUnknown() && config.WaitFor.ValueString() != "none" {
		diags.AddAttributeError(path.Root("wait_for"), "Nothing to wait for",
			"With commit = false the submission stays a draft, which never gets any further. Leave wait_for out.")
	}
}

func (p packageModel) validate(at path.Path, diags *diag.Diagnostics) {
	if p.Source.IsUnknown() {
		return
	}
	if p.Source.IsNull() {
		if p.FileName.IsNull() {
			diags.AddAttributeError(at, "Package without source and file_name",
				"A package needs a source, or the file_name of a package that the flight already has.")
		}
		if !p.SHA256.IsNull() {
			diags.AddAttributeError(at.AtName("sha256"), "Digest without source", "sha256 is the digest of source. Give a source, or leave sha256 out.")
		}
		return
	}
	if !artifact.IsURL(p.Source.ValueString()) {
		if !p.SourceHeaders.IsNull() {
			diags.AddAttributeError(at.AtName("source_headers"), "Request headers for a local file", "source_headers go with a source that is a URL.")
		}
		return
	}
	if p.SHA256.IsNull() {
		diags.AddAttributeError(at.AtName("sha256"), "Digest of a remote package is missing",
			"A source that is a URL needs sha256, the lower-case hex SHA-256 of the package: it tells whether the content changed, without a download, and guards the upload.")
	}
	if u, err := url.Parse(p.Source.ValueString()); err != nil || u.Host == "" {
		diags.AddAttributeError(at.AtName("source"), "Not a valid URL", fmt.Sprintf("source of %s is not a URL of the form https://host/path.", at))
	}
}
