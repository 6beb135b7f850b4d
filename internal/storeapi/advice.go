package storeapi

import (
	"net/http"
	"slices"
	"strings"
)

// Advice says in one or two sentences what the error most likely means and what to do next, or nothing if nothing is
// known, or if the error says so itself, as those of credentials do. Like them it names the provider's arguments, since
// these are what people can change. Its sources are the failures that users of other clients have reported
// [store-api 1.4, 2.2].
func (e *Error) Advice() string {
	switch {
	case e.advice != "":
		return e.advice
	case e.StatusCode == http.StatusBadRequest:
		return e.adviceOnBadRequest()
	case e.StatusCode == http.StatusUnauthorized && isUnknownIdentity(e.Message):
		return "Partner Center does not know the Entra application: add it there under Users, Microsoft Entra applications, with the Manager role. It may take a while to become effective."
	case e.StatusCode == http.StatusUnauthorized:
		return "The Store did not accept the access token. If access_token is set, it has probably expired (it lives about an hour): get a new one, or use a credential that renews itself. " +
			"Otherwise check that tenant_id is the tenant that Partner Center is associated with."
	case e.StatusCode == http.StatusForbidden:
		return "The Entra application may not do this: it needs the Manager role in Partner Center, in the account that the app belongs to. " +
			"An application id that is not exactly a Store ID gives the same answer."
	case e.isWithoutBase():
		return "The first submission of this flight was deleted before anything was published, so the Store has nothing to copy a submission from. " +
			"Apply again in a few minutes. If that does not help, delete the flight and create it again."
	case e.StatusCode == http.StatusNotFound && e.isOneOf(createSubmission, readFlight, createFlight, readApplication):
		return "Check the ids, and that the app belongs to the account that the Entra application was added to."
	case e.StatusCode == http.StatusNotFound:
		return "It may have been deleted, or it belongs to another flight."
	case e.StatusCode == http.StatusConflict && strings.EqualFold(e.Target, "application"):
		return "The app uses features that the API does not work with, such as mandatory updates or Store-managed consumables. It can be managed in Partner Center only."
	case e.StatusCode == http.StatusConflict && e.isOneOf(deleteSubmission):
		return "A submission cannot be deleted while the Store is processing, certifying or publishing it. Wait, or cancel it" + e.inPartnerCenter()
	case e.StatusCode == http.StatusConflict:
		return conflictAdvice[operation(e.Operation)]
	case e.StatusCode == http.StatusTooManyRequests:
		return "The Store allows about 20 requests per minute and a number per day for a whole tenant. " +
			"Lower requests_per_minute if several runs share the tenant, and try again later."
	case e.StatusCode == http.StatusInternalServerError || e.StatusCode == http.StatusServiceUnavailable:
		return e.adviceOnServerError()
	default:
		return ""
	}
}

const (
	ofAnotherFlight = "The submission is of another flight: check the ids."
	noDraft         = "The submission is no longer a draft: it was committed, or changed in Partner Center."
	noLiveRollout   = "A rollout can be changed only while the submission is published and the rollout in progress."
)

// conflictAdvice is what a conflict means for an operation.
var conflictAdvice = map[operation]string{
	createSubmission: "The flight already has a pending submission, or the rollout of its last published one is not finalized or halted, " +
		"or the app is not ready: its first submission has to be made by hand in Partner Center.",
	deleteFlight:     "A flight can be deleted only without a pending submission. Delete that first.",
	readSubmission:   ofAnotherFlight,
	readStatus:       ofAnotherFlight,
	readRollout:      ofAnotherFlight,
	updateSubmission: noDraft,
	commitSubmission: noDraft,
	updateRollout:    noLiveRollout,
	haltRollout:      noLiveRollout,
	finalizeRollout:  noLiveRollout,
}

// inPartnerCenter ends a sentence that sends somebody there, with the submission's page if it is known.
func (e *Error) inPartnerCenter() string {
	if e.ref.SubmissionID == "" {
		return " in Partner Center."
	}
	return " in Partner Center: " + e.ref.PartnerCenterURL()
}

func (e *Error) isOneOf(operations ...operation) bool {
	return slices.Contains(operations, operation(e.Operation))
}

func (e *Error) adviceOnBadRequest() string {
	switch {
	case e.Code == "InvalidOperation" || e.matches("created through the api", "ingestion api"):
		return "The API changes, commits and deletes only submissions that were made by it and not edited in Partner Center. " +
			"Delete the pending submission" + e.inPartnerCenter()
	case e.isOneOf(updateSubmission) && strings.EqualFold(e.Target, "packages"):
		return "Every package that the submission has must be in the update, with its id; one that is still waiting for its upload is left out to remove it, any other is marked for deletion."
	default:
		return ""
	}
}

func (e *Error) adviceOnServerError() string {
	switch {
	case e.StatusCode == http.StatusServiceUnavailable && e.permanent():
		return "This is not a temporary failure: the Entra application was not added to Partner Center. Add it there under Users, Microsoft Entra applications, with the Manager role."
	case e.permanent():
		return "The application id is not a Store ID, which has 12 letters and digits such as 9NBLGGH4R315; the Store fails like this for the package identity name, for example."
	case e.isOneOf(createSubmission):
		return "The Store may have run out of time while it copied the packages of the previous submission. Try again later. Fewer packages take less time."
	default:
		return "This is usually temporary. Try again later. If it happens again, look at the app in Partner Center: a failed certification may have to be resolved there."
	}
}

// matches tells whether the Store's message contains one of the phrases, in lower case.
func (e *Error) matches(phrases ...string) bool {
	contains := func(phrase string) bool { return strings.Contains(strings.ToLower(e.Message), phrase) }
	return slices.ContainsFunc(phrases, contains)
}
