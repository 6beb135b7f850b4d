package flightsubmission

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/docstring"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource is the data source msstore_flight_submission.
type DataSource struct {
	finder
}

// NewDataSource makes the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// finder is what the data sources about a submission have in common: they are
// asked by the same arguments and read the same object, so that all of them, and
// the resource, share one request.
type finder struct {
	providerdata.ForDataSource
}

// find reads the submission that key names, and completes key by its ID.
func (f *finder) find(ctx context.Context, key *keyModel, diags *diag.Diagnostics) *storeapi.Submission {
	if diags.HasError() || !f.Data.Ready(diags) {
		return nil
	}
	flight := storeapi.FlightRef{ApplicationID: key.ApplicationID.ValueString(), FlightID: key.FlightID.ValueString()}
	submission, err := f.Data.Workflow.Find(ctx, flight, key.SubmissionID.ValueString())
	if err != nil {
		diagnostic.AddError(diags, "reading flight submission", err)
		return nil
	}
	key.SubmissionID = types.StringValue(submission.Ref.SubmissionID)
	return submission
}

// keyModel is what the data sources are asked by.
type keyModel struct {
	ApplicationID types.String `tfsdk:"application_id"`
	FlightID      types.String `tfsdk:"flight_id"`
	SubmissionID  types.String `tfsdk:"submission_id"`
}

func keyArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"application_id": schema.StringAttribute{
			MarkdownDescription: docstring.ApplicationID, Required: true, Validators: []validator.String{storeid.Application()},
		},
		"flight_id": schema.StringAttribute{
			MarkdownDescription: docstring.FlightID, Required: true, Validators: []validator.String{storeid.Flight()},
		},
		"submission_id": schema.StringAttribute{
			MarkdownDescription: docstring.SubmissionID + " " + docstring.DefaultSubmission,
			Optional:            true, Computed: true, Validators: []validator.String{storeid.Submission()},
		},
	}
}

type dataSourceModel struct {
	keyModel

	Status            types.String      `tfsdk:"status"`
	StatusDetails     types.Object      `tfsdk:"status_details"`
	FlightPackages    types.List        `tfsdk:"flight_packages"`
	PackageRollout    types.Object      `tfsdk:"package_rollout"`
	MandatoryUpdate   types.Object      `tfsdk:"mandatory_update"`
	TargetPublishMode types.String      `tfsdk:"target_publish_mode"`
	TargetPublishDate timetypes.RFC3339 `tfsdk:"target_publish_date"`
	Notes             types.String      `tfsdk:"notes_for_certification"`
}

// Metadata implements datasource.DataSource.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_flight_submission"
}

// Schema implements datasource.DataSource.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := keyArguments()
	attributes["status"] = schema.StringAttribute{MarkdownDescription: docstring.Status, Computed: true}
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
				MarkdownDescription: "When the packages become mandatory, in RFC 3339 format.", CustomType: timetypes.RFC3339Type{}, Computed: true,
			},
		},
	}
	attributes["target_publish_mode"] = schema.StringAttribute{MarkdownDescription: "`Immediate`, `Manual` or `SpecificDate`.", Computed: true}
	attributes["target_publish_date"] = schema.StringAttribute{
		MarkdownDescription: "When to publish, in RFC 3339 format; null unless `target_publish_mode` is `SpecificDate`.",
		CustomType:          timetypes.RFC3339Type{}, Computed: true,
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
	submission := d.find(ctx, &m.keyModel, &resp.Diagnostics)
	if submission == nil {
		return
	}
	// The resource's conversions are used, for one thing to look the same in both.
	var settings model
	settings.fromSubmission(ctx, submission, &resp.Diagnostics)
	settings.fromSettings(ctx, submission, &resp.Diagnostics)
	m.Status, m.StatusDetails, m.FlightPackages = settings.Status, settings.StatusDetails, settings.FlightPackages
	m.MandatoryUpdate, m.Notes = settings.MandatoryUpdate, settings.Notes
	m.TargetPublishMode, m.TargetPublishDate = settings.TargetPublishMode, settings.TargetPublishDate
	m.PackageRollout = types.ObjectNull(liveRolloutType().AttrTypes)
	if r := submission.PackageDeliveryOptions.PackageRollout; r.IsPackageRollout {
		m.PackageRollout = objectOf(ctx, liveRolloutType(), liveRolloutModel{Percentage: types.Float64Value(r.Percentage)}, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
