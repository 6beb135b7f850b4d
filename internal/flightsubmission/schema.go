package flightsubmission

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/argument"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/submissionlookup"
)

// maxNotes is what Partner Center takes as notes for certification.
const maxNotes = 2000

// Schema implements resource.Resource.
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := arguments(ctx)
	maps.Copy(attributes, computed())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Submits packages to a package flight.\n\n" +
			"An apply creates a submission, uploads the packages, commits the submission and waits for the goal of `wait_for`. A later change of content " +
			"makes a **new** submission in place. While the submission is an uncommitted draft, a change updates that draft.",
		Attributes: attributes,
	}
}

func arguments(ctx context.Context) map[string]schema.Attribute {
	applicationID, flightID := submissionlookup.ResourceArguments()
	return map[string]schema.Attribute{
		"application_id": applicationID,
		"flight_id":      flightID,
		"packages": schema.ListNestedAttribute{
			MarkdownDescription: "The **whole set** of packages of the flight; others are removed from the new submission. " +
				"If omitted, the packages of the last published submission stay as they are. The first submission of a flight needs packages.",
			Optional:     true,
			Validators:   []validator.List{argument.Filled{}},
			NestedObject: schema.NestedAttributeObject{Attributes: packageArguments()},
		},
		"package_rollout": schema.SingleNestedAttribute{
			MarkdownDescription: "Gradual rollout of the submission. If omitted, everybody in the flight gets the packages at once. " +
				"Change the percentage of a committed submission with `msstore_package_rollout`: a change here updates only the state.",
			Optional: true,
			Attributes: map[string]schema.Attribute{
				"initial_percentage": schema.Float64Attribute{
					MarkdownDescription: "Percentage of the flight's testers who get the packages first, above 0 and at most 100. A rollout at 100 % is still live.",
					Required:            true,
					Validators:          []validator.Float64{argument.InitialPercentage()},
				},
			},
		},
		"mandatory_update": schema.SingleNestedAttribute{
			MarkdownDescription: "Makes the packages mandatory for apps that install their own updates. If omitted, they are not mandatory. " +
				"Microsoft documents that this API does not support applications with mandatory updates: the Store may refuse " +
				"every later request for such an application with a conflict (409). Submit it in Partner Center then.",
			Optional: true,
			Attributes: map[string]schema.Attribute{
				"effective_date": schema.StringAttribute{
					MarkdownDescription: "When the packages become mandatory, in RFC 3339 format.",
					Required:            true,
					Validators:          []validator.String{argument.Date()},
				},
			},
		},
		"target_publish_mode": schema.StringAttribute{
			MarkdownDescription: "When the certified submission is published: `Immediate`, `Manual` (in Partner Center; the Store has no API for it) or " +
				"`SpecificDate`. Default `Immediate`.",
			Optional: true, Computed: true,
			Default:    stringdefault.StaticString(storeapi.PublishImmediate),
			Validators: []validator.String{argument.OneOf(storeapi.PublishImmediate, storeapi.PublishManual, storeapi.PublishSpecificDate)},
		},
		"target_publish_date": schema.StringAttribute{
			MarkdownDescription: "When to publish, in RFC 3339 format. Required with, and only allowed with, `target_publish_mode = \"SpecificDate\"`.",
			Optional:            true,
			Validators:          []validator.String{argument.Date()},
		},
		"notes_for_certification": schema.StringAttribute{
			MarkdownDescription: "Notes for the certification testers, at most 2,000 characters. If omitted, the submission has no notes. " +
				"Stored in the state; for test credentials use `notes_for_certification_wo`. Not imported, because they may be write-only notes.",
			Optional: true, Sensitive: true,
			Validators: []validator.String{argument.Length(maxNotes)},
		},
		"notes_for_certification_wo": schema.StringAttribute{
			MarkdownDescription: "Notes for the certification testers, such as test credentials. Stored in neither state nor plan. " +
				"Requires Terraform 1.11 or OpenTofu 1.11, and `notes_for_certification_wo_version`.",
			Optional: true, WriteOnly: true, Sensitive: true,
			Validators: []validator.String{argument.Length(maxNotes)},
		},
		"notes_for_certification_wo_version": schema.Int64Attribute{
			MarkdownDescription: "Version of `notes_for_certification_wo`, at least 1. Change it to submit changed notes, because the notes themselves are not stored.",
			Optional:            true,
			// Without a version there is 0.
			Validators: []validator.Int64{argument.AtLeast(1)},
		},
		"commit": schema.BoolAttribute{
			MarkdownDescription: "Whether to commit the submission. With `false` it stays a draft, which later applies change in place. Default `true`.",
			Optional:            true, Computed: true,
			Default: booldefault.StaticBool(true),
		},
		"wait_for": schema.StringAttribute{
			MarkdownDescription: "What an apply waits for after the commit: `none`, nothing; `commit`, the Store has processed the commit; " +
				"`certification`, the submission is certified (status `Release` or later); `publish`, it is published. Default `commit`. " +
				"A wait that exceeds `timeouts` is a warning; the next apply continues to wait.",
			Optional: true, Computed: true,
			Default:    stringdefault.StaticString("commit"),
			Validators: []validator.String{argument.OneOf("none", "commit", "certification", "publish")},
		},
		"pending_submission_policy": schema.StringAttribute{
			MarkdownDescription: "What to do with a pending draft or failed submission that Terraform does not manage: `fail`, `replace` (delete it) or " +
				"`adopt` (continue with the draft; a failed submission is replaced). The configuration overwrites an adopted draft, including its packages. " +
				"Default `fail`. The empty draft of a new flight is always used, the first draft of a flight is overwritten instead of deleted, " +
				"and a submission in certification is never deleted.",
			Optional: true, Computed: true,
			Default:    stringdefault.StaticString("fail"),
			Validators: []validator.String{argument.OneOf("fail", "replace", "adopt")},
		},
		"active_rollout_policy": schema.StringAttribute{
			MarkdownDescription: "What to do with a live gradual rollout of the last published submission, which blocks a new submission: `fail`, `finalize` " +
				"(everybody in the flight gets those packages) or `halt` (testers who already have them keep them, nobody else gets them). Default `fail`.",
			Optional: true, Computed: true,
			Default:    stringdefault.StaticString("fail"),
			Validators: []validator.String{argument.OneOf("fail", "finalize", "halt")},
		},
		"keep_previous_packages": schema.Int64Attribute{
			MarkdownDescription: "How many of the highest versions in the flight to keep in addition to `packages`, for each target platform, device family and architecture; at most 25. Default `0`.",
			Optional:            true, Computed: true,
			Default:    int64default.StaticInt64(0),
			Validators: []validator.Int64{argument.Between(0, 25)},
		},
		"timeouts": argument.Timeouts(ctx, timeouts.Opts{
			Create: true, Read: true, Update: true, Delete: true,
			CreateDescription: descriptions.Timeout(createTimeout), ReadDescription: descriptions.Timeout(readTimeout),
			UpdateDescription: descriptions.Timeout(updateTimeout), DeleteDescription: descriptions.Timeout(deleteTimeout),
		}),
	}
}

func packageArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"source": schema.StringAttribute{
			MarkdownDescription: "Path or `https` URL of the package: `.msix`, `.msixbundle`, `.msixupload`, `.appx`, `.appxbundle` or `.appxupload`. " +
				"A URL requires `sha256` and is stored in plan and state: to authenticate, use `source_headers` instead of a signed URL.",
			Optional: true,
		},
		"source_headers": schema.MapAttribute{
			MarkdownDescription: "Request headers for a `source` that is a URL, such as a token for a private artifact store. Never stored.",
			ElementType:         types.StringType,
			// Not Sensitive: a write-only value is shown nowhere, while the mark would
			// blur every message of the CLI about the whole list.
			Optional: true, WriteOnly: true,
		},
		"file_name": schema.StringAttribute{
			MarkdownDescription: "Name of the package in the submission, with the extension of its kind. Default: the base name of `source`. " +
				"Without `source`, keeps the flight's package of that name.",
			Optional: true, Computed: true,
		},
		"sha256": schema.StringAttribute{
			MarkdownDescription: "SHA-256 of the package, lower-case hex. If omitted, the plan computes it. " +
				"If given, a local file can be missing during the plan, and the upload checks it.",
			Optional: true, Computed: true,
			Validators: []validator.String{storeid.SHA256()},
		},
		"version": schema.StringAttribute{
			MarkdownDescription: "Version in the package's manifest. Known during the plan, except for a local file with a given `sha256`.",
			Computed:            true,
		},
		"minimum_directx_version": schema.StringAttribute{
			MarkdownDescription: "Minimum DirectX version: `None`, `DirectX93` or `DirectX100`. Ignored beyond Windows 8.x. Default `None`.",
			Optional:            true, Computed: true,
			Default:    stringdefault.StaticString("None"),
			Validators: []validator.String{argument.OneOf("None", "DirectX93", "DirectX100")},
		},
		"minimum_system_ram": schema.StringAttribute{
			MarkdownDescription: "Minimum RAM: `None` or `Memory2GB`. Ignored beyond Windows 8.x. Default `None`.",
			Optional:            true, Computed: true,
			Default:    stringdefault.StaticString("None"),
			Validators: []validator.String{argument.OneOf("None", "Memory2GB")},
		},
	}
}

func computed() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"submission_id": schema.StringAttribute{
			MarkdownDescription: descriptions.SubmissionID, Computed: true,
		},
		"partner_center_url": schema.StringAttribute{
			MarkdownDescription: "Page of the submission in Partner Center.", Computed: true,
		},
		"published_at": schema.StringAttribute{
			MarkdownDescription: "When the provider first saw the submission published, in RFC 3339 format; null before. The Store reports no such time.",
			Computed:            true,
		},
		"status": schema.StringAttribute{
			MarkdownDescription: descriptions.Status, Computed: true,
		},
		"status_details": schema.SingleNestedAttribute{
			MarkdownDescription: statusDetailsText,
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"errors":                computedList(errorsText, detailTexts, nil),
				"warnings":              computedList(warningsText, detailTexts, nil),
				"certification_reports": computedList(reportsText, reportTexts, nil),
			},
		},
		"flight_packages": computedList(packagesText, packageTexts, packageListTexts),
	}
}

// computedList is reportedList in the schema of a resource.
func computedList(description string, texts, lists map[string]string) schema.ListNestedAttribute {
	attributes := map[string]schema.Attribute{}
	for name, text := range texts {
		attributes[name] = schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	for name, text := range lists {
		attributes[name] = schema.ListAttribute{MarkdownDescription: text, ElementType: types.StringType, Computed: true}
	}
	return schema.ListNestedAttribute{
		MarkdownDescription: description, Computed: true,
		NestedObject: schema.NestedAttributeObject{Attributes: attributes},
	}
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = storeid.SubmissionIdentitySchema()
}
