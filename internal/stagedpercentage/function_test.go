package stagedpercentage_test

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"pgregory.net/rapid"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/stagedpercentage"
)

const (
	start = "2026-03-02T09:00:00Z"
	ramp  = `[{ percentage = 1, hold = "24h" }, { percentage = 10, hold = "36h30m" }, { percentage = 100 }]`
)

// call is an output of what the function gives.
func call(output, stages, startedAt, now string) string {
	return acctest.Block(fmt.Sprintf("output %q", output), fmt.Sprintf("value = provider::msstore::staged_percentage(%s, %s, %s)", stages, startedAt, now))
}

// Users write the stages in the ways that Terraform's expressions give.
func TestStagedPercentage(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	typed := func(name, hold string) string {
		return acctest.Block(fmt.Sprintf("variable %q", name), fmt.Sprintf("type = list(object({ percentage = number, hold = %s }))", hold),
			`default = [{ percentage = 0.5, hold = "1h" }, { percentage = 50, hold = null }]`)
	}
	config := typed("typed", "string") + typed("optional", "optional(string)")
	var checks []statecheck.StateCheck
	for i, test := range []struct {
		stages, startedAt, now string
		want                   float64
	}{
		{stages: ramp, startedAt: "null", now: `"2026-03-30T00:00:00Z"`, want: 1},
		{stages: ramp, startedAt: start, now: `"2026-03-01T00:00:00Z"`, want: 1},
		{stages: ramp, startedAt: start, now: `"2026-03-02T09:00:00Z"`, want: 1},
		{stages: ramp, startedAt: start, now: `"2026-03-03T08:59:59Z"`, want: 1},
		{stages: ramp, startedAt: start, now: `"2026-03-03T09:00:00Z"`, want: 10},
		{stages: ramp, startedAt: start, now: `"2026-03-03T10:00:00+01:00"`, want: 10},
		{stages: ramp, startedAt: start, now: `"2026-03-04T21:29:59.999999999Z"`, want: 10},
		{stages: ramp, startedAt: start, now: `"2026-03-04T21:30:00Z"`, want: 100},
		{stages: ramp, startedAt: start, now: `"9999-12-31T23:59:59Z"`, want: 100},
		{stages: ramp, startedAt: start, now: "plantimestamp()", want: 100},
		{stages: `[{ percentage = 100 }]`, startedAt: start, now: `"2026-03-02T09:00:00Z"`, want: 100},
		{stages: `[{ percentage = 0, hold = "0s" }, { percentage = 5 }]`, startedAt: start, now: `"2026-03-02T09:00:00Z"`, want: 5},
		{stages: `[{ percentage = 5, hold = "0s" }, { percentage = 5 }]`, startedAt: "null", now: `"2026-03-02T09:00:00Z"`, want: 5},
		{stages: `[{ percentage = 5, hold = "1h" }, { percentage = 7, hold = "1h" }]`, startedAt: start, now: `"2027-03-02T09:00:00Z"`, want: 7},
		{stages: `[{ percentage = 5, hold = "1h" }, { percentage = 7, hold = null }]`, startedAt: start, now: `"2027-03-02T09:00:00Z"`, want: 7},
		{stages: `[{ percentage = "5", hold = "1h" }, { percentage = 7 }]`, startedAt: start, now: `"2026-03-02T09:00:00Z"`, want: 5},
		{stages: `[for p in [1, 2, 3] : { percentage = p, hold = "${p}h" }]`, startedAt: start, now: `"2026-03-02T10:30:00Z"`, want: 2},
		{stages: `tolist([{ percentage = 5, hold = "1h" }])`, startedAt: start, now: `"2026-03-02T10:30:00Z"`, want: 5},
		{stages: `concat([{ percentage = 5, hold = "1h" }], [{ percentage = 6 }])`, startedAt: start, now: `"2026-03-02T10:30:00Z"`, want: 6},
		{stages: `[tomap({ percentage = "5", hold = "1h" }), tomap({ percentage = "6" })]`, startedAt: start, now: `"2026-03-02T10:30:00Z"`, want: 6},
		{stages: "var.typed", startedAt: start, now: `"2026-03-02T09:30:00Z"`, want: 0.5},
		{stages: "var.optional", startedAt: start, now: `"2026-03-02T10:30:00Z"`, want: 50},
	} {
		startedAt := test.startedAt
		if startedAt == start {
			startedAt = fmt.Sprintf("%q", start)
		}
		output := fmt.Sprintf("percentage_%d", i)
		config += call(output, test.stages, startedAt, test.now)
		checks = append(checks, statecheck.ExpectKnownOutputValue(output, knownvalue.Float64Exact(test.want)))
	}
	w.Run(t, acctest.Step{Config: w.Calling(config), StateChecks: checks})
}

