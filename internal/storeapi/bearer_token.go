package storeapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

// A token lives for an hour [store-api 1.2] and is renewed this long before its end, or after half of its life if that is
// shorter than ten minutes.
const renewalMargin = 5 * time.Minute

// errRefusalStays keeps the Store's 401, for which no other token is good.
var errRefusalStays = errors.New("no other token")

// newBearerTokenPolicy is azcore's, which keeps one token for all requests. It answers the first 401 of a request by
// repeating it with another token: tokens end early when a clock is wrong or an administrator revokes them.
func newBearerTokenPolicy(options Options) policy.Policy {
	source := tokenSource{options.Credential, cmp.Or(options.AttemptTimeout, defaultAttemptTimeout), options.Logger}
	return runtime.NewBearerTokenPolicy(source, []string{Scope}, &policy.BearerTokenOptions{
		AuthorizationHandler: policy.AuthorizationHandler{OnChallenge: renewToken},
		// New has made sure that the host is a loopback one then.
		InsecureAllowCredentialWithHTTP: true,
	})
}

// renewToken puts another token on a request that was refused. Credentials keep tokens as well and would give the same one
// again; claims, here in the form of Entra's own challenge after a revocation, make them ask Entra.
func renewToken(req *policy.Request, _ *http.Response, authorize func(policy.TokenRequestOptions) error) error {
	made := attemptsOf(req)
	if made.count(http.StatusUnauthorized) > 1 || isUnknownIdentity(made.last().refusal.Message) {
		return errRefusalStays
	}
	refused := req.Raw().Header.Get(headerAuthorization)
	claims := fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, time.Now().Unix())
	err := authorize(policy.TokenRequestOptions{Scopes: []string{Scope}, Claims: claims})
	if err != nil { // The Azure CLI takes claims for a challenge to a person, and fails with advice for one.
		err = authorize(policy.TokenRequestOptions{Scopes: []string{Scope}})
	}
	if err != nil || req.Raw().Header.Get(headerAuthorization) == refused {
		return errRefusalStays
	}
	return nil
}

// isUnknownIdentity recognises the 401 of an application registration that Partner Center does not know, for which no
// token is good [store-api 1.4].
func isUnknownIdentity(message string) bool {
	return strings.Contains(strings.ToLower(message), "cannot be authorized")
}

// tokenSource gives azcore the tokens of a credential, with the times at which to renew them.
type tokenSource struct {
	credential azcore.TokenCredential
	timeout    time.Duration
	logger     *slog.Logger
}

// GetToken implements azcore.TokenCredential.
func (s tokenSource) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	defer transport.Announce(ctx, s.logger, func() string { return "waiting for an access token" })()
	limited, cancel := context.WithTimeout(withoutValues{ctx}, s.timeout)
	defer cancel()
	token, err := s.credential.GetToken(limited, options)
	if err != nil {
		if limited.Err() != nil && ctx.Err() == nil {
			err = fmt.Errorf("no access token within %v", s.timeout)
		}
		return token, &credentialError{err: err}
	}
	now := time.Now()
	if token.ExpiresOn.IsZero() { // A token of unknown life is used until it is refused.
		token.ExpiresOn = now.AddDate(100, 0, 0)
	}
	if token.RefreshOn.IsZero() {
		token.RefreshOn = token.ExpiresOn.Add(-min(renewalMargin, token.ExpiresOn.Sub(now)/2))
	}
	return token, nil
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
