package packagerollout

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/docstring"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storevalue"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource is the data source msstore_package_rollout.
type DataSource struct {
	providerdata.ForDataSource
}

// NewDataSource makes the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

type dataSourceModel struct {
	ApplicationID        types.String  `tfsdk:"application_id"`
	FlightID             types.String  `tfsdk:"flight_id"`
	SubmissionID         types.String  `tfsdk:"submission_id"`
	IsPackageRollout     types.Bool    `tfsdk:"is_package_rollout"`
	Percentage           types.Float64 `tfsdk:"percentage"`
	Status               types.String  `tfsdk:"status"`
	FallbackSubmissionID types.String  `tfsdk:"fallback_submission_id"`
}

// Metadata implements datasource.DataSource.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_package_rollout"
}

// Schema implements datasource.DataSource.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The gradual rollout of a flight submission.",
		Attributes: map[string]schema.Attribute{
			"application_id": schema.StringAttribute{
				MarkdownDescription: docstring.ApplicationID, Required: true, Validators: []validator.String{storeid.Application()},
			},
			"flight_id": schema.StringAttribute{
				MarkdownDescription: docstring.FlightID, Required: true, Validators: []validator.String{storeid.Flight()},
			},
			"submission_id": schema.StringAttribute{
				MarkdownDescription: docstring.SubmissionID + " " + docstring.DefaultSubmission + " " +
					"The rollout that is live is the last published one's, whose ID `msstore_flight` tells.",
				Optional: true, Computed: true, Validators: []validator.String{storeid.Submission()},
			},
			"is_package_rollout": schema.BoolAttribute{
				MarkdownDescription: "Whether the submission has a gradual rollout. Without one, everybody in the flight gets its packages at once.", Computed: true,
			},
			"percentage": schema.Float64Attribute{
				MarkdownDescription: "Percentage of the flight's testers who get the packages. 100 is not finalized as long as `status` does not say so.", Computed: true,
			},
			"status":                 schema.StringAttribute{MarkdownDescription: statusDescription, Computed: true},
			"fallback_submission_id": schema.StringAttribute{MarkdownDescription: fallbackDescription, Computed: true},
		},
	}
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m dataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || !d.Data.Ready(&resp.Diagnostics) {
		return
	}
	flight := storeapi.FlightRef{ApplicationID: m.ApplicationID.ValueString(), FlightID: m.FlightID.ValueString()}
	submission, err := d.Data.Workflow.Find(ctx, flight, m.SubmissionID.ValueString())
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "reading package rollout", err)
		return
	}
	rollout := submission.PackageDeliveryOptions.PackageRollout
	m.SubmissionID = types.StringValue(submission.Ref.SubmissionID)
	m.IsPackageRollout = types.BoolValue(rollout.IsPackageRollout)
	m.Percentage = types.Float64Value(rollout.Percentage)
	m.Status = storevalue.Text(rollout.Status)
	m.FallbackSubmissionID = storevalue.Text(rollout.FallbackSubmissionID)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
