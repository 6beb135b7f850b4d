package flight

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

var _ datasource.DataSourceWithConfigure = (*ListDataSource)(nil)

// ListDataSource is the data source msstore_flights.
type ListDataSource struct {
	providerdata.ForDataSource
}

// NewListDataSource makes the data source.
func NewListDataSource() datasource.DataSource { return &ListDataSource{} }

type listModel struct {
	ApplicationID types.String  `tfsdk:"application_id"`
	Flights       []reportModel `tfsdk:"flights"`
}

// Metadata implements datasource.DataSource.
func (d *ListDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_flights"
}

// Schema implements datasource.DataSource.
func (d *ListDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := reported()
	attributes["flight_id"] = schema.StringAttribute{MarkdownDescription: descriptions.FlightID, Computed: true}
	attributes["friendly_name"] = schema.StringAttribute{MarkdownDescription: nameDescription, Computed: true}
	resp.Schema = schema.Schema{
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
	}
}

// Read implements datasource.DataSource.
func (d *ListDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m listModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	ctx, cancel, ok := d.Begin(ctx, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	flights, err := d.Data.Client.Flights(ctx, m.ApplicationID.ValueString())
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "listing flights", err)
		return
	}
	m.Flights = make([]reportModel, 0, len(flights))
	for _, f := range flights {
		m.Flights = append(m.Flights, newReport(ctx, f, &resp.Diagnostics))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
