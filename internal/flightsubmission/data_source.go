package flightsubmission

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/submissionlookup"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
)

type dataSourceModel struct {
	submissionlookup.Key

	Status            types.String `tfsdk:"status"`
	StatusDetails     types.Object `tfsdk:"status_details"`
	FlightPackages    types.List   `tfsdk:"flight_packages"`
	PackageRollout    types.Object `tfsdk:"package_rollout"`
	MandatoryUpdate   types.Object `tfsdk:"mandatory_update"`
	TargetPublishMode types.String `tfsdk:"target_publish_mode"`
	TargetPublishDate types.String `tfsdk:"target_publish_date"`
	Notes             types.String `tfsdk:"notes_for_certification"`
}

// NewDataSource makes the data source msstore_flight_submission.
func NewDataSource() datasource.DataSource {
	attributes := submissionlookup.Arguments()
	attributes["status"] = schema.StringAttribute{MarkdownDescription: descriptions.Status, Computed: true}
	attributes["status_details"] = schema.SingleNestedAttribute{
		MarkdownDescription: statusDetailsText, Computed: true,
		Attributes: map[string]schema.Attribute{
			"errors":                reportedList(errorsText, detailTexts, nil),
			"warnings":              reportedList(warningsText, detailTexts, nil),
			"certification_reports": reportedList(reportsText, reportTexts, nil),
		},
	}
	attributes["flight_packages"] = reportedList(packagesText, packageTexts, packageListTexts)
	attributes["package_rollout"] = schema.SingleNestedAttribute{
		MarkdownDescription: "Gradual rollout of the submission; null if it has none. The data source `msstore_package_rollout` has its status.", Computed: true,
		Attributes: map[string]schema.Attribute{
			"percentage": schema.Float64Attribute{MarkdownDescription: "Percentage of the flight's testers who get the packages.", Computed: true},
		},
	}
	attributes["mandatory_update"] = schema.SingleNestedAttribute{
		MarkdownDescription: "When the packages become mandatory; null if they are not mandatory.", Computed: true,
		Attributes: map[string]schema.Attribute{
			"effective_date": schema.StringAttribute{
				MarkdownDescription: "When the packages become mandatory, in RFC 3339 format.", Computed: true,
			},
		},
	}
	attributes["target_publish_mode"] = schema.StringAttribute{MarkdownDescription: "`Immediate`, `Manual` or `SpecificDate`.", Computed: true}
	attributes["target_publish_date"] = schema.StringAttribute{
		MarkdownDescription: "When to publish, in RFC 3339 format; null unless `target_publish_mode` is `SpecificDate`.",
		Computed:            true,
	}
	attributes["notes_for_certification"] = schema.StringAttribute{
		MarkdownDescription: "Notes for the certification testers.", Computed: true, Sensitive: true,
	}
	return providerdata.DataSource[dataSourceModel]{
		TypeName: "msstore_flight_submission",
		Schema:   schema.Schema{MarkdownDescription: "A flight submission as the Store has it.", Attributes: attributes},
		Attempt:  submissionlookup.Attempt,
		Read:     read,
	}.New()
}

func read(ctx context.Context, data *providerdata.Data, m *dataSourceModel, diags *diag.Diagnostics) error {
	submission, err := submissionlookup.Find(ctx, data, &m.Key)
	if err != nil {
		return err
	}
	// The resource's conversions are used, for one thing to look the same in both.
	var settings model
	settings.fromAPI(ctx, submission, diags)
	settings.settingsFromAPI(ctx, submission, diags)
	m.Status, m.StatusDetails, m.FlightPackages = settings.Status, settings.StatusDetails, settings.FlightPackages
	m.MandatoryUpdate, m.Notes = settings.MandatoryUpdate, tfvalue.Text(submission.NotesForCertification)
	m.TargetPublishMode, m.TargetPublishDate = settings.TargetPublishMode, settings.TargetPublishDate
	m.PackageRollout = types.ObjectNull(liveRolloutType().AttrTypes)
	if r := submission.PackageDeliveryOptions.PackageRollout; r.IsPackageRollout {
		m.PackageRollout = objectOf(ctx, liveRolloutType(), liveRolloutModel{Percentage: tfvalue.Number(r.Percentage)}, diags)
	}
	return nil
}
