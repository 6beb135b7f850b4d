package flight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/argument"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
)

var (
	_ datasource.DataSourceWithConfigure      = (*DataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*DataSource)(nil)
)

const rankDescription = "The flight directly below, in the Store's own words: its name, its ID, or `Non-flighted submission`."

// DataSource is the data source msstore_flight.
type DataSource struct {
	providerdata.ForDataSource
}

// NewDataSource makes the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// reportModel is a flight as the data sources show it.
type reportModel struct {
	FlightID                  types.String `tfsdk:"flight_id"`
	FriendlyName              types.String `tfsdk:"friendly_name"`
	GroupIDs                  types.Set    `tfsdk:"group_ids"`
	RankHigherThan            types.String `tfsdk:"rank_higher_than"`
	PendingSubmissionID       types.String `tfsdk:"pending_submission_id"`
	LastPublishedSubmissionID types.String `tfsdk:"last_published_submission_id"`
}

type dataSourceModel struct {
	ApplicationID types.String `tfsdk:"application_id"`
	reportModel
}

func newReport(ctx context.Context, f storeapi.Flight, diags *diag.Diagnostics) reportModel {
	return reportModel{
		FlightID: types.StringValue(f.ID), FriendlyName: types.StringValue(f.FriendlyName), GroupIDs: groupIDs(ctx, f.GroupIDs, diags),
		RankHigherThan:      tfvalue.Text(f.RankHigherThan),
		PendingSubmissionID: tfvalue.Text(f.PendingSubmissionID), LastPublishedSubmissionID: tfvalue.Text(f.LastPublishedSubmissionID),
	}
}

// reported are the attributes of a flight that nobody asks by.
func reported() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"group_ids":                    schema.SetAttribute{MarkdownDescription: groupsDescription, ElementType: types.StringType, Computed: true},
		"rank_higher_than":             schema.StringAttribute{MarkdownDescription: rankDescription, Computed: true},
		"pending_submission_id":        schema.StringAttribute{MarkdownDescription: pendingDescription, Computed: true},
		"last_published_submission_id": schema.StringAttribute{MarkdownDescription: lastPublishedDescription, Computed: true},
	}
}

// Metadata implements datasource.DataSource.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_flight"
}

// Schema implements datasource.DataSource.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := reported()
	attributes["application_id"] = schema.StringAttribute{
		MarkdownDescription: descriptions.ApplicationID, Required: true, Validators: []validator.String{storeid.Application()},
	}
	attributes["flight_id"] = schema.StringAttribute{
		MarkdownDescription: descriptions.FlightID + " Exactly one of `flight_id` and `friendly_name` is given.",
		Optional:            true, Computed: true, Validators: []validator.String{storeid.Flight()},
	}
	attributes["friendly_name"] = schema.StringAttribute{
		MarkdownDescription: nameDescription + " It must be the exact name, and only one flight may have it.",
		Optional:            true, Computed: true, Validators: []validator.String{argument.NotEmpty()},
	}
	resp.Schema = schema.Schema{MarkdownDescription: "A package flight, found by its ID or its name.", Attributes: attributes}
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig.
func (d *DataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var m dataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	switch id, name := m.FlightID, m.FriendlyName; {
	case resp.Diagnostics.HasError() || id.IsUnknown() || name.IsUnknown():
	case id.IsNull() && name.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("friendly_name"), "Flight is not named", "Set flight_id or friendly_name to find a flight.")
	case !id.IsNull() && !name.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("friendly_name"), "Flight is named twice",
			"flight_id and friendly_name exclude each other. Leave one of them out.")
	}
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m dataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	ctx, cancel, ok := d.Begin(ctx, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	flight := d.find(ctx, m, &resp.Diagnostics)
	if flight == nil {
		return
	}
	m.reportModel = newReport(ctx, *flight, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

func (d *DataSource) find(ctx context.Context, m dataSourceModel, diags *diag.Diagnostics) *storeapi.Flight {
	applicationID, name := m.ApplicationID.ValueString(), m.FriendlyName.ValueString()
	if !m.FlightID.IsNull() {
		flight, err := d.Data.Client.Flight(ctx, storeapi.FlightRef{ApplicationID: applicationID, FlightID: m.FlightID.ValueString()})
		if err != nil {
			diagnostic.AddError(diags, "reading flight", err)
		}
		return flight
	}
	flights, err := d.Data.Client.Flights(ctx, applicationID)
	if err != nil {
		diagnostic.AddError(diags, "listing flights", err)
		return nil
	}
	flights = slices.DeleteFunc(flights, func(f storeapi.Flight) bool { return f.FriendlyName != name })
	switch len(flights) {
	case 1:
		return &flights[0]
	case 0:
		diags.AddAttributeError(path.Root("friendly_name"), "Flight not found",
			fmt.Sprintf("Application %s has no flight named %q. Names are compared exactly, upper and lower case included; the data source msstore_flights lists them.", applicationID, name))
	default:
		ids := make([]string, 0, len(flights))
		for _, f := range flights {
			ids = append(ids, f.ID)
		}
		diags.AddAttributeError(path.Root("friendly_name"), "Flight name is ambiguous",
			fmt.Sprintf("Application %s has %d flights named %q: %s. Find the flight by flight_id.", applicationID, len(flights), name, strings.Join(ids, ", ")))
	}
	return nil
}
