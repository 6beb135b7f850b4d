package credential_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
)

// env is an environment of its own for each test.
type env map[string]string

func (e env) lookup(name string) (string, bool) {
	text, ok := e[name]
	return text, ok
}

// github is what a job of GitHub Actions with the permission id-token: write sees.
func github(more env) env {
	e := env{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://actions.example/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "job"}
	maps.Copy(e, more)
	return e
}

// pipelines is what a job of Azure Pipelines sees; SYSTEM_ACCESSTOKEN only where the step maps it.
func pipelines(more env) env {
	e := env{"SYSTEM_OIDCREQUESTURI": "https://dev.azure.example/oidctoken", "TF_BUILD": "True"}
	maps.Copy(e, more)
	return e
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const publicCloud = "https://login.microsoftonline.com/"
	tests := map[string]struct {
		cfg  credential.Config
		env  env
		want string // the description
		host string // default publicCloud
	}{
		"arguments alone": {
			cfg:  credential.Config{TenantID: "t", ClientID: "c", ClientSecret: "s"},
			want: "client secret (argument client_secret) of application c in tenant t",
		},
		"MSSTORE variables": {
			env:  env{"MSSTORE_TENANT_ID": "t", "MSSTORE_CLIENT_ID": "c", "MSSTORE_CLIENT_SECRET": "s"},
			want: "client secret (environment variable MSSTORE_CLIENT_SECRET) of application c in tenant t",
		},
		"ARM variables": {
			env:  env{"ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c", "ARM_CLIENT_SECRET": "s"},
			want: "client secret (environment variable ARM_CLIENT_SECRET) of application c in tenant t",
		},
		"AZURE variables": {
			env:  env{"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"},
			want: "client secret (environment variable AZURE_CLIENT_SECRET) of application c in tenant t",
		},
		"every value has its own precedence": {
			cfg: credential.Config{TenantID: "t0"},
			env: env{
				"MSSTORE_TENANT_ID": "t1", "ARM_TENANT_ID": "t2", "AZURE_TENANT_ID": "t3",
				"MSSTORE_CLIENT_ID": "c1", "ARM_CLIENT_ID": "c2", "AZURE_CLIENT_ID": "c3",
				"ARM_CLIENT_SECRET": "s2", "AZURE_CLIENT_SECRET": "s3",
			},
			want: "client secret (environment variable ARM_CLIENT_SECRET) of application c1 in tenant t0",
		},
		"empty variables are not set": {
			env:  env{"MSSTORE_CLIENT_SECRET": "", "ARM_CLIENT_SECRET": "s", "ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c", "ARM_OIDC_TOKEN": ""},
			want: "client secret (environment variable ARM_CLIENT_SECRET) of application c in tenant t",
		},
		"certificate": {
			env:  env{"ARM_CLIENT_CERTIFICATE_PATH": "p", "ARM_CLIENT_CERTIFICATE_PASSWORD": "w", "ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c"},
			want: "client certificate (environment variable ARM_CLIENT_CERTIFICATE_PATH) of application c in tenant t",
		},
		"an argument of one kind beats variables of another": {
			cfg:  credential.Config{ClientSecret: "s"},
			env:  env{"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "o", "ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c"},
			want: "client secret (argument client_secret) of application c in tenant t",
		},
		"an MSSTORE variable of one kind beats ARM variables of another": {
			env:  env{"MSSTORE_CLIENT_CERTIFICATE_PATH": "p", "ARM_CLIENT_SECRET": "s", "ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c"},
			want: "client certificate (environment variable MSSTORE_CLIENT_CERTIFICATE_PATH) of application c in tenant t",
		},
		"use_oidc beats a secret in the environment": {
			cfg:  credential.Config{UseOIDC: new(true)},
			env:  github(env{"ARM_CLIENT_SECRET": "s", "ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c"}),
			want: "OIDC token (environment variable ACTIONS_ID_TOKEN_REQUEST_URL) of application c in tenant t",
		},
		"access token needs no identity": {
			cfg:  credential.Config{AccessToken: "eyJhbGci"},
			want: "access token (argument access_token)",
		},
		"access token from the environment": {
			env:  env{"MSSTORE_ACCESS_TOKEN": "opaque", "ARM_CLIENT_SECRET": "s"},
			want: "access token (environment variable MSSTORE_ACCESS_TOKEN)",
		},
		"system-assigned managed identity": {
			cfg:  credential.Config{UseMSI: new(true)},
			want: "managed identity (argument use_msi)",
		},
		"user-assigned managed identity": {
			env:  env{"ARM_USE_MSI": "1", "ARM_CLIENT_ID": "c"},
			want: "managed identity (environment variable ARM_USE_MSI) of application c",
		},
		"Azure CLI": {
			env:  env{"ARM_USE_CLI": "TRUE", "ARM_TENANT_ID": "t"},
			want: "Azure CLI (environment variable ARM_USE_CLI) in tenant t",
		},
		"false selects nothing": {
			cfg:  credential.Config{UseOIDC: new(false), UseMSI: new(false), UseCLI: new(false), TenantID: "t", ClientID: "c"},
			env:  github(env{"ARM_USE_MSI": "true", "ARM_USE_CLI": "true", "ARM_OIDC_TOKEN": "o", "AZURE_CLIENT_SECRET": "s"}),
			want: "client secret (environment variable AZURE_CLIENT_SECRET) of application c in tenant t",
		},
		"use_oidc = false rules out a token beside it": {
			env:  env{"ARM_USE_OIDC": "false", "ARM_OIDC_TOKEN": "o", "ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"},
			want: "client secret (environment variable AZURE_CLIENT_SECRET) of application c in tenant t",
		},
		"use_oidc = false in the environment does not rule out an argument": {
			cfg:  credential.Config{OIDCToken: "o"},
			env:  env{"ARM_USE_OIDC": "false", "ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c"},
			want: "OIDC token (argument oidc_token) of application c in tenant t",
		},
		"of OIDC tokens in equal places the renewable ones win": {
			env: env{
				"ARM_OIDC_TOKEN": "o", "ARM_OIDC_TOKEN_FILE_PATH": "/p", "ARM_OIDC_REQUEST_URL": "https://ci.example", "ARM_OIDC_REQUEST_TOKEN": "job",
				"ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c",
			},
			want: "OIDC token (environment variable ARM_OIDC_REQUEST_URL) of application c in tenant t",
		},
		"of OIDC tokens without an endpoint the file wins": {
			cfg:  credential.Config{OIDCToken: "o", OIDCTokenFilePath: "/p"},
			env:  github(env{"ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c"}),
			want: "OIDC token (argument oidc_token_file_path) of application c in tenant t",
		},
		"an OIDC token in a stronger place wins": {
			cfg:  credential.Config{OIDCToken: "o"},
			env:  env{"ARM_OIDC_TOKEN_FILE_PATH": "/p", "ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c"},
			want: "OIDC token (argument oidc_token) of application c in tenant t",
		},
		"sovereign cloud": {
			cfg:  credential.Config{TenantID: "t", ClientID: "c", ClientSecret: "s", AuthorityHost: "https://login.microsoftonline.us"},
			env:  env{"AZURE_AUTHORITY_HOST": "https://login.chinacloudapi.cn/"},
			want: "client secret (argument client_secret) of application c in tenant t",
			host: "https://login.microsoftonline.us",
		},

		"HCP Terraform's dynamic credentials": {
			env: env{
				"TFC_WORKLOAD_IDENTITY_TOKEN": "other audience", "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "o",
				"ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t", "ARM_SUBSCRIPTION_ID": "u",
			},
			want: "OIDC token (environment variable ARM_OIDC_TOKEN) of application c in tenant t",
		},
		"HCP Terraform's dynamic credentials through a file": {
			env:  env{"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN_FILE_PATH": "/p", "ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t"},
			want: "OIDC token (environment variable ARM_OIDC_TOKEN_FILE_PATH) of application c in tenant t",
		},
		"HCP Terraform's own workload identity token": {
			env:  env{"TFC_WORKLOAD_IDENTITY_TOKEN": "o", "ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t"},
			want: "OIDC token (environment variable TFC_WORKLOAD_IDENTITY_TOKEN) of application c in tenant t",
		},
		"GitHub Actions with ids only": {
			env:  github(env{"ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t"}),
			want: "OIDC token (environment variable ACTIONS_ID_TOKEN_REQUEST_URL) of application c in tenant t",
		},
		"GitHub Actions with a secret": {
			env:  github(env{"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t", "AZURE_CLIENT_SECRET": "s"}),
			want: "client secret (environment variable AZURE_CLIENT_SECRET) of application c in tenant t",
		},
		"Azure Pipelines' Terraform task": {
			env: pipelines(env{
				"ARM_USE_OIDC": "true", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID": "sc", "ARM_OIDC_REQUEST_TOKEN": "job",
				"ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t",
			}),
			want: "OIDC token (environment variable ARM_OIDC_REQUEST_TOKEN) of application c in tenant t",
		},
		"Azure Pipelines' Terraform task with a token": {
			env:  pipelines(env{"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "o", "ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t"}),
			want: "OIDC token (environment variable ARM_OIDC_TOKEN) of application c in tenant t",
		},
		"Azure Pipelines' Terraform task with a managed identity": {
			env:  pipelines(env{"ARM_USE_MSI": "true", "ARM_TENANT_ID": "t"}),
			want: "managed identity (environment variable ARM_USE_MSI)",
		},
		"Azure Pipelines' Azure CLI task": {
			env: pipelines(env{
				"AZURESUBSCRIPTION_CLIENT_ID": "c", "AZURESUBSCRIPTION_TENANT_ID": "t",
				"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "sc", "SYSTEM_ACCESSTOKEN": "job",
			}),
			want: "OIDC token (environment variable SYSTEM_OIDCREQUESTURI) of application c in tenant t",
		},
		"Azure Pipelines' Azure CLI task with addSpnToEnvironment": {
			env:  pipelines(env{"servicePrincipalId": "c", "tenantId": "t", "idToken": "o"}),
			want: "OIDC token (environment variable idToken) of application c in tenant t",
		},
		"Azure Pipelines without a service connection": {
			env:  pipelines(env{"SYSTEM_ACCESSTOKEN": "job", "ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t"}),
			want: "OIDC token (environment variable SYSTEM_OIDCREQUESTURI) of application c in tenant t",
		},
		"the service connection's application is not another secret's": {
			env: pipelines(env{
				"AZURESUBSCRIPTION_CLIENT_ID": "other", "AZURESUBSCRIPTION_TENANT_ID": "other",
				"ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t", "ARM_CLIENT_SECRET": "s",
			}),
			want: "client secret (environment variable ARM_CLIENT_SECRET) of application c in tenant t",
		},
		"Kubernetes workload identity": {
			env: env{
				"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t", "AZURE_FEDERATED_TOKEN_FILE": "/var/token",
				"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/",
			},
			want: "OIDC token (environment variable AZURE_FEDERATED_TOKEN_FILE) of application c in tenant t",
			host: "https://login.microsoftonline.us/",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := credential.Resolve(tt.cfg, tt.env.lookup)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.String()); diff != "" {
				t.Error(diff)
			}
			if tt.host == "" {
				tt.host = publicCloud
			}
			if got.AuthorityHost != tt.host {
				t.Errorf("authority %q, want %q", got.AuthorityHost, tt.host)
			}
		})
	}
}

func TestResolveFails(t *testing.T) {
	t.Parallel()
	ids := func(more env) env {
		e := env{"ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c"}
		maps.Copy(e, more)
		return e
	}
	tests := map[string]struct {
		cfg      credential.Config
		env      env
		argument string
		says     []string
	}{
		"nothing": {
			argument: "",
			says:     []string{"no credential", "found nothing", "MSSTORE_CLIENT_SECRET"},
		},
		"ids only": {
			cfg:      credential.Config{TenantID: "t"},
			env:      env{"AZURE_CLIENT_ID": "c"},
			argument: "",
			says:     []string{"no credential", "found argument tenant_id and environment variable AZURE_CLIENT_ID;"},
		},
		"OIDC ruled out": {
			env:      ids(github(env{"ARM_USE_OIDC": "false"})),
			argument: "",
			says:     []string{"ACTIONS_ID_TOKEN_REQUEST_URL", "environment variable ARM_USE_OIDC (false)"},
		},
		"GitHub Actions without ids": {
			env:      github(env{"ARM_CLIENT_ID": "c"}),
			argument: "",
			says:     []string{"no credential", "ARM_CLIENT_ID", "ACTIONS_ID_TOKEN_REQUEST_URL"},
		},
		"Azure Pipelines without the job's token": {
			env:      ids(pipelines(nil)),
			argument: "",
			says:     []string{"no credential", "environment variable SYSTEM_OIDCREQUESTURI;"},
		},
		"two arguments": {
			cfg:      credential.Config{ClientSecret: "hush-secret", ClientCertificatePath: "p", TenantID: "t", ClientID: "c"},
			argument: "client_secret",
			says:     []string{"more than one kind", "client secret (argument client_secret) and client certificate (argument client_certificate_path); remove the arguments of all kinds but one from the provider block"},
		},
		"OIDC twice, and a secret": {
			cfg:      credential.Config{UseOIDC: new(true), OIDCToken: "hush-token", ClientSecret: "hush-secret", TenantID: "t", ClientID: "c"},
			argument: "client_secret",
			says:     []string{"client secret (argument client_secret) and OIDC token (argument use_oidc and argument oidc_token); remove the arguments"},
		},
		"two ARM variables": {
			env:      ids(env{"ARM_CLIENT_SECRET": "hush-secret", "ARM_USE_OIDC": "true"}),
			argument: "client_secret",
			says:     []string{"client secret (environment variable ARM_CLIENT_SECRET) and OIDC token (environment variable ARM_USE_OIDC); unset the variables of all kinds but one, or choose a kind with an argument of the provider"},
		},
		"secret beside Kubernetes workload identity": {
			env:      ids(env{"AZURE_CLIENT_SECRET": "hush-secret", "AZURE_FEDERATED_TOKEN_FILE": "f"}),
			argument: "client_secret",
			says:     []string{"AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"},
		},
		"five at once": {
			cfg: credential.Config{
				ClientSecret: "hush-secret", AccessToken: "hush-token", UseOIDC: new(true), UseMSI: new(true), UseCLI: new(true),
			},
			argument: "client_secret",
			says: []string{
				"client secret (argument client_secret), access token (argument access_token), OIDC token (argument use_oidc), managed identity (argument use_msi) and Azure CLI (argument use_cli)",
			},
		},
		"no tenant": {
			cfg:      credential.Config{ClientID: "c", ClientSecret: "hush-secret"},
			argument: "tenant_id",
			says:     []string{"client secret (argument client_secret) needs tenant_id", "ARM_TENANT_ID"},
		},
		"no client": {
			env:      env{"ARM_CLIENT_CERTIFICATE_PATH": "p", "ARM_TENANT_ID": "t"},
			argument: "client_id",
			says:     []string{"ARM_CLIENT_CERTIFICATE_PATH", "needs client_id"},
		},
		"a service connection's tenant beside a secret": {
			env:      pipelines(env{"AZURESUBSCRIPTION_CLIENT_ID": "c", "AZURESUBSCRIPTION_TENANT_ID": "t", "ARM_CLIENT_SECRET": "hush-secret"}),
			argument: "tenant_id",
			says:     []string{"client secret (environment variable ARM_CLIENT_SECRET) needs tenant_id"},
		},
		"no OIDC token": {
			env:      ids(env{"ARM_USE_OIDC": "true"}),
			argument: "oidc_token",
			says:     []string{"environment variable ARM_USE_OIDC asks for an OIDC token", "id-token: write"},
		},
		"half an OIDC endpoint": {
			cfg:      credential.Config{UseOIDC: new(true), OIDCRequestURL: "https://ci.example"},
			env:      ids(nil),
			argument: "oidc_token",
			says:     []string{"oidc_request_token"},
		},
		"OIDC endpoint in the clear": {
			cfg:      credential.Config{OIDCRequestURL: "http://ci.example/token", OIDCRequestToken: "hush-token"},
			env:      ids(nil),
			argument: "oidc_request_url",
			says:     []string{"argument oidc_request_url", "https only"},
		},
		"OIDC endpoint that is no address": {
			cfg:      credential.Config{OIDCRequestURL: "ci.example/token", OIDCRequestToken: "hush-token"},
			env:      ids(nil),
			argument: "oidc_request_url",
			says:     []string{"not an address"},
		},
		"neither true nor false": {
			env:      env{"ARM_USE_MSI": "yes"},
			argument: "use_msi",
			says:     []string{`environment variable ARM_USE_MSI is "yes"`},
		},
		"newline behind a secret": {
			env:      ids(env{"MSSTORE_CLIENT_SECRET": "hush-secret\n"}),
			argument: "client_secret",
			says:     []string{"environment variable MSSTORE_CLIENT_SECRET begins or ends with white space"},
		},
		"newline behind the service connection": {
			env: ids(env{
				"SYSTEM_OIDCREQUESTURI": "https://dev.azure.example/oidc", "SYSTEM_ACCESSTOKEN": "hush",
				"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "sc\n",
			}),
			argument: "",
			says:     []string{"environment variable AZURESUBSCRIPTION_SERVICE_CONNECTION_ID begins or ends with white space"},
		},
		"newline behind the token that is used": {
			env:      ids(env{"MSSTORE_OIDC_TOKEN": "hush\n", "ARM_OIDC_TOKEN_FILE_PATH": "token"}),
			argument: "oidc_token",
			says:     []string{"environment variable MSSTORE_OIDC_TOKEN begins or ends with white space"},
		},
		"newline behind an id": {
			cfg:      credential.Config{ClientSecret: "hush-secret", ClientID: "c ", TenantID: "t"},
			argument: "client_id",
			says:     []string{"argument client_id begins or ends with white space"},
		},
		"tenant that is none": {
			cfg:      credential.Config{ClientSecret: "hush-secret", ClientID: "c", TenantID: "https://contoso.com"},
			argument: "tenant_id",
			says:     []string{"neither a tenant's GUID nor one of its domains"},
		},
		"tenant of everybody": {
			cfg:      credential.Config{ClientSecret: "hush-secret", ClientID: "c", TenantID: "Common"},
			argument: "tenant_id",
			says:     []string{"many tenants"},
		},
		"Bearer before the token": {
			env:      env{"MSSTORE_ACCESS_TOKEN": "bearer hush-token"},
			argument: "access_token",
			says:     []string{"environment variable MSSTORE_ACCESS_TOKEN begins with the word Bearer"},
		},
		"white space in the token": {
			cfg:      credential.Config{AccessToken: "hush-\ntoken"},
			argument: "access_token",
			says:     []string{"white space"},
		},
	}
	for _, host := range []string{
		"http://login.microsoftonline.us", "login.microsoftonline.us", "https://", "https://host/tenant", "https://me:hush@host", "https://host?q=1", "https://host#f", "https://%zz",
	} {
		tests["authority "+host] = struct {
			cfg      credential.Config
			env      env
			argument string
			says     []string
		}{
			cfg:      credential.Config{ClientSecret: "hush-secret", ClientID: "c", TenantID: "t"},
			env:      env{"AZURE_AUTHORITY_HOST": host},
			argument: "authority_host",
			says:     []string{"environment variable AZURE_AUTHORITY_HOST must be an https address"},
		}
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := credential.Resolve(tt.cfg, tt.env.lookup)
			if err == nil {
				t.Fatalf("resolved %v", got)
			}
			checkError(t, err, tt.argument, tt.says...)
		})
	}
}

