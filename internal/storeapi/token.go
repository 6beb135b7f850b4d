package storeapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	// A token lives for an hour [store-api 1.2] and is renewed this long before its end, or after half of its life if
	// that is shorter than ten minutes.
	renewalMargin = 5 * time.Minute
	// renewalPause is how long a token that is still good is used after its renewal failed.
	renewalPause = 30 * time.Second
)

// tokenSource keeps one token for all requests. azcore's policy does nearly this, but it leaves a 401 to the caller
// unless the reply carries a challenge, and the Store's does not [store-api 1.4].
type tokenSource struct {
	credential azcore.TokenCredential
	// turn is held by the one request that looks at the token and perhaps renews it. It is a channel, so that others
	// can stop waiting when their context ends.
	turn    chan struct{}
	token   azcore.AccessToken
	renewAt time.Time
}

func newTokenSource(credential azcore.TokenCredential) *tokenSource {
	return &tokenSource{credential: credential, turn: make(chan struct{}, 1)}
}

// get gives a token that is not the one the Store refused ("" if none was), unless the credential has no other.
func (s *tokenSource) get(ctx context.Context, refused string) (string, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	now := time.Now()
	usable := s.token.Token != "" && (s.token.ExpiresOn.IsZero() || now.Before(s.token.ExpiresOn))
	if usable && s.token.Token != refused && now.Before(s.renewAt) {
		return s.token.Token, nil
	}
	token, err := s.fetch(withoutValues{ctx}, now, refused != "" && s.token.Token == refused)
	switch {
	case err == nil:
		s.token = token
		s.renewAt = renewalTime(now, token)
	case usable && s.token.Token != refused && ctx.Err() == nil:
		s.renewAt = now.Add(renewalPause)
	default:
		return "", &credentialError{err: err}
	}
	return s.token.Token, nil
}

// fetch asks the credential for a token, and after a refusal for another one. Credentials keep tokens as well and would
// give the refused one again; claims, here in the form of Entra's own challenge after a revocation, make them ask Entra.
func (s *tokenSource) fetch(ctx context.Context, now time.Time, another bool) (azcore.AccessToken, error) {
	options := policy.TokenRequestOptions{Scopes: []string{Scope}, EnableCAE: true}
	if another {
		challenged := options
		challenged.Claims = fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, now.Unix())
		if token, err := s.credential.GetToken(ctx, challenged); err == nil {
			return token, nil
		}
		// The Azure CLI takes claims for a challenge to a person, and fails with advice for one.
	}
	return s.credential.GetToken(ctx, options)
}

func renewalTime(now time.Time, token azcore.AccessToken) time.Time {
	switch {
	case token.ExpiresOn.IsZero(): // A token of unknown life is used until it is refused.
		return now.AddDate(100, 0, 0)
	case !token.RefreshOn.IsZero():
		return token.RefreshOn
	default:
		return token.ExpiresOn.Add(-min(renewalMargin, token.ExpiresOn.Sub(now)/2))
	}
}

// withoutValues hides what the context carries for our pipeline, such as retry rules, from the credential's own.
type withoutValues struct{ context.Context }

// Value implements context.Context.
func (withoutValues) Value(any) any { return nil }

// credentialError says that there is no token to send. The request did not leave.
type credentialError struct{ err error }

func (e *credentialError) Error() string { return e.err.Error() }

func (e *credentialError) Unwrap() error { return e.err }

// refused says whether asking again is of no use. The credential knows; who does not say was only not answered.
func (e *credentialError) refused() bool {
	refusal, ok := errors.AsType[interface {
		error
		Refused() bool
	}](e.err)
	return ok && refusal.Refused()
}

// NonRetriable keeps azcore from trying again: credentials repeat for themselves what is worth it.
func (*credentialError) NonRetriable() {}
