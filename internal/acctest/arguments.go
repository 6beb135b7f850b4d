package acctest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Arguments are those of one block, in the form of JSON: what HCL takes as
// expressions, and the protocol as values.
type Arguments map[string]any

// Unknown stands for a value, of whatever type, that only an apply will tell.
const Unknown = "(known after apply)"

// With returns the arguments and those of more; nil leaves one out.
func (a Arguments) With(more Arguments) Arguments {
	all := Arguments{}
	maps.Copy(all, a)
	maps.Copy(all, more)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	return all
}

// Block is a [Block] with these arguments. Texts may have references in them, as in "${each.value}".
func (a Arguments) Block(header string) string {
	lines := make([]string, 0, len(a))
	for _, name := range slices.Sorted(maps.Keys(a)) {
		lines = append(lines, name+" = "+string(expression(a[name])))
	}
	return Block(header, lines...)
}

// Headers of blocks that most configurations have.
const (
	Provider   = `provider "msstore"`
	Submission = `resource "msstore_flight_submission" "test"`
	Rollout    = `resource "msstore_package_rollout" "test"`
)

// Block is a block of HCL, whose header is such as [Submission].
func Block(header string, lines ...string) string {
	return "\n" + header + " {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// BlockOf is a [Block] about the submission that another block of the configuration has, as each.value or
// msstore_flight_submission.test has one.
func BlockOf(submission, header string, lines ...string) string {
	for _, argument := range []string{"application_id", "flight_id", "submission_id"} {
		lines = append(lines, argument+" = "+submission+"."+argument)
	}
	return Block(header, lines...)
}

// Import is a block that imports what has an ID.
func Import(to, id string) string {
	return Block("import", "to = "+to, fmt.Sprintf("id = %q", id))
}

// expression is a value in JSON, which is an expression of HCL as well.
func expression(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // Tests write texts, numbers, and lists and maps of them.
	}
	return text
}

// Value makes a value of a schema's type; what is not given is null. Of no arguments
// at all it is null itself.
func (a Arguments) Value(schema tftypes.Type) (tftypes.Value, error) {
	if a == nil {
		return tftypes.NewValue(schema, nil), nil
	}
	known, later := a.split(tftypes.NewAttributePath())
	value, err := tftypes.ValueFromJSON(expression(known), schema) //nolint:staticcheck // Deprecated for providers, not for what plays the CLI.
	if err != nil {
		return value, err
	}
	return tftypes.Transform(value, func(p *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if slices.ContainsFunc(later, p.Equal) {
			return tftypes.NewValue(v.Type(), tftypes.UnknownValue), nil
		}
		return v, nil
	})
}

// split takes the unknown values out of the arguments, nulls in their places, and
// says where they were.
func (a Arguments) split(at *tftypes.AttributePath) (known Arguments, later []*tftypes.AttributePath) {
	known = Arguments{}
	for name, value := range a {
		known[name], later = splitValue(value, at.WithAttributeName(name), later)
	}
	return known, later
}

func splitValue(value any, at *tftypes.AttributePath, later []*tftypes.AttributePath) (any, []*tftypes.AttributePath) {
	switch v := value.(type) {
	case string:
		if v == Unknown {
			return nil, append(later, at)
		}
	case Arguments:
		known, more := v.split(at)
		return known, append(later, more...)
	case map[string]string:
		known := map[string]any{}
		for key, element := range v {
			known[key], later = splitValue(element, at.WithElementKeyString(key), later)
		}
		return known, later
	case []any:
		known := make([]any, len(v))
		for i, element := range v {
			known[i], later = splitValue(element, at.WithElementKeyInt(i), later)
		}
		return known, later
	}
	return value, later
}
