package packagerollout

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/submissionlookup"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
)

type dataSourceModel struct {
	submissionlookup.Key

	IsPackageRollout     types.Bool    `tfsdk:"is_package_rollout"`
	Percentage           types.Float64 `tfsdk:"percentage"`
	Status               types.String  `tfsdk:"status"`
	FallbackSubmissionID types.String  `tfsdk:"fallback_submission_id"`
}

// NewDataSource makes the data source msstore_package_rollout.
func NewDataSource() datasource.DataSource {
	attributes := submissionlookup.Arguments()
	attributes["is_package_rollout"] = schema.BoolAttribute{
		MarkdownDescription: "Whether the submission has a gradual rollout. Without one, everybody in the flight gets its packages at once.", Computed: true,
	}
	attributes["percentage"] = schema.Float64Attribute{
		MarkdownDescription: "Percentage of the flight's testers who get the packages. A rollout at 100 % is still live until it is finalized or halted.", Computed: true,
	}
	attributes["status"] = schema.StringAttribute{MarkdownDescription: statusDescription, Computed: true}
	attributes["fallback_submission_id"] = schema.StringAttribute{MarkdownDescription: fallbackDescription, Computed: true}
	return providerdata.DataSource[dataSourceModel]{
		TypeName: "msstore_package_rollout",
		Schema: schema.Schema{
			MarkdownDescription: "The gradual rollout of a flight submission. Only the last published submission can have a live rollout; `msstore_flight` has its ID.",
			Attributes:          attributes,
		},
		Attempt: submissionlookup.Attempt,
		Read:    read,
	}.New()
}

func read(ctx context.Context, data *providerdata.Data, m *dataSourceModel, _ *diag.Diagnostics) error {
	submission, err := submissionlookup.Find(ctx, data, &m.Key)
	if err != nil {
		return err
	}
	rollout := submission.PackageDeliveryOptions.PackageRollout
	m.IsPackageRollout = types.BoolValue(rollout.IsPackageRollout)
	m.Percentage = tfvalue.Number(rollout.Percentage)
	m.Status = tfvalue.Text(rollout.Status)
	m.FallbackSubmissionID = tfvalue.Text(rollout.FallbackSubmissionID)
	return nil
}
