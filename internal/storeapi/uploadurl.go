package storeapi

import (
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/wirejson"
)

// UploadURL is the address that a submission's ZIP is uploaded to, good for about 24 hours after the submission was
// made [store-api 7]. Whoever holds it can replace the packages, so it prints, logs and marshals as "REDACTED"; only
// Reveal gives it away. The zero value is no address.
type UploadURL struct {
	// A pointer, because fmt prints what lies behind an exported field's methods only where it may call them: in a
	// structure that holds an UploadURL in an unexported field it would print the text, and so it prints a number.
	address *string
}

// NewUploadURL makes a secret of an address.
func NewUploadURL(address string) UploadURL {
	if address == "" {
		return UploadURL{}
	}
	redact.RegisterURL(address)
	return UploadURL{address: &address}
}

// Reveal gives the address itself, for the request to the blob service and nothing else.
func (u UploadURL) Reveal() string {
	if u.address == nil {
		return ""
	}
	return *u.address
}

// IsZero says whether there is no address, which is how submissions made in Partner Center look [store-api 4.1].
func (u UploadURL) IsZero() bool { return u.address == nil }

// Conceal makes a secret of an address in place.
func (u *UploadURL) Conceal(address string) { *u = NewUploadURL(address) }

// String gives "REDACTED", or nothing for the zero value.
func (u UploadURL) String() string {
	if u.IsZero() {
		return ""
	}
	return redact.Mark
}

// Format prints what String gives, whatever the verb.
func (u UploadURL) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(u.String())) }

// LogValue logs what String gives.
func (u UploadURL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// MarshalText gives what String gives.
func (u UploadURL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// ExpiresAt is when the blob service stops to accept the address, as its signature says; zero if that is not known. The
// Store's addresses live for about a day from the creation of the submission and are not renewed [store-api 7].
func (u UploadURL) ExpiresAt() time.Time {
	address, err := url.Parse(u.Reveal())
	if err != nil {
		return time.Time{}
	}
	// A time in a signature has one of three precisions, in UTC:
	// https://learn.microsoft.com/rest/api/storageservices/formatting-datetime-values.
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		t, err := time.Parse(layout, address.Query().Get("se"))
		if err == nil && t.UTC().Year() <= wirejson.LastYear {
			return t.UTC()
		}
	}
	return time.Time{}
}
