// Package lifecycle holds a model-based test of msstore_flight_submission:
// random sequences of what users and the world do, against what must hold after
// every apply. It drives the provider by its protocol, as the CLI would, because
// a whole CLI for each of thousands of steps takes too long.
package lifecycle
