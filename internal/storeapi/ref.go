package storeapi

import "strings"

// FlightRef names a package flight: the Store ID of its application and its GUID [store-api 2].
type FlightRef struct {
	ApplicationID string
	FlightID      string
}

// String gives the reference as people read it in messages: "application 9NBLGGH4R315, flight 43e448df-…".
func (r FlightRef) String() string { return r.Submission("").String() }

// Submission names a submission of the flight.
func (r FlightRef) Submission(id string) SubmissionRef {
	return SubmissionRef{FlightRef: r, SubmissionID: id}
}

// SubmissionRef names a flight submission. The submission id is a string of 19 decimal digits, too long for a
// float64 and therefore never a number here [store-api 2].
type SubmissionRef struct {
	FlightRef
	SubmissionID string
}

// PartnerCenterURL is the page of the submission in Partner Center, the one that other tools print.
func (r SubmissionRef) PartnerCenterURL() string {
	return "https://partner.microsoft.com/dashboard/products/" + r.ApplicationID + "/submissions/" + r.SubmissionID
}

// String gives the reference as people read it in messages: "application …, flight …, submission …", as far as it goes.
func (r SubmissionRef) String() string {
	var parts []string
	for _, part := range [][2]string{{"application", r.ApplicationID}, {"flight", r.FlightID}, {"submission", r.SubmissionID}} {
		if part[1] != "" {
			parts = append(parts, part[0]+" "+part[1])
		}
	}
	return strings.Join(parts, ", ")
}
