package provider_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
)

// fixtures are one certificate in the forms in which people keep theirs.
const fixtures = "../credential/testdata"

// identity are the arguments that every credential of an application needs.
func (w *world) identity(more arguments) arguments {
	return arguments{"tenant_id": entratest.TenantID, "client_id": entratest.ClientID, "authority_host": w.Entra.AuthorityHost()}.With(more)
}

// trustFixture has the Entra trust the certificate of the fixtures.
func (w *world) trustFixture(t *testing.T) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(fixtures, "plain.pem"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest := pem.Decode(content)
	block, _ := pem.Decode(rest)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	w.Entra.Trust(t, certificate)
}

func TestEachKindOfCredential(t *testing.T) {
	t.Parallel()
	certificate := func(name, password string) func(*world) arguments {
		return func(w *world) arguments {
			a := w.identity(arguments{"client_certificate_path": filepath.Join(fixtures, name)})
			if password != "" {
				a["client_certificate_password"] = password
			}
			return a
		}
	}
	for name, block := range map[string]func(*world) arguments{
		"client secret":                        func(w *world) arguments { return w.identity(arguments{"client_secret": entratest.ClientSecret}) },
		"certificate, PEM":                     certificate("plain.pem", ""),
		"certificate, PFX":                     certificate("plain.pfx", ""),
		"certificate, PFX with password":       certificate("encrypted.pfx", "open-sesame"),
		"certificate, older PFX with password": certificate("encrypted-legacy.pfx", "open-sesame"),
		"OIDC token": func(w *world) arguments {
			return w.identity(arguments{"use_oidc": true, "oidc_token": w.Entra.NewOIDCToken()})
		},
		"OIDC token file": func(w *world) arguments {
			return w.identity(arguments{"use_oidc": true, "oidc_token_file_path": w.File("token", []byte(w.Entra.NewOIDCToken()+"\n"))})
		},
		"OIDC request": func(w *world) arguments {
			return w.identity(arguments{"use_oidc": true, "oidc_request_url": w.Entra.GitHubURL(), "oidc_request_token": entratest.OIDCRequestToken})
		},
		// Tokens of managed identities are cached for the process by their client ID.
		"managed identity": func(*world) arguments { return arguments{"use_msi": true, "client_id": "of a whole provider"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.trustFixture(t)
			w.reads(t, nil, block(w))
			if n := len(w.Entra.Issued()); n != 1 {
				t.Errorf("%d tokens were issued, want 1", n)
			}
		})
	}
	t.Run("access token", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.reads(t, nil, arguments{"access_token": acctest.Token})
		if n := len(w.Entra.Requests()); n != 0 {
			t.Errorf("%d requests to Entra for a token that is given", n)
		}
	})
}

func TestAzureCLICredential(t *testing.T) {
	w := newWorld(t)
	w.Entra.InstallAzureCLI(t)
	w.reads(t, nil, arguments{"use_cli": true})

	entratest.InstallSignedOutAzureCLI(t)
	w.fails(t, nil, arguments{"use_cli": true}, "Azure CLI (argument use_cli)", "sign in to the Azure CLI with az login")
}

func TestServicesNeedNoArgument(t *testing.T) {
	t.Parallel()
	for name, exports := range entratest.Services {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.reads(t, exports(t, w.Entra), nil)
		})
	}
}

