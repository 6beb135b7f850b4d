package storeapi

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

const headerAuthorization = "Authorization"

// bearerTokenPolicy puts the token on an attempt. Unlike azcore's it allows plain http, because New has made sure that
// the host is a loopback one then.
type bearerTokenPolicy struct {
	tokens *tokenSource
	logger *slog.Logger
}

// Do implements policy.Policy.
func (p bearerTokenPolicy) Do(req *policy.Request) (*http.Response, error) {
	ctx, refused := req.Raw().Context(), ""
	if tokens := attemptsOf(req).refusedTokens(); len(tokens) > 0 {
		refused = tokens[0]
	}
	given := announce(ctx, p.logger, func() string { return "waiting for an access token" })
	token, err := p.tokens.get(ctx, refused)
	given()
	if err != nil {
		return nil, err
	}
	req.Raw().Header.Set(headerAuthorization, "Bearer "+token)
	return req.Next()
}

// tokenRenewalPolicy answers the first 401 of a request by repeating it with another token. A 401 is no doubt: the Store
// did nothing. Tokens end early when a clock is wrong or an administrator revokes them.
type tokenRenewalPolicy struct{ tokens *tokenSource }

// Do implements policy.Policy.
func (p tokenRenewalPolicy) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	made := attemptsOf(req)
	refused := made.refusedTokens()
	if len(refused) > 1 || isUnknownIdentity(made.last().refusal.Message) {
		return resp, nil
	}
	// Credentials have caches of their own. If no other token comes out, the 401 is about the permissions and stays.
	token, err := p.tokens.get(req.Raw().Context(), refused[0])
	if err != nil || token == refused[0] {
		return resp, nil //nolint:nilerr // The refusal says more than the failed renewal.
	}
	if err := req.RewindBody(); err != nil {
		return nil, err
	}
	runtime.Drain(resp)
	return req.Next()
}

// isUnknownIdentity recognises the 401 of an application registration that Partner Center does not know, for which no
// token is good [store-api 1.4].
func isUnknownIdentity(message string) bool {
	return strings.Contains(strings.ToLower(message), "cannot be authorized")
}
