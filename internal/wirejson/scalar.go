package wirejson

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Text reads a string. A number is read as its digits, because ids have been seen as both [store-api 3.2].
func Text(given json.RawMessage) (string, error) {
	switch c := given[0]; {
	case c == '"':
		var s string
		err := json.Unmarshal(given, &s)
		return s, err
	case c == '-' || '0' <= c && c <= '9': // Never by way of a float: ids exceed 2^53 [store-api 2].
		return string(given), nil
	default:
		return "", errors.New("not a string")
	}
}

func decodeFlag(given json.RawMessage) (bool, error) {
	switch strings.ToLower(strings.Trim(string(given), `"`)) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, errors.New("not a Boolean")
	}
}

// decodeNumber reads a number, or a string that holds one.
func decodeNumber(given json.RawMessage) (float64, error) {
	s := strings.Trim(string(given), `"`)
	if s == "" {
		return 0, nil
	}
	// Go also takes hexadecimal numbers and infinities.
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !json.Valid([]byte(s)) {
		return 0, errors.New("not a number")
	}
	return n, nil
}

func encodeNumber(n float64) (json.RawMessage, error) {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, fmt.Errorf("%v is not a number that can be sent", n)
	}
	return json.RawMessage(FormatNumber(n)), nil
}

// FormatNumber writes a number with a dot and without an exponent [store-api 3.4].
func FormatNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

const (
	// unsetDate is how the Store writes a date that is not set: the FILETIME zero [store-api 2].
	unsetDate = "1601-01-01T00:00:00.0000000Z"
	// dateLayout has the seven digits that the Store itself writes [store-api 4.1].
	dateLayout = "2006-01-02T15:04:05.0000000Z07:00"
	// LastYear is the last one that RFC 3339 can write.
	LastYear = 9999
)

// decodeDate reads a date in UTC. "" and everything up to the FILETIME zero are the zero time. So is text that is no
// date: it is sent back as it came, and a report's odd date must not stop a submission from being read.
func decodeDate(given json.RawMessage) (time.Time, error) {
	s, err := Text(given)
	if err != nil {
		return time.Time{}, err
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly, time.DateTime} {
		t, err := time.Parse(layout, s)
		if err != nil || t.UTC().Year() <= 1601 {
			continue
		}
		if t.UTC().Year() > LastYear {
			return time.Time{}, fmt.Errorf("the date %s is after the year %d in UTC", s, LastYear)
		}
		return t.UTC(), nil
	}
	return time.Time{}, nil
}

func encodeDate(t time.Time) (json.RawMessage, error) {
	t = t.UTC()
	switch {
	case t.IsZero():
		return marshal(unsetDate)
	case t.Year() <= 1601 || t.Year() > LastYear:
		return nil, fmt.Errorf("the Store takes dates of the years 1602 to %d in UTC, and this is %d-%02d-%02d", LastYear, t.Year(), t.Month(), t.Day())
	default:
		return marshal(t.Format(dateLayout))
	}
}
