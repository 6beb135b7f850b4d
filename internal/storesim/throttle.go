package storesim

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// throttle is the budget of requests in any minute [store-api 9].
type throttle struct {
	perMinute      int
	sendRetryAfter bool
	accepted       []time.Time
}

// SetThrottle allows so many API requests in any minute of the simulator's clock and answers the others with 429, with or
// without Retry-After; the service sends it sometimes [store-api 9]. Zero allows any number. Blob requests do not count.
func (s *Sim) SetThrottle(perMinute int, sendRetryAfter bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.throttle = throttle{perMinute: perMinute, sendRetryAfter: sendRetryAfter}
}

// admit counts a request or refuses it.
func (t *throttle) admit(now time.Time) *reply {
	if t.perMinute <= 0 {
		return nil
	}
	for len(t.accepted) > 0 && now.Sub(t.accepted[0]) >= time.Minute {
		t.accepted = t.accepted[1:]
	}
	if len(t.accepted) < t.perMinute {
		t.accepted = append(t.accepted, now)
		return nil
	}
	wait := time.Minute - now.Sub(t.accepted[0])
	seconds := int((wait + time.Second - 1) / time.Second)
	refused := gateway(http.StatusTooManyRequests, fmt.Sprintf("Rate limit is exceeded. Try again in %d seconds.", seconds))
	if t.sendRetryAfter {
		refused.header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	}
	return refused
}
