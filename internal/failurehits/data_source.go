// Package failurehits has the data source about what a package's users meet in the field.
package failurehits

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
)

var (
	_ datasource.DataSourceWithConfigure      = (*DataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*DataSource)(nil)
)

// DataSource is the data source msstore_failure_hits.
type DataSource struct {
	providerdata.ForDataSource
}

// NewDataSource makes the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// Metadata implements datasource.DataSource.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_failure_hits"
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig.
func (d *DataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || m.StartDate.IsNull() || m.EndDate.IsNull() {
		return
	}
	start, startErr := parseDay(m.StartDate.ValueString())
	end, endErr := parseDay(m.EndDate.ValueString())
	// What is unknown or no date is nothing to compare.
	if startErr == nil && endErr == nil {
		checkOrder(start, end, &resp.Diagnostics)
	}
}

// Read implements datasource.DataSource.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	ctx, cancel, ok := d.Begin(ctx, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	today := day(time.Now())
	query := m.query(ctx, today, &resp.Diagnostics)
	checkOrder(query.Start, query.End, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if oldest := today.AddDate(0, 0, -reportedDays); query.Start.Before(oldest) {
		resp.Diagnostics.AddAttributeWarning(path.Root("start_date"), "Failures before the last 30 days are not reported",
			fmt.Sprintf("The failures of version %s are asked for from %s on, and the Store reports those of the last %d days, from %s on. "+
				"The counts lack what was before. Set start_date to a later day.",
				query.PackageVersion, query.Start.Format(time.DateOnly), reportedDays, oldest.Format(time.DateOnly)))
	}
	hits, err := d.Data.Client.FailureHits(ctx, query)
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "reading failure hits", err)
		return
	}
	m.report(hits)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

func checkOrder(start, end time.Time, diags *diag.Diagnostics) {
	if start.After(end) {
		diags.AddAttributeError(path.Root("start_date"), "Dates in the wrong order",
			fmt.Sprintf("start_date is %s, which is after %s, the end_date or else today. Set start_date to that day or an earlier one.",
				start.Format(time.DateOnly), end.Format(time.DateOnly)))
	}
}
