package flightsubmission

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/submissionlookup"
)

var _ datasource.DataSourceWithConfigure = (*ReportsDataSource)(nil)

// ReportsDataSource is the data source msstore_certification_reports.
type ReportsDataSource struct {
	submissionlookup.Finder
}

// NewReportsDataSource makes the data source.
func NewReportsDataSource() datasource.DataSource { return &ReportsDataSource{} }

type reportsModel struct {
	submissionlookup.Key

	Reports types.List `tfsdk:"reports"`
}

// Metadata implements datasource.DataSource.
func (d *ReportsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_certification_reports"
}

// Schema implements datasource.DataSource.
func (d *ReportsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := submissionlookup.Arguments()
	attributes["reports"] = reportedReports()
	resp.Schema = schema.Schema{
		MarkdownDescription: "The certification reports of a flight submission.",
		Attributes:          attributes,
	}
}

// Read implements datasource.DataSource.
func (d *ReportsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m reportsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	submission := d.Find(ctx, &m.Key, &resp.Diagnostics)
	if submission == nil {
		return
	}
	m.Reports = certificationReportsFromAPI(ctx, submission.StatusDetails.CertificationReports, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
