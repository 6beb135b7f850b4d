package workflow

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// The problems of a flight's slot, and what the plan says about it.

func noSubmission(flight storeapi.FlightRef) *Problem {
	return &Problem{
		Attribute: []any{"flight_id"}, Summary: "Flight has no submission",
		Detail: fmt.Sprintf("There is neither a pending nor a published submission in %s.", flight),
	}
}

// errForeignDraft is about a draft that the state does not know, with policy "fail".
func errForeignDraft(draft *storeapi.Submission, usable bool) *Problem {
	adopt := ""
	if usable {
		adopt = `"adopt" to continue with it, or to `
	}
	return &Problem{
		Attribute: []any{"pending_submission_policy"},
		Summary:   "Flight already has a pending submission",
		Detail: fmt.Sprintf("%s is a draft that this resource does not manage. Set pending_submission_policy to %s\"replace\" to delete it. "+
			"If create_before_destroy is set, remove it: a flight has room for one pending submission.\n\n%s", sentenceStart(draft.Ref), adopt, draft.Ref.PartnerCenterURL()),
	}
}

func expiredDraft(draft *storeapi.Submission) *Problem {
	return &Problem{
		Attribute: []any{"pending_submission_policy"},
		Summary:   "Pending flight submission can no longer be adopted",
		Detail: fmt.Sprintf("The draft %s accepts no more packages: its upload URL expires at %s and the Store does not renew it. "+
			"Set pending_submission_policy to \"replace\" to delete the draft and start over.",
			draft.Ref, draft.FileUploadURL.ExpiresAt().UTC().Format(time.RFC3339)),
	}
}

func failedPending(failed *storeapi.Submission) *Problem {
	return &Problem{
		Attribute: []any{"pending_submission_policy"},
		Summary:   "Flight has a failed submission",
		Detail: fmt.Sprintf("%s has the status %s and still blocks the flight. "+
			"Set pending_submission_policy to \"replace\" to delete it and make a new submission.\n\n%s",
			sentenceStart(failed.Ref), failed.Status, failed.Ref.PartnerCenterURL()),
	}
}

// underWay is a submission that is past its commit and not what is desired.
func underWay(pending *storeapi.Submission, own bool) *Problem {
	advice := "Wait until it is published, or cancel it in Partner Center. Then apply again."
	switch {
	case pending.Status == storeapi.StatusRelease || pending.Status == storeapi.StatusPendingPublication:
		advice = "It is certified and waits for its publication. Publish or cancel it in Partner Center. Then apply again."
	case !pending.Status.Reached(storeapi.StatusCommitStarted):
		advice = "This status does not tell whether it was committed, so nothing was changed. Apply again in a few minutes."
	}
	whose := "is not what this configuration asks for"
	if own {
		whose = "is this resource's own, and the configuration has changed since its commit"
	}
	return &Problem{
		Attribute: []any{"flight_id"},
		Summary:   "Flight submission is being processed",
		Detail: fmt.Sprintf("%s has the status %s and %s. A flight takes one submission at a time, and the API can neither change nor delete "+
			"one that is past its commit. %s\n\n%s", sentenceStart(pending.Ref), statusText(pending.Status), whose, advice, pending.Ref.PartnerCenterURL()),
	}
}

// statusText names a status that may be missing.
func statusText(status storeapi.Status) storeapi.Status { return cmp.Or(status, "unknown") }

func madeInPartnerCenter(pending *storeapi.Submission) *Problem {
	return &Problem{
		Attribute: []any{"flight_id"},
		Summary:   "Pending flight submission was made in Partner Center",
		Detail: fmt.Sprintf("%s was made or edited in Partner Center. The API can neither change nor delete it, whatever "+
			"pending_submission_policy says. Delete it in Partner Center, then apply again: %s", sentenceStart(pending.Ref), pending.Ref.PartnerCenterURL()),
	}
}

