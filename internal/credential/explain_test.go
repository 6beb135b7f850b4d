package credential_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
)

func TestRefusalIsExplained(t *testing.T) {
	t.Parallel()
	secret := credential.Config{ClientSecret: entratest.ClientSecret}
	tests := map[string]struct {
		cfg      func(*entratest.Server) credential.Config // default secret
		spoil    func(*credential.Config)
		refuse   int
		argument string
		says     []string
	}{
		"wrong secret": {
			spoil:    func(cfg *credential.Config) { cfg.ClientSecret = "hush" },
			argument: "client_secret",
			says:     []string{"AADSTS7000215: Invalid client secret provided.", "(correlation ID 9f8e7d6c-", "the secret's value, not its ID"},
		},
		"secret in place of the application": {
			spoil:    func(cfg *credential.Config) { cfg.ClientID = cfg.ClientSecret },
			argument: "client_id",
			says:     []string{"of application REDACTED in tenant", "AADSTS700016"},
		},
		"expired secret": {
			refuse:   7000222,
			argument: "client_secret",
			says:     []string{"AADSTS7000222", "has expired: create a new one"},
		},
		"unknown tenant": {
			spoil:    func(cfg *credential.Config) { cfg.TenantID = "contoso.example" },
			argument: "tenant_id",
			says:     []string{"in tenant contoso.example", "AADSTS90002", "there is no such tenant: check tenant_id"},
		},
		"unknown application": {
			spoil:    func(cfg *credential.Config) { cfg.ClientID = "other" },
			argument: "client_id",
			says:     []string{"of application other", "AADSTS700016", "check client_id"},
		},
		"tenant without Partner Center": {
			refuse:   500011,
			argument: "tenant_id",
			says:     []string{"associated with the Partner Center account"},
		},
		"application that was never added": {
			refuse:   7000229,
			argument: "client_id",
			says:     []string{"add it to the Partner Center account"},
		},
		"federated credential for another subject": {
			cfg: func(*entratest.Server) credential.Config {
				return credential.Config{OIDCToken: "e30.eyJzdWIiOiJtZSJ9.e30"}
			},
			argument: "oidc_token",
			says:     []string{"AADSTS700213", "assertion subject 'me'", "federated credential whose issuer, subject and audience"},
		},
		"mutilated OIDC token": {
			cfg:      func(*entratest.Server) credential.Config { return credential.Config{OIDCToken: "hush"} },
			argument: "oidc_token",
			says:     []string{"AADSTS50027", "passed on completely"},
		},
		"unregistered certificate": {
			cfg: func(*entratest.Server) credential.Config {
				return credential.Config{ClientCertificatePath: "testdata/plain.pem"}
			},
			argument: "client_certificate_path",
			says:     []string{"AADSTS700027", "upload its public part"},
		},
		"wrong request token": {
			cfg: func(entra *entratest.Server) credential.Config {
				return credential.Config{OIDCRequestURL: entra.GitHubURL(), OIDCRequestToken: "hush"}
			},
			argument: "oidc_request_url",
			says:     []string{"request an OIDC token from 127.0.0.1", "401 Unauthorized", "check argument oidc_request_token"},
		},
		"code without advice": {
			refuse:   4711,
			argument: "client_secret",
			says:     []string{"AADSTS4711: as you wish", "look 4711 up at https://login.microsoftonline.com/error"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entra := entratest.Start(t)
			cfg := secret
			if tt.cfg != nil {
				cfg = tt.cfg(entra)
			}
			cfg = identified(entra, cfg)
			if tt.spoil != nil {
				tt.spoil(&cfg)
			}
			if tt.refuse != 0 {
				entra.Refuse(tt.refuse, "as you wish")
			}
			err := fails(t, newCredential(t, cfg, nil, entra.Transport()), tt.argument, tt.says...)
			if byEntra := name != "wrong request token"; err.Refused() != byEntra {
				t.Errorf("it is taken for a refusal of Entra: %t", !byEntra)
			}
			if strings.Contains(err.Error(), "Trace ID") {
				t.Errorf("%q holds what only Microsoft can use", err)
			}
			advice := credential.Explain(fmt.Errorf("list flights: %w", err))
			if !strings.HasSuffix(err.Error(), advice) || advice == "" && name != "wrong request token" {
				t.Errorf("Explain says %q, the error %q", advice, err)
			}
		})
	}
}

func TestAzurePipelinesRefusal(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	cred := newCredential(t, identified(entra, credential.Config{}), env{
		"SYSTEM_OIDCREQUESTURI": entra.PipelinesURL(), "SYSTEM_ACCESSTOKEN": "hush",
		"ARM_OIDC_AZURE_SERVICE_CONNECTION_ID": entratest.ServiceConnectionID,
	}, entra.Transport())
	mustGoUnanswered(t, cred, "oidc_request_url", "401 Unauthorized", "check environment variable SYSTEM_ACCESSTOKEN", "may use the service connection")
}