// In the tests above there is no CLI, and the provider is handed its environment.
// Here it is a process that finds one.
func TestServiceOfAProcess(t *testing.T) {
	t.Parallel()
	acctest.RequiresUnix(t)
	w := newWorld(t)
	cli := w.CLI(acctest.Block(acctest.Provider) + w.flight())
	cli.Export(w.Environment().With(entratest.Services["HCP Terraform"](t, w.Entra)))
	cli.Export(environment{"SSL_CERT_FILE": w.File("roots.pem", w.Entra.CertificatePEM())})
	acctest.Says(t, cli.MustRun("plan"), `name = "beta"`)
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	right, wrong := entratest.ClientSecret, "hush"
	for name, test := range map[string]struct {
		environment environment
		argument    string
	}{
		"argument before MSSTORE_": {environment{"MSSTORE_CLIENT_SECRET": wrong}, right},
		"MSSTORE_ before ARM_":     {environment{"MSSTORE_CLIENT_SECRET": right, "ARM_CLIENT_SECRET": wrong}, ""},
		"ARM_ before AZURE_":       {environment{"ARM_CLIENT_SECRET": right, "AZURE_CLIENT_SECRET": wrong}, ""},
		"AZURE_ alone":             {environment{"AZURE_CLIENT_SECRET": right}, ""},
		"another kind in a weaker place": {environment{
			"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": wrong, "AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere",
		}, right},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			block := w.identity(nil)
			if test.argument != "" {
				block["client_secret"] = test.argument
			}
			w.reads(t, test.environment, block)
		})
	}
}

func TestCredentialIsNotTheOne(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment environment
		block       arguments
		says        []string
	}{
		"none": {nil, nil, []string{
			"Unusable credentials", "no credential for Microsoft Entra ID: found environment variable AZURE_AUTHORITY_HOST;",
			"set one of client_secret, client_certificate_path, use_oidc, use_msi, use_cli and access_token",
		}},
		"half of one": {environment{"ARM_CLIENT_ID": entratest.ClientID, "ARM_USE_OIDC": "false"}, nil, []string{
			"found environment variable ARM_CLIENT_ID, environment variable AZURE_AUTHORITY_HOST and environment variable ARM_USE_OIDC (false)",
		}},
		"two arguments": {nil, arguments{"use_msi": true, "use_cli": true}, []string{
			"more than one kind of credential is configured: managed identity (argument use_msi) and Azure CLI (argument use_cli)",
		}},
		"two variables": {environment{"ARM_CLIENT_SECRET": "hush", "ARM_CLIENT_CERTIFICATE_PATH": "/nowhere"}, nil, []string{
			"client secret (environment variable ARM_CLIENT_SECRET) and client certificate (environment variable ARM_CLIENT_CERTIFICATE_PATH)",
		}},
		"authority over http": {acctest.Application("hush"), arguments{"authority_host": "http://login.example"}, []string{
			"argument authority_host must be an https address",
		}},
		"endpoint over http": {acctest.Application("hush"), arguments{"endpoint": "http://store.example"}, []string{
			"Unusable endpoint", "the Store endpoint http://store.example must be https",
		}},
		"endpoint on a host that looks local": {acctest.Application("hush"), arguments{"endpoint": "http://localhost.example"}, []string{
			"Unusable endpoint", "must be https",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fails(t, test.environment, test.block, test.says...)
			if n := len(w.Entra.Requests()) + w.Sim.Count(); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// A secret that the apply makes leaves the plan without a client. It fails only
// what asks the Store for an answer.
func TestCredentialIsUnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source := w.Package("app.msix", manifest("1.0.0.0"))
	identity := environment{"ARM_TENANT_ID": entratest.TenantID, "ARM_CLIENT_ID": entratest.ClientID}
	const block = "client_secret = terraform_data.secret.output"
	secret := acctest.Block(`resource "terraform_data" "secret"`, fmt.Sprintf("input = sensitive(%q)", entratest.ClientSecret))
	cli := w.cli(identity, block, secret+w.Block(acctest.Submission, acctest.Packages(source), `wait_for = "publish"`))
	acctest.Says(t, cli.MustRun("plan"), "Plan: 2 to add")
	if n := len(w.Entra.Requests()) + w.Sim.Count(); n != 0 {
		t.Errorf("the plan sent %d requests", n)
	}
	cli.MustRun("apply", "-auto-approve")
	if _, published := w.LastPublished(); published.Packages[0].FileName != "app.msix" {
		t.Errorf("published is %+v", published)
	}

	w = newWorld(t)
	out := w.cli(identity, block, secret+w.flight()).MustFail("plan")
	judge(t, out, "Provider is not configured yet", "known only after an apply")
}
