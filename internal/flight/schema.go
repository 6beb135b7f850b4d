package flight

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/docstring"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

// What the resource and the data sources describe in the same words.
const (
	nameDescription          = "Name of the flight in Partner Center."
	groupsDescription        = "IDs of the flight groups whose members are the flight's testers, strings of digits. Groups are made in Partner Center, which shows a group's ID in its address."
	pendingDescription       = "ID of the submission that occupies the flight's one slot, from its creation until it is published or deleted. A new flight has an empty draft."
	lastPublishedDescription = "ID of the submission that was published last."
)

var digits = regexp.MustCompile(`^[0-9]+$`)

// Schema implements resource.Resource.
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A package flight: packages for some testers instead of everybody.\n\n" +
			"The Store has no method to change a flight, so a change of any argument **replaces** it: another flight with another ID and without packages. " +
			"To keep the flight, change it in Partner Center first and then in the configuration.",
		Attributes: map[string]schema.Attribute{
			"application_id": schema.StringAttribute{
				MarkdownDescription: docstring.ApplicationID + " " + docstring.Replaces,
				Required:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				Validators:          []validator.String{storeid.Application()},
			},
			"friendly_name": schema.StringAttribute{
				MarkdownDescription: nameDescription + " " + docstring.Replaces,
				Required:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"group_ids": schema.SetAttribute{
				MarkdownDescription: groupsDescription + " " + docstring.Replaces,
				ElementType:         types.StringType,
				Optional:            true,
				PlanModifiers:       []planmodifier.Set{setplanmodifier.RequiresReplace()},
				Validators: []validator.Set{
					setvalidator.SizeAtLeast(1),
					setvalidator.ValueStringsAre(stringvalidator.RegexMatches(digits, "must be a group ID, a string of digits")),
				},
			},
			"rank_higher_than": schema.StringAttribute{
				MarkdownDescription: "Friendly name of the flight directly below this one: whoever is in several flights gets the packages of the highest. " +
					"If omitted, the flight is made the highest. " + docstring.Replaces +
					" The Store reports ranks in another form, and later flights move them; neither is a change.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
				Create: true, Read: true, Delete: true,
				CreateDescription: docstring.Timeout(createTimeout), ReadDescription: docstring.Timeout(readTimeout), DeleteDescription: docstring.Timeout(deleteTimeout),
			}),
			"flight_id":                    kept(docstring.FlightID),
			"pending_submission_id":        kept(pendingDescription),
			"last_published_submission_id": kept(lastPublishedDescription),
		},
	}
}

// kept is a computed attribute that nothing but a replacement changes.
func kept(description string) schema.StringAttribute {
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
