package workflow

import (
	"context"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// What the tests look at from the inside: decisions that are pure functions.
var (
	Compose      = compose
	Judge        = judge
	Verify       = verify
	SameSettings = sameSettings
)

// The verdicts over a pending submission.
const (
	UseIt    = useIt
	RemoveIt = removeIt
)

// Wait follows a committed submission.
func (w *Workflow) Wait(ctx context.Context, ref storeapi.SubmissionRef, record Record, goal Goal) (storeapi.SubmissionStatus, error) {
	return w.wait(ctx, ref, storeapi.SubmissionStatus{Status: storeapi.StatusCommitStarted}, record, goal)
}

// SendPackages uploads them for a draft.
func (w *Workflow) SendPackages(ctx context.Context, d Desired, draft *storeapi.Submission) error {
	return w.upload(ctx, d, draft, d.Packages)
}
