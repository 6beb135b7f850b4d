package storeapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// scalar is a field of one value. Unless always is set it is left out while it is zero and the Store did not send it.
func scalar[T any](
	name string, always bool, p *T,
	decode func(json.RawMessage) (T, error), encode func(T) (json.RawMessage, error), same func(a, b T) bool,
) field {
	return field{
		name: name,
		decode: func(given json.RawMessage) error {
			value, err := decode(given)
			if err != nil {
				return err
			}
			*p = value
			return nil
		},
		encode: func(given json.RawMessage) (json.RawMessage, error) {
			was, err := decode(given)
			switch unchanged := err == nil && same(was, *p); {
			case unchanged && given != nil:
				return given, nil
			case unchanged && !always:
				return nil, nil
			default:
				return encode(*p)
			}
		},
	}
}

func equal[T comparable](a, b T) bool { return a == b }

// text is a string. A number is read as its digits, because ids have been seen as both [store-api 3.2].
func text[S ~string](name string, p *S) field {
	return scalar(name, false, p, decodeText[S], encodeText[S], equal[S])
}

// looseText is a string that is only shown to people, without credentials. Whatever else the Store sends in its place is
// shown as JSON. What is sent back is the original.
func looseText(name string, p *string) field {
	decode := func(given json.RawMessage) (string, error) {
		s, err := decodeText[string](given)
		if err != nil {
			s = string(given)
		}
		return redact.String(s), nil
	}
	return scalar(name, false, p, decode, encodeText[string], equal[string])
}

// saidText is a string that is sent even when it is empty, so that the Store never fills in an inherited one.
func saidText[S ~string](name string, p *S) field {
	return scalar(name, true, p, decodeText[S], encodeText[S], equal[S])
}

// saidFlag is a Boolean that is sent even when it is false: a new submission inherits the old one's [store-api 8].
func saidFlag(name string, p *bool) field {
	return scalar(name, true, p, decodeFlag, encodeFlag, equal[bool])
}

// saidNumber is a number that is sent even when it is 0.
func saidNumber(name string, p *float64) field {
	return scalar(name, true, p, decodeNumber, encodeNumber, equal[float64])
}

// date is a point in time; zero if it is not set.
func date(name string, p *time.Time) field {
	return scalar(name, false, p, decodeDate, encodeDate, time.Time.Equal)
}

// flag is a Boolean.
func flag(name string, p *bool) field {
	return scalar(name, false, p, decodeFlag, encodeFlag, equal[bool])
}

// texts is a list of strings.
func texts(name string, p *[]string) field {
	return scalar(name, false, p, decodeTexts, encodeTexts, slices.Equal)
}

// reference is the id in an object such as lastPublishedFlightSubmission. Its resourceLocation is wrong in parts and
// ignored [store-api 3.2].
func reference(name string, id *string) field {
	return field{
		name: name,
		decode: func(given json.RawMessage) error {
			*id = ""
			if isNull(given) {
				return nil
			}
			o, err := parseObject(given)
			if err != nil {
				return err
			}
			return decodeFields(o, []field{text("id", id)})
		},
	}
}

// nested is an object with fields of its own.
func nested(name string, p fielder) field {
	return field{
		name:   name,
		decode: func(given json.RawMessage) error { return decodeNested(given, p) },
		encode: func(given json.RawMessage) (json.RawMessage, error) {
			value, err := encodeObject(p)
			if err == nil && string(value) == "{}" && isNull(given) {
				return given, nil
			}
			return value, err
		},
	}
}

func decodeNested(given json.RawMessage, p fielder) error {
	if isNull(given) {
		given = json.RawMessage("null")
	}
	return decodeObject(given, p)
}

