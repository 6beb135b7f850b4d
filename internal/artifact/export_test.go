package artifact

// RetryAfter gives the tests the reading of a header that they have no time to obey.
var RetryAfter = retryAfter

// SameOrigin gives the tests what cannot be seen between two servers on one machine.
var SameOrigin = sameOrigin
