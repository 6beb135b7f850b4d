package faultmatrix_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// outcome is where everything ended, as the simulator has it. Ids are
// left out, since a draft that was deleted on the way has used some up.
type outcome struct {
	Flights []flightOutcome
	// Wrongs are what must not happen on the way, whatever the outcome.
	Wrongs []string
}

type flightOutcome struct {
	Name    string
	Groups  []string
	Deleted bool
	// Submissions are all that were made and not deleted.
	Submissions []submissionOutcome
}

type submissionOutcome struct {
	// Pending and LastPublished say what the submission is to its flight.
	Pending, LastPublished bool

	Status      string
	Packages    []packageOutcome
	Rollout     storesim.Rollout
	Mandatory   bool
	PublishMode string
	Notes       string
}

type packageOutcome struct{ FileName, FileStatus, Version, SHA256 string }

// witness knows what was in the world before anything was applied.
type witness struct {
	*acctest.World
	seeds []string
}

func newWitness(w *acctest.World) witness {
	f, _ := w.Sim.Flight(w.ApplicationID, w.FlightID)
	return witness{w, []string{f.LastPublishedSubmissionID, f.PendingSubmissionID}}
}

// made lists all flights that were made or were there, and their submissions.
func (w witness) made() (flights []string, submissions map[string][]string) {
	flights = []string{w.FlightID}
	submissions = map[string][]string{w.FlightID: w.seeds}
	for _, e := range w.Sim.Events(storesim.EventFlightCreated, storesim.EventCreated) {
		if e.Kind == storesim.EventFlightCreated {
			flights = append(flights, e.FlightID)
		}
		submissions[e.FlightID] = append(submissions[e.FlightID], e.SubmissionID)
	}
	return flights, submissions
}

// observe lets what was committed be published, and reads the outcome.
func (w witness) observe() outcome {
	o := outcome{Wrongs: w.wrongs()}
	flights, submissions := w.made()
	for _, id := range flights {
		w.publish(id)
		if f, ok := w.Sim.Flight(w.ApplicationID, id); ok {
			o.Flights = append(o.Flights, w.flight(f, submissions[id]))
		}
	}
	return o
}

// hidUploadURLs fails the test if the user was shown what lets one write to a
// submission's blob.
func (w witness) hidUploadURLs(t *testing.T, said string) {
	t.Helper()
	flights, submissions := w.made()
	for _, flightID := range flights {
		for _, id := range submissions[flightID] {
			s, _ := w.Sim.Submission(w.ApplicationID, flightID, id)
			if _, signature, signed := strings.Cut(s.UploadURL, "&sig="); signed && strings.Contains(said, signature) {
				t.Errorf("the upload URL of submission %s was shown to the user", id)
			}
		}
	}
}

// publish lets the flight's pending submission run its course, if it was committed.
func (w witness) publish(flightID string) {
	for {
		f, _ := w.Sim.Flight(w.ApplicationID, flightID)
		s, ok := w.Sim.Submission(w.ApplicationID, flightID, f.PendingSubmissionID)
		if !ok || s.Status == storesim.StatusPendingCommit || w.Sim.Advance(s.ID) == s.Status {
			return
		}
	}
}

func (w witness) flight(f storesim.FlightState, known []string) flightOutcome {
	o := flightOutcome{Name: f.FriendlyName, Groups: f.GroupIDs, Deleted: f.Deleted}
	for _, id := range known {
		s, ok := w.Sim.Submission(w.ApplicationID, f.ID, id)
		if !ok || s.Deleted {
			continue
		}
		seen := observeSubmission(s)
		seen.Pending, seen.LastPublished = id == f.PendingSubmissionID, id == f.LastPublishedSubmissionID
		o.Submissions = append(o.Submissions, seen)
	}
	return o
}

func observeSubmission(s storesim.Submission) submissionOutcome {
	o := submissionOutcome{Status: s.Status, Rollout: s.Rollout, Mandatory: s.MandatoryUpdate, PublishMode: s.PublishMode, Notes: s.Notes}
	o.Rollout.FallbackSubmissionID = ""
	for _, p := range s.Packages {
		o.Packages = append(o.Packages, packageOutcome{p.FileName, p.FileStatus, p.Version, p.SHA256})
	}
	slices.SortFunc(o.Packages, func(a, b packageOutcome) int { return strings.Compare(a.FileName+a.Version, b.FileName+b.Version) })
	return o
}

// wrongs lists what a careful client never does.
func (w witness) wrongs() []string {
	list := w.Sim.Violations()
	commits := map[string]int{}
	for _, e := range w.Sim.Events(storesim.EventCommitted) {
		if commits[e.SubmissionID]++; commits[e.SubmissionID] > 1 {
			list = append(list, "submission "+e.SubmissionID+" was committed twice")
		}
	}
	return list
}
