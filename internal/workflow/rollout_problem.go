package workflow

import (
	"cmp"
	"fmt"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// What there is to say about a rollout. Who has which packages afterwards is
// said each time, and 100 % is never called finalized [store-api 8].

const (
	afterHalt     = "the testers who have its packages keep them, nobody else gets them, and it cannot be resumed"
	afterFinalize = "everybody in the flight gets its packages, and that cannot be undone"
)

func noWayBack(ref storeapi.SubmissionRef, ended RolloutState) *Problem {
	if ended == RolloutHalted {
		return &Problem{
			Attribute: []any{"state"}, Summary: "Rollout is halted",
			Detail: fmt.Sprintf("The rollout of %s was halted, by Terraform or in Partner Center: %s. "+
				"Set state = \"halted\" to accept that. To go on, submit again and roll out the new submission.", ref, afterHalt),
		}
	}
	return &Problem{
		Attribute: []any{"state"}, Summary: "Rollout is finalized",
		Detail: fmt.Sprintf("The rollout of %s was finalized, by Terraform or in Partner Center: %s. "+
			"Set state = \"finalized\" to accept that. For another gradual rollout, submit again and roll out the new submission.", ref, afterFinalize),
	}
}

func noRollout(ref storeapi.SubmissionRef) *Problem {
	return &Problem{
		Attribute: []any{"submission_id"}, Summary: "Submission has no gradual rollout",
		Detail: fmt.Sprintf("%s was submitted without a gradual rollout: everybody in the flight gets its packages at once, and the Store lets nobody add a rollout afterwards. "+
			"Give the next submission one with package_rollout, or set state = \"finalized\", which asks for nothing more here.", sentenceStart(ref)),
	}
}

func haltNotice(s *storeapi.Submission) *Problem {
	r := s.PackageDeliveryOptions.PackageRollout
	text := fmt.Sprintf("The rollout of %s stands at %s %%. Once it is halted, %s. ", s.Ref, formatPercentage(r.Percentage), afterHalt)
	if r.FallbackSubmissionID != "" {
		text += fmt.Sprintf("The others stay with submission %s. ", r.FallbackSubmissionID)
	}
	return &Problem{
		Attribute: []any{"state"}, Summary: "Rollout will be halted",
		Detail: text + "The flight's next submission starts with the packages of the halted one.",
	}
}

// lowered warns of a percentage that falls.
func lowered(ref storeapi.SubmissionRef, from, to float64) *Problem {
	return &Problem{
		Attribute: []any{"percentage"}, Summary: "Rollout percentage is lowered",
		Detail: fmt.Sprintf("percentage of the rollout of %s falls from %s %% to %s %%. The testers who already have its packages keep them; "+
			"the Store may refuse it. To stop the rollout, set state = \"halted\".", ref, formatPercentage(from), formatPercentage(to)),
	}
}

// postponed says that a wish has to wait, and for what.
func (r Rollout) postponed(s *storeapi.Submission) *Problem {
	wish := fmt.Sprintf("a rollout to %s %%", formatPercentage(r.Percentage))
	if r.State != RolloutActive {
		wish = fmt.Sprintf("a %s rollout", r.State)
	}
	if s.Status.Failed() {
		return &Problem{
			Attribute: []any{"submission_id"}, Summary: "Flight submission failed, its rollout does not begin",
			Detail: fmt.Sprintf("%s ended as %s and is never published. The state keeps the wish for %s; submit again and roll out the new submission.",
				sentenceStart(s.Ref), s.Status, wish),
		}
	}
	if s.Status == storeapi.StatusPublished {
		return &Problem{
			Attribute: []any{"submission_id"}, Summary: "Rollout has not begun yet",
			Detail: fmt.Sprintf("%s is published, but the Store has not begun its rollout yet. The state keeps the wish for %s, and the next apply carries it out.",
				sentenceStart(s.Ref), wish),
		}
	}
	status := cmp.Or(s.Status, "unknown")
	var advice string
	switch {
	case s.TargetPublishMode == storeapi.PublishManual:
		advice = "the first apply after the publication carries it out. " + byHand
	case r.Await:
		advice = "the next apply goes on waiting." + onDate(s)
	default:
		advice = "the next apply after the publication carries it out. Set wait_for_publication = true to wait for it." + onDate(s)
	}
	return &Problem{
		Attribute: []any{"submission_id"}, Summary: "Rollout has to wait for the publication",
		Detail: fmt.Sprintf("%s is not published yet (status %s), and only a published submission's rollout can be changed. "+
			"The state keeps the wish for %s, and %s", sentenceStart(s.Ref), status, wish, advice),
	}
}

// byHand is what a submission waits for that is not published by itself.
const byHand = "After its certification it waits for somebody to publish it in Partner Center."

// onDate says when the Store publishes the submission, if it was told a date.
func onDate(s *storeapi.Submission) string {
	if s.TargetPublishMode != storeapi.PublishSpecificDate || s.TargetPublishDate.IsZero() {
		return ""
	}
	return fmt.Sprintf(" It is to be published at %s.", s.TargetPublishDate.Format(time.RFC3339))
}

// waitNotices say what a wait is for that may be longer than a certification.
func waitNotices(s *storeapi.Submission) []*Problem {
	text := onDate(s)
	if s.TargetPublishMode == storeapi.PublishManual {
		text = " " + byHand + " The apply follows it until then, and the first apply after the publication changes the rollout."
	}
	if text == "" {
		return nil
	}
	return []*Problem{{
		Attribute: []any{"wait_for_publication"}, Summary: "Rollout waits for a publication that may be late",
		Detail: fmt.Sprintf("The apply waits for %s.%s", s.Ref, text),
	}}
}

// neverPublished is the problem of whoever waits for a submission that failed.
func neverPublished(s *storeapi.Submission) *Problem {
	problem := failure(s)
	problem.Attribute = []any{"submission_id"}
	problem.Summary = "Rollout cannot begin: the flight submission failed"
	return problem
}

// endNotice says what the deletion policy does to a live rollout.
func endNotice(summary string, policy RolloutDeletion, ref storeapi.SubmissionRef, effect string) *Problem {
	return &Problem{
		Summary: summary,
		Detail:  fmt.Sprintf("deletion_policy = %q ends the rollout of %s when this resource is destroyed: %s.", policy, ref, effect),
	}
}

func abandoned(ref storeapi.SubmissionRef) *Problem {
	return &Problem{
		Summary: "Rollout goes on in the Store",
		Detail: fmt.Sprintf("Terraform forgets the rollout of %s. It stays live as it is, and the flight takes no new submission "+
			"before somebody finalizes or halts it.", ref),
	}
}

// notBegun says that there was no live rollout to end, and that there may be one.
func notBegun(s *storeapi.Submission, policy RolloutDeletion) *Problem {
	is := s.PackageDeliveryOptions.PackageRollout
	hindrance, begins := fmt.Sprintf("is not published yet (%s)", cmp.Or(s.Status, "unknown")), "when the submission is published"
	if s.Status == storeapi.StatusPublished {
		hindrance, begins = fmt.Sprintf("is published, but its rollout is not in progress (%s)", cmp.Or(is.Status, "unknown")), "when the Store begins it"
	}
	return &Problem{
		Summary: "Rollout has not begun",
		Detail: fmt.Sprintf("%s %s, so there was no rollout to %s. It begins at %s %% %s.",
			sentenceStart(s.Ref), hindrance, policy, formatPercentage(is.Percentage), begins),
	}
}
