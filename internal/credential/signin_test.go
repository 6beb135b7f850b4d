package credential_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
)

// request is what the Store client asks of a credential.
var request = policy.TokenRequestOptions{Scopes: []string{entratest.Scope}, EnableCAE: true}

// identified fills in the application that the fake Entra knows.
func identified(entra *entratest.Server, cfg credential.Config) credential.Config {
	cfg.TenantID, cfg.ClientID, cfg.AuthorityHost = entratest.TenantID, entratest.ClientID, entra.AuthorityHost()
	return cfg
}

func newCredential(t *testing.T, cfg credential.Config, e env, transport http.RoundTripper) azcore.TokenCredential {
	t.Helper()
	resolved, err := credential.Resolve(cfg, e.lookup)
	if err != nil {
		t.Fatal(err)
	}
	cred, err := resolved.Credential(credential.Options{Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return cred
}

// mustSignIn gets a token and checks that it is the newest that the server issued.
func mustSignIn(t *testing.T, entra *entratest.Server, cred azcore.TokenCredential) {
	t.Helper()
	token, err := cred.GetToken(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if issued := entra.Issued(); len(issued) == 0 || token.Token != issued[len(issued)-1] {
		t.Errorf("got another token than the server issued")
	}
	if in := time.Until(token.ExpiresOn); in < 59*time.Minute || in > time.Hour {
		t.Errorf("the token expires in %v, want an hour", in)
	}
}

// mustFail checks that signing in is refused with an error as checkError wants it.
func mustFail(t *testing.T, cred azcore.TokenCredential, argument string, says ...string) {
	t.Helper()
	if !fails(t, cred, argument, says...).Refused() {
		t.Error("it is taken for a temporary failure")
	}
}

// mustGoUnanswered checks that signing in fails because nobody answers, with an error as checkError wants it.
func mustGoUnanswered(t *testing.T, cred azcore.TokenCredential, argument string, says ...string) {
	t.Helper()
	if fails(t, cred, argument, says...).Refused() {
		t.Error("it is taken for a refusal")
	}
}

func fails(t *testing.T, cred azcore.TokenCredential, argument string, says ...string) *credential.Error {
	t.Helper()
	_, err := cred.GetToken(t.Context(), request)
	checkError(t, err, argument, says...)
	failed, _ := errors.AsType[*credential.Error](err)
	return failed
}

// checkError checks that an error blames the argument, says the texts, and holds no secret. Secrets of
// tests have "hush" in them, unless the fake Entra must take them.
func checkError(t *testing.T, err error, argument string, says ...string) {
	t.Helper()
	failed, ok := errors.AsType[*credential.Error](err)
	if !ok {
		t.Fatalf("error is %v, want a *credential.Error", err)
	}
	if failed.Argument() != argument {
		t.Errorf("blames %q, want %q", failed.Argument(), argument)
	}
	text := err.Error()
	for _, want := range says {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
	for _, secret := range []string{"hush", entratest.ClientSecret, entratest.OIDCRequestToken, "eyJ"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q holds the secret %q", text, secret)
		}
	}
	if strings.Contains(text, "troubleshoot") {
		t.Errorf("%q sends the reader to a page on azidentity", text)
	}
	if strings.ContainsAny(text, "\r\n") {
		t.Errorf("%q takes several lines", text)
	}
}

func TestSignInWithArguments(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T, *entratest.Server) credential.Config{
		"client secret": func(*testing.T, *entratest.Server) credential.Config {
			return credential.Config{ClientSecret: entratest.ClientSecret}
		},
		"certificate": func(t *testing.T, entra *entratest.Server) credential.Config {
			t.Helper()
			return credential.Config{ClientCertificatePath: entra.NewCertificate(t)}
		},
		"OIDC token": func(_ *testing.T, entra *entratest.Server) credential.Config {
			return credential.Config{OIDCToken: entra.NewOIDCToken()}
		},
		"OIDC token file": func(t *testing.T, entra *entratest.Server) credential.Config {
			t.Helper()
			path := filepath.Join(t.TempDir(), "token")
			write(t, path, entra.NewOIDCToken()+"\n")
			return credential.Config{OIDCTokenFilePath: path}
		},
		"OIDC endpoint": func(_ *testing.T, entra *entratest.Server) credential.Config {
			return credential.Config{OIDCRequestURL: entra.GitHubURL(), OIDCRequestToken: entratest.OIDCRequestToken}
		},
	}
	for name, configure := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entra := entratest.Start(t)
			cfg := identified(entra, configure(t, entra))
			mustSignIn(t, entra, newCredential(t, cfg, nil, entra.Transport()))
		})
	}
}

