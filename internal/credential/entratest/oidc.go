package entratest

import "net/http"

const (
	githubPath    = "/github/oidctoken"
	pipelinesPath = "/pipelines/oidctoken"

	oidcAudience = "api://AzureADTokenExchange"

	// OIDCRequestToken is the bearer token for the OIDC endpoints.
	OIDCRequestToken = "request-token-of-the-job"
	// ServiceConnectionID is the only service connection that [Server.PipelinesURL] issues tokens for,
	// beside those for the pipeline itself.
	ServiceConnectionID = "5e41ce00-0000-4000-8000-c0eec7100001"
)

// GitHubURL is the value of ACTIONS_ID_TOKEN_REQUEST_URL in a job of GitHub Actions.
func (s *Server) GitHubURL() string { return s.server.URL + githubPath + "?api-version=2.0" }

// PipelinesURL is the value of SYSTEM_OIDCREQUESTURI in a job of Azure Pipelines.
func (s *Server) PipelinesURL() string { return s.server.URL + pipelinesPath }

// NewOIDCToken issues an OIDC token that the application trusts, as a CI service does.
func (s *Server) NewOIDCToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newAssertion()
}

// Assertions returns the OIDC tokens issued so far, oldest first.
func (s *Server) Assertions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.assertions...)
}

func (s *Server) newAssertion() string {
	text := unsigned(map[string]any{
		"aud": oidcAudience, "iss": s.server.URL, "sub": "repo:contoso/app:ref:refs/heads/main", "jti": len(s.assertions) + 1,
	})
	s.assertions = append(s.assertions, text)
	return text
}

func (s *Server) issueGitHub(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case r.Header.Get("Authorization") != "Bearer "+OIDCRequestToken:
		http.Error(w, "bad request token", http.StatusUnauthorized)
	case query.Get("audience") != oidcAudience || query.Get("api-version") != "2.0":
		http.Error(w, "bad query", http.StatusBadRequest)
	default:
		answer(w, http.StatusOK, map[string]any{"count": 1, "value": s.newAssertion()})
	}
}

func (s *Server) issuePipelines(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case r.Header.Get("Authorization") != "Bearer "+OIDCRequestToken:
		if r.Header.Get("X-TFS-FedAuthRedirect") != "Suppress" {
			http.Redirect(w, r, "/signin", http.StatusFound)
			return
		}
		http.Error(w, "bad request token", http.StatusUnauthorized)
	case query.Has("serviceConnectionId") && query.Get("serviceConnectionId") != ServiceConnectionID || query.Get("api-version") != "7.1":
		http.Error(w, "bad query", http.StatusBadRequest)
	default:
		answer(w, http.StatusOK, map[string]any{"oidcToken": s.newAssertion()})
	}
}
