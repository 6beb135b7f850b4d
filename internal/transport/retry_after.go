package transport

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// MaxPause is the longest pause that a server may ask for.
const MaxPause = 10 * time.Minute

// PauseError says that a server asks for a longer pause than anybody waits for.
type PauseError struct {
	// Host is who answered, with its port.
	Host       string
	StatusCode int
	// Value is what the server wrote: a number, or a date.
	Value string
}

// Error gives one sentence.
func (e *PauseError) Error() string {
	return fmt.Sprintf("%s answered %s and asks to be left alone for longer than ten minutes (Retry-After: %s): try again later",
		printable(e.Host), statusText(e.StatusCode), printable(e.Value))
}

// NonRetriable keeps azcore from trying again.
func (*PauseError) NonRetriable() {}

// pauseHeaders are what Azure's services ask for a pause with, in the order in which azcore reads them.
var pauseHeaders = []struct {
	name string
	unit time.Duration
}{{"Retry-After-Ms", time.Millisecond}, {"X-Ms-Retry-After-Ms", time.Millisecond}, {"Retry-After", time.Second}}

// RetryAfter is the pause that a reply asks for, or 0 if it asks for none that can be read. Beyond [MaxPause] it is a
// [*PauseError].
func RetryAfter(resp *http.Response) (time.Duration, error) {
	for _, header := range pauseHeaders {
		value := strings.TrimSpace(resp.Header.Get(header.name))
		pause := parsePause(value, header.unit, time.Now())
		if pause > MaxPause {
			e := &PauseError{StatusCode: resp.StatusCode, Value: value[:min(len(value), 40)]}
			if resp.Request != nil {
				e.Host = resp.Request.URL.Host
			}
			return 0, e
		}
		if pause > 0 {
			return pause, nil
		}
	}
	return 0, nil
}

// parsePause reads a number of units or a date. A number that is too large to be one is a long pause.
func parsePause(value string, unit time.Duration, now time.Time) time.Duration {
	const digits = "0123456789"
	if value != "" && strings.Trim(value, digits) == "" {
		pause := time.Duration(0)
		for _, digit := range strings.TrimLeft(value, "0") {
			pause = pause*10 + time.Duration(digit-'0')*unit
			if pause > MaxPause {
				return pause
			}
		}
		return pause
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return date.Sub(now)
}