func TestSignInWhereCIExportsAll(t *testing.T) {
	t.Parallel()
	for name, exports := range entratest.Services {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entra := entratest.Start(t)
			e := exports(t, entra)
			e["AZURE_AUTHORITY_HOST"] = entra.AuthorityHost()
			mustSignIn(t, entra, newCredential(t, credential.Config{}, e, entra.Transport()))
		})
	}
}

func TestSignInWithManagedIdentity(t *testing.T) {
	t.Parallel()
	// azidentity keeps managed identities' tokens for the whole process, by client ID.
	entra := entratest.Start(t)
	cred := newCredential(t, credential.Config{UseMSI: new(true), ClientID: "on-a-virtual-machine"}, nil, entra.Transport())
	mustSignIn(t, entra, cred)
	mustSignIn(t, entra, cred)
	requests := entra.Requests()
	if len(requests) != 1 || requests[0].Query.Get("client_id") != "on-a-virtual-machine" {
		t.Errorf("requests %v, want one for the client ID", requests)
	}

	entra.Refuse(0, "Identity not found")
	mustFail(t, newCredential(t, credential.Config{UseMSI: new(true), ClientID: "unassigned"}, nil, entra.Transport()), "use_msi",
		"managed identity (argument use_msi)", "Identity not found")
}

func TestSignInOnAppService(t *testing.T) {
	entra := entratest.Start(t)
	t.Setenv("IDENTITY_ENDPOINT", entra.AppServiceURL())
	t.Setenv("IDENTITY_HEADER", entratest.AppServiceHeader)
	mustSignIn(t, entra, newCredential(t, credential.Config{UseMSI: new(true)}, nil, entra.Transport()))
}

// TestAddressOfMachineIdentity names an endpoint as Azure does in a machine's environment, and as nobody should.
func TestAddressOfMachineIdentity(t *testing.T) {
	for host, sent := range map[string]bool{"169.254.131.2:8081": true, "127.0.0.1:41741": true, "192.0.2.1": false, "identity.example": false} {
		t.Run(host, func(t *testing.T) {
			entra := entratest.Start(t)
			t.Setenv("IDENTITY_ENDPOINT", "http://"+host+strings.TrimPrefix(entra.AppServiceURL(), entra.AuthorityHost()))
			t.Setenv("IDENTITY_HEADER", entratest.AppServiceHeader)
			cred := newCredential(t, credential.Config{UseMSI: new(true), ClientID: "at-" + host}, nil, entra.InMemory())
			if sent {
				mustSignIn(t, entra, cred)
			} else {
				mustFail(t, cred, "use_msi", "http://"+host+" is not https")
			}
		})
	}
}

func TestSignInWithAzureCLI(t *testing.T) {
	entra := entratest.Start(t)
	calls := entra.InstallAzureCLI(t)
	mustSignIn(t, entra, newCredential(t, credential.Config{UseCLI: new(true), TenantID: entratest.TenantID}, nil, nil))
	got, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	want := "account get-access-token -o json --resource https://manage.devcenter.microsoft.com --tenant " + entratest.TenantID + "\n"
	if string(got) != want {
		t.Errorf("called az %q, want %q", got, want)
	}

	entratest.InstallSignedOutAzureCLI(t)
	cred := newCredential(t, credential.Config{UseCLI: new(true)}, nil, nil)
	mustFail(t, cred, "use_cli", "Azure CLI (argument use_cli)", "sign in to the Azure CLI with az login")

	t.Setenv("PATH", t.TempDir())
	mustGoUnanswered(t, cred, "use_cli", "install the Azure CLI")
}

func TestTokenIsSharedAndRenewed(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	synctest.Test(t, func(t *testing.T) {
		cfg := identified(entra, credential.Config{ClientSecret: entratest.ClientSecret})
		cred := newCredential(t, cfg, nil, entra.InMemory())

		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if _, err := cred.GetToken(t.Context(), request); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := entra.TokenRequests(); n != 1 {
			t.Errorf("%d requests for one token", n)
		}

		time.Sleep(54 * time.Minute)
		mustStillBe(t, entra, cred, 1)
		time.Sleep(2 * time.Minute) // four minutes left
		mustStillBe(t, entra, cred, 2)
	})
}

