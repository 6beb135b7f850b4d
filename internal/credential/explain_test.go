package credential_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

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
