package failurehits

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
)

type model struct {
	ApplicationID  types.String   `tfsdk:"application_id"`
	PackageVersion types.String   `tfsdk:"package_version"`
	PackageName    types.String   `tfsdk:"package_name"`
	EventTypes     types.Set      `tfsdk:"event_types"`
	StartDate      types.String   `tfsdk:"start_date"`
	EndDate        types.String   `tfsdk:"end_date"`
	EventCount     types.Int64    `tfsdk:"event_count"`
	DeviceCount    types.Int64    `tfsdk:"device_count"`
	LatestDate     types.String   `tfsdk:"latest_date"`
	Failures       []failureModel `tfsdk:"failures"`
}

type failureModel struct {
	Name        types.String `tfsdk:"name"`
	Hash        types.String `tfsdk:"hash"`
	Symbol      types.String `tfsdk:"symbol"`
	EventType   types.String `tfsdk:"event_type"`
	EventCount  types.Int64  `tfsdk:"event_count"`
	DeviceCount types.Int64  `tfsdk:"device_count"`
}

// parseDay reads a day, or the day of a time in UTC, as which plantimestamp and published_at come.
func parseDay(text string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	return day(t), err
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// toAPI is what the configuration asks for. Dates were validated before.
func (m *model) toAPI(ctx context.Context, today time.Time, diags *diag.Diagnostics) storeapi.FailureQuery {
	q := storeapi.FailureQuery{
		ApplicationID: m.ApplicationID.ValueString(), PackageVersion: m.PackageVersion.ValueString(), PackageName: m.PackageName.ValueString(), End: today,
	}
	diags.Append(m.EventTypes.ElementsAs(ctx, &q.EventTypes, false)...)
	if end, err := parseDay(m.EndDate.ValueString()); err == nil {
		q.End = end
	}
	q.Start = q.End.AddDate(0, 0, -reportedDays)
	if start, err := parseDay(m.StartDate.ValueString()); err == nil {
		q.Start = start
	}
	return q
}

// failure tells failures apart.
type failure struct{ name, hash, symbol, eventType string }

// count adds up rows.
type count struct{ events, devices float64 }

// fromAPI adds up the rows of all days for each failure.
func (m *model) fromAPI(hits []storeapi.FailureHit) {
	var total count
	var latest time.Time
	counts := map[failure]count{}
	for _, hit := range hits {
		key := failure{hit.FailureName, hit.FailureHash, hit.Symbol, hit.EventType}
		counts[key] = counts[key].plus(hit)
		total = total.plus(hit)
		if hit.Date.After(latest) {
			latest = hit.Date
		}
	}
	m.EventCount, m.DeviceCount, m.LatestDate = whole(total.events), whole(total.devices), types.StringNull()
	if !latest.IsZero() {
		m.LatestDate = types.StringValue(latest.Format(time.DateOnly))
	}
	m.Failures = make([]failureModel, 0, len(counts))
	for key, c := range counts {
		m.Failures = append(m.Failures, failureModel{
			Name: tfvalue.Text(key.name), Hash: tfvalue.Text(key.hash), Symbol: tfvalue.Text(key.symbol), EventType: tfvalue.Text(key.eventType),
			EventCount: whole(c.events), DeviceCount: whole(c.devices),
		})
	}
	slices.SortFunc(m.Failures, func(a, b failureModel) int {
		return cmp.Or(
			cmp.Compare(b.EventCount.ValueInt64(), a.EventCount.ValueInt64()),
			cmp.Compare(a.Name.ValueString(), b.Name.ValueString()),
			cmp.Compare(a.Hash.ValueString(), b.Hash.ValueString()),
			cmp.Compare(a.Symbol.ValueString(), b.Symbol.ValueString()),
			cmp.Compare(a.EventType.ValueString(), b.EventType.ValueString()),
		)
	})
}

func (c count) plus(hit storeapi.FailureHit) count {
	return count{events: c.events + hit.EventCount, devices: c.devices + hit.DeviceCount}
}

// whole is a count, which arrives with a fraction [store-api 11.2].
func whole(n float64) types.Int64 { return types.Int64Value(int64(math.Round(n))) }