func mustStillBe(t *testing.T, entra *entratest.Server, cred azcore.TokenCredential, issued int) {
	t.Helper()
	token, err := cred.GetToken(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(entra.Issued()); n != issued {
		t.Errorf("%d tokens issued, want %d", n, issued)
	}
	if !entra.Valid(token.Token) {
		t.Error("the token has expired")
	}
}

func TestTokenFileIsReadAnew(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	path := filepath.Join(t.TempDir(), "token")
	synctest.Test(t, func(t *testing.T) {
		cred := newCredential(t, identified(entra, credential.Config{OIDCTokenFilePath: path}), nil, entra.InMemory())
		mustGoUnanswered(t, cred, "oidc_token_file_path", "read the OIDC token", path)
		write(t, path, "\n")
		mustGoUnanswered(t, cred, "oidc_token_file_path", "is empty")

		write(t, path, entra.NewOIDCToken())
		mustSignIn(t, entra, cred)
		write(t, path, entra.NewOIDCToken())
		time.Sleep(time.Hour)
		mustSignIn(t, entra, cred)

		var sent []string
		for _, r := range entra.Requests() {
			if r.Form.Has("client_assertion") {
				sent = append(sent, r.Form.Get("client_assertion"))
			}
		}
		if !slices.Equal(sent, entra.Assertions()) {
			t.Error("the second sign-in did not use the second token")
		}
	})
}

func TestOIDCTokenIsRequestedAnew(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	synctest.Test(t, func(t *testing.T) {
		cfg := identified(entra, credential.Config{OIDCRequestURL: entra.GitHubURL(), OIDCRequestToken: entratest.OIDCRequestToken})
		cred := newCredential(t, cfg, nil, entra.InMemory())
		entra.FailNext(2)
		mustSignIn(t, entra, cred)
		time.Sleep(time.Hour)
		mustSignIn(t, entra, cred)
		if n := len(entra.Assertions()); n != 2 {
			t.Errorf("requested %d OIDC tokens, want one for each sign-in", n)
		}
	})
}

func TestSignInSurvivesAnUnavailableEntra(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	synctest.Test(t, func(t *testing.T) {
		cred := newCredential(t, identified(entra, credential.Config{ClientSecret: entratest.ClientSecret}), nil, entra.InMemory())
		entra.FailNext(3)
		mustSignIn(t, entra, cred)

		cred = newCredential(t, identified(entra, credential.Config{ClientSecret: entratest.ClientSecret}), nil, entra.InMemory())
		entra.FailNext(100)
		mustGoUnanswered(t, cred, "client_secret", "503 Service Unavailable")
	})
}

// TestAuthorityIsAskedFor asks the public cloud whether an authority is genuine. It knows its own and no others.
func TestAuthorityIsAskedFor(t *testing.T) {
	t.Parallel()
	for authority, asked := range map[string]bool{
		"": true, "https://login.microsoftonline.us": true, "https://login.chinacloudapi.cn/": true, "https://entra.contoso.example": false,
	} {
		t.Run(authority, func(t *testing.T) {
			t.Parallel()
			entra := entratest.Start(t)
			cfg := withSecret(entra)
			cfg.AuthorityHost = authority
			_, _ = newCredential(t, cfg, nil, entra.InMemory()).GetToken(t.Context(), request)
			got := slices.ContainsFunc(entra.Requests(), func(r entratest.Request) bool { return r.Path == "/common/discovery/instance" })
			if got != asked || len(entra.Requests()) == 0 {
				t.Errorf("the public cloud was asked: %t, want %t", got, asked)
			}
		})
	}
}

func TestCancelledSignIn(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	cred := newCredential(t, identified(entra, credential.Config{ClientSecret: entratest.ClientSecret}), nil, entra.Transport())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cred.GetToken(ctx, request); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}

func TestUnreachableEntra(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := roundTripper(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("no route to host")
		})
		cred := newCredential(t, credential.Config{TenantID: "t", ClientID: "c", ClientSecret: "hush"}, nil, down)
		mustGoUnanswered(t, cred, "client_secret", "login.microsoftonline.com", "no route to host")

		machine := newCredential(t, credential.Config{UseMSI: new(true), ClientID: "nowhere"}, nil, down)
		began := time.Now()
		mustGoUnanswered(t, machine, "use_msi", "managed identities exist on Azure machines only")
		if waited := time.Since(began); waited > 3*time.Minute {
			t.Errorf("waited %v for a metadata service that does not exist", waited)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