// list is an array of objects with fields of their own.
func list[T any, P interface {
	*T
	fielder
}](name string, p *[]T) field {
	return field{
		name: name,
		decode: func(given json.RawMessage) error {
			elements, err := decodeElements(given)
			if err != nil {
				return err
			}
			*p = nil
			for i, element := range elements {
				var value T
				if err := decodeObject(element, P(&value)); err != nil {
					return fmt.Errorf("element %d: %w", i, err)
				}
				*p = append(*p, value)
			}
			return nil
		},
		encode: func(given json.RawMessage) (json.RawMessage, error) {
			if len(*p) == 0 && isNull(given) {
				return given, nil
			}
			out := []byte{'['}
			for i := range *p {
				value, err := encodeObject(P(&(*p)[i]))
				if err != nil {
					return nil, fmt.Errorf("element %d: %w", i, err)
				}
				if i > 0 {
					out = append(out, ',')
				}
				out = append(out, value...)
			}
			return append(out, ']'), nil
		},
	}
}

// decodeElements gives the elements of an array without the nulls among them; a missing array is an empty one.
func decodeElements(given json.RawMessage) ([]json.RawMessage, error) {
	if isNull(given) {
		return nil, nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(given, &elements); err != nil {
		return nil, errors.New("not a JSON array")
	}
	return slices.DeleteFunc(elements, isNull), nil
}

func decodeText[S ~string](given json.RawMessage) (S, error) {
	if isNull(given) {
		return "", nil
	}
	switch c := given[0]; {
	case c == '"':
		var s S
		err := json.Unmarshal(given, &s)
		return s, err
	case c == '-' || '0' <= c && c <= '9': // Never by way of a float: ids exceed 2^53 [store-api 2].
		return S(given), nil
	default:
		return "", errors.New("not a string")
	}
}

func encodeText[S ~string](s S) (json.RawMessage, error) { return quote(string(s)) }

// quote writes a JSON string and leaves <, > and & as they are.
func quote(s string) (json.RawMessage, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return nil, fmt.Errorf("writing a string: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func decodeTexts(given json.RawMessage) ([]string, error) {
	elements, err := decodeElements(given)
	if err != nil {
		return nil, err
	}
	var values []string
	for _, element := range elements {
		value, err := decodeText[string](element)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

func encodeTexts(values []string) (json.RawMessage, error) {
	out := []byte{'['}
	for i, value := range values {
		quoted, err := quote(value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, quoted...)
	}
	return append(out, ']'), nil
}

func decodeFlag(given json.RawMessage) (bool, error) {
	switch strings.ToLower(strings.Trim(string(given), `"`)) {
	case "", "null", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, errors.New("not a Boolean")
	}
}

func encodeFlag(b bool) (json.RawMessage, error) { return strconv.AppendBool(nil, b), nil }

func decodeNumber(given json.RawMessage) (float64, error) {
	s := strings.Trim(string(given), `"`)
	if s == "" || s == "null" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0, errors.New("not a number")
	}
	return n, nil
}

func encodeNumber(n float64) (json.RawMessage, error) {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, fmt.Errorf("%v is not a number that can be sent", n)
	}
	return json.RawMessage(formatNumber(n)), nil
}

// formatNumber writes a number with a dot and without an exponent [store-api 3.4].
func formatNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// unsetDate is how the Store writes a date that is not set: the FILETIME zero [store-api 2].
const unsetDate = "1601-01-01T00:00:00.0000000Z"

// dateLayout has the seven digits that the Store itself writes [store-api 4.1].
const dateLayout = "2006-01-02T15:04:05.0000000Z07:00"

// decodeDate reads a date. Missing, null, "" and everything up to the FILETIME zero are the zero time. So is text that
// is no date: it is sent back as it came, and a report's odd date must not stop a submission from being read.
func decodeDate(given json.RawMessage) (time.Time, error) {
	s, err := decodeText[string](given)
	if err != nil {
		return time.Time{}, err
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() > 1601 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, nil
}

func encodeDate(t time.Time) (json.RawMessage, error) {
	if t.IsZero() {
		return quote(unsetDate)
	}
	return quote(t.UTC().Format(dateLayout))
}
