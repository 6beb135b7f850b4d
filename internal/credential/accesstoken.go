package credential

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// fixedToken is a bearer token that the user obtained elsewhere.
type fixedToken struct {
	value   value
	expires time.Time // zero: the token does not say
}

func newFixedToken(v value) (azcore.TokenCredential, error) {
	token := &fixedToken{value: v, expires: expiry(v.text)}
	return token, token.check()
}

// GetToken implements [azcore.TokenCredential].
func (t *fixedToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if err := t.check(); err != nil {
		return azcore.AccessToken{}, err
	}
	expires := t.expires
	if expires.IsZero() {
		// azcore asks again shortly before this time, and is given the same token.
		expires = time.Now().Add(time.Hour)
	}
	return azcore.AccessToken{Token: t.value.text, ExpiresOn: expires}, nil
}

func (t *fixedToken) check() error {
	if t.expires.IsZero() || time.Now().Before(t.expires) {
		return nil
	}
	return blame("access_token", "access_token expired at %s (it lives about an hour): get a new one, or use a credential that renews itself",
		t.expires.UTC().Format(time.RFC3339))
}

// validateAccessToken refuses what would make a malformed Authorization header.
func validateAccessToken(v value) error {
	if len(v.text) >= len("bearer ") && strings.EqualFold(v.text[:len("bearer ")], "bearer ") {
		return blame("access_token", "%s begins with the word Bearer: give the token alone", v.source)
	}
	if strings.ContainsFunc(v.text, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return blame("access_token", "%s holds white space or characters that no token has: give the token alone, on one line", v.source)
	}
	return nil
}

// expiry reads when a token says that it expires, zero if it does not. Only a JSON web token says so, and nobody but the
// Store is obliged to understand it.
func expiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	var claims struct {
		Expires int64 `json:"exp"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &claims) != nil || claims.Expires == 0 {
		return time.Time{}
	}
	return time.Unix(claims.Expires, 0)
}
