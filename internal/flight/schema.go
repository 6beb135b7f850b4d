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
	groupsDescription        = "IDs of the flight groups whose members are the flight's testers, strings of digits. Create groups in Partner Center, which shows a group's ID in the address of its page."
	pendingDescription       = "ID of the pending submission, from its creation until it is published or deleted; null if there is none. A new flight has an empty draft."
	lastPublishedDescription = "ID of the submission that was published last; null if there is none."
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
		MarkdownDescription: "A package flight, which gives packages to groups of testers.\n\n" +
			"The Store's API cannot change a flight; only Partner Center can. So a plan fails if the flight differs from the configuration.",
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
				MarkdownDescription: "Friendly name of the flight directly below this one. Testers in several flights get the packages of the highest one. " +
					"If omitted, the new flight is the highest. Flights that are created later can change the rank; that is not a difference.",
				Optional:   true,
				Validators: []validator.String{argument.NotEmpty()},
			},
			"replacement_policy": schema.StringAttribute{
				MarkdownDescription: "What to do when the flight differs from the configuration: `fail` refuses the plan; `replace` deletes the flight with its submissions " +
					"and creates another one without packages. Default `fail`.",
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
