package workflow

import (
	"net/http"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// PendingPolicy says what to do with a draft or failed submission that is
// already pending on the flight.
type PendingPolicy string

// The pending policies.
const (
	PendingFail    PendingPolicy = "fail"
	PendingReplace PendingPolicy = "replace"
	PendingAdopt   PendingPolicy = "adopt"
)

// RolloutPolicy says what to do with a live rollout that blocks a new
// submission [store-api 5.6].
type RolloutPolicy string

// The rollout policies.
const (
	RolloutFail     RolloutPolicy = "fail"
	RolloutFinalize RolloutPolicy = "finalize"
	RolloutHalt     RolloutPolicy = "halt"
)

// Goal is how far an apply follows a committed submission.
type Goal string

// The goals.
const (
	GoalNone          Goal = "none"
	GoalCommit        Goal = "commit"
	GoalCertification Goal = "certification"
	GoalPublish       Goal = "publish"
)

// Reached tells whether a submission of this status has come as far as the goal.
func (g Goal) Reached(status storeapi.Status) bool {
	switch g {
	case GoalCommit:
		return status.Reached(storeapi.StatusPreProcessing)
	case GoalCertification:
		return status.Reached(storeapi.StatusRelease)
	case GoalPublish:
		return status.Reached(storeapi.StatusPublished)
	case GoalNone:
		return status.Reached(storeapi.StatusCommitStarted)
	}
	return false
}

// Desired is the submission that a flight should have.
type Desired struct {
	Flight storeapi.FlightRef
	Content
	// SecretNotes go to the Store in place of Notes. They are stored nowhere, so
	// that only their version tells whether they changed.
	SecretNotes string
	// PlannedSubmissionID is the submission that the plan has shown; empty if it is
	// known after the apply.
	PlannedSubmissionID string
	Commit              bool
	WaitFor             Goal
	PendingPolicy       PendingPolicy
	RolloutPolicy       RolloutPolicy
}

// Content is what testers and certification get. A change of it makes a new
// submission once the old one is committed.
type Content struct {
	// Packages is the whole set that the flight is to have; nil leaves the
	// packages of the last published submission as they are, whatever is in the
	// draft already.
	Packages []Package
	// KeepPrevious is how many of the highest versions already in the flight
	// stay besides Packages, for each target platform, device family and
	// architecture.
	KeepPrevious int
	// InitialPercentage starts a gradual rollout; nil means none.
	InitialPercentage *float64
	// MandatoryFrom makes the update mandatory from then on; zero means that it
	// is not.
	MandatoryFrom time.Time
	PublishMode   string
	PublishDate   time.Time
	Notes         string
	// NotesVersion stands for the secret notes; 0 if there are none.
	NotesVersion int64
}

// Package is one package of the desired set.
type Package struct {
	// Index is its place in the configuration.
	Index int
	// Source is where its bytes are; empty keeps the flight's package of that
	// name.
	Source string
	// SourceHeader goes with the requests for a Source that is a URL.
	SourceHeader http.Header
	FileName     string
	// SHA256 is the lower-case hex digest of the bytes; empty where it is not
	// known, as after an import.
	SHA256                string
	Version               string
	MinimumDirectXVersion string
	MinimumSystemRAM      string
	// Manifest is what was read from the package; nil if it was not.
	Manifest *msix.Package
}

// breaks tells whether a decision would break what the plan has shown.
func (d Desired) breaks(decision Decision) bool {
	return d.PlannedSubmissionID != "" && decision.ref().SubmissionID != d.PlannedSubmissionID
}
