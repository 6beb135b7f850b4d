package failurehits

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/argument"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

const (
	// reportedDays is how far back the Store reports failures [store-api 11.1].
	reportedDays = 30

	dateForm     = "a day such as `2026-12-24`, or an RFC 3339 time, of which the day in UTC counts"
	devicesNote  = "A device that met several failures, or one on several days, counts several times. It may be 0 beside events."
	failuresNote = "The failures, those with the most events first. Empty if nothing is known."
)

// identityName is what the Identity Name of a package may be.
var identityName = regexp.MustCompile(`^[A-Za-z0-9.-]{3,50}$`)

func failureHitsSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Crashes, hangs and other failures of a package version, as the Store's analytics count them. " +
			"**No failures does not mean that the version is healthy**: the data is hours to a day old, " +
			"and Microsoft does not say whether failures in small flights are reported.",
		Attributes: map[string]schema.Attribute{
			"application_id": schema.StringAttribute{
				MarkdownDescription: descriptions.ApplicationID, Required: true, Validators: []validator.String{storeid.Application()},
			},
			"package_version": schema.StringAttribute{
				MarkdownDescription: "Version of the package in four parts, such as `1.2.3.0`.",
				Required:            true, Validators: []validator.String{fourParts{}},
			},
			"package_name": schema.StringAttribute{
				MarkdownDescription: "Identity name of the package, such as `Contoso.Sample`. If omitted: packages of any name.",
				Optional:            true,
				Validators: []validator.String{argument.Matches(identityName,
					"must be the Identity Name of the package's manifest, 3 to 50 letters, digits, dots and hyphens", "")},
			},
			"event_types": schema.SetAttribute{
				MarkdownDescription: "Kinds of failures to count: `crash`, `hang`, `memory` and `jse`, an exception of JavaScript. If omitted: all of them.",
				Optional:            true, ElementType: types.StringType,
				Validators: []validator.Set{
					argument.Filled{},
					setvalidator.ValueStringsAre(argument.OneOf("crash", "hang", "memory", "jse")),
				},
			},
			"start_date": schema.StringAttribute{
				MarkdownDescription: fmt.Sprintf("First day to count, %s. The Store reports the last %d days only. If omitted: %d days before the end.",
					dateForm, reportedDays, reportedDays),
				Optional: true, Validators: []validator.String{argument.Text(dayOrTime)},
			},
			"end_date": schema.StringAttribute{
				MarkdownDescription: "Last day to count, " + dateForm + ". If omitted: today, in UTC.",
				Optional:            true, Validators: []validator.String{argument.Text(dayOrTime)},
			},
			"event_count":  schema.Int64Attribute{MarkdownDescription: "How often the version failed.", Computed: true},
			"device_count": schema.Int64Attribute{MarkdownDescription: "Sum of the devices of all failures. " + devicesNote, Computed: true},
			"latest_date": schema.StringAttribute{
				MarkdownDescription: "Last day for which there are failures, such as `2026-12-24`; null if nothing is known.", Computed: true,
			},
			"failures": schema.ListNestedAttribute{
				MarkdownDescription: failuresNote, Computed: true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name":         schema.StringAttribute{MarkdownDescription: "Name of the failure; null if the Store gives none.", Computed: true},
					"hash":         schema.StringAttribute{MarkdownDescription: "Hash that identifies the failure; null if the Store gives none.", Computed: true},
					"symbol":       schema.StringAttribute{MarkdownDescription: "Symbol where it failed; null if the Store gives none.", Computed: true},
					"event_type":   schema.StringAttribute{MarkdownDescription: "Kind of the failure, such as `crash`.", Computed: true},
					"event_count":  schema.Int64Attribute{MarkdownDescription: "How often it happened.", Computed: true},
					"device_count": schema.Int64Attribute{MarkdownDescription: "On how many devices, added up over days. It may be 0 beside events.", Computed: true},
				}},
			},
		},
	}
}

// fourParts accepts a version as packages have it.
type fourParts struct{}

// Description implements validator.Describer.
func (fourParts) Description(context.Context) string { return "a version in four parts" }

// MarkdownDescription implements validator.Describer.
func (v fourParts) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements validator.String.
func (fourParts) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := msix.ParseVersion(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a package version", fmt.Sprintf("%s: %v.", req.Path, err))
	}
}

// dayOrTime accepts what parseDay reads.
func dayOrTime(value string) string {
	if _, err := parseDay(value); err != nil {
		return fmt.Sprintf("is %q. Write a day such as 2026-12-24, or a time such as 2026-12-24T09:00:00Z.", value)
	}
	return ""
}
