package workflow

import (
	"fmt"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// The problems of an apply.

func outdated(d Desired) *Problem {
	return &Problem{
		Attribute: []any{"submission_id"}, Summary: "Flight has changed since the plan",
		Detail: fmt.Sprintf("The submission_id in the plan is %s, but %s needs another submission now. Nothing was changed. Plan again.", d.PlannedSubmissionID, d.Flight),
	}
}

// notRead is the end of the wait for packages that the Store has to read.
func notRead(s *storeapi.Submission, err error) *Problem {
	return &Problem{
		Attribute: []any{"flight_id"}, Summary: "Store has not read the pending submission's packages yet",
		Detail: fmt.Sprintf("%s has the status %s. Whether it has the packages of this configuration is known once the Store has read them. "+
			"Nothing was changed. Apply again later.\n\n%s", sentenceStart(s.Ref), s.Status, s.Ref.PartnerCenterURL()),
		Err: err,
	}
}

// notADraft is a new submission that nothing can be done with.
func notADraft(s *storeapi.Submission) *Problem {
	return &Problem{
		Summary: "New flight submission is not a draft",
		Detail: fmt.Sprintf("The Store made submission %s of %s, but reports the status %q for it instead of PendingCommit. "+
			"Nothing was uploaded or committed. Apply again in a few minutes.\n\n%s",
			s.Ref.SubmissionID, s.Ref.FlightRef, statusText(s.Status), s.Ref.PartnerCenterURL()),
	}
}

func publishedWithout(s *storeapi.Submission, lost []string) *Problem {
	return &Problem{
		Attribute: []any{"packages"}, Summary: "Store published other packages than were submitted",
		Detail: fmt.Sprintf("%s is published without %s. The Store has been seen to publish the packages of the submission before. "+
			"The next apply submits them again.\n\n%s", sentenceStart(s.Ref), strings.Join(lost, ", "), s.Ref.PartnerCenterURL()),
	}
}

func notThereYet(s *storeapi.Submission, goal Goal, err error) *Problem {
	text := fmt.Sprintf("%s was committed and continues in the Store. Its last known status is %s, and wait_for is %q. "+
		"The next apply continues to wait.", sentenceStart(s.Ref), statusText(s.Status), goal)
	if found := s.StatusDetails.Errors; len(found) > 0 {
		text += fmt.Sprintf(" The Store reports errors already:%s\n\n%s", describeDetails(found), s.Ref.PartnerCenterURL())
	}
	return &Problem{Attribute: []any{"wait_for"}, Summary: "Flight submission has not reached its goal yet", Detail: text, Err: err}
}
