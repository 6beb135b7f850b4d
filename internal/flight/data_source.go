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
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

const rankDescription = "The flight directly below, in the Store's own words: its name, its ID, or `Non-flighted submission`."

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

func reportFromAPI(ctx context.Context, f storeapi.Flight, diags *diag.Diagnostics) reportModel {
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

// NewDataSource makes the data source msstore_flight.
func NewDataSource() datasource.DataSource {
	attributes := reported()
	attributes["application_id"] = schema.StringAttribute{
		MarkdownDescription: descriptions.ApplicationID, Required: true, Validators: []validator.String{storeid.Application()},
	}
	attributes["flight_id"] = schema.StringAttribute{
		MarkdownDescription: descriptions.FlightID + " Set either `flight_id` or `friendly_name`.",
		Optional:            true, Computed: true, Validators: []validator.String{storeid.Flight()},
	}
	attributes["friendly_name"] = schema.StringAttribute{
		MarkdownDescription: nameDescription + " The name must match exactly one flight, including case.",
		Optional:            true, Computed: true, Validators: []validator.String{argument.NotEmpty()},
	}
	return providerdata.DataSource[dataSourceModel]{
		TypeName: "msstore_flight",
		Schema:   schema.Schema{MarkdownDescription: "A package flight, found by its ID or its name.", Attributes: attributes},
		Attempt:  "reading flight",
		Validate: validate,
		Read:     read,
	}.New()
}

func validate(m *dataSourceModel, diags *diag.Diagnostics) {
	switch id, name := m.FlightID, m.FriendlyName; {
	case id.IsUnknown() || name.IsUnknown():
	case id.IsNull() && name.IsNull():
		diags.AddAttributeError(path.Root("friendly_name"), "Flight is not named", "Set flight_id or friendly_name to find a flight.")
	case !id.IsNull() && !name.IsNull():
		diags.AddAttributeError(path.Root("friendly_name"), "Flight is named twice",
			"flight_id and friendly_name exclude each other. Leave one of them out.")
	}
}

func read(ctx context.Context, data *providerdata.Data, m *dataSourceModel, diags *diag.Diagnostics) error {
	flight, err := m.find(ctx, data.Client)
	if err != nil {
		return err
	}
	m.reportModel = reportFromAPI(ctx, *flight, diags)
	return nil
}

func (m *dataSourceModel) find(ctx context.Context, client *storeapi.Client) (*storeapi.Flight, error) {
	applicationID, name := m.ApplicationID.ValueString(), m.FriendlyName.ValueString()
	if !m.FlightID.IsNull() {
		return client.Flight(ctx, storeapi.FlightRef{ApplicationID: applicationID, FlightID: m.FlightID.ValueString()})
	}
	flights, err := client.Flights(ctx, applicationID)
	if err != nil {
		return nil, err
	}
	flights = slices.DeleteFunc(flights, func(f storeapi.Flight) bool { return f.FriendlyName != name })
	switch len(flights) {
	case 1:
		return &flights[0], nil
	case 0:
		return nil, &workflow.Problem{
			Attribute: []any{"friendly_name"}, Summary: "Flight not found",
			Detail: fmt.Sprintf("Application %s has no flight named %q. Names are compared exactly, upper and lower case included; "+
				"the data source msstore_flights lists them.", applicationID, name),
		}
	default:
		ids := make([]string, 0, len(flights))
		for _, f := range flights {
			ids = append(ids, f.ID)
		}
		return nil, &workflow.Problem{
			Attribute: []any{"friendly_name"}, Summary: "Flight name is ambiguous",
			Detail: fmt.Sprintf("Application %s has %d flights named %q: %s. Find the flight by flight_id.",
				applicationID, len(flights), name, strings.Join(ids, ", ")),
		}
	}
}
