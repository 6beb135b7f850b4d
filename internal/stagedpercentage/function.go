// Package stagedpercentage provides the function staged_percentage.
package stagedpercentage

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ function.Function = (*Function)(nil)

// Function is staged_percentage.
type Function struct{}

// New makes the function.
func New() function.Function { return &Function{} }

// Metadata implements function.Function.
func (*Function) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "staged_percentage"
}

// The positions of the parameters, which errors name.
const (
	stagesParameter = iota
	startedAtParameter
	nowParameter
)

// Definition implements function.Function.
func (*Function) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Computes the percentage of a rollout that rises in stages",
		MarkdownDescription: "Computes the percentage of a package rollout that rises in stages, at a given time.",
		Parameters: []function.Parameter{
			// A list of objects would demand hold in each of them: parameters know no optional attributes.
			function.DynamicParameter{
				Name: "stages",
				MarkdownDescription: "List of stages in rising order, each an object of `percentage`, a number from 0 to 100, and `hold`, how long the stage lasts, " +
					"such as `24h` or `90m`. The last stage needs no `hold`.",
			},
			function.StringParameter{
				Name:                "started_at",
				AllowNullValue:      true,
				MarkdownDescription: "When the first stage began, in RFC 3339, such as `published_at` of `msstore_flight_submission`. Null gives the first stage.",
			},
			function.StringParameter{
				Name:                "now",
				MarkdownDescription: "The time to compute the percentage for, in RFC 3339, usually `plantimestamp()`. Before `started_at`, the first stage applies.",
			},
		},
		Return: function.NumberReturn{},
	}
}

// Run implements function.Function.
func (*Function) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var list types.Dynamic
	var startedAt, now types.String
	resp.Error = req.Arguments.Get(ctx, &list, &startedAt, &now)
	if resp.Error != nil {
		return
	}
	stages, known, err := readStages(list)
	if err == nil && known {
		err = check(stages)
	}
	if err != nil {
		resp.Error = function.NewArgumentFuncError(stagesParameter, err.Error())
		return
	}
	if !known {
		resp.Error = resp.Result.Set(ctx, types.NumberUnknown())
		return
	}
	at, err := readTime("now", now.ValueString())
	if err != nil {
		resp.Error = function.NewArgumentFuncError(nowParameter, err.Error())
		return
	}
	if startedAt.IsNull() {
		resp.Error = resp.Result.Set(ctx, types.NumberValue(stages[0].percentage))
		return
	}
	start, err := readTime("started_at", startedAt.ValueString())
	if err != nil {
		resp.Error = function.NewArgumentFuncError(startedAtParameter, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, types.NumberValue(inForce(stages, start, at)))
}

func readTime(parameter, value string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is %q. Write a date and a time with an offset, such as 2026-12-24T09:00:00Z", parameter, value)
	}
	return t, nil
}
