package storeapi

import (
	"context"
	"fmt"
	"net/http"
)

// CommitSubmission hands a submission over to the Store, which from then on can neither be changed nor deleted through
// the API. It gives the status known at the end, CommitStarted unless the Store said something else.
//
// Committing is not idempotent [store-api 5.3]: if a reply is lost or has no status that says that the submission was
// handed over, the status is read, and the commit repeated only if the submission stays a draft over several looks. A
// conflict then says that it was no draft any more: the first one had arrived, however long the status lags behind. If
// ctx ends while the request is under way, the status is looked at once more: a status together with an error means that
// the submission is committed all the same.
func (c *Client) CommitSubmission(ctx context.Context, ref SubmissionRef) (Status, error) {
	r := submissionRequest(commitSubmission, http.MethodPost, ref, "commit")
	defer c.reads.writing(ref.FlightRef)()

	status, err := repeatPost(ctx, c, post[Status]{
		tries:              changeTries,
		conflictAfterDoubt: new(StatusCommitStarted),
		send: func(ctx context.Context) (*Status, error) {
			now, err := send[SubmissionStatus](ctx, c, r)
			if err != nil {
				return nil, err
			}
			if !now.Status.committed() {
				return nil, undecodable(&r, fmt.Errorf("its status %q does not say that the submission was committed", plainText(string(now.Status))))
			}
			return &now.Status, nil
		},
		look: func(ctx context.Context) (*Status, error) { return c.committed(ctx, ref) },
	})
	if status == nil {
		return "", err
	}
	return *status, err
}

// statusLooks is how often a status is read before the commit is tried again: it lags behind a commit [store-api 5.3],
// and right after one it may be missing [store-api 5.1].
const statusLooks = 4

// committed gives the status of a submission that was certainly committed, nil if no look finds one.
func (c *Client) committed(ctx context.Context, ref SubmissionRef) (*Status, error) {
	for look := range statusLooks {
		if look > 0 && c.pause(ctx, look-1, nil) != nil {
			return nil, ctx.Err()
		}
		now, err := c.SubmissionStatus(ctx, ref)
		if err != nil {
			return nil, err
		}
		if now.Status.committed() {
			return &now.Status, nil
		}
	}
	return nil, nil
}
