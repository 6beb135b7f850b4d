package credential

import (
	"context"
	"crypto/rsa"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Options says how to reach Entra.
type Options struct {
	// Transport sends every request, to Entra, to CI endpoints and to the metadata service of a
	// virtual machine. The default is azcore's.
	Transport policy.Transporter
}

// Credential builds the credential. The only thing that it does right away is to read a certificate
// file; the first token is asked for when the first is needed. Tokens are kept until five minutes
// before they expire, except those of the Azure CLI, which keeps its own, so sharing a token takes
// sharing the credential.
//
// A returned error, also of the credential's GetToken, is an [*Error].
func (r Resolved) Credential(opts Options) (azcore.TokenCredential, error) {
	client := azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: r.AuthorityHost},
		Transport: opts.Transport,
	}
	inner, err := r.open(client)
	if err != nil {
		argument := r.chosen.source.argument
		if errors.Is(err, errPassword) || errors.Is(err, errNeedsPassword) {
			argument = "client_certificate_password"
		}
		return nil, &Error{
			argument: argument,
			text:     r.clean("prepare to sign in with the " + r.String() + ": " + err.Error()),
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
			&policy.ClientOptions{Transport: client.Transport, Telemetry: policy.TelemetryOptions{Disabled: true}})
		fetch := r.settings.assertion().fetch
		return azidentity.NewClientAssertionCredential(r.TenantID, r.ClientID,
			func(ctx context.Context) (string, error) { return fetch(ctx, r.settings, pipeline) },
			&azidentity.ClientAssertionCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: unlisted})
	case KindManagedIdentity:
		// Off Azure nothing answers at the metadata service's address. Waiting azidentity's full
		// minute for each of its seven attempts would look like a hang.
		client.Retry.TryTimeout = 10 * time.Second
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
	content, err := os.ReadFile(r.settings.certificatePath.text)
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

// GetToken implements [azcore.TokenCredential].
func (s *signIn) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := s.inner.GetToken(ctx, opts)
	if err == nil {
		return token, nil
	}
	if cause := context.Cause(ctx); cause != nil {
		// azidentity flattens errors to text; whoever cancelled must still recognise it.
		err = cause
	}
	return azcore.AccessToken{}, s.resolved.refused(err)
}

// refused explains why signing in failed.
func (r Resolved) refused(err error) *Error {
	argument := r.chosen.source.argument
	failure := failureOf(err)
	text := "sign in to Microsoft Entra ID with the " + r.String() + ": " + failure.message
	if failure.correlationID != "" {
		text += " (correlation ID " + failure.correlationID + ")"
	}
	if advice, ok := failure.advice(); ok {
		text += ": " + advice.text
		if advice.argument != "" {
			argument = advice.argument
		}
	}
	// An error of our own is a token that cannot be renewed.
	_, own := errors.AsType[*Error](err)
	return &Error{argument: argument, text: r.clean(text), cause: err, refused: failure.refused || own}
}