// A percentage that depends on what an apply will tell is not known before, and no error.
func TestStagedPercentageOfUnknown(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	config := ""
	var planned []plancheck.PlanCheck
	var applied []statecheck.StateCheck
	for i, test := range []struct{ input, stages, startedAt, now string }{
		{`"` + start + `"`, ramp, "LATER", `"` + start + `"`},
		{`"` + start + `"`, ramp, "null", "LATER"},
		{`"1h"`, `[{ percentage = 1, hold = LATER }, { percentage = 100 }]`, "null", `"` + start + `"`},
		{"1", `[{ percentage = LATER }]`, "null", `"` + start + `"`},
		{`{ percentage = 1 }`, `[LATER]`, "null", `"` + start + `"`},
		{`[{ percentage = 1 }]`, "LATER", "null", `"` + start + `"`},
	} {
		output := fmt.Sprintf("percentage_%d", i)
		config += acctest.Block(fmt.Sprintf(`resource "terraform_data" "later_%d"`, i), "input = "+test.input) +
			strings.ReplaceAll(call(output, test.stages, test.startedAt, test.now), "LATER", fmt.Sprintf("terraform_data.later_%d.output", i))
		planned = append(planned, plancheck.ExpectUnknownOutputValue(output))
		applied = append(applied, statecheck.ExpectKnownOutputValue(output, knownvalue.Float64Exact(1)))
	}
	w.Run(t, acctest.Step{Config: w.Calling(config), PlanChecks: planned, StateChecks: applied})
}

func TestStagedPercentageMistakes(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	config, wants := "", map[string]string{}
	for i, test := range []struct{ stages, startedAt, now, want string }{
		{stages: `[]`, want: `stages is empty`},
		{stages: `toset([{ percentage = 1 }])`, want: `stages is a set, which has no order`},
		{stages: `{ percentage = 1 }`, want: `stages is not a list`},
		{stages: `"1, 100"`, want: `stages is not a list`},
		{stages: `null`, want: `argument must not be null`},
		{stages: `[1, 100]`, want: `stages\[0\] is not an object`},
		{stages: `[{ percentage = 1, hold = "1h" }, null]`, want: `stages\[1\] is not an object`},
		{stages: `[{ percentage = 1, hold = "1h" }, { hold = "1h" }]`, want: `stages\[1\] has no percentage`},
		{stages: `[{ percentage = null }]`, want: `stages\[0\] has no percentage`},
		{stages: `[{ percentage = "half" }]`, want: `stages\[0\]\.percentage is not a number`},
		{stages: `[{ percentage = true }]`, want: `stages\[0\]\.percentage is not a number`},
		{stages: `[{ percentage = 100.5 }]`, want: `stages\[0\]\.percentage is 100\.5\. Write a number from 0 to 100`},
		{stages: `[{ percentage = 1, hold = "1h" }, { percentage = -1 }]`, want: `stages\[1\]\.percentage is -1\.`},
		{stages: `[{ percentage = 1, hold = "1h" }, { percentage = 50, hold = "1h" }, { percentage = 49.5 }]`, want: `stages\[2\]\.percentage is 49\.5, below the 50 of stages\[1\]`},
		{stages: `[{ percentage = 1 }, { percentage = 100 }]`, want: `stages\[0\] has no hold`},
		{stages: `[{ percentage = 1, hold = "1h" }, { percentage = 2, hold = null }, { percentage = 3 }]`, want: `stages\[1\] has no hold`},
		{stages: `[{ percentage = 1, hold = "6 hours" }, { percentage = 100 }]`, want: `stages\[0\]\.hold is "6 hours", which is not a duration\. Write .* 6h, 90m`},
		{stages: `[{ percentage = 1, hold = "" }, { percentage = 100 }]`, want: `stages\[0\]\.hold is "", which is not a duration`},
		{stages: `[{ percentage = 1, hold = "1h" }, { percentage = 100, hold = "1d" }]`, want: `stages\[1\]\.hold is "1d", which is not a duration`},
		{stages: `[{ percentage = 1, hold = 24 }, { percentage = 100 }]`, want: `stages\[0\]\.hold is not text`},
		{stages: `[{ percentage = 1, hold = "-1h" }, { percentage = 100 }]`, want: `stages\[0\]\.hold is negative`},
		{stages: `[{ percentage = 1, holds = "1h" }]`, want: `stages\[0\] has the attribute "holds"`},
		{stages: ramp, startedAt: `"yesterday"`, want: `started_at is "yesterday"\. Write .* 2026-12-24T09:00:00Z`},
		{stages: ramp, startedAt: `""`, want: `started_at is ""`},
		{stages: ramp, now: `"2026-12-24"`, want: `now is "2026-12-24"\.`},
		{stages: ramp, now: "null", want: `argument must not be null`},
	} {
		if test.startedAt == "" {
			test.startedAt = fmt.Sprintf("%q", start)
		}
		if test.now == "" {
			test.now = fmt.Sprintf("%q", start)
		}
		output := fmt.Sprintf("percentage_%d", i)
		config += call(output, test.stages, test.startedAt, test.now)
		wants[output] = test.want
	}
	refusals := w.ServedCLI(w.Calling(config)).Refusals("plan")
	for output, want := range wants {
		if got := refusals.About(output); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s is refused without %q:\n%s", output, want, got)
		}
	}
}

