package packagerollout

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/argument"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/submissionlookup"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// What the resource and the data source describe in the same words.
const (
	statusDescription = "Status of the rollout in the Store's own words: `PackageRolloutNotStarted`, `PackageRolloutInProgress`, " +
		"`PackageRolloutComplete` (finalized) or `PackageRolloutStopped` (halted)."
	fallbackDescription = "ID of the submission whose packages the other testers get; null if there is none."
)

// Schema implements resource.Resource.
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	applicationID, flightID := submissionlookup.ResourceArguments()
	resp.Schema = schema.Schema{
		MarkdownDescription: "Raises, halts or finalizes the gradual rollout of a flight submission that has `package_rollout`. " +
			"When the flight gets another submission, the resource manages the rollout of that submission, in place.\n\n" +
			"A rollout at 100 % is still live, and the flight takes no new submission until the rollout is finalized or halted. " +
			"Finalizing gives the packages to everybody in the flight. After a halt, testers who already have the packages keep them, nobody else gets them. Neither can be undone.",
		Attributes: map[string]schema.Attribute{
			"application_id": applicationID,
			"flight_id":      flightID,
			"submission_id": schema.StringAttribute{
				MarkdownDescription: descriptions.SubmissionID + " With another ID, the resource manages the rollout of that submission, in place.",
				Required:            true,
				Validators:          []validator.String{storeid.Submission()},
			},
			"percentage": schema.Float64Attribute{
				MarkdownDescription: "Percentage of the flight's testers who get the packages, from 0 to 100. Required if `state` is `active`, without effect otherwise. " +
					"Lowering it does not remove the packages from anybody.",
				Optional:   true,
				Validators: []validator.Float64{argument.Between(0, 100)},
			},
			"state": schema.StringAttribute{
				MarkdownDescription: "Desired state of the rollout: `active`; `halted`, which stops it; or `finalized`, which gives the packages to everybody in the flight. " +
					"A plan refuses to go back from `halted` or `finalized` on the same submission. Default `active`.",
				Optional: true, Computed: true,
				Default: stringdefault.StaticString(string(workflow.RolloutActive)),
				Validators: []validator.String{argument.OneOf(
					string(workflow.RolloutActive), string(workflow.RolloutHalted), string(workflow.RolloutFinalized))},
			},
			"wait_for_publication": schema.BoolAttribute{
				MarkdownDescription: "Whether to wait for the publication, because only the rollout of a published submission can be changed. " +
					"With `false` an apply warns and records the request in the state, and the first apply after the publication carries it out. " +
					"With `true` it waits, within `timeouts`; with `target_publish_mode = \"Manual\"` only for the certification. Default `false`.",
				Optional: true, Computed: true,
				Default: booldefault.StaticBool(false),
			},
			"deletion_policy": schema.StringAttribute{
				MarkdownDescription: "What to do with a live rollout when the resource is destroyed: `abandon` leaves it live, `halt` and `finalize` end it. Default `abandon`.",
				Optional:            true, Computed: true,
				Default: stringdefault.StaticString(string(workflow.DeletionAbandon)),
				Validators: []validator.String{argument.OneOf(
					string(workflow.DeletionAbandon), string(workflow.DeletionHalt), string(workflow.DeletionFinalize))},
			},
			"timeouts": argument.Timeouts(ctx, timeouts.Opts{
				Create: true, Read: true, Update: true, Delete: true,
				CreateDescription: descriptions.Timeout(createTimeout), ReadDescription: descriptions.Timeout(readTimeout),
				UpdateDescription: descriptions.Timeout(updateTimeout), DeleteDescription: descriptions.Timeout(deleteTimeout),
			}),
			"status":                 schema.StringAttribute{MarkdownDescription: statusDescription, Computed: true},
			"fallback_submission_id": schema.StringAttribute{MarkdownDescription: fallbackDescription, Computed: true},
		},
	}
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = storeid.SubmissionIdentitySchema()
}
