package storeapi

import (
	"context"
	"net/http"
)

// CommitSubmission hands a submission over to the Store, which from then on can neither be changed nor deleted through
// the API. It gives the status known at the end, CommitStarted unless the Store said something else.
//
// Committing is not idempotent [store-api 5.3]: if a reply is lost, the status is read, and the commit repeated only if
// the submission stays a draft over several looks. A conflict then says that it was no draft any more: the first one had
// arrived, however long the status lags behind. If ctx ends while the request is under way, the status is looked at
// once more: a status together with an error means that the submission is committed all the same.
func (c *Client) CommitSubmission(ctx context.Context, ref SubmissionRef) (Status, error) {
	r := submissionRequest(commitSubmission, http.MethodPost, ref, "commit")
	defer c.reads.writing(ref.FlightRef)()

	doubt := false
	status, err := repeatPost(ctx, c, post[Status]{
		tries: changeTries,
		send: func(ctx context.Context) (*Status, error) {
			got, err := c.send(ctx, r)
			if doubt && IsConflict(err) {
				return new(StatusCommitStarted), nil
			}
			if err != nil {
				doubt = doubt || inDoubt(err)
				return nil, err
			}
			var now SubmissionStatus
			// The status code says that the commit was accepted; what the body says besides is of interest at most.
			if err := decodeObject(got.body, &now); err != nil || now.Status == "" {
				now.Status = StatusCommitStarted
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

// committed gives the status of a submission that is no draft any more, nil if it stays one.
func (c *Client) committed(ctx context.Context, ref SubmissionRef) (*Status, error) {
	for look := range statusLooks {
		if look > 0 {
			if err := c.pause(ctx, look-1); err != nil {
				return nil, err
			}
		}
		now, err := c.SubmissionStatus(ctx, ref)
		if err != nil {
			return nil, err
		}
		switch now.Status {
		case StatusPendingCommit:
			continue
		case "": // Seen right after a commit [store-api 5.1].
			return new(StatusCommitStarted), nil
		default:
			return &now.Status, nil
		}
	}
	return nil, nil
}
