package flightsubmission

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/submissionlookup"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource is the data source msstore_flight_submission.
type DataSource struct {
	submissionlookup.Finder
}

// NewDataSource makes the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

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

// Metadata implements datasource.DataSource.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_flight_submission"
}

// Schema implements datasource.DataSource.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := submissionlookup.Arguments()
	attributes["status"] = schema.StringAttribute{MarkdownDescription: descriptions.Status, Computed: true}
	attributes["status_details"] = schema.SingleNestedAttribute{
		MarkdownDescription: statusDetailsText, Computed: true,
		Attributes: map[string]schema.Attribute{
			"errors":                reportedDetails(errorsText),
			"warnings":              reportedDetails(warningsText),
			"certification_reports": reportedReports(),
		},
	}
	attributes["flight_packages"] = reportedPackages()
	attributes["package_rollout"] = schema.SingleNestedAttribute{
		MarkdownDescription: "Gradual rollout that the submission has; null if it has none. Its status is shown by `msstore_package_rollout`.", Computed: true,
		Attributes: map[string]schema.Attribute{
			"percentage": schema.Float64Attribute{MarkdownDescription: "Percentage of the flight's testers who get the packages.", Computed: true},
		},
	}
	attributes["mandatory_update"] = schema.SingleNestedAttribute{
		MarkdownDescription: "Since when the packages are mandatory; null if they are not.", Computed: true,
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
	resp.Schema = schema.Schema{MarkdownDescription: "A flight submission as the Store has it.", Attributes: attributes}
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m dataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	submission := d.Find(ctx, &m.Key, &resp.Diagnostics)
	if submission == nil {
		return
	}
	// The resource's conversions are used, for one thing to look the same in both.
	var settings model
	settings.fromAPI(ctx, submission, &resp.Diagnostics)
	settings.settingsFromAPI(ctx, submission, &resp.Diagnostics)
	m.Status, m.StatusDetails, m.FlightPackages = settings.Status, settings.StatusDetails, settings.FlightPackages
	m.MandatoryUpdate, m.Notes = settings.MandatoryUpdate, tfvalue.Text(submission.NotesForCertification)
	m.TargetPublishMode, m.TargetPublishDate = settings.TargetPublishMode, settings.TargetPublishDate
	m.PackageRollout = types.ObjectNull(liveRolloutType().AttrTypes)
	if r := submission.PackageDeliveryOptions.PackageRollout; r.IsPackageRollout {
		m.PackageRollout = objectOf(ctx, liveRolloutType(), liveRolloutModel{Percentage: tfvalue.Number(r.Percentage)}, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
