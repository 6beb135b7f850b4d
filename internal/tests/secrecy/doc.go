// Package secrecy has no code but tests. They drive the whole provider as a
// process of the real CLI through success and through every kind of trouble, with
// TF_LOG=TRACE, and look for credentials in all that is left: the log, what the CLI
// prints, saved plans, states with the private state in them. A credential counts
// as found in whatever encoding it is there.
package secrecy
