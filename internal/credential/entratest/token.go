package entratest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// token is an access token that was issued.
type token struct {
	text    string
	expires time.Time
}

// refusal is an AADSTS code and the sentence that goes with it.
type refusal struct {
	code    int
	message string
}

func (s *Server) discoverInstance(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": s.server.URL + "/" + TenantID + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata":                  []any{},
	})
}

func (s *Server) discoverTenant(w http.ResponseWriter, r *http.Request) {
	tenant := r.PathValue("tenant")
	if tenant != TenantID {
		refuse(w, refusal{90002, "Tenant '" + tenant + "' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."})
		return
	}
	base := s.server.URL + "/" + tenant
	answer(w, http.StatusOK, map[string]any{
		"issuer":                 base + "/v2.0",
		"authorization_endpoint": base + "/oauth2/v2.0/authorize",
		"token_endpoint":         base + "/oauth2/v2.0/token",
	})
}

// issue is the token endpoint for the client credentials grant.
func (s *Server) issue(w http.ResponseWriter, r *http.Request) {
	refused := s.refusal
	if refused == nil {
		refused = s.examine(r.PathValue("tenant"), r.PostForm)
	}
	if refused != nil {
		refuse(w, *refused)
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"token_type":     "Bearer",
		"expires_in":     int(s.lifetime.Seconds()),
		"ext_expires_in": int(s.lifetime.Seconds()),
		"access_token":   s.newToken(),
	})
}

// examine returns why the form earns no token.
func (s *Server) examine(tenant string, form url.Values) *refusal {
	switch {
	case tenant != TenantID:
		return &refusal{90002, "Tenant '" + tenant + "' not found."}
	case form.Get("grant_type") != "client_credentials":
		return &refusal{70003, "The app requested an unsupported grant type '" + form.Get("grant_type") + "'."}
	case form.Get("client_id") != ClientID:
		return &refusal{700016, "Application with identifier '" + form.Get("client_id") + "' was not found in the directory 'Contoso'."}
	case !slices.Contains([]string{Scope, Scope + " openid offline_access profile"}, form.Get("scope")):
		return &refusal{500011, "The resource principal named " + form.Get("scope") + " was not found in the tenant named Contoso."}
	case form.Has("client_secret"):
		if form.Get("client_secret") != ClientSecret {
			return &refusal{7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '" + ClientID + "'."}
		}
		return nil
	case form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
		return &refusal{7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}
	default:
		return s.examineAssertion(form.Get("client_assertion"))
	}
}

// examineAssertion accepts what the server's own OIDC endpoints issued, and what a trusted
// certificate signed.
func (s *Server) examineAssertion(assertion string) *refusal {
	if slices.Contains(s.assertions, assertion) {
		return nil
	}
	signed, err := parseSigned(assertion)
	if err != nil {
		return &refusal{50027, "JWT token is invalid or malformed: " + err.Error()}
	}
	if signed.header.Thumbprint == "" {
		return &refusal{700213, "No matching federated identity record found for presented assertion subject '" + signed.claims.Subject + "'."}
	}
	return s.examineSigned(signed)
}

// newToken issues an access token, which is shaped like a JSON web token as Entra's are.
func (s *Server) newToken() string {
	expires := time.Now().Add(s.lifetime)
	text := unsigned(map[string]any{
		"aud": "https://manage.devcenter.microsoft.com", "tid": TenantID, "appid": ClientID,
		"exp": expires.Unix(), "jti": len(s.tokens) + 1,
	})
	s.tokens = append(s.tokens, token{text: text, expires: expires})
	return text
}

// unsigned is a JSON web token with a signature that nobody can check.
func unsigned(claims map[string]any) string {
	segment := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // Maps of strings and numbers always marshal.
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signature := base64.RawURLEncoding.EncodeToString([]byte("a signature of the tests"))
	return segment(map[string]any{"alg": "RS256", "typ": "JWT"}) + "." + segment(claims) + "." + signature
}

// refuse answers in the shape of Entra's errors.
func refuse(w http.ResponseWriter, r refusal) {
	const trace, correlation = "0a1b2c3d-0000-4000-8000-000000000001", "9f8e7d6c-0000-4000-8000-000000000002"
	now := time.Now().UTC().Format("2006-01-02 15:04:05Z")
	status, name := http.StatusUnauthorized, "invalid_client"
	if r.code == 90002 {
		status, name = http.StatusBadRequest, "invalid_tenant"
	}
	answer(w, status, map[string]any{
		"error": name,
		"error_description": fmt.Sprintf("AADSTS%d: %s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s",
			r.code, r.message, trace, correlation, now),
		"error_codes":    []int{r.code},
		"timestamp":      now,
		"trace_id":       trace,
		"correlation_id": correlation,
		"error_uri":      fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", r.code),
	})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		panic(http.ErrAbortHandler)
	}
}
