// Package examples applies every directory of the project's examples, so that
// what the documentation shows is what works.
package examples