func TestTokenThatIsNotUsedMayBeAnything(t *testing.T) {
	t.Parallel()
	cfg := credential.Config{TenantID: "t", ClientID: "c", OIDCTokenFilePath: "token"}
	if _, err := credential.Resolve(cfg, env{"TFC_WORKLOAD_IDENTITY_TOKEN": "hush\n"}.lookup); err != nil {
		t.Error(err)
	}
}

func TestOIDCEndpointInTheClearOnLoopback(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"localhost:8080", "127.0.0.1", "[::1]:8080"} {
		cfg := credential.Config{TenantID: "t", ClientID: "c", OIDCRequestURL: "http://" + host, OIDCRequestToken: "job"}
		if _, err := credential.Resolve(cfg, env{}.lookup); err != nil {
			t.Error(err)
		}
	}
}

func TestResolvedPrintsNoSecret(t *testing.T) {
	t.Parallel()
	resolved, err := credential.Resolve(credential.Config{
		TenantID: "t", ClientID: "c", ClientSecret: "hush-secret", ClientCertificatePassword: "hush-password", OIDCRequestToken: "hush-token",
	}, env{}.lookup)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(resolved), fmt.Sprintf("%+v", resolved), fmt.Sprintf("%#v", resolved), resolved.LogValue().String(),
	} {
		if strings.Contains(text, "hush") || !strings.Contains(text, "argument client_secret") {
			t.Errorf("prints as %q", text)
		}
	}
}

func TestFirstMalformedFlagIsTold(t *testing.T) {
	t.Parallel()
	environment := map[string]string{"MSSTORE_USE_OIDC": "first", "MSSTORE_USE_CLI": "second"}
	_, err := credential.Resolve(credential.Config{}, func(name string) (string, bool) {
		text, ok := environment[name]
		return text, ok
	})
	if err == nil || !strings.Contains(err.Error(), `"first"`) {
		t.Errorf("got %v", err)
	}
}
