// Package wirejson reads and writes JSON in the way of the Store's APIs [store-api 2]: members in any casing, nulls and
// missing members alike, numbers and Booleans as strings, dates that are FILETIME zero when they are not set. What is read,
// changed and sent back keeps the members that nobody here has heard of: see [Overlay].
package wirejson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// Overlay is embedded in what is read, changed and sent back. A PUT replaces a submission, and the Store may add members
// that this package has never heard of [store-api 4.1]. So what is sent starts from what came: the value of a member that
// nobody changed leaves as it came, known or not.
//
// A field belongs to the member that its tag names: `wire:"fileName"`. It is left out of a request while it is zero and
// the Store did not send it. After the name there may be
//
//   - always: it is sent even if it is zero, because a new submission inherits what is not said [store-api 8];
//   - text: it is shown to people, without credentials, whatever kind of value the Store sends;
//   - none=0: that text stands for none.
//
// A name such as pendingFlightSubmission/id is that of a member in an object, which is only read.
type Overlay struct{ given Object }

// Original is what the structure was read from. Only this package changes it.
func (o *Overlay) Original() *Object { return &o.given }

// Keeper is a structure with an Overlay.
type Keeper interface{ Original() *Object }

// Given says whether the Store sent the structure that from points to.
func Given(from any) bool {
	k, ok := from.(Keeper)
	return ok && *k.Original() != nil
}

// Secret is a string that only Reveal gives away. Its text is held nowhere else, and written by Encode only.
type Secret interface {
	Reveal() string
	Conceal(text string)
}

// wireField is a field with its tag taken apart.
type wireField struct {
	value        reflect.Value
	name, inner  string
	always, text bool
	none         string
}

func wireFields(structure reflect.Value) []wireField {
	var fields []wireField
	for i := range structure.NumField() {
		tag, ok := structure.Type().Field(i).Tag.Lookup("wire")
		if !ok {
			continue
		}
		name, option, _ := strings.Cut(tag, ",")
		f := wireField{value: structure.Field(i), always: option == "always", text: option == "text"}
		f.name, f.inner, _ = strings.Cut(name, "/")
		f.none, _ = strings.CutPrefix(option, "none=")
		fields = append(fields, f)
	}
	return fields
}

// Decode sets the fields of the structure that into points to.
func Decode(o Object, into any) error {
	if k, ok := into.(Keeper); ok {
		*k.Original() = o
	}
	for _, f := range wireFields(reflect.ValueOf(into).Elem()) {
		if err := f.decode(o.Find(f.name)); err != nil {
			return fmt.Errorf("member %s: %w", f.name, err)
		}
		if _, ok := reflect.TypeAssert[Secret](f.value.Addr()); ok {
			// The field has it, and a debugger or a test may print the rest.
			maps.DeleteFunc(o, func(key string, _ json.RawMessage) bool { return strings.EqualFold(key, f.name) })
		}
	}
	return nil
}

func (f wireField) decode(given json.RawMessage) error {
	if f.inner != "" && !IsNull(given) {
		o, err := ParseObject(given)
		if err != nil {
			return err
		}
		given = o.Find(f.inner)
	}
	f.value.SetZero()
	if IsNull(given) {
		return nil
	}
	if f.text {
		s, err := Text(given)
		if err != nil {
			s = string(given)
		}
		f.value.SetString(redact.String(s))
		return nil
	}
	if err := decodeValue(given, f.value); err != nil {
		return err
	}
	if f.none != "" && f.value.String() == f.none {
		f.value.SetZero()
	}
	return nil
}

// decodeValue reads a value that is not null.
func decodeValue(given json.RawMessage, to reflect.Value) (err error) {
	switch p := to.Addr().Interface().(type) {
	case *time.Time:
		*p, err = decodeDate(given)
		return err
	case Secret:
		s, err := Text(given)
		p.Conceal(s)
		return err
	case *float64:
		*p, err = decodeNumber(given)
		return err
	case *bool:
		*p, err = decodeFlag(given)
		return err
	case *[]json.RawMessage:
		*p, err = Elements(given)
		return err
	}
	switch to.Kind() {
	case reflect.Slice:
		return decodeList(given, to)
	case reflect.Struct:
		o, err := ParseObject(given)
		if err != nil {
			return err
		}
		return Decode(o, to.Addr().Interface())
	default:
		s, err := Text(given)
		to.SetString(s)
		return err
	}
}

func decodeList(given json.RawMessage, to reflect.Value) error {
	elements, err := Elements(given)
	if err != nil || len(elements) == 0 {
		return err
	}
	list := reflect.MakeSlice(to.Type(), len(elements), len(elements))
	for i, element := range elements {
		if err := decodeValue(element, list.Index(i)); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	to.Set(list)
	return nil
}

// Encode writes the structure that from points to over the object that it was read from.
func Encode(from any) (json.RawMessage, error) {
	var given Object
	if k, ok := from.(Keeper); ok {
		given = *k.Original()
	}
	out := Object{}
	maps.Copy(out, given)
	for _, f := range wireFields(reflect.ValueOf(from).Elem()) {
		value, err := f.encode(given.Find(f.name))
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", f.name, err)
		}
		maps.DeleteFunc(out, func(key string, _ json.RawMessage) bool { return strings.EqualFold(key, f.name) })
		if value != nil {
			out[given.key(f.name)] = value
		}
	}
	return marshal(out)
}

// encode gives the value to send: given itself if it still says the same, nil to leave the member out.
func (f wireField) encode(given json.RawMessage) (json.RawMessage, error) {
	if _, ok := reflect.TypeAssert[Keeper](f.value.Addr()); ok {
		value, err := Encode(f.value.Addr().Interface())
		if string(value) == "{}" && IsNull(given) {
			return given, err
		}
		return value, err
	}
	if f.value.Kind() == reflect.Slice && f.value.Type().Elem().Kind() == reflect.Struct {
		if f.value.Len() == 0 && IsNull(given) {
			return given, nil
		}
		return encodeList(f.value)
	}
	was := f
	was.value = reflect.New(f.value.Type()).Elem()
	if err := was.decode(given); err != nil {
		return nil, err
	}
	before, _ := encodeValue(was.value)
	now, err := encodeValue(f.value)
	unchanged := bytes.Equal(before, now)
	switch {
	case unchanged && given != nil:
		return given, nil
	case unchanged && !f.always:
		return nil, nil
	default:
		return now, err
	}
}

func encodeList(list reflect.Value) (json.RawMessage, error) {
	elements := make([][]byte, list.Len())
	for i := range elements {
		var err error
		if elements[i], err = Encode(list.Index(i).Addr().Interface()); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return slices.Concat([]byte("["), bytes.Join(elements, []byte(",")), []byte("]")), nil
}

func encodeValue(v reflect.Value) (json.RawMessage, error) {
	switch value := v.Addr().Interface().(type) {
	case *time.Time:
		return encodeDate(*value)
	case Secret: // A PUT sends the whole object back [store-api 4.2].
		return marshal(value.Reveal())
	case *float64:
		return encodeNumber(*value)
	case *[]string:
		return marshal(append([]string{}, *value...))
	default:
		return marshal(value)
	}
}

// marshal leaves <, > and & as they are.
func marshal(value any) (json.RawMessage, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("writing a value: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
