package credential

import (
	"fmt"
	"strconv"
	"strings"
)

// level orders the places that a value can come from; the lowest one wins. It also decides between
// kinds of credential: a client secret in the provider block beats the OIDC variables that a CI job
// exports for another provider.
type level int

const (
	levelArgument level = iota
	levelMSStore
	levelARM
	levelAzure
	// levelPlatform is what a CI service exports to every job that may use it. It says what is
	// possible, not what is wanted, so it counts only where nothing else is configured.
	levelPlatform
)

// source is where a value was found.
type source struct {
	// argument is the provider's argument for the value; empty if there is none.
	argument string
	// variable is the environment variable; empty when the argument itself held the value.
	variable string
}

func (s source) String() string {
	if s.variable != "" {
		return "environment variable " + s.variable
	}
	return "argument " + s.argument
}

func (s source) level() level {
	switch {
	case s.variable == "":
		return levelArgument
	case strings.HasPrefix(s.variable, "MSSTORE_"):
		return levelMSStore
	case strings.HasPrefix(s.variable, "ARM_"):
		return levelARM
	case strings.HasPrefix(s.variable, "AZURE_"):
		return levelAzure
	default:
		return levelPlatform
	}
}

// value is a setting that was found somewhere; the zero value was found nowhere.
type value struct {
	text   string
	source source
}

func (v value) found() bool { return v.text != "" }

// flag is a boolean setting. Off differs from not set: off rules a kind out.
type flag struct {
	value
	on bool
}

func (f flag) off() bool { return f.found() && !f.on }

// settings are all values that a credential can be made of, each from its strongest place.
type settings struct {
	tenantID            value
	clientID            value
	clientSecret        value
	certificatePath     value
	certificatePassword value
	useOIDC             flag
	oidcToken           value
	oidcTokenFilePath   value
	oidcRequestURL      value
	oidcRequestToken    value
	serviceConnectionID value
	useMSI              flag
	useCLI              flag
	accessToken         value
	authorityHost       value
}

// read takes every setting from its argument, else from MSSTORE_<ARGUMENT>, else from the variables
// listed here in their order. The ARM_ variables are those of the Azure providers for Terraform, the
// AZURE_ ones those of the Azure SDKs and of Kubernetes workload identity.
func read(cfg Config, lookup func(string) (string, bool)) (settings, error) {
	r := reader{lookup: lookup}
	s := settings{
		tenantID:            r.text("tenant_id", cfg.TenantID, "ARM_TENANT_ID", "AZURE_TENANT_ID"),
		clientID:            r.text("client_id", cfg.ClientID, "ARM_CLIENT_ID", "AZURE_CLIENT_ID"),
		clientSecret:        r.text("client_secret", cfg.ClientSecret, "ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET"),
		certificatePath:     r.text("client_certificate_path", cfg.ClientCertificatePath, "ARM_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH"),
		certificatePassword: r.text("client_certificate_password", cfg.ClientCertificatePassword, "ARM_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
		useOIDC:             r.flag("use_oidc", cfg.UseOIDC, "ARM_USE_OIDC"),
		oidcToken: r.text("oidc_token", cfg.OIDCToken, "ARM_OIDC_TOKEN",
			"TFC_WORKLOAD_IDENTITY_TOKEN", "idToken"),
		oidcTokenFilePath: r.text("oidc_token_file_path", cfg.OIDCTokenFilePath, "ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"),
		oidcRequestURL: r.text("oidc_request_url", cfg.OIDCRequestURL, "ARM_OIDC_REQUEST_URL",
			githubRequestURL, pipelinesRequestURL),
		oidcRequestToken: r.text("oidc_request_token", cfg.OIDCRequestToken, "ARM_OIDC_REQUEST_TOKEN",
			"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"),
		// Only Azure Pipelines has these, and its tasks export them: no argument.
		serviceConnectionID: r.variable("", "MSSTORE_OIDC_AZURE_SERVICE_CONNECTION_ID", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
			"ARM_OIDC_AZURE_SERVICE_CONNECTION_ID", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"),
		useMSI:        r.flag("use_msi", cfg.UseMSI, "ARM_USE_MSI"),
		useCLI:        r.flag("use_cli", cfg.UseCLI, "ARM_USE_CLI"),
		accessToken:   r.text("access_token", cfg.AccessToken),
		authorityHost: r.text("authority_host", cfg.AuthorityHost, "AZURE_AUTHORITY_HOST"),
	}
	return s, r.err
}

// The variables that tell the CI services with an OIDC endpoint of their own apart.
const (
	githubRequestURL    = "ACTIONS_ID_TOKEN_REQUEST_URL"
	pipelinesRequestURL = "SYSTEM_OIDCREQUESTURI"
)

// platformIdentity fills the application and tenant of the Azure Pipelines tasks that use a service
// connection. They belong to that connection's OIDC token; beside any other credential they would
// name the wrong application.
func (s *settings) platformIdentity(lookup func(string) (string, bool)) {
	r := reader{lookup: lookup}
	if !s.tenantID.found() {
		s.tenantID = r.text("tenant_id", "", "AZURESUBSCRIPTION_TENANT_ID", "tenantId")
	}
	if !s.clientID.found() {
		s.clientID = r.text("client_id", "", "AZURESUBSCRIPTION_CLIENT_ID", "servicePrincipalId")
	}
}

// texts are the settings that hold text, in the order of the provider's documentation.
func (s *settings) texts() []value {
	return []value{
		s.tenantID, s.clientID, s.clientSecret, s.certificatePath, s.certificatePassword,
		s.oidcToken, s.oidcTokenFilePath, s.oidcRequestURL, s.oidcRequestToken, s.serviceConnectionID,
		s.accessToken, s.authorityHost,
	}
}

// secrets are the values that must never be printed.
func (s *settings) secrets() []string {
	return []string{s.clientSecret.text, s.certificatePassword.text, s.oidcToken.text, s.oidcRequestToken.text, s.accessToken.text}
}

// reader takes values from arguments and environment, and remembers the first that is malformed.
type reader struct {
	lookup func(string) (string, bool)
	err    error
}

func (r *reader) text(argument, configured string, variables ...string) value {
	if configured != "" {
		return value{text: configured, source: source{argument: argument}}
	}
	return r.variable(argument, append([]string{"MSSTORE_" + strings.ToUpper(argument)}, variables...)...)
}

// variable takes the first of the variables that is set, for an argument, or "" for none.
func (r *reader) variable(argument string, variables ...string) value {
	for _, name := range variables {
		// CI services export secrets that do not exist as empty strings: empty is not set.
		if text, ok := r.lookup(name); ok && text != "" {
			return value{text: text, source: source{argument: argument, variable: name}}
		}
	}
	return value{}
}

func (r *reader) flag(argument string, configured *bool, variables ...string) flag {
	if configured != nil {
		v := value{text: strconv.FormatBool(*configured), source: source{argument: argument}}
		return flag{value: v, on: *configured}
	}
	v := r.text(argument, "", variables...)
	if !v.found() {
		return flag{}
	}
	on, err := strconv.ParseBool(v.text)
	if err != nil && r.err == nil {
		r.err = blame(argument, "%s is %q, which is neither true nor false", v.source, v.text)
	}
	return flag{value: v, on: on}
}

// list joins what was found for a message: "a, b and c".
func list(items []string) string {
	switch n := len(items); n {
	case 0:
		return "nothing"
	case 1:
		return items[0]
	default:
		return fmt.Sprintf("%s and %s", strings.Join(items[:n-1], ", "), items[n-1])
	}
}
