package storeapi

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// UploadURL is the address that a submission's ZIP is uploaded to, good for about 24 hours after the submission was
// made [store-api 7]. Whoever holds it can replace the packages, so it prints, logs and marshals as "REDACTED"; only
// Reveal gives it away. The zero value is no address.
type UploadURL struct {
	// A pointer, because fmt prints what lies behind an exported field's methods only where it may call them: in a
	// structure that holds an UploadURL in an unexported field it would print the text, and so it prints a number.
	url *string
}

// NewUploadURL makes a secret of an address.
func NewUploadURL(url string) UploadURL {
	if url == "" {
		return UploadURL{}
	}
	return UploadURL{url: &url}
}

// Reveal gives the address itself, for the request to the blob service and nothing else.
func (u UploadURL) Reveal() string {
	if u.url == nil {
		return ""
	}
	return *u.url
}

// IsZero says whether there is no address, which is how submissions made in Partner Center look [store-api 4.1].
func (u UploadURL) IsZero() bool { return u.url == nil }

// String gives "REDACTED", or nothing for the zero value.
func (u UploadURL) String() string {
	if u.IsZero() {
		return ""
	}
	return redact.Mark
}

// GoString gives what String gives.
func (u UploadURL) GoString() string { return u.String() }

// Format prints what String gives, whatever the verb.
func (u UploadURL) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(u.String())) }

// LogValue logs what String gives.
func (u UploadURL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// MarshalText gives what String gives.
func (u UploadURL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// secret is the field of an UploadURL, the one place that writes the address down: a PUT sends the whole object back
// [store-api 4.2].
func secret(name string, u *UploadURL) field {
	url := u.Reveal()
	f := text(name, &url)
	decode := f.decode
	f.decode = func(given json.RawMessage) error {
		if err := decode(given); err != nil {
			return err
		}
		*u = NewUploadURL(url)
		return nil
	}
	return f
}