// run calls the function with natural stages, of which the last has no hold.
func run(t *rapid.T, percentages []int, holds []time.Duration, started, now time.Time) (*big.Float, *function.FuncError) {
	var elements []attr.Value
	var kinds []attr.Type
	for i, p := range percentages {
		values := map[string]attr.Value{"percentage": types.NumberValue(big.NewFloat(float64(p)))}
		shape := map[string]attr.Type{"percentage": types.NumberType}
		if i < len(holds) {
			values["hold"], shape["hold"] = types.StringValue(holds[i].String()), types.StringType
		}
		elements, kinds = append(elements, types.ObjectValueMust(shape, values)), append(kinds, types.ObjectType{AttrTypes: shape})
	}
	req := function.RunRequest{Arguments: function.NewArgumentsData([]attr.Value{
		types.DynamicValue(types.TupleValueMust(kinds, elements)),
		types.StringValue(started.Format(time.RFC3339Nano)), types.StringValue(now.Format(time.RFC3339Nano)),
	})}
	resp := function.RunResponse{Result: function.NewResultData(types.NumberUnknown())}
	stagedpercentage.New().Run(t.Context(), req, &resp)
	if resp.Error != nil {
		return nil, resp.Error
	}
	result, ok := resp.Result.Value().(types.Number)
	if !ok {
		t.Fatalf("the result is a %T", resp.Result.Value())
	}
	return result.ValueBigFloat(), nil
}

// As time goes on the percentage never falls, it is always one of the list, and it ends with the last.
func TestStagedPercentageNeverFalls(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		percentages := rapid.SliceOfN(rapid.IntRange(0, 100), 1, 8).Draw(t, "percentages")
		rising := true
		for i := range percentages[1:] {
			rising = rising && percentages[i] <= percentages[i+1]
		}
		var holds []time.Duration
		var total time.Duration
		for range percentages[1:] {
			hold := time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "hold"))
			holds, total = append(holds, hold), total+hold
		}
		started := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "started"), 0).UTC()
		before := big.NewFloat(float64(percentages[0]))
		now := started.Add(-time.Hour)
		for range 10 {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(total/4+time.Hour)).Draw(t, "later")))
			got, err := run(t, percentages, holds, started, now)
			if !rising {
				if err == nil || !strings.Contains(err.Text, "below the") {
					t.Fatalf("percentages %v: error %v", percentages, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Cmp(before) < 0 {
				t.Fatalf("at %s the percentage falls from %s to %s", now, before, got)
			}
			before = got
			if want := reference(percentages, holds, now.Sub(started)); got.Cmp(big.NewFloat(float64(want))) != 0 {
				t.Fatalf("%s after the start it is %s, want %d", now.Sub(started), got, want)
			}
		}
	})
}

// reference finds the stage from the end.
func reference(percentages []int, holds []time.Duration, elapsed time.Duration) int {
	for i := len(holds); i > 0; i-- {
		var begins time.Duration
		for _, hold := range holds[:i] {
			begins += hold
		}
		if elapsed >= begins {
			return percentages[i]
		}
	}
	return percentages[0]
}
