package storeapi

import (
	"fmt"
	"log/slog"
)

// UploadURL is the address that a submission's ZIP is uploaded to. Whoever holds it can write there, so it is a secret.
type UploadURL struct{ url *string }

// NewUploadURL makes an UploadURL.
func NewUploadURL(url string) UploadURL { return UploadURL{url: &url} }

// Reveal gives the address itself, for the request to the blob service and nothing else.
func (u UploadURL) Reveal() string {
	if u.url == nil {
		return ""
	}
	return *u.url
}

// IsZero says whether there is no address: the submission was made in Partner Center [store-api 4.1].
func (u UploadURL) IsZero() bool { return u.Reveal() == "" }

// String gives "REDACTED".
func (u UploadURL) String() string { return "REDACTED" }

// GoString gives "REDACTED".
func (u UploadURL) GoString() string { return u.String() }

// Format prints "REDACTED" for every verb.
func (u UploadURL) Format(s fmt.State, _ rune) { fmt.Fprint(s, u.String()) }

// LogValue logs "REDACTED".
func (u UploadURL) LogValue() slog.Value { return slog.StringValue(u.String()) }
