package flight

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/argument"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

// What the resource and the data sources describe in the same words.
const (
	nameDescription          = "Name of the flight in Partner Center."
	groupsDescription        = "IDs of the flight groups whose members are the flight's testers, strings of digits. Groups are made in Partner Center, which shows a group's ID in the address of its page."
	pendingDescription       = "ID of the pending submission, from its creation until it is published or deleted. A flight has one at most. A new flight has an empty draft."
	lastPublishedDescription = "ID of the submission that was published last."
)

// The values of replacement_policy.
const (
	replacementFail    = "fail"
	replacementReplace = "replace"
)

var digits = regexp.MustCompile(`^[0-9]+$`)

// Schema implements resource.Resource.
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A package flight: packages for some testers instead of everybody.\n\n" +
			"The Store has no method to change a flight; only Partner Center changes one. So a difference between the configuration and the flight is an error " +
			"while planning, whichever side has changed. Make the change in Partner Center, write what the flight has into the configuration, or set " +
			"`replacement_policy = \"replace\"`, which makes another flight without packages and deletes this one.",
		Attributes: map[string]schema.Attribute{
			"application_id": schema.StringAttribute{
				MarkdownDescription: descriptions.ApplicationID,
				Required:            true,
				Validators:          []validator.String{storeid.Application()},
			},
			"friendly_name": schema.StringAttribute{
				MarkdownDescription: nameDescription,
				Required:            true,
				Validators:          []validator.String{argument.NotEmpty()},
			},
			"group_ids": schema.SetAttribute{
				MarkdownDescription: groupsDescription,
				ElementType:         types.StringType,
				Optional:            true,
				Validators: []validator.Set{
					argument.Filled{},
					setvalidator.ValueStringsAre(argument.Matches(digits, "must hold group IDs, which are strings of digits", "Partner Center shows a group's ID in the address of its page.")),
				},
			},
			"rank_higher_than": schema.StringAttribute{
				MarkdownDescription: "Friendly name of the flight directly below this one: whoever is in several flights gets the packages of the highest. " +
					"If omitted, the flight is made the highest. " +
					"The Store reports ranks in another form, and later flights move them; neither is a difference.",
				Optional:   true,
				Validators: []validator.String{argument.NotEmpty()},
			},
			"replacement_policy": schema.StringAttribute{
				MarkdownDescription: "What to do when the flight differs from the configuration: `fail` refuses the plan, `replace` makes another flight " +
					"and deletes this one with its submissions. Default `fail`.",
				Optional: true, Computed: true,
				Default:    stringdefault.StaticString(replacementFail),
				Validators: []validator.String{argument.OneOf(replacementFail, replacementReplace)},
			},
			"timeouts": argument.Timeouts(ctx, timeouts.Opts{
				Create: true, Read: true, Delete: true,
				CreateDescription: descriptions.Timeout(createTimeout), ReadDescription: descriptions.Timeout(readTimeout), DeleteDescription: descriptions.Timeout(deleteTimeout),
			}),
			"flight_id":                    stable(descriptions.FlightID),
			"pending_submission_id":        stable(pendingDescription),
			"last_published_submission_id": stable(lastPublishedDescription),
		},
	}
}

// stable is a computed attribute that nothing but a replacement changes.
func stable(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Computed:            true,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = storeid.FlightIdentitySchema()
}
