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

type statusModel struct {
	submissionlookup.Key

	Status   types.String `tfsdk:"status"`
	Errors   types.List   `tfsdk:"errors"`
	Warnings types.List   `tfsdk:"warnings"`
}

// NewStatusDataSource makes the data source msstore_flight_submission_status.
func NewStatusDataSource() datasource.DataSource {
	attributes := submissionlookup.Arguments()
	attributes["status"] = schema.StringAttribute{MarkdownDescription: descriptions.Status, Computed: true}
	attributes["errors"] = reportedList(errorsText, detailTexts, nil)
	attributes["warnings"] = reportedList(warningsText, detailTexts, nil)
	return providerdata.DataSource[statusModel]{
		TypeName: "msstore_flight_submission_status",
		Schema:   schema.Schema{MarkdownDescription: "The status of a flight submission.", Attributes: attributes},
		Attempt:  submissionlookup.Attempt,
		Read:     readStatus,
	}.New()
}

func readStatus(ctx context.Context, data *providerdata.Data, m *statusModel, diags *diag.Diagnostics) error {
	submission, err := submissionlookup.Find(ctx, data, &m.Key)
	if err != nil {
		return err
	}
	m.Status = tfvalue.Text(submission.Status)
	m.Errors = statusDetailListFromAPI(ctx, submission.StatusDetails.Errors, diags)
	m.Warnings = statusDetailListFromAPI(ctx, submission.StatusDetails.Warnings, diags)
	return nil
}
