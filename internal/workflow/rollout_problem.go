package workflow

import (
	"fmt"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// What there is to say about a rollout. Who has which packages afterwards is
// said each time, and 100 % is never called finalized [store-api 8].

const afterHalt = "the testers who have its packages keep them, nobody else gets them, and it cannot be resumed"

// destroyAnyway is for the plan that Terraform makes before it destroys, which
// looks like any other.
const destroyAnyway = "To destroy without accepting it, use -refresh=false."

func noWayBack(ref storeapi.SubmissionRef, ended RolloutState) *Problem {
	if ended == RolloutHalted {
		return &Problem{
			Attribute: []any{"state"}, Summary: "Rollout is halted",
			Detail: fmt.Sprintf("The rollout of %s was halted, by Terraform or in Partner Center: %s. "+
				"Set state = \"halted\" to accept that. To go on, submit again and roll out the new submission. "+destroyAnyway, ref, afterHalt),
		}
	}
	return &Problem{
		Attribute: []any{"state"}, Summary: "Rollout is finalized",
		Detail: fmt.Sprintf("The rollout of %s was finalized, by Terraform or in Partner Center: everybody in the flight gets its packages, and that cannot be undone. "+
			"Set state = \"finalized\" to accept that. For another gradual rollout, submit again and roll out the new submission. "+destroyAnyway, ref),
	}
}

func noRollout(ref storeapi.SubmissionRef) *Problem {
	return &Problem{
		Attribute: []any{"submission_id"}, Summary: "Submission has no gradual rollout",
		Detail: fmt.Sprintf("%s was submitted without a gradual rollout: everybody in the flight gets its packages at once, and the Store lets nobody add a rollout afterwards. "+
			"Give the next submission one with package_rollout, or set state = \"finalized\", which asks for nothing more here.", capital(ref)),
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

// postponed says that a wish has to wait, and for what.
func (r Rollout) postponed(status storeapi.Status) *Problem {
	wish := fmt.Sprintf("a rollout to %s %%", formatPercentage(r.Percentage))
	if r.State != RolloutActive {
		wish = fmt.Sprintf("a %s rollout", r.State)
	}
	if status.Failed() {
		return &Problem{
			Attribute: []any{"submission_id"}, Summary: "Flight submission failed, its rollout does not begin",
			Detail: fmt.Sprintf("%s ended as %s and is never published. The state keeps the wish for %s; submit again and roll out the new submission.",
				capital(r.Submission), status, wish),
		}
	}
	if status == storeapi.StatusPublished {
		return &Problem{
			Attribute: []any{"submission_id"}, Summary: "Rollout has not begun yet",
			Detail: fmt.Sprintf("%s is published, but the Store has not begun its rollout yet. The state keeps the wish for %s, and the next apply carries it out.",
				capital(r.Submission), wish),
		}
	}
	if status == "" {
		status = "unknown"
	}
	advice := "the next apply after the publication carries it out. Set wait_for_publication = true to wait for it."
	if r.Await {
		advice = "the next apply goes on waiting."
	}
	return &Problem{
		Attribute: []any{"submission_id"}, Summary: "Rollout has to wait for the publication",
		Detail: fmt.Sprintf("%s is not published yet (status %s), and only a published submission's rollout can be changed. "+
			"The state keeps the wish for %s, and %s", capital(r.Submission), status, wish, advice),
	}
}
