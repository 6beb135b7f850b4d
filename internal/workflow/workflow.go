// Package workflow carries out what a configuration asks of the Store: it
// submits packages to a flight, follows certification, runs the gradual rollout
// and cleans up. It is plain Go over small interfaces: it knows neither
// Terraform nor HTTP.
//
// The life of a submission, from here:
//
//	slot        what is in the flight: its pending and its published submission
//	decide      what leads from there to what is desired; the plan shows it
//	makeRoom    end the live rollout and delete the pending submission
//	fill        compose the draft, update it and upload what it lacks
//	commit      once
//	follow      wait until the goal is reached, and read what came of it
package workflow

import (
	"context"
	"log/slog"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Store is the part of the Store client that the workflows use.
type Store interface {
	Application(ctx context.Context, applicationID string) (*storeapi.Application, error)
	Flight(ctx context.Context, ref storeapi.FlightRef) (*storeapi.Flight, error)
	Submission(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.Submission, error)
	SubmissionStatus(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.SubmissionStatus, error)
	CreateSubmission(ctx context.Context, flight *storeapi.Flight) (*storeapi.Submission, error)
	UpdateSubmission(ctx context.Context, submission *storeapi.Submission) (*storeapi.Submission, error)
	CommitSubmission(ctx context.Context, ref storeapi.SubmissionRef) (storeapi.Status, error)
	DeleteSubmission(ctx context.Context, ref storeapi.SubmissionRef) error
	DeleteFlight(ctx context.Context, ref storeapi.FlightRef) error
	PackageRollout(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.PackageRollout, error)
	UpdatePackageRolloutPercentage(ctx context.Context, ref storeapi.SubmissionRef, percentage float64) (*storeapi.PackageRollout, error)
	HaltPackageRollout(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.PackageRollout, error)
	FinalizePackageRollout(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.PackageRollout, error)
}

// Workflow holds what every operation needs; all exported fields are required.
type Workflow struct {
	// Store is the Store client.
	Store Store
	// Upload sends an archive to a submission's upload URL.
	Upload func(ctx context.Context, url storeapi.UploadURL, content *archive.Archive) error
	// PollInterval is the first pause between two looks at a status; later
	// pauses grow to at most 5 minutes.
	PollInterval time.Duration
	// Logger gets the progress of long operations.
	Logger *slog.Logger

	flights flightLocks
	commits commits
}

// settling is how long a clean-up may take after its operation was cancelled or
// ran out of time: long enough for one request, short enough for Ctrl-C.
const settling = 5 * time.Second

// recent is how old a shared read may be where an operation starts: what the
// plan check of the same process read a moment ago need not be asked again,
// and a slot that was taken since then is noticed by the Store's refusal. It
// spans the wait of some requests for the request budget: asking again because
// the first answer took its time would make the next wait longer.
const recent = 2 * time.Minute

// fresh makes the reads of ctx ask the Store.
func fresh(ctx context.Context) context.Context {
	return storeapi.WithMaxAge(ctx, 0)
}

// settle returns a context that outlives ctx by a moment, for what must be
// looked up or put down after ctx has ended.
func settle(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() == nil {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), settling)
}
