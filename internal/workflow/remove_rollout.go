package workflow

import (
	"context"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// RemoveRollout does with a rollout what its deletion policy says, if it is live.
// known is its status as the state has it. A warning says what goes on.
func (w *Workflow) RemoveRollout(ctx context.Context, ref storeapi.SubmissionRef, policy RolloutDeletion, known storeapi.RolloutStatus) (*Problem, error) {
	if policy == DeletionAbandon {
		if known == storeapi.RolloutInProgress {
			return abandoned(ref), nil
		}
		return nil, nil
	}
	s, err := w.Find(fresh(ctx), ref.FlightRef, ref.SubmissionID)
	if storeapi.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rollout := s.PackageDeliveryOptions.PackageRollout
	switch {
	case running(s):
		end := RolloutFinalized
		if policy == DeletionHalt {
			end = RolloutHalted
		}
		_, err = w.endRollout(ctx, ref, end)
		return nil, err
	case rollout.IsPackageRollout && endOf(rollout) == "" && !s.Status.Failed():
		return notBegun(s, policy), nil
	}
	return nil, nil
}

// Plan says what testers are left with once RemoveRollout has ended a rollout
// of that status; nil if it ends none.
func (policy RolloutDeletion) Plan(ref storeapi.SubmissionRef, known storeapi.RolloutStatus) *Problem {
	if known != storeapi.RolloutInProgress {
		return nil
	}
	switch policy {
	case DeletionHalt:
		return endNotice("Rollout will be halted", policy, ref, afterHalt)
	case DeletionFinalize:
		return endNotice("Rollout will be finalized", policy, ref, afterFinalize)
	case DeletionAbandon:
	}
	return nil
}
