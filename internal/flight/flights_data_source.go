package flight

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

type listModel struct {
	ApplicationID types.String  `tfsdk:"application_id"`
	Flights       []reportModel `tfsdk:"flights"`
}

// NewListDataSource makes the data source msstore_flights.
func NewListDataSource() datasource.DataSource {
	attributes := reported()
	attributes["flight_id"] = schema.StringAttribute{MarkdownDescription: descriptions.FlightID, Computed: true}
	attributes["friendly_name"] = schema.StringAttribute{MarkdownDescription: nameDescription, Computed: true}
	return providerdata.DataSource[listModel]{
		TypeName: "msstore_flights",
		Schema: schema.Schema{
			MarkdownDescription: "All package flights of an application.",
			Attributes: map[string]schema.Attribute{
				"application_id": schema.StringAttribute{
					MarkdownDescription: descriptions.ApplicationID, Required: true, Validators: []validator.String{storeid.Application()},
				},
				"flights": schema.ListNestedAttribute{
					MarkdownDescription: "The flights, in the Store's order. Empty if the application has none.",
					Computed:            true,
					NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
				},
			},
		},
		Attempt: "listing flights",
		Read:    readAll,
	}.New()
}

func readAll(ctx context.Context, data *providerdata.Data, m *listModel, diags *diag.Diagnostics) error {
	flights, err := data.Client.Flights(ctx, m.ApplicationID.ValueString())
	if err != nil {
		return err
	}
	m.Flights = make([]reportModel, 0, len(flights))
	for _, f := range flights {
		m.Flights = append(m.Flights, reportFromAPI(ctx, f, diags))
	}
	return nil
}
