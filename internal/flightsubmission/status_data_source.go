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

var _ datasource.DataSourceWithConfigure = (*StatusDataSource)(nil)

// StatusDataSource is the data source msstore_flight_submission_status.
type StatusDataSource struct {
	submissionlookup.Finder
}

// NewStatusDataSource makes the data source.
func NewStatusDataSource() datasource.DataSource { return &StatusDataSource{} }

type statusModel struct {
	submissionlookup.Key

	Status   types.String `tfsdk:"status"`
	Errors   types.List   `tfsdk:"errors"`
	Warnings types.List   `tfsdk:"warnings"`
}

// Metadata implements datasource.DataSource.
func (d *StatusDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_flight_submission_status"
}

// Schema implements datasource.DataSource.
func (d *StatusDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := submissionlookup.Arguments()
	attributes["status"] = schema.StringAttribute{MarkdownDescription: descriptions.Status, Computed: true}
	attributes["errors"] = reportedDetails(errorsText)
	attributes["warnings"] = reportedDetails(warningsText)
	resp.Schema = schema.Schema{MarkdownDescription: "The status of a flight submission.", Attributes: attributes}
}

// Read implements datasource.DataSource.
func (d *StatusDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m statusModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	submission := d.Find(ctx, &m.Key, &resp.Diagnostics)
	if submission == nil {
		return
	}
	m.Status = tfvalue.Text(submission.Status)
	m.Errors = statusDetailListFromAPI(ctx, submission.StatusDetails.Errors, &resp.Diagnostics)
	m.Warnings = statusDetailListFromAPI(ctx, submission.StatusDetails.Warnings, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
