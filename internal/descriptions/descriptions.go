// Package descriptions holds the descriptions that several schemas share, so that
// one thing is described in the same words everywhere.
package descriptions

import (
	"fmt"
	"strings"
	"time"
)

// Descriptions of what every kind of object names.
const (
	ApplicationID = "Store ID of the application, 12 characters such as `9NBLGGH4R315`."
	FlightID      = "ID of the package flight, a GUID."
	SubmissionID  = "ID of the flight submission, a string of digits."
	Replaces      = "Changing it replaces the resource."
	Status        = "Status of the submission in the Store's own words, such as `PendingCommit`, `Certification` or `Published`."
)

// DefaultSubmission goes with a submission ID that may be left out.
const DefaultSubmission = "If omitted: the pending submission, else the last published one. A flight that has neither is an error."

// Timeout describes one operation's timeout.
func Timeout(standard time.Duration) string {
	text := standard.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return fmt.Sprintf("How long the operation may take, as a duration such as `30m` or `12h`. Default `%s`.", text)
}
