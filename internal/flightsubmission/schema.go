package flightsubmission

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/argument"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

// maxNotes is what Partner Center takes as notes for certification.
const maxNotes = 2000

// Schema implements resource.Resource.
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := arguments(ctx)
	maps.Copy(attributes, computed())
	resp.Schema = schema.Schema{
		MarkdownDescription: "The submission that a package flight should have: packages in, certified flight out.\n\n" +
			"An apply creates a submission, uploads the packages, commits it and follows certification. A change of content after that " +
			"makes a **new** submission in place; as long as the submission is an uncommitted draft, the draft itself is changed.",
		Attributes: attributes,
	}
}

func arguments(ctx context.Context) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"application_id": schema.StringAttribute{
			MarkdownDescription: descriptions.ApplicationID + " " + descriptions.Replaces,
			Required:            true,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			Validators:          []validator.String{storeid.Application()},
		},
		"flight_id": schema.StringAttribute{
			MarkdownDescription: descriptions.FlightID + " " + descriptions.Replaces,
			Required:            true,
			PlanModifiers:       []planmodifier.String{storeid.ReplacesFlight()},
			Validators:          []validator.String{storeid.Flight()},
		},
		"packages": schema.ListNestedAttribute{
			MarkdownDescription: "The **whole set** of packages that the flight is to have; others are removed from the new submission. " +
				"If omitted, the packages of the last published submission stay as they are; a new flight has none, and its submission needs packages.",
			Optional:     true,
			Validators:   []validator.List{argument.Filled{}},
			NestedObject: schema.NestedAttributeObject{Attributes: packageArguments()},
		},
		"package_rollout": schema.SingleNestedAttribute{
			MarkdownDescription: "Gradual rollout from the start. If omitted, the submission goes to everybody in the flight at once, " +
				"whatever the submission before it did. Later percentages belong to `msstore_package_rollout`: " +
				"changing this on a committed submission changes the state only.",
			Optional: true,
			Attributes: map[string]schema.Attribute{
				"initial_percentage": schema.Float64Attribute{
					MarkdownDescription: "Percentage of the flight's testers who get the packages first, above 0 to 100. 100 % is not finalized: such a rollout is still live.",
					Required:            true,
					Validators:          []validator.Float64{argument.InitialPercentage()},
				},
			},
		},
		"mandatory_update": schema.SingleNestedAttribute{
			MarkdownDescription: "Makes the packages mandatory for apps that install their own updates. If omitted, they are not. " +
				"Microsoft documents applications with mandatory updates as unsupported by this API while the API has these very settings: the Store may refuse " +
				"every request for such an application with a conflict (409), after which its submissions are left to Partner Center.",
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
			MarkdownDescription: "Notes for the certification testers, at most 2,000 characters. If omitted, the notes of the submission before are cleared. " +
				"Stored in the state; for test credentials use `notes_for_certification_wo`. An import leaves the notes out, " +
				"because they may be write-only ones.",
			Optional: true, Sensitive: true,
			Validators: []validator.String{argument.Length(maxNotes)},
		},
		"notes_for_certification_wo": schema.StringAttribute{
			MarkdownDescription: "Notes for the certification testers that are neither in state nor in plan, such as test credentials. " +
				"Requires Terraform 1.11 or OpenTofu 1.11, and `notes_for_certification_wo_version`.",
			Optional: true, WriteOnly: true, Sensitive: true,
			Validators: []validator.String{argument.Length(maxNotes)},
		},
		"notes_for_certification_wo_version": schema.Int64Attribute{
			MarkdownDescription: "Version of `notes_for_certification_wo`. Since the notes themselves are not stored, a change of this number, which is at least 1, is what submits changed notes.",
			Optional:            true,
			// Without a version there is 0.
			Validators: []validator.Int64{argument.AtLeast(1)},
		},
		"commit": schema.BoolAttribute{
			MarkdownDescription: "Whether to commit the submission. `false` leaves it a draft, which later applies change in place. Default `true`.",
			Optional:            true, Computed: true,
			Default: booldefault.StaticBool(true),
		},
		"wait_for": schema.StringAttribute{
			MarkdownDescription: "How far an apply follows the committed submission: `none` returns once the commit was accepted, `commit` once the Store has " +
				"processed it, `certification` once it is certified (status `Release` or later), `publish` once it is published. Default `commit`. " +
				"A wait that exceeds `timeouts` is a warning; the next apply continues to wait.",
			Optional: true, Computed: true,
			Default:    stringdefault.StaticString("commit"),
			Validators: []validator.String{argument.OneOf("none", "commit", "certification", "publish")},
		},
		"pending_submission_policy": schema.StringAttribute{
			MarkdownDescription: "What to do with a draft or failed submission that already occupies the flight and that Terraform does not manage: `fail`, `replace` (delete it) or " +
				"`adopt` (continue with the draft; a failed submission is replaced). What this configuration says overwrites all that an adopted draft had, packages that were added to it included. " +
				"Default `fail`. The empty draft that comes with a new flight is always used, and the first draft of a flight is overwritten rather than deleted; " +
				"a submission in certification is never deleted.",
			Optional: true, Computed: true,
			Default:    stringdefault.StaticString("fail"),
			Validators: []validator.String{argument.OneOf("fail", "replace", "adopt")},
		},
		"active_rollout_policy": schema.StringAttribute{
			MarkdownDescription: "What to do when the gradual rollout of the last published submission is live, which blocks a new submission: `fail`, `finalize` " +
				"(everybody in the flight gets those packages) or `halt` (testers who already have them keep them, nobody else gets them). Default `fail`.",
			Optional: true, Computed: true,
			Default:    stringdefault.StaticString("fail"),
			Validators: []validator.String{argument.OneOf("fail", "finalize", "halt")},
		},
		"keep_previous_packages": schema.Int64Attribute{
			MarkdownDescription: "Besides `packages`, how many of the highest versions already in the flight to keep, for each target platform, device family and architecture; at most 25. Default `0`.",
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
			MarkdownDescription: "Path of the package: `.msix`, `.msixbundle`, `.msixupload`, `.appx`, `.appxbundle` or `.appxupload`. Or the `https` URL of one; " +
				"then `sha256` is required, and the bytes go from there to the Store without touching a disk. A signed URL is in plan and state: " +
				"prefer `source_headers`, or links that expire soon.",
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
			MarkdownDescription: "Name of the package in the submission. Default: the base name of `source`. Its extension must be that of the package's kind. " +
				"Without `source`, the flight's existing package of that name is kept.",
			Optional: true, Computed: true,
		},
		"sha256": schema.StringAttribute{
			MarkdownDescription: "SHA-256 of the package, lower-case hex. Computed while planning, so that a rebuilt file is a change. " +
				"If given, it is checked while uploading, and a local file need not be there while planning; of a URL the manifest is read all the same.",
			Optional: true, Computed: true,
			Validators: []validator.String{storeid.SHA256()},
		},
		"version": schema.StringAttribute{
			MarkdownDescription: "Version in the package's manifest, read while planning; of a local file with a given `sha256`, while applying.",
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
	packages := map[string]schema.Attribute{}
	for name, text := range packageTexts {
		packages[name] = schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	for name, text := range packageListTexts {
		packages[name] = schema.ListAttribute{MarkdownDescription: text, ElementType: types.StringType, Computed: true}
	}
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
				"errors":   statusDetailList(errorsText),
				"warnings": statusDetailList(warningsText),
				"certification_reports": schema.ListNestedAttribute{
					MarkdownDescription: reportsText,
					Computed:            true,
					NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
						"date":       schema.StringAttribute{MarkdownDescription: reportDateText, Computed: true},
						"report_url": schema.StringAttribute{MarkdownDescription: reportURLText, Computed: true},
					}},
				},
			},
		},
		"flight_packages": schema.ListNestedAttribute{
			MarkdownDescription: packagesText,
			Computed:            true,
			NestedObject:        schema.NestedAttributeObject{Attributes: packages},
		},
	}
}

func statusDetailList(description string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: description,
		Computed:            true,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"code":    schema.StringAttribute{MarkdownDescription: codeText, Computed: true},
			"details": schema.StringAttribute{MarkdownDescription: detailsText, Computed: true},
		}},
	}
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = storeid.SubmissionIdentitySchema()
}
