package argument_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/argument"
)

// validate has any validator of the package look at a value.
func validate(t *testing.T, at path.Path, value attr.Value, by any) diag.Diagnostics {
	t.Helper()
	switch v := value.(type) {
	case types.String:
		var resp validator.StringResponse
		by.(validator.String).ValidateString(t.Context(), validator.StringRequest{Path: at, ConfigValue: v}, &resp) //nolint:forcetypeassert // A panic is a failure.
		return resp.Diagnostics
	case types.Int64:
		var resp validator.Int64Response
		by.(validator.Int64).ValidateInt64(t.Context(), validator.Int64Request{Path: at, ConfigValue: v}, &resp) //nolint:forcetypeassert // See above.
		return resp.Diagnostics
	case types.Float64:
		var resp validator.Float64Response
		by.(validator.Float64).ValidateFloat64(t.Context(), validator.Float64Request{Path: at, ConfigValue: v}, &resp) //nolint:forcetypeassert // See above.
		return resp.Diagnostics
	case types.List:
		var resp validator.ListResponse
		by.(validator.List).ValidateList(t.Context(), validator.ListRequest{Path: at, ConfigValue: v}, &resp) //nolint:forcetypeassert // See above.
		return resp.Diagnostics
	case types.Set:
		var resp validator.SetResponse
		by.(validator.Set).ValidateSet(t.Context(), validator.SetRequest{Path: at, ConfigValue: v}, &resp) //nolint:forcetypeassert // See above.
		return resp.Diagnostics
	}
	t.Fatalf("no validator takes %T", value)
	return nil
}

