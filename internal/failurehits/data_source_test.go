package failurehits_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// ago is a day before today, in UTC.
func ago(days int) time.Time { return time.Now().UTC().AddDate(0, 0, -days) }

func config(w *acctest.World, arguments ...string) string {
	return w.Config(block(w, "test", arguments...))
}

func block(w *acctest.World, name string, arguments ...string) string {
	return acctest.Block(fmt.Sprintf(`data "msstore_failure_hits" %q`, name), append(arguments, fmt.Sprintf("application_id = %q", w.ApplicationID))...)
}

const version = `package_version = "1.2.3.0"`

func value(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data.msstore_failure_hits.test", tfjsonpath.New(attribute), check)
}

// counted checks the totals.
func counted(events, devices int64, latest knownvalue.Check) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		value("event_count", knownvalue.Int64Exact(events)), value("device_count", knownvalue.Int64Exact(devices)), value("latest_date", latest),
	}
}

func on(day time.Time) knownvalue.Check { return knownvalue.StringExact(day.Format(time.DateOnly)) }

// A test that runs over midnight in UTC would see two todays.
func world(t *testing.T) *acctest.World {
	t.Helper()
	w := acctest.New(t)
	hit := func(days int, name string, change func(*storesim.FailureHit)) {
		h := storesim.FailureHit{
			Date: ago(days), FailureName: name, FailureHash: "hash " + name, Symbol: "symbol " + name, EventType: "crash",
			PackageName: "Contoso.Sample", PackageVersion: "1.2.3.0", Market: "US", EventCount: 1, DeviceCount: 1,
		}
		if change != nil {
			change(&h)
		}
		w.Sim.AddFailureHits(w.ApplicationID, h)
	}
	hit(2, "A", func(h *storesim.FailureHit) { h.EventCount, h.DeviceCount = 5, 2 })
	hit(2, "A", func(h *storesim.FailureHit) { h.Market, h.EventCount = "DE", 2 })
	hit(3, "A", nil)
	hit(3, "A", func(h *storesim.FailureHit) { h.EventType, h.DeviceCount = "hang", 0 })
	hit(5, "B", func(h *storesim.FailureHit) { h.EventCount = 20 })
	hit(1, "B", func(h *storesim.FailureHit) { h.PackageVersion = "1.2.2.0" })
	hit(1, "B", func(h *storesim.FailureHit) { h.PackageName, h.EventCount = "Contoso.Other", 100 })
	hit(29, "", func(h *storesim.FailureHit) { h.FailureHash, h.Symbol, h.EventType = "", "", "memory" })
	return w
}

func TestFailureHits(t *testing.T) {
	t.Parallel()
	w := world(t)
	failure := func(name, kind string, events, devices int64) knownvalue.Check {
		text := func(text string) knownvalue.Check {
			if name == "" {
				return knownvalue.Null()
			}
			return knownvalue.StringExact(text)
		}
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"name": text(name), "hash": text("hash " + name), "symbol": text("symbol " + name), "event_type": knownvalue.StringExact(kind),
			"event_count": knownvalue.Int64Exact(events), "device_count": knownvalue.Int64Exact(devices),
		})
	}
	const sample = `package_name = "Contoso.Sample"`
	w.Run(t,
		acctest.Step{
			Config: config(w, version, sample),
			StateChecks: append(counted(30, 6, on(ago(2))), value("failures", knownvalue.ListExact([]knownvalue.Check{
				failure("B", "crash", 20, 1), failure("A", "crash", 8, 4), failure("", "memory", 1, 1), failure("A", "hang", 1, 0),
			}))),
		},
		acctest.Step{Config: config(w, version), StateChecks: counted(130, 7, on(ago(1)))},
		acctest.Step{
			Config:      config(w, version, sample, `event_types = ["hang", "memory"]`),
			StateChecks: append(counted(2, 1, on(ago(3))), value("failures", knownvalue.ListSizeExact(2))),
		},
		acctest.Step{
			Config:      config(w, version, sample, fmt.Sprintf("start_date = %q", ago(3).Format(time.DateOnly))),
			StateChecks: counted(9, 4, on(ago(2))),
		},
		acctest.Step{
			Config:      config(w, version, sample, fmt.Sprintf("start_date = %q", ago(5).Format(time.RFC3339)), fmt.Sprintf("end_date = %q", ago(3).Format(time.RFC3339))),
			StateChecks: counted(22, 2, on(ago(3))),
		},
		// Times count by their day in UTC.
		acctest.Step{
			Config:      config(w, version, sample, fmt.Sprintf("start_date = \"%sT23:30:00-02:00\"", ago(3).Format(time.DateOnly))),
			StateChecks: counted(7, 3, on(ago(2))),
		},
	)
}

