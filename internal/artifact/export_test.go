package artifact

// What reads text of servers and configurations, and the reading of a header that the tests have no time to obey.
var (
	CheckHeader  = checkHeader
	ContentRange = contentRange
	ParseAddress = parseAddress
	RetryAfter   = retryAfter
)

// SameOrigin gives the tests what cannot be seen between two servers on one machine.
var SameOrigin = sameOrigin