func TestMessages(t *testing.T) {
	t.Parallel()
	top, nested := path.Root("x"), path.Root("packages").AtListIndex(1).AtName("x")
	letters := argument.Matches(regexp.MustCompile(`^[a-z]+$`), "must be letters", "See the manual.")
	text := types.StringValue
	for _, c := range []struct {
		at    path.Path
		value attr.Value
		by    any
		want  string // the detail; empty: accepted
	}{
		{top, text("b"), argument.OneOf("a", "b"), ""},
		{top, text("B"), argument.OneOf("a", "b"), `x must be a or b, got "B".`},
		{nested, text(""), argument.OneOf("a", "b", "c"), `packages[1].x must be a, b or c, got "".`},
		{top, text("d"), argument.OneOf("a"), `x must be a, got "d".`},
		{top, types.StringNull(), argument.OneOf("a"), ""},
		{top, types.StringUnknown(), argument.OneOf("a"), ""},
		{top, text("abc"), letters, ""},
		{top, text("1"), letters, `x must be letters, got "1". See the manual.`},
		{top.AtSetValue(text("1")), text("1"), letters, `x must be letters, got "1". See the manual.`},
		{top.AtMapKey("k"), text("1"), letters, `x["k"] must be letters, got "1". See the manual.`},
		{top, text("a"), argument.NotEmpty(), ""},
		{top, text(""), argument.NotEmpty(), `x must not be empty.`},
		{top, text("ää"), argument.Length(2), ""},
		{top, text(""), argument.Length(2), `x must have 1 to 2 characters, got 0.`},
		{top, text("secret"), argument.Length(2), `x must have 1 to 2 characters, got 6.`},
		{top, text("2026-12-24T09:00:00+01:00"), argument.Date(), ""},
		{top, text("2026-12-24T09:00:00.5Z"), argument.Date(), ""},
		{top, text("2026-12-24"), argument.Date(), `x has no time. Write 2026-12-24T09:00:00Z.`},
		{top, text("2026-12-24T09:00:00"), argument.Date(), `x has no time zone. Write 2026-12-24T09:00:00Z for UTC.`},
		{top, text("2026-13-24"), argument.Date(), `x must be a date and time such as 2026-12-24T09:00:00Z, got "2026-13-24".`},
		{nested, text(""), argument.Date(), `packages[1].x must be a date and time such as 2026-12-24T09:00:00Z, got "".`},
		{top, text("1h30m"), argument.Duration(), ""},
		{path.Root("timeouts").AtName("create"), text("6 hours"), argument.Duration(), `timeouts.create must be a duration such as 6h or 90m, got "6 hours".`},
		{top, text("-1h"), argument.Duration(), `x must be a duration such as 6h or 90m, got "-1h".`},
		{top, text("0"), argument.Duration(), `x must be a duration such as 6h or 90m, got "0".`},
		{top, types.Float64Value(100), argument.Between(0, 100), ""},
		{path.Root("percentage"), types.Float64Value(150), argument.Between(0, 100), `percentage must be 0 to 100, got 150.`},
		{top, types.Float64Null(), argument.Between(1, 100), ""},
		{top, types.Float64Unknown(), argument.Between(1, 100), ""},
		{top, types.Int64Null(), argument.AtLeast(1), ""},
		{top, types.Int64Unknown(), argument.AtLeast(1), ""},
		{top, types.Int64Value(-1), argument.Between(0, 25), `x must be 0 to 25, got -1.`},
		{top, types.Int64Value(1), argument.AtLeast(1), ""},
		{top, types.Int64Value(0), argument.AtLeast(1), `x must be 1 or more, got 0.`},
		{top, types.Float64Value(0.01), argument.InitialPercentage(), ""},
		{top, types.Float64Value(100), argument.InitialPercentage(), ""},
		{top, types.Float64Value(100.5), argument.InitialPercentage(), `x must be above 0 and at most 100, got 100.5. To give the packages to everybody in the flight at once, leave package_rollout out.`},
		{top, types.Float64Value(0), argument.InitialPercentage(), `x must be above 0 and at most 100, got 0. To give the packages to everybody in the flight at once, leave package_rollout out.`},
		{top, types.ListValueMust(types.StringType, nil), argument.Filled{}, `x must not be empty. Leave it out instead.`},
		{top, types.ListNull(types.StringType), argument.Filled{}, ""},
		{top, types.SetValueMust(types.StringType, nil), argument.Filled{}, `x must not be empty. Leave it out instead.`},
		{top, types.SetUnknown(types.StringType), argument.Filled{}, ""},
		{top, types.SetValueMust(types.StringType, []attr.Value{text("a")}), argument.Filled{}, ""},
	} {
		var texts []string
		for _, d := range validate(t, c.at, c.value, c.by) {
			texts = append(texts, d.Detail())
			if at, ok := d.(diag.DiagnosticWithPath); !ok || !at.Path().Equal(c.at) {
				t.Errorf("%s points elsewhere than at %s", d.Detail(), c.at)
			}
		}
		if got := strings.Join(texts, "\n"); got != c.want {
			t.Errorf("%s = %s: %q, want %q", c.at, c.value, got, c.want)
		}
	}
}

// Each operation of timeouts takes a duration, and says so in the words of this package.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	resources, ok := argument.Timeouts(t.Context(), timeouts.Opts{Create: true}).(schema.SingleNestedAttribute)
	if !ok {
		t.Fatal("timeouts is no nested attribute")
	}
	actions, ok := argument.InvokeTimeout(t.Context(), "x").(actionschema.SingleNestedAttribute)
	if !ok {
		t.Fatal("timeouts of an action is no nested attribute")
	}
	for name, of := range map[string]interface{ StringValidators() []validator.String }{
		"create": resources.Attributes["create"].(schema.StringAttribute),     //nolint:forcetypeassert // A panic is a failure.
		"invoke": actions.Attributes["invoke"].(actionschema.StringAttribute), //nolint:forcetypeassert // See above.
	} {
		if found := of.StringValidators(); len(found) != 1 || !validate(t, path.Root(name), types.StringValue("6 hours"), found[0]).HasError() {
			t.Errorf("%s takes 6 hours", name)
		}
	}
}
