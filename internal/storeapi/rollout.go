package storeapi

import (
	"context"
	"errors"
)

// PackageRollout is the gradual rollout of a submission [store-api 4.1, 8].
type PackageRollout struct {
	IsPackageRollout     bool
	Percentage           float64
	Status               RolloutStatus
	FallbackSubmissionID string
}

// RolloutStatus is where a gradual rollout is [store-api 8].
type RolloutStatus string

// The values of RolloutStatus [store-api 4.1].
const (
	RolloutNotStarted RolloutStatus = "PackageRolloutNotStarted"
	RolloutInProgress RolloutStatus = "PackageRolloutInProgress"
	RolloutComplete   RolloutStatus = "PackageRolloutComplete"
	RolloutStopped    RolloutStatus = "PackageRolloutStopped"
)

// PackageRollout reads the rollout of a submission.
func (c *Client) PackageRollout(ctx context.Context, ref SubmissionRef) (*PackageRollout, error) {
	return nil, errors.ErrUnsupported
}

// UpdatePackageRolloutPercentage sets the share of customers, in percent, who are offered the packages.
func (c *Client) UpdatePackageRolloutPercentage(ctx context.Context, ref SubmissionRef, percentage float64) (*PackageRollout, error) {
	return nil, errors.ErrUnsupported
}

// HaltPackageRollout stops a rollout for good.
func (c *Client) HaltPackageRollout(ctx context.Context, ref SubmissionRef) (*PackageRollout, error) {
	return nil, errors.ErrUnsupported
}

// FinalizePackageRollout ends a rollout by offering the packages to everybody.
func (c *Client) FinalizePackageRollout(ctx context.Context, ref SubmissionRef) (*PackageRollout, error) {
	return nil, errors.ErrUnsupported
}
