package application

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
)

var _ datasource.DataSourceWithConfigure = (*ListDataSource)(nil)

// ListDataSource is the data source msstore_applications.
type ListDataSource struct {
	providerdata.ForDataSource
}

// NewListDataSource makes the data source.
func NewListDataSource() datasource.DataSource { return &ListDataSource{} }

type listModel struct {
	Applications []model `tfsdk:"applications"`
}

// Metadata implements datasource.DataSource.
func (d *ListDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_applications"
}

// Schema implements datasource.DataSource.
func (d *ListDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"application_id": schema.StringAttribute{MarkdownDescription: descriptions.ApplicationID, Computed: true},
	}
	maps.Copy(attributes, reported())
	resp.Schema = schema.Schema{
		MarkdownDescription: "All applications of the Partner Center account.",
		Attributes: map[string]schema.Attribute{
			"applications": schema.ListNestedAttribute{
				MarkdownDescription: "The applications, in the Store's order.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
			},
		},
	}
}

// Read implements datasource.DataSource.
func (d *ListDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	ctx, cancel, ok := d.Begin(ctx, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	applications, err := d.Data.Client.Applications(ctx)
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "listing applications", err)
		return
	}
	m := listModel{Applications: make([]model, 0, len(applications))}
	for _, a := range applications {
		m.Applications = append(m.Applications, newModel(a))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
