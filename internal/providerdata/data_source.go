package providerdata

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
)

// ReadTimeout bounds data sources, imports and each read of a list resource, which have no argument timeouts.
const ReadTimeout = 10 * time.Minute

// DataSource describes a data source with the model M.
type DataSource[M any] struct {
	// TypeName is its name in configurations, such as msstore_flight.
	TypeName string
	Schema   schema.Schema
	// Attempt says in errors what Read does, as in "reading flight".
	Attempt string
	// Validate checks a configuration, whose values may be unknown; nil checks nothing.
	Validate func(m *M, diags *diag.Diagnostics)
	// Read completes the configuration with what the Store has.
	Read func(ctx context.Context, data *Data, m *M, diags *diag.Diagnostics) error
}

// New makes the data source.
func (d DataSource[M]) New() datasource.DataSource { return &dataSource[M]{description: d} }

type dataSource[M any] struct {
	description DataSource[M]
	data        *Data
}

// Metadata implements datasource.DataSource.
func (d *dataSource[M]) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = d.description.TypeName
}

// Schema implements datasource.DataSource.
func (d *dataSource[M]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = d.description.Schema
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *dataSource[M]) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = from(req.ProviderData, &resp.Diagnostics)
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig.
func (d *dataSource[M]) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var m M
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if d.description.Validate != nil {
		d.description.Validate(&m, &resp.Diagnostics)
	}
}

// Read implements datasource.DataSource.
func (d *dataSource[M]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m M
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	ctx, cancel, ok := d.data.BeginRead(ctx, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	if err := d.description.Read(ctx, d.data, &m, &resp.Diagnostics); err != nil {
		diagnostic.AddReadError(&resp.Diagnostics, d.description.Attempt, err)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
	}
}
