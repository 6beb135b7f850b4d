package credential

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// audience is the audience of the OIDC tokens that Entra accepts.
const audience = "api://AzureADTokenExchange"

// assertion is where the OIDC token comes from: the setting that decides it, and how to get it.
type assertion struct {
	value
	fetch fetcher
}

// fetcher gets an OIDC token for one sign-in.
type fetcher func(context.Context, settings, runtime.Pipeline) (string, error)

// assertion returns the OIDC token's strongest place. Of equally strong ones the renewable one wins:
// waiting for a submission outlasts a token of ten minutes, and some CI tasks export both forms.
func (s settings) assertion() assertion {
	var best assertion
	for _, a := range []assertion{
		s.request(),
		{value: s.oidcTokenFilePath, fetch: readTokenFile},
		{value: s.oidcToken, fetch: givenToken},
	} {
		ruledOut := s.useOIDC.off() && s.useOIDC.source.level() <= a.source.level()
		if a.found() && !ruledOut && (!best.found() || a.source.level() < best.source.level()) {
			best = a
		}
	}
	return best
}

// request returns the CI endpoint to ask for a token, as strong as the stronger of its two settings:
// Azure Pipelines tasks export the token but leave the address to the platform.
func (s settings) request() assertion {
	if !s.oidcRequestURL.found() || !s.oidcRequestToken.found() {
		return assertion{}
	}
	v := s.oidcRequestURL
	if s.oidcRequestToken.source.level() < v.source.level() {
		v = s.oidcRequestToken
	}
	variable := s.oidcRequestURL.source.variable
	if variable == pipelinesRequestURL || s.serviceConnectionID.found() && variable != githubRequestURL {
		return assertion{value: v, fetch: requestFromPipelines}
	}
	return assertion{value: v, fetch: requestFromGitHub}
}

// requests says whether a is got from oidc_request_url.
func (a assertion) requests() bool {
	return a.source.argument == "oidc_request_url" || a.source.argument == "oidc_request_token"
}

func givenToken(_ context.Context, s settings, _ runtime.Pipeline) (string, error) {
	return s.oidcToken.text, nil
}

// readTokenFile reads the file anew each time, because whoever issues short-lived tokens into a
// file replaces them before they expire.
func readTokenFile(_ context.Context, s settings, _ runtime.Pipeline) (string, error) {
	content, err := readFile(s.oidcTokenFilePath.text)
	if err != nil {
		return "", fmt.Errorf("read the OIDC token: %w", err)
	}
	token := strings.TrimSpace(string(content))
	if token == "" {
		return "", fmt.Errorf("read the OIDC token: %s is empty", s.oidcTokenFilePath.text)
	}
	return token, nil
}

// requestFromGitHub asks the endpoint of a GitHub Actions job for a token.
func requestFromGitHub(ctx context.Context, s settings, pipeline runtime.Pipeline) (string, error) {
	return request(ctx, s, pipeline, http.MethodGet, map[string]string{"audience": audience})
}

// requestFromPipelines asks the endpoint of an Azure Pipelines job for a token, whose subject is a
// service connection or, without one, the pipeline itself. [azidentity.AzurePipelinesCredential] wants
// the connection, and knows the endpoint only from the process's environment, past oidc_request_url
// and everything that [Resolve] was told.
func requestFromPipelines(ctx context.Context, s settings, pipeline runtime.Pipeline) (string, error) {
	query := map[string]string{"api-version": "7.1"}
	if s.serviceConnectionID.found() {
		query["serviceConnectionId"] = s.serviceConnectionID.text
	}
	return request(ctx, s, pipeline, http.MethodPost, query)
}

func request(ctx context.Context, s settings, pipeline runtime.Pipeline, method string, query map[string]string) (string, error) {
	req, err := runtime.NewRequest(ctx, method, s.oidcRequestURL.text)
	if err != nil {
		return "", fmt.Errorf("request an OIDC token: %w", err)
	}
	q := req.Raw().URL.Query()
	for name, text := range query {
		q.Set(name, text)
	}
	req.Raw().URL.RawQuery = q.Encode()
	req.Raw().Header.Set("Accept", "application/json")
	req.Raw().Header.Set("Authorization", "Bearer "+s.oidcRequestToken.text)
	// Azure DevOps answers a bad token with a redirect to a page for people otherwise.
	req.Raw().Header.Set("X-TFS-FedAuthRedirect", "Suppress")

	resp, err := pipeline.Do(req)
	if err != nil {
		return "", fmt.Errorf("request an OIDC token from %s: %w", req.Raw().URL.Host, err)
	}
	defer resp.Body.Close()
	body, err := runtime.Payload(resp)
	if err != nil {
		return "", fmt.Errorf("request an OIDC token from %s: %w", req.Raw().URL.Host, err)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("request an OIDC token from %s: %d %s; check %s and, in Azure Pipelines, that the pipeline may use the service connection",
			req.Raw().URL.Host, resp.StatusCode, http.StatusText(resp.StatusCode), s.oidcRequestToken.source)
	}
	// GitHub says value, Azure DevOps oidcToken. The body is a secret, so errors do not quote it.
	var answer struct {
		Value     string `json:"value"`
		OIDCToken string `json:"oidcToken"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Value+answer.OIDCToken == "" {
		return "", fmt.Errorf("request an OIDC token from %s: the answer holds none", req.Raw().URL.Host)
	}
	return answer.Value + answer.OIDCToken, nil
}