// Failures with as many events come in one order, whatever the order of the rows, and a plan shows no difference.
func TestFailureHitsInOrder(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	var want []knownvalue.Check
	for _, name := range []string{"A", "B"} {
		for _, hash := range []string{"1", "2"} {
			for _, symbol := range []string{"f", "g"} {
				for _, kind := range []string{"crash", "hang"} {
					want = append(want, knownvalue.ObjectExact(map[string]knownvalue.Check{
						"name": knownvalue.StringExact(name), "hash": knownvalue.StringExact(hash), "symbol": knownvalue.StringExact(symbol),
						"event_type": knownvalue.StringExact(kind), "event_count": knownvalue.Int64Exact(2), "device_count": knownvalue.Int64Exact(1),
					}))
					// The Store counts in fractions.
					w.Sim.AddFailureHits(w.ApplicationID, storesim.FailureHit{
						Date: ago(1), FailureName: name, FailureHash: hash, Symbol: symbol, EventType: kind,
						PackageName: "Contoso.Sample", PackageVersion: "1.2.3.0", EventCount: 1.75, DeviceCount: 0.75,
					})
				}
			}
		}
	}
	w.Run(t, acctest.Step{Config: config(w, version), StateChecks: []statecheck.StateCheck{value("failures", knownvalue.ListExact(want))}})
}

// What an apply makes is validated when it is known.
func TestFailureHitsOfUnknown(t *testing.T) {
	t.Parallel()
	w := world(t)
	cli := w.CLI(w.Config(
		acctest.Block(`resource "terraform_data" "later"`, `input = "1.2.3.0"`),
		block(w, "test", `package_version = terraform_data.later.output`, `start_date = terraform_data.later.id`),
	))
	cli.MustRun("plan")
}

// No rows are no zero: latest_date tells whether there was anything.
func TestFailureHitsOfNothingKnown(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Run(t, acctest.Step{
		Config:      config(w, `package_version = "9.0.0.0"`),
		StateChecks: append(counted(0, 0, knownvalue.Null()), value("failures", knownvalue.ListExact(nil))),
	})
	w.OnlyReads()
}

// Everybody who asks the same shares one request.
func TestFailureHitsAreShared(t *testing.T) {
	t.Parallel()
	w := world(t)
	cli := w.CLI(config(w, version) + block(w, "again", version) + block(w, "other", version, `event_types = ["hang"]`))
	cli.MustRun("plan")
	if requests := w.Sim.Requests(); len(requests) != 2 {
		t.Errorf("%d requests for one plan, want one for each question", len(requests))
	}
}

func TestFailureHitsMistakes(t *testing.T) {
	t.Parallel()
	w := world(t)
	tomorrow := ago(-1).Format(time.DateOnly)
	var steps []acctest.Step
	for _, test := range []struct {
		arguments []string
		want      string
	}{
		{[]string{`package_version = "1.2"`}, `package_version: version "1.2" has 2 parts`},
		{[]string{version, `package_name = "Contoso' or 'a' ne 'b"`}, "must be the Identity Name of the package's manifest"},
		{[]string{version, `event_types = ["crash", "freeze"]`}, `event_types must be crash, hang, memory or jse, got "freeze"`},
		{[]string{version, `event_types = []`}, "event_types must not be empty"},
		{[]string{version, `start_date = "24.12.2026"`}, `start_date is "24.12.2026". Write a day such as 2026-12-24`},
		{[]string{version, `end_date = ""`}, `end_date is ""`},
		{[]string{version, `start_date = "2026-03-02"`, `end_date = "2026-03-01"`}, "start_date is 2026-03-02, which is after 2026-03-01"},
		{[]string{version, `start_date = "2026-03-01T23:30:00-02:00"`, `end_date = "2026-03-01"`}, "start_date is 2026-03-02, which is after 2026-03-01"},
		{[]string{version, `start_date = "` + tomorrow + `"`}, "start_date is " + tomorrow + ", which is after " + ago(0).Format(time.DateOnly) + ", the end_date or else today"},
	} {
		steps = append(steps, acctest.Step{Config: config(w, test.arguments...), ExpectError: []string{test.want}})
	}
	steps = append(steps, acctest.Step{
		Config:      w.Config(acctest.Block(`data "msstore_failure_hits" "test"`, `application_id = "9NBLGGH4R999"`, version)),
		ExpectError: []string{"Error reading failure hits"},
	}, acctest.Step{Config: w.Config(acctest.Block(`output "end"`, "value = 0"))})
	w.Run(t, steps...)
}

// What the Store has forgotten is missing in the counts.
func TestFailureHitsOfLongAgo(t *testing.T) {
	t.Parallel()
	w := world(t)
	for days, warned := range map[int]bool{30: false, 31: true} {
		cli := w.CLI(config(w, version, fmt.Sprintf("start_date = %q", ago(days).Format(time.DateOnly))))
		out := cli.MustRun("plan")
		if strings.Contains(out, "Failures before the last 30 days are not reported") != warned {
			t.Errorf("from %d days ago:\n%s", days, out)
		}
	}
}

// A refusal reaches the user with the Store's words.
func TestFailureHitsRefused(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Sim.Inject(storesim.Fault{Operation: storesim.ListFailureHits, Times: -1, Action: storesim.Refuse{Status: 403, Code: "Forbidden", Message: "No role for analytics."}})
	w.Run(t,
		acctest.Step{Config: config(w, version), ExpectError: []string{"No role for analytics"}},
		acctest.Step{Config: w.Config(acctest.Block(`output "end"`, "value = 0"))},
	)
}
