package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Await is a wait for a submission that others have made and committed.
type Await struct {
	Flight storeapi.FlightRef
	// SubmissionID may be empty: then it is the flight's pending submission, else its
	// last published one.
	SubmissionID string
	// Goal is any but GoalNone.
	Goal Goal
	// Tell is given full sentences about whatever is new.
	Tell func(text string)
}

// Await follows the submission until it reaches the goal, which is told as well. A
// submission that failed, that nobody commits, or that is not there in time is a
// [Problem].
func (w *Workflow) Await(ctx context.Context, a Await) error {
	s, err := w.Find(fresh(ctx), a.Flight, a.SubmissionID)
	if err != nil {
		return err
	}
	news := news{tell: a.Tell, started: time.Now(), last: statusOf(s)}
	if !s.Status.Failed() && !a.Goal.Reached(s.Status) {
		news.begin(s, a.Goal)
		// The submission may have been committed a moment ago, and the Store may lag
		// behind that.
		committed := Record{SubmissionID: s.Ref.SubmissionID, Committed: time.Now()}
		var last storeapi.SubmissionStatus
		last, err = w.wait(ctx, s.Ref, waitOptions{
			last: statusOf(s), record: committed, goal: a.Goal, until: a.Goal.Reached, observe: news.observe,
		})
		s.Status, s.StatusDetails, s.CorrelationID = last.Status, last.StatusDetails, last.CorrelationID
	}
	if problem := a.problem(s, err); problem != nil {
		return problem
	}
	a.Tell(fmt.Sprintf("%s has the status %s: %s.", sentenceStart(s.Ref), s.Status, a.Goal.meaning()))
	return nil
}

// problem is why the submission has not reached the goal; nil if it has. err has
// ended the wait.
func (a Await) problem(s *storeapi.Submission, err error) *Problem {
	_, stuck := errors.AsType[*stuckError](err)
	switch {
	case s.Status == storeapi.StatusCanceled:
		return refused(s, "Submit again if testers still need the packages.")
	case s.Status.Failed():
		return refused(s, "Correct what is named above, and submit again.")
	case stuck:
		return &Problem{
			Attribute: []any{"submission_id"}, Summary: "Flight submission is a draft",
			Detail: fmt.Sprintf("%s is a draft and was not committed. Commit it, for example with commit = true of "+
				"msstore_flight_submission, and invoke the action again.\n\n%s", sentenceStart(s.Ref), s.Ref.PartnerCenterURL()),
		}
	case storeapi.IsNotFound(err):
		return &Problem{
			Summary: "Flight submission is gone",
			Detail: fmt.Sprintf("%s had the status %s, but the Store no longer has it. It may have been deleted in Partner Center.",
				sentenceStart(s.Ref), statusText(s.Status)),
			Err: err,
		}
	case err != nil:
		return &Problem{
			Attribute: []any{"wait_for"}, Summary: "Flight submission has not reached its goal yet",
			Detail: fmt.Sprintf("%s continues in the Store. Its last known status is %s, and wait_for is %q. Invoke the action again to continue waiting.%s",
				sentenceStart(s.Ref), statusText(s.Status), a.Goal, restsFor(s, a.Goal)),
			Err: err,
		}
	}
	return nil
}

// meaning is what has been reached with the goal.
func (g Goal) meaning() string {
	switch g {
	case GoalCommit:
		return "the Store has processed its commit"
	case GoalCertification:
		return "it is certified"
	case GoalPublish:
		return "testers can get it"
	case GoalNone:
	}
	return "the Store has accepted its commit"
}

// restsFor says what a submission waits for that the Store does not publish by
// itself at once; empty if it is nothing, or beyond the goal.
func restsFor(s *storeapi.Submission, goal Goal) string {
	switch {
	case goal != GoalPublish:
		return ""
	case restingPlace(s) != GoalPublish:
		return " " + byHand(s.Ref)
	}
	return onDate(s)
}

// news tells what changes from one look at a submission to the next.
type news struct {
	tell    func(text string)
	started time.Time
	last    storeapi.SubmissionStatus
}

func (n *news) begin(s *storeapi.Submission, goal Goal) {
	n.tell(fmt.Sprintf("%s has the status %s. Waiting for wait_for = %q.%s", sentenceStart(s.Ref), statusText(s.Status), goal, restsFor(s, goal)))
	n.details(storeapi.StatusDetails{}, s.StatusDetails)
}

func (n *news) observe(now storeapi.SubmissionStatus) {
	before := n.last
	n.last = now
	if now.Status != before.Status {
		n.tell(fmt.Sprintf("Status %s after %s.", now.Status, time.Since(n.started).Round(time.Second)))
	}
	n.details(before.StatusDetails, now.StatusDetails)
}

func (n *news) details(before, now storeapi.StatusDetails) {
	for _, e := range added(before.Errors, now.Errors) {
		n.tell(reported("an error", e, len(now.Errors) == 1))
	}
	for _, e := range added(before.Warnings, now.Warnings) {
		n.tell(reported("a warning", e, len(now.Warnings) == 1))
	}
	for i := len(before.CertificationReports); i < len(now.CertificationReports); i++ {
		n.tell(reportText(now.CertificationReports[i]))
	}
}

// reported is one line about an error or a warning, with what to do about it.
func reported(what string, d storeapi.StatusDetail, alone bool) string {
	return strings.TrimSpace(fmt.Sprintf("The Store reports %s: %s: %s %s", what, d.Code, d.Details, storeapi.StatusAdvice(d.Code, alone)))
}
