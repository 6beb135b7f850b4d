package credential

import (
	"context"
	"crypto/rsa"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// Options says how to reach Entra.
type Options struct {
	// Transport takes the place of the network, for tests.
	Transport http.RoundTripper
	// Logger is told of pauses that Entra asks for; nil discards.
	Logger *slog.Logger
}

// Credential builds the credential. The only thing that it does right away is to read a certificate
// file; the first token is asked for when the first is needed. Tokens are cached until five minutes
// before they expire, except those of the Azure CLI, which keeps its own, so sharing a token takes
// sharing the credential.
//
// A returned error, also of the credential's GetToken, is an [*Error].
func (r Resolved) Credential(opts Options) (azcore.TokenCredential, error) {
	redact.Register(r.settings.secrets()...)
	redact.RegisterURL(r.settings.oidcRequestURL.text)
	inner, err := r.open(r.clientOptions(opts))
	if err != nil {
		argument := r.chosen.source.argument
		if errors.Is(err, errPassword) || errors.Is(err, errNeedsPassword) {
			argument = "client_certificate_password"
		}
		return nil, &Error{
			argument: argument,
			text:     redact.String("prepare to sign in with the " + r.String() + ": " + err.Error()),
			cause:    err,
		}
	}
	return &signIn{inner: inner, resolved: r}, nil
}

func (r Resolved) open(client azcore.ClientOptions) (azcore.TokenCredential, error) {
	// Whether an authority is genuine is asked of the public cloud, which does not know the private
	// ones; whoever sets authority_host vouches for it.
	unlisted := !wellKnown(r.AuthorityHost)
	switch r.Kind {
	case KindClientSecret:
		return azidentity.NewClientSecretCredential(r.TenantID, r.ClientID, r.settings.clientSecret.text,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: unlisted})
	case KindCertificate:
		return r.openCertificate(client, unlisted)
	case KindOIDC:
		pipeline := runtime.NewPipeline("", "", runtime.PipelineOptions{},
			&policy.ClientOptions{Transport: client.Transport, Retry: client.Retry, Telemetry: policy.TelemetryOptions{Disabled: true}})
		fetch := r.settings.assertion().fetch
		return azidentity.NewClientAssertionCredential(r.TenantID, r.ClientID,
			func(ctx context.Context) (string, error) {
				token, err := fetch(ctx, r.settings, pipeline)
				redact.Register(token)
				return token, err
			},
			&azidentity.ClientAssertionCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: unlisted})
	case KindManagedIdentity:
		options := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: client}
		if r.ClientID != "" {
			options.ID = azidentity.ClientID(r.ClientID)
		}
		return azidentity.NewManagedIdentityCredential(options)
	case KindCLI:
		return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: r.TenantID})
	case KindAccessToken:
		return newFixedToken(r.settings.accessToken)
	default:
		return nil, blame("", "no credential is resolved")
	}
}

func (r Resolved) openCertificate(client azcore.ClientOptions, unlisted bool) (azcore.TokenCredential, error) {
	content, err := readFile(r.settings.certificatePath.text)
	if err != nil {
		return nil, err
	}
	certificates, key, err := parseCertificate(content, r.settings.certificatePassword.text)
	if err != nil {
		return nil, err
	}
	if _, ok := key.(*rsa.PrivateKey); !ok {
		return nil, blame("client_certificate_path", "the key is a %T: Entra takes certificates with RSA keys only", key)
	}
	return azidentity.NewClientCertificateCredential(r.TenantID, r.ClientID, certificates, key,
		&azidentity.ClientCertificateCredentialOptions{
			ClientOptions:            client,
			DisableInstanceDiscovery: unlisted,
			// Needed where an application trusts an issuer instead of a single certificate, harmless
			// elsewhere; Microsoft's own Store client does the same [store-api 1.2].
			SendCertificateChain: true,
		})
}

func wellKnown(authority string) bool {
	authority = strings.TrimSuffix(authority, "/")
	for _, c := range []cloud.Configuration{cloud.AzurePublic, cloud.AzureGovernment, cloud.AzureChina} {
		if strings.EqualFold(authority, strings.TrimSuffix(c.ActiveDirectoryAuthorityHost, "/")) {
			return true
		}
	}
	return false
}

// signIn turns the failures of an azidentity credential into sentences.
type signIn struct {
	inner    azcore.TokenCredential
	resolved Resolved
}

// GetToken implements [azcore.TokenCredential]. It takes at most fifteen minutes.
func (s *signIn) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	// The oldest values that redact knows make room for newer ones.
	redact.Register(s.resolved.settings.secrets()...)
	attempt, cancel := context.WithTimeout(ctx, signInTimeout)
	defer cancel()
	attempt, trail := withTrail(attempt)
	token, err := s.inner.GetToken(attempt, opts)
	if err == nil {
		redact.Register(token.Token)
		return token, nil
	}
	if network := trail.failure(); network != nil {
		err = network
	}
	// azidentity flattens errors to text; whoever cancelled must still recognise it.
	if cause := context.Cause(ctx); cause != nil {
		err = &endedError{cause: cause, network: trail.failure()}
	} else if attempt.Err() != nil {
		err = &endedError{cause: context.DeadlineExceeded, network: trail.failure()}
	}
	return azcore.AccessToken{}, s.resolved.refused(err)
}

// refused explains why signing in failed.
func (r Resolved) refused(err error) *Error {
	argument := r.chosen.source.argument
	failure := failureOf(err)
	advice, advised := failure.advice()
	if !advised && r.Kind == KindManagedIdentity {
		advice, advised = machineAdvice(err), true
	}
	text := "sign in to Microsoft Entra ID with the " + r.String() + ": " + shorten(failure.message)
	if failure.correlationID != "" {
		text += " (correlation ID " + shorten(failure.correlationID) + ")"
	}
	if advised {
		text += ": " + advice.text
		if advice.argument != "" {
			argument = advice.argument
		}
	}
	// An error of our own is a token that cannot be renewed.
	_, own := errors.AsType[*Error](err)
	return &Error{argument: argument, text: redact.String(text), cause: err, refused: failure.refused || own}
}

// maxMessage is the length, in bytes, of what is repeated of a message. Those of Entra have some hundreds.
const maxMessage = 1000

// shorten removes secrets first: half a secret is none that anybody knows.
func shorten(text string) string {
	text = redact.String(text)
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

// endedError is a sign-in that was cancelled, or whose time is over. It wraps the cause.
type endedError struct {
	cause error
	// network is what delayed the sign-in until then; nil if nothing is known.
	network *networkError
}

// Error says what ended it, and what it waited for.
func (e *endedError) Error() string {
	text := "the run was cancelled"
	if errors.Is(e.cause, context.DeadlineExceeded) {
		text = "the time for it was over"
	}
	if e.network != nil {
		text += "; before that, " + e.network.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *endedError) Unwrap() error { return e.cause }
