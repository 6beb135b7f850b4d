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
				"Set state = \"halted\" to accept that. To continue, submit again and roll out the new submission.", ref, afterHalt),
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
		Detail: fmt.Sprintf("%s was submitted without a gradual rollout: everybody in the flight gets its packages at once, and a rollout cannot be added afterwards. "+
			"Set package_rollout for the next submission, or set state = \"finalized\", which is what this submission amounts to.", sentenceStart(ref)),
	}
}

func haltNotice(s *storeapi.Submission) *Problem {
	r := s.PackageDeliveryOptions.PackageRollout
	text := fmt.Sprintf("The rollout of %s is at %s %%. Once it is halted, %s. ", s.Ref, formatPercentage(r.Percentage), afterHalt)
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
		Detail: fmt.Sprintf("percentage falls from %[2]s %% to %[3]s %% for the rollout of %[1]s. The testers who already have its packages keep them; "+
			"the Store may refuse it. To stop the rollout, set state = \"halted\".", ref, formatPercentage(from), formatPercentage(to)),
	}
}

// postponed says what a requested rollout has to wait for.
func (r Rollout) postponed(s *storeapi.Submission) *Problem {
	requested := fmt.Sprintf("The state records the requested percentage, %s %%", formatPercentage(r.Percentage))
	if r.State != RolloutActive {
		requested = fmt.Sprintf("The state records the requested state, %s", r.State)
	}
	if s.Status.Failed() {
		return &Problem{
			Attribute: []any{"submission_id"}, Summary: "Flight submission failed, its rollout does not begin",
			Detail: fmt.Sprintf("%s ended as %s and will not be published. %s. Submit again and roll out the new submission.",
				sentenceStart(s.Ref), s.Status, requested),
		}
	}
	if s.Status == storeapi.StatusPublished {
		return &Problem{
			Attribute: []any{"submission_id"}, Summary: "Rollout has not begun yet",
			Detail: fmt.Sprintf("%s is published, but the Store has not begun its rollout yet. %s, and the next apply requests it.",
				sentenceStart(s.Ref), requested),
		}
	}
	var advice string
	switch {
	case s.TargetPublishMode == storeapi.PublishManual:
		advice = "the first apply after the publication requests it. " + byHand(s.Ref)
	case r.Await:
		advice = "the next apply continues to wait." + onDate(s)
	default:
		advice = "the next apply after the publication requests it. Set wait_for_publication = true to wait for it." + onDate(s)
	}
	return &Problem{
		Attribute: []any{"submission_id"}, Summary: "Rollout has to wait for the publication",
		Detail: fmt.Sprintf("%s is not published yet (status %s), and the Store changes the rollout of published submissions only. "+
			"%s, and %s", sentenceStart(s.Ref), statusText(s.Status), requested, advice),
	}
}

// byHand is what a submission waits for that is not published by itself.
func byHand(ref storeapi.SubmissionRef) string {
	return "After its certification it waits until somebody publishes it in Partner Center: " + ref.PartnerCenterURL()
}

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
		text = " The apply waits until it is certified, and the first apply after the publication changes the rollout. " + byHand(s.Ref)
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
		Summary: "Rollout continues in the Store",
		Detail: fmt.Sprintf("Terraform no longer manages the rollout of %s. It stays live, and the flight takes no new submission "+
			"until the rollout is finalized or halted.", ref),
	}
}

// notBegun says that there was no live rollout to end, and that there may be one.
func notBegun(s *storeapi.Submission, policy RolloutDeletion) *Problem {
	is := s.PackageDeliveryOptions.PackageRollout
	hindrance, begins := fmt.Sprintf("is not published yet (%s)", statusText(s.Status)), "when the submission is published"
	if s.Status == storeapi.StatusPublished {
		hindrance, begins = fmt.Sprintf("is published, but its rollout is not in progress (%s)", cmp.Or(is.Status, "unknown")), "when the Store begins it"
	}
	return &Problem{
		Summary: "Rollout has not begun",
		Detail: fmt.Sprintf("%s %s, so there was no rollout to %s. It begins at %s %% %s.",
			sentenceStart(s.Ref), hindrance, policy, formatPercentage(is.Percentage), begins),
	}
}

func rolloutBlocks(published *storeapi.Submission) *Problem {
	r := published.PackageDeliveryOptions.PackageRollout
	return &Problem{
		Attribute: []any{"active_rollout_policy"},
		Summary:   "Gradual rollout is still live",
		Detail: fmt.Sprintf("The published %s is rolling out to %s %% of the testers (%s). The Store makes no new submission before the rollout is "+
			"finalized or halted. Set active_rollout_policy to \"finalize\" to give these packages to everybody in the flight first, or to \"halt\" to stop: "+
			"testers who already have them keep them, nobody else gets them.", published.Ref, formatPercentage(r.Percentage), r.Status),
	}
}

func rolloutEnds(published *storeapi.Submission, policy RolloutPolicy) *Problem {
	summary, effect := "Live rollout will be finalized", "everybody in the flight gets its packages"
	if policy == RolloutHalt {
		summary, effect = "Live rollout will be halted", afterHalt+". The new submission starts with the packages of the halted one"
	}
	return &Problem{
		Attribute: []any{"active_rollout_policy"}, Summary: summary,
		Detail: fmt.Sprintf("The rollout of %s is at %s %%. It ends before the new submission is made: %s.",
			published.Ref, formatPercentage(published.PackageDeliveryOptions.PackageRollout.Percentage), effect),
	}
}
