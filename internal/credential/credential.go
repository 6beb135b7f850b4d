// Package credential turns the provider's arguments and its environment into one Microsoft Entra
// credential.
//
// [Resolve] decides, without touching network or disk, which kind of credential is configured and
// where each of its values came from, so that a mistake can be told in the user's own terms.
// [Resolved.Credential] builds that credential with azidentity, and what it returns explains the
// refusals of Entra instead of printing raw responses.
//
// No error of this package holds a secret.
package credential

import (
	"fmt"
	"log/slog"
)

// Config holds the provider's arguments. An empty string and a nil pointer mean that the argument
// is not set, so that [Resolve] looks for it in the environment.
type Config struct {
	// TenantID is the tenant (a GUID or a verified domain) that is associated with the Partner
	// Center account [store-api 1.1].
	TenantID string
	// ClientID is the ID of the application, or of the user-assigned managed identity.
	ClientID string
	// ClientSecret is the value (not the ID) of one of the application's secrets.
	ClientSecret string
	// ClientCertificatePath names a PEM or PKCS#12 file with a certificate and its RSA key.
	ClientCertificatePath string
	// ClientCertificatePassword decrypts the certificate file; empty for a file without password.
	ClientCertificatePassword string
	// UseOIDC selects (true) or rules out (false) signing in with an OIDC token.
	UseOIDC *bool
	// OIDCToken is an OIDC token. It is never renewed.
	OIDCToken string
	// OIDCTokenFilePath names a file that holds an OIDC token, read anew for every sign-in.
	OIDCTokenFilePath string
	// OIDCRequestURL is where a CI service hands out OIDC tokens.
	OIDCRequestURL string
	// OIDCRequestToken is the bearer token for OIDCRequestURL.
	OIDCRequestToken string
	// UseMSI selects a managed identity.
	UseMSI *bool
	// UseCLI selects the account that is signed in to the Azure CLI.
	UseCLI *bool
	// AccessToken is a bearer token for the Store obtained elsewhere. It is never renewed.
	AccessToken string
	// AuthorityHost is the https address of the Entra authority; default the public cloud.
	AuthorityHost string
}

// Kind is one way of signing in.
type Kind string

// The kinds of credential, in words that fit into messages.
const (
	KindClientSecret    Kind = "client secret"
	KindCertificate     Kind = "client certificate"
	KindOIDC            Kind = "OIDC token"
	KindManagedIdentity Kind = "managed identity"
	KindCLI             Kind = "Azure CLI"
	KindAccessToken     Kind = "access token"
)

// Resolved is the one credential that a configuration and its environment amount to. It prints as
// a description without secrets.
type Resolved struct {
	// Kind is how to sign in.
	Kind Kind
	// TenantID is the tenant to sign in to; empty where the kind brings its own.
	TenantID string
	// ClientID is the application to sign in as; empty where the kind brings its own.
	ClientID string
	// AuthorityHost is the https address of the Entra authority.
	AuthorityHost string

	// chosen is the setting that holds the credential: what to name, and to blame, in messages.
	chosen   value
	settings settings
}

// String describes the credential by its kind, its place and its identity.
func (r Resolved) String() string {
	text := candidate{kind: r.Kind, value: r.chosen}.String()
	if r.ClientID != "" {
		text += " of application " + r.ClientID
	}
	if r.TenantID != "" {
		text += " in tenant " + r.TenantID
	}
	return text
}

// GoString is String, so that %#v holds no secrets either.
func (r Resolved) GoString() string { return r.String() }

// LogValue is String, so that logging a Resolved logs no secrets.
func (r Resolved) LogValue() slog.Value { return slog.StringValue(r.String()) }

// Error is a credential that is missing, contradictory, malformed or refused. Its text holds no
// secrets; the errors that it wraps may.
type Error struct {
	argument string
	text     string
	cause    error
	refused  bool
}

// Error says what was attempted, what went wrong, and what to do next.
func (e *Error) Error() string { return e.text }

// Unwrap returns the underlying error, or nil. Its text is not fit for printing.
func (e *Error) Unwrap() error { return e.cause }

// Argument names the provider argument to correct, whether or not the value came from it. It is empty
// when no single argument is at fault.
func (e *Error) Argument() string { return e.argument }

// Refused says that signing in was refused, so that trying again is of no use until something is changed. It is false
// where nobody answered, or nobody who decides.
func (e *Error) Refused() bool { return e.refused }

func blame(argument, format string, args ...any) *Error {
	return &Error{argument: argument, text: fmt.Sprintf(format, args...)}
}
