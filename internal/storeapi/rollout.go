package storeapi

import (
	"context"
	"net/http"
	"net/url"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/wirejson"
)

// PackageRollout is the gradual rollout of a submission's packages [store-api 4.1, 8].
type PackageRollout struct {
	// IsPackageRollout is false for submissions that reach everybody at once.
	IsPackageRollout bool `wire:"isPackageRollout,always"`
	// Percentage is the share of the flight's members who are offered the packages, from 0 to 100. At 100 the rollout
	// still blocks the next submission until it is finalized [store-api 8].
	Percentage float64       `wire:"packageRolloutPercentage,always"`
	Status     RolloutStatus `wire:"packageRolloutStatus"`
	// FallbackSubmissionID is what the others get; empty if there is none, for which the Store writes "0".
	FallbackSubmissionID string `wire:"fallbackSubmissionId,none=0"`

	overlay
}

// RolloutStatus is where a gradual rollout is [store-api 8].
type RolloutStatus string

// The values of RolloutStatus [store-api 4.1]. Before publication the rollout is RolloutNotStarted; RolloutComplete and
// RolloutStopped are final.
const (
	RolloutNotStarted RolloutStatus = "PackageRolloutNotStarted"
	RolloutInProgress RolloutStatus = "PackageRolloutInProgress"
	RolloutComplete   RolloutStatus = "PackageRolloutComplete"
	RolloutStopped    RolloutStatus = "PackageRolloutStopped"
)

// PackageRollout reads the rollout of a submission. The submission itself holds it, so it is a shared read of the
// submission, see [WithMaxAge]; with a maximum age of 0, or if the submission says nothing of it, the rollout is asked
// for by itself.
func (c *Client) PackageRollout(ctx context.Context, ref SubmissionRef) (*PackageRollout, error) {
	if maxAge(ctx) > 0 {
		submission, err := c.Submission(ctx, ref)
		if err != nil {
			return nil, err
		}
		if rollout := submission.PackageDeliveryOptions.PackageRollout; wirejson.Given(&rollout) {
			return &rollout, nil
		}
	}
	r := submissionRequest(readRollout, http.MethodGet, ref, "packagerollout")
	return share[PackageRollout](ctx, c, r)
}

// UpdatePackageRolloutPercentage offers the packages to a share of the flight's members, in percent. Like the other
// changes of a rollout it works while the submission is published and the rollout in progress; otherwise the error
// satisfies [IsConflict] [store-api 8]. It is a success if things are as wanted already.
func (c *Client) UpdatePackageRolloutPercentage(ctx context.Context, ref SubmissionRef, percentage float64) (*PackageRollout, error) {
	r := submissionRequest(updateRollout, http.MethodPost, ref, "updatepackagerolloutpercentage")
	r.query = url.Values{"percentage": {wirejson.FormatNumber(percentage)}}
	return c.changeRollout(ctx, r, func(p *PackageRollout) bool {
		return p.Status == RolloutInProgress && p.Percentage == percentage
	})
}

// HaltPackageRollout stops a rollout for good: nobody else gets the packages, and those who have them keep them.
func (c *Client) HaltPackageRollout(ctx context.Context, ref SubmissionRef) (*PackageRollout, error) {
	r := submissionRequest(haltRollout, http.MethodPost, ref, "haltpackagerollout")
	return c.changeRollout(ctx, r, func(p *PackageRollout) bool { return p.Status == RolloutStopped })
}

// FinalizePackageRollout ends a rollout by offering the packages to everybody.
func (c *Client) FinalizePackageRollout(ctx context.Context, ref SubmissionRef) (*PackageRollout, error) {
	r := submissionRequest(finalizeRollout, http.MethodPost, ref, "finalizepackagerollout")
	return c.changeRollout(ctx, r, func(p *PackageRollout) bool { return p.Status == RolloutComplete })
}

// changeRollout sends a change. After a lost reply and after a conflict it reads the rollout: done says whether it is as
// wanted [store-api 9].
func (c *Client) changeRollout(ctx context.Context, r request, done func(*PackageRollout) bool) (*PackageRollout, error) {
	defer c.reads.writing(r.ref.FlightRef)()
	return repeatPost(ctx, c, post[PackageRollout]{
		tries:          changeTries,
		lookOnConflict: true,
		send:           func(ctx context.Context) (*PackageRollout, error) { return send[PackageRollout](ctx, c, r) },
		look: func(ctx context.Context) (*PackageRollout, error) {
			rollout, err := c.PackageRollout(WithMaxAge(ctx, 0), r.ref)
			if err != nil || !done(rollout) {
				return nil, err
			}
			return rollout, nil
		},
	})
}
