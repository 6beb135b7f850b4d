package packagerollout

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/submissionlookup"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource is the data source msstore_package_rollout.
type DataSource struct {
	submissionlookup.Finder
}

// NewDataSource makes the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

type dataSourceModel struct {
	submissionlookup.Key

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
	attributes := submissionlookup.Arguments()
	attributes["is_package_rollout"] = schema.BoolAttribute{
		MarkdownDescription: "Whether the submission has a gradual rollout. Without one, everybody in the flight gets its packages at once.", Computed: true,
	}
	attributes["percentage"] = schema.Float64Attribute{
		MarkdownDescription: "Percentage of the flight's testers who get the packages. 100 is not finalized as long as `status` does not say so.", Computed: true,
	}
	attributes["status"] = schema.StringAttribute{MarkdownDescription: statusDescription, Computed: true}
	attributes["fallback_submission_id"] = schema.StringAttribute{MarkdownDescription: fallbackDescription, Computed: true}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The gradual rollout of a flight submission. The rollout that is live is the last published submission's, whose ID `msstore_flight` tells.",
		Attributes:          attributes,
	}
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m dataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	submission := d.Find(ctx, &m.Key, &resp.Diagnostics)
	if submission == nil {
		return
	}
	rollout := submission.PackageDeliveryOptions.PackageRollout
	m.IsPackageRollout = types.BoolValue(rollout.IsPackageRollout)
	m.Percentage = tfvalue.Number(rollout.Percentage)
	m.Status = tfvalue.Text(rollout.Status)
	m.FallbackSubmissionID = tfvalue.Text(rollout.FallbackSubmissionID)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