// notices say what a decision does that the user should know before.
func (decision Decision) notices(d Desired, t *Tracked) []*Problem {
	var notices []*Problem
	s := decision.Submission
	switch decision.Action {
	case Keep, Follow:
		if !t.is(s.Ref) {
			notices = append(notices, takenOver(decision))
		}
	case Compare:
		notices = append(notices, &Problem{
			Attribute: []any{"flight_id"}, Summary: "Flight submission is being read by the Store",
			Detail: fmt.Sprintf("%s has the status %s, and the Store has not read its packages yet. The apply waits for that and compares them "+
				"with the configuration. It follows the submission if they are the same.", sentenceStart(s.Ref), s.Status),
		})
	case Continue:
		if removed := removedPackages(s, d); !t.is(s.Ref) && len(removed) > 0 {
			notices = append(notices, &Problem{
				Attribute: []any{"pending_submission_policy"}, Summary: "Packages of the pending draft will be removed",
				Detail: fmt.Sprintf("The configuration overwrites a draft, %s, and removes these packages from it: %s.", s.Ref, strings.Join(removed, ", ")),
			})
		}
	case Create, Undecided:
	}
	if draft := decision.Delete; draft != nil && !t.is(draft.Ref) {
		text := fmt.Sprintf("%s (%s) is deleted before the new submission is made.", sentenceStart(draft.Ref), draft.Status)
		if names := removedPackages(draft, d); len(names) > 0 {
			text += fmt.Sprintf(" These packages are lost: %s.", strings.Join(names, ", "))
		}
		notices = append(notices, &Problem{
			Attribute: []any{"pending_submission_policy"}, Summary: "Pending flight submission will be deleted", Detail: text,
		})
	}
	if decision.EndRollout != nil {
		notices = append(notices, rolloutEnds(decision.EndRollout, d.RolloutPolicy))
	}
	return notices
}

func takenOver(decision Decision) *Problem {
	s := decision.Submission
	text := "Nothing is submitted: the resource takes it over."
	if decision.Action == Follow {
		text = "Nothing is submitted: the apply follows it."
	}
	return &Problem{
		Attribute: []any{"flight_id"}, Summary: "Flight already has this submission",
		Detail: fmt.Sprintf("%s (%s) has the packages and the settings of this configuration. %s", sentenceStart(s.Ref), s.Status, text),
	}
}

// removedPackages are the packages of a submission that is not ours and that the
// desired set lacks.
func removedPackages(s *storeapi.Submission, d Desired) []string {
	composed := s.Clone()
	if _, err := compose(d, composed, Record{}); err != nil {
		return nil
	}
	stay := map[string]bool{}
	for _, p := range composed.FlightPackages {
		stay[p.FileName] = stay[p.FileName] || stays(p)
	}
	var names []string
	for _, p := range s.FlightPackages {
		if stays(p) && !stay[p.FileName] {
			names = append(names, p.FileName)
		}
	}
	return names
}

// TakenByAnother explains why a submission is not deleted that this apply has given to
// another object, such as one that replaces the old one.
func TakenByAnother(ref storeapi.SubmissionRef) *Problem {
	return &Problem{
		Summary: "Flight submission was not deleted",
		Detail: fmt.Sprintf("%s belongs to another object now: the same apply has taken it over for that one. If create_before_destroy is set, remove it: "+
			"a flight has room for one pending submission.", sentenceStart(ref)),
	}
}

// tainted is the problem of a replacement whose object cannot be deleted first.
func tainted(pending *storeapi.Submission, problem *Problem) *Problem {
	if !pending.Status.Reached(storeapi.StatusCommitStarted) {
		return problem
	}
	return &Problem{
		Attribute: []any{"flight_id"}, Summary: problem.Summary,
		Detail: fmt.Sprintf("%s has the status %s, and the resource is to be replaced. The API deletes no submission that is past its commit. "+
			"Keep the submission with \"terraform untaint\", or cancel it in Partner Center and apply again: %s",
			sentenceStart(pending.Ref), pending.Status, pending.Ref.PartnerCenterURL()),
	}
}