// TestAnswerWithoutOIDCToken has a CI endpoint that answers, and gives nothing.
func TestAnswerWithoutOIDCToken(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"value":""}`, `{"value":5}`, `["hush"]`} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			entra := entratest.Start(t)
			cfg := identified(entra, credential.Config{OIDCRequestURL: entra.GitHubURL(), OIDCRequestToken: entratest.OIDCRequestToken})
			mustGoUnanswered(t, newCredential(t, cfg, nil, hostile(entra, func(req *http.Request, resp *http.Response) {
				if strings.Contains(req.URL.Path, "github") {
					resp.Body = io.NopCloser(strings.NewReader(body))
				}
			})), "oidc_request_url", "request an OIDC token from 127.0.0.1", "the answer holds none")
			if n := entra.TokenRequests(); n != 0 {
				t.Errorf("Entra was asked %d times for a token, with nothing to show", n)
			}
		})
	}
}

// TestWhoRefuses has Entra answer in its own words. It refuses nothing while it is busy or fails.
func TestWhoRefuses(t *testing.T) {
	t.Parallel()
	for status, refused := range map[int]bool{400: true, 401: true, 429: false, 500: false, 503: false} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			entra := entratest.Start(t)
			synctest.Test(t, func(t *testing.T) {
				err := fails(t, newCredential(t, withSecret(entra), nil, hostile(entra, func(req *http.Request, resp *http.Response) {
					if isToken(req) {
						resp.StatusCode = status
						resp.Body = io.NopCloser(strings.NewReader(`{"error":"e","error_description":"AADSTS50196: As it is.","error_codes":[50196]}`))
					}
				})), "client_secret", "AADSTS50196: As it is.")
				if err.Refused() != refused {
					t.Errorf("it is taken for a refusal: %t, want %t", err.Refused(), refused)
				}
			})
		})
	}
}

// TestLongRefusal lets Entra say more than anybody reads.
func TestLongRefusal(t *testing.T) {
	t.Parallel()
	const start = "AADSTS7000222: "
	secret := entratest.ClientSecret
	for name, said := range map[string]string{
		"characters of several bytes": strings.Repeat("€", 10_000),
		"a secret at the cut":         strings.Repeat("x", 1000-len(start)-1-len(secret)/2) + " " + secret + strings.Repeat(" x", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entra := entratest.Start(t)
			entra.Refuse(7000222, said)
			text := fails(t, newCredential(t, withSecret(entra), nil, entra.Transport()), "client_secret", start, "…", "has expired").Error()
			if len(text) > 1500 || !utf8.ValidString(text) || strings.Contains(text, secret[:len(secret)/2]) {
				t.Errorf("got %d bytes: %q", len(text), text)
			}
		})
	}
}

// Whatever Entra says, the secrets that it was sent do not reach a person.
func TestEchoedSecretsAreRemoved(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	token := entra.NewOIDCToken()
	const stranger = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJodXNoIn0.c2ln"
	entra.Refuse(50027, "Bad assertion "+token+", token "+entratest.OIDCRequestToken+" and "+stranger+".")
	cfg := identified(entra, credential.Config{OIDCToken: token, OIDCRequestToken: entratest.OIDCRequestToken})
	mustFail(t, newCredential(t, cfg, nil, entra.Transport()), "oidc_token", "Bad assertion REDACTED, token REDACTED and REDACTED")
}

// A captive portal or proxy answers with pages for people.
func TestAnswerThatIsNotEntras(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	portal := roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := entra.InMemory().RoundTrip(req)
		if err == nil {
			resp.StatusCode, resp.Status = http.StatusForbidden, "403 Forbidden"
			resp.Body = http.NoBody
		}
		return resp, err
	})
	cred := newCredential(t, identified(entra, credential.Config{ClientSecret: entratest.ClientSecret}), nil, portal)
	mustGoUnanswered(t, cred, "client_secret", "openid-configuration answered 403 Forbidden")
}

func TestExplainKnowsItsLimits(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errors.New("disk full")} {
		if text := credential.Explain(err); text != "" {
			t.Errorf("explains %v with %q", err, text)
		}
	}
	for said, want := range map[string]string{
		"AADSTS700082: The refresh token has expired": "run az login again",
		"AADSTS65002: Consent between first party application 'a' and first party resource 'b' must be configured via preauthorization": "az login --service-principal",
	} {
		if text := credential.Explain(errors.New("exit status 1: " + said)); !strings.Contains(text, want) {
			t.Errorf("explains %q with %q", said, text)
		}
	}
}
