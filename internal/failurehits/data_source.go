// Package failurehits has the data source about what a package's users meet in the field.
package failurehits

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
)

// NewDataSource makes the data source msstore_failure_hits.
func NewDataSource() datasource.DataSource {
	return providerdata.DataSource[model]{
		TypeName: "msstore_failure_hits",
		Schema:   failureHitsSchema(),
		Attempt:  "reading failure hits",
		Validate: validate,
		Read:     read,
	}.New()
}

func validate(m *model, diags *diag.Diagnostics) {
	start, startErr := parseDay(m.StartDate.ValueString())
	end, endErr := parseDay(m.EndDate.ValueString())
	// What is unknown, left out or no date is nothing to compare.
	if startErr == nil && endErr == nil {
		checkOrder(start, end, diags)
	}
}

func read(ctx context.Context, data *providerdata.Data, m *model, diags *diag.Diagnostics) error {
	today := day(time.Now())
	query := m.toAPI(ctx, today, diags)
	checkOrder(query.Start, query.End, diags)
	if diags.HasError() {
		return nil
	}
	if oldest := today.AddDate(0, 0, -reportedDays); query.Start.Before(oldest) {
		diags.AddAttributeWarning(path.Root("start_date"), "Failures before the last 30 days are not reported",
			fmt.Sprintf("The failures of version %s are asked for from %s on, and the Store reports those of the last %d days, from %s on. "+
				"The counts lack what was before. Set start_date to a later day.",
				query.PackageVersion, query.Start.Format(time.DateOnly), reportedDays, oldest.Format(time.DateOnly)))
	}
	hits, err := data.Client.FailureHits(ctx, query)
	if err != nil {
		return err
	}
	m.fromAPI(hits)
	return nil
}

func checkOrder(start, end time.Time, diags *diag.Diagnostics) {
	if start.After(end) {
		diags.AddAttributeError(path.Root("start_date"), "Dates in the wrong order",
			fmt.Sprintf("start_date is %s, which is after %s, the end_date or else today. Set start_date to that day or an earlier one.",
				start.Format(time.DateOnly), end.Format(time.DateOnly)))
	}
}
