// Package argument validates arguments. Each message names the argument, what it
// must be and what it is: a CLI may point at the first line of the resource instead
// of the argument, and the messages of the validator libraries speak to programmers.
package argument

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Text validates a string. It returns what follows the name of the argument in a
// message, such as "must be a or b, got c.", or nothing if the value is fine.
type Text func(value string) string

// OneOf accepts one of several values.
func OneOf(values ...string) Text {
	must := "must be " + values[0]
	if last := len(values) - 1; last > 0 {
		must = "must be " + strings.Join(values[:last], ", ") + " or " + values[last]
	}
	return func(value string) string {
		if slices.Contains(values, value) {
			return ""
		}
		return fmt.Sprintf("%s, got %q.", must, value)
	}
}

// Matches accepts what has a form. must says which, as in "must be a GUID"; advice
// is a sentence that helps, or nothing.
func Matches(form *regexp.Regexp, must, advice string) Text {
	return func(value string) string {
		if form.MatchString(value) {
			return ""
		}
		return strings.TrimSpace(fmt.Sprintf("%s, got %q. %s", must, value, advice))
	}
}

// NotEmpty accepts any string but the empty one.
func NotEmpty() Text {
	return func(value string) string {
		if value != "" {
			return ""
		}
		return "must not be empty."
	}
}

// Length accepts 1 to most characters. The message does not repeat the value, which
// may be secret.
func Length(most int) Text {
	return func(value string) string {
		if n := utf8.RuneCountInString(value); n < 1 || n > most {
			return fmt.Sprintf("must have 1 to %d characters, got %d.", most, n)
		}
		return ""
	}
}

// Date accepts a date and time in RFC 3339 format.
func Date() Text {
	return func(value string) string {
		if _, err := time.Parse(time.RFC3339, value); err == nil {
			return ""
		}
		if _, err := time.Parse(time.DateOnly, value); err == nil {
			return fmt.Sprintf("has no time. Write %sT09:00:00Z.", value)
		}
		if _, err := time.Parse("2006-01-02T15:04:05", value); err == nil {
			return fmt.Sprintf("has no time zone. Write %sZ for UTC.", value)
		}
		return fmt.Sprintf("must be a date and time such as 2026-12-24T09:00:00Z, got %q.", value)
	}
}

// Duration accepts a positive duration of hours, minutes and seconds.
func Duration() Text {
	return func(value string) string {
		if d, err := time.ParseDuration(value); err == nil && d > 0 {
			return ""
		}
		return fmt.Sprintf("must be a duration such as 6h or 90m, got %q.", value)
	}
}

// Description implements validator.Describer.
func (Text) Description(context.Context) string { return "" }

// MarkdownDescription implements validator.Describer.
func (Text) MarkdownDescription(context.Context) string { return "" }

// ValidateString implements validator.String.
func (t Text) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if known(req.ConfigValue) {
		refuse(&resp.Diagnostics, req.Path, t(req.ConfigValue.ValueString()))
	}
}

// Number validates a number, as [Text] does a string.
type Number func(value float64) string

// Between accepts from, to and what is between them.
func Between(from, to float64) Number {
	must := fmt.Sprintf("must be %s to %s", format(from), format(to))
	if math.IsInf(to, 1) {
		must = fmt.Sprintf("must be %s or more", format(from))
	}
	return func(value float64) string {
		if value >= from && value <= to {
			return ""
		}
		return fmt.Sprintf("%s, got %s.", must, format(value))
	}
}

// AtLeast accepts from and more.
func AtLeast(from float64) Number { return Between(from, math.Inf(1)) }

// InitialPercentage accepts what a gradual rollout can start with: the Store takes
// 0 as well, and nobody would get the packages.
func InitialPercentage() Number {
	return func(value float64) string {
		if value > 0 && value <= 100 {
			return ""
		}
		return fmt.Sprintf("must be above 0 and at most 100, got %s. To give the packages to everybody in the flight at once, leave package_rollout out.", format(value))
	}
}

func format(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// Description implements validator.Describer.
func (Number) Description(context.Context) string { return "" }

// MarkdownDescription implements validator.Describer.
func (Number) MarkdownDescription(context.Context) string { return "" }

// ValidateInt64 implements validator.Int64.
func (n Number) ValidateInt64(_ context.Context, req validator.Int64Request, resp *validator.Int64Response) {
	if known(req.ConfigValue) {
		refuse(&resp.Diagnostics, req.Path, n(float64(req.ConfigValue.ValueInt64())))
	}
}

// ValidateFloat64 implements validator.Float64.
func (n Number) ValidateFloat64(_ context.Context, req validator.Float64Request, resp *validator.Float64Response) {
	if known(req.ConfigValue) {
		refuse(&resp.Diagnostics, req.Path, n(req.ConfigValue.ValueFloat64()))
	}
}

// Filled accepts lists and sets with at least one element.
type Filled struct{}

const empty = "must not be empty. Leave it out instead."

// Description implements validator.Describer.
func (Filled) Description(context.Context) string { return "" }

// MarkdownDescription implements validator.Describer.
func (Filled) MarkdownDescription(context.Context) string { return "" }

// ValidateList implements validator.List.
func (Filled) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	if known(req.ConfigValue) && len(req.ConfigValue.Elements()) == 0 {
		refuse(&resp.Diagnostics, req.Path, empty)
	}
}

// ValidateSet implements validator.Set.
func (Filled) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	if known(req.ConfigValue) && len(req.ConfigValue.Elements()) == 0 {
		refuse(&resp.Diagnostics, req.Path, empty)
	}
}

func known(v attr.Value) bool { return !v.IsNull() && !v.IsUnknown() }

func refuse(diags *diag.Diagnostics, at path.Path, fault string) {
	if fault != "" {
		diags.AddAttributeError(at, "Invalid value", name(at)+" "+fault)
	}
}

// name writes a path as users know it. An element of a set goes by the set's name.
func name(at path.Path) string {
	steps := at.Steps()
	for len(steps) > 0 {
		last, rest := steps.LastStep()
		if _, element := last.(path.PathStepElementKeyValue); !element {
			break
		}
		steps = rest
	}
	return steps.String()
}
