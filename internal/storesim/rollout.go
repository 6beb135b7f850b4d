package storesim

import (
	"net/http"
	"regexp"
	"strconv"
)

// Statuses of a gradual rollout [store-api 4.1].
const (
	rolloutNotStarted = "PackageRolloutNotStarted"
	rolloutInProgress = "PackageRolloutInProgress"
	rolloutComplete   = "PackageRolloutComplete"
	rolloutStopped    = "PackageRolloutStopped"
)

// isLive says whether the rollout of a published submission keeps the flight from a new one: until it is finalized or halted,
// at 100 percent too [store-api 5.6, 8].
func (r Rollout) isLive() bool {
	return r.Enabled && (r.Status == rolloutInProgress || r.Status == rolloutNotStarted)
}

// getPackageRollout answers for every submission, those without a rollout included [store-api 3.4].
func (s *Sim) getPackageRollout(c *call) *reply {
	sub, refused := s.findSubmission(c)
	if refused != nil {
		return refused
	}
	return jsonReply(http.StatusOK, rolloutWire(sub.rollout))
}

// percentageFormat is a decimal number with a dot, whatever the client's locale [store-api 3.4].
var percentageFormat = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// updatePackageRollout takes the percentage from the query, not from the body [store-api 3.4].
func (s *Sim) updatePackageRollout(c *call) *reply {
	sub, refused := s.findLiveRollout(c)
	if refused != nil {
		return refused
	}
	text := c.query.Get("percentage")
	percentage, err := strconv.ParseFloat(text, 64)
	if err != nil || !percentageFormat.MatchString(text) || percentage > 100 {
		return s.refuse(c, invalidParameter("percentage", "The value \""+text+"\" is not a percentage."))
	}
	sub.rollout.Percentage = percentage
	s.submissionEvent(EventRolloutUpdated, sub, text)
	return jsonReply(http.StatusOK, rolloutWire(sub.rollout))
}

func (s *Sim) haltPackageRollout(c *call) *reply {
	return s.endPackageRollout(c, 0, rolloutStopped, EventRolloutHalted)
}

func (s *Sim) finalizePackageRollout(c *call) *reply {
	return s.endPackageRollout(c, 100, rolloutComplete, EventRolloutFinalized)
}

// endPackageRollout cannot be undone [store-api 8].
func (s *Sim) endPackageRollout(c *call, percentage float64, status string, kind EventKind) *reply {
	sub, refused := s.findLiveRollout(c)
	if refused != nil {
		return refused
	}
	sub.rollout.Percentage, sub.rollout.Status = percentage, status
	s.submissionEvent(kind, sub, "")
	return jsonReply(http.StatusOK, rolloutWire(sub.rollout))
}

// findLiveRollout finds a submission whose rollout can be changed: published, and in progress [store-api 3.4, 8].
func (s *Sim) findLiveRollout(c *call) (*submission, *reply) {
	sub, refused := s.findSubmission(c)
	switch {
	case refused != nil:
		return nil, refused
	case sub.status != StatusPublished:
		return nil, s.refuse(c, invalidState("submission", "The package rollout cannot be changed: the submission is not published but "+sub.status+"."))
	case sub.rollout.Status != rolloutInProgress:
		return nil, s.refuse(c, invalidState("packageRollout", "The package rollout cannot be changed: it is "+sub.rollout.Status+"."))
	default:
		return sub, nil
	}
}
