package flightsubmission

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/submissionlookup"
)

type reportsModel struct {
	submissionlookup.Key

	Reports types.List `tfsdk:"reports"`
}

// NewReportsDataSource makes the data source msstore_certification_reports.
func NewReportsDataSource() datasource.DataSource {
	attributes := submissionlookup.Arguments()
	attributes["reports"] = reportedList(reportsText, reportTexts, nil)
	return providerdata.DataSource[reportsModel]{
		TypeName: "msstore_certification_reports",
		Schema:   schema.Schema{MarkdownDescription: "The certification reports of a flight submission.", Attributes: attributes},
		Attempt:  submissionlookup.Attempt,
		Read:     readReports,
	}.New()
}

func readReports(ctx context.Context, data *providerdata.Data, m *reportsModel, diags *diag.Diagnostics) error {
	submission, err := submissionlookup.Find(ctx, data, &m.Key)
	if err != nil {
		return err
	}
	m.Reports = certificationReportsFromAPI(ctx, submission.StatusDetails.CertificationReports, diags)
	return nil
}
