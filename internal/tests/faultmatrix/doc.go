// Package faultmatrix has no code but tests. They let every single request that
// an apply makes go wrong in every way that requests go wrong, and check in the
// local Store itself that at most one more apply leads to where an
// undisturbed one leads: the same submissions with the same packages, none made
// or committed twice, nothing left in the flight's slot.
//
// Nobody lists the cases. A scenario says what is applied; one undisturbed run of
// it lists the requests; each of them is a case for each failure. A request
// that the provider learns to make tomorrow is in the matrix tomorrow.
//
// Every case runs through the real CLI. There are thousands, so that go test runs
// a sample, in which every kind of request meets every sort of failure and every
// request of every scenario at least one failure; `make test-faults` runs them all.
package faultmatrix
