// Package provider is the Terraform provider: its configuration, and the list of
// what it offers.
package provider

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/application"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/failurehits"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/flight"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/flightsubmission"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/inspection"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/logging"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/packagemanifest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/packagerollout"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/stagedpercentage"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

var (
	_ provider.ProviderWithActions       = (*Provider)(nil)
	_ provider.ProviderWithFunctions     = (*Provider)(nil)
	_ provider.ProviderWithListResources = (*Provider)(nil)
)

// Surroundings are what the provider takes from the process it runs in. Tests
// bring their own.
type Surroundings struct {
	// LookupEnv reads an environment variable; nil is os.LookupEnv.
	LookupEnv func(string) (string, bool)
	// Credential reaches Entra.
	Credential credential.Options
	// RetryDelay is the first pause between retries; zero is a second.
	RetryDelay time.Duration
	// AttemptTimeout is the patience for one attempt of a request to the Store, and
	// for an upload that stands still; zero is the clients' default.
	AttemptTimeout time.Duration
}

// Provider is the msstore provider.
type Provider struct {
	version      string
	surroundings Surroundings
	// inspector is there before the provider is configured: a plan with unknown credentials reads packages too.
	inspector *inspection.Inspector
}

// New returns a factory of providers of the given version.
func New(version string) func() provider.Provider {
	return NewIn(version, Surroundings{})
}

// NewIn is New with other surroundings than the process's own.
func NewIn(version string, surroundings Surroundings) func() provider.Provider {
	if surroundings.LookupEnv == nil {
		surroundings.LookupEnv = os.LookupEnv
	}
	return func() provider.Provider {
		options := artifact.Options{Logger: logging.New(), RetryDelay: surroundings.RetryDelay}
		return &Provider{version: version, surroundings: surroundings, inspector: inspection.New(options)}
	}
}

// Metadata implements provider.Provider.
func (p *Provider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "msstore"
	resp.Version = p.version
}

// Configure implements provider.Provider. Credentials that are not known yet, as
// in a plan that creates them, leave the provider without a client; nothing
// fails that does not need it.
func (p *Provider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !config.known() {
		return
	}
	settings := config.settings(p.surroundings.LookupEnv, &resp.Diagnostics)
	for _, variable := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		address, _ := p.surroundings.LookupEnv(variable)
		redact.RegisterURL(address)
	}
	resolved, err := credential.Resolve(config.credential(), p.surroundings.LookupEnv)
	if err != nil {
		addCredentialError(&resp.Diagnostics, err)
		return
	}
	logger := logging.New()
	entra := p.surroundings.Credential
	entra.Logger = logger
	signIn, err := resolved.Credential(entra)
	if err != nil {
		addCredentialError(&resp.Diagnostics, err)
		return
	}
	client, err := storeapi.New(storeapi.Options{
		Endpoint:          settings.endpoint,
		Credential:        signIn,
		UserAgent:         "terraform-provider-msstore/" + p.version + " terraform/" + req.TerraformVersion,
		Logger:            logger,
		RequestsPerMinute: settings.requestsPerMinute,
		RetryDelay:        p.surroundings.RetryDelay,
		AttemptTimeout:    p.surroundings.AttemptTimeout,
	})
	if err != nil {
		diagnostic.AddAttributeError(&resp.Diagnostics, path.Root("endpoint"), "Unusable endpoint", err)
		return
	}
	data := &providerdata.Data{
		Client: client,
		Workflow: &workflow.Workflow{
			Store: client,
			Upload: func(ctx context.Context, url storeapi.UploadURL, content *archive.Archive) error {
				return blob.Upload(ctx, url.Reveal(), content, blob.Options{
					Expiry: url.ExpiresAt(), Logger: logger, RetryDelay: p.surroundings.RetryDelay, Patience: p.surroundings.AttemptTimeout,
				})
			},
			PollInterval: settings.pollInterval,
			Logger:       logger,
		},
		WarnOnly: settings.warnOnly,
	}
	resp.ResourceData = data
	resp.DataSourceData = data
	resp.ListResourceData = data
	resp.ActionData = data
}

// Resources implements provider.Provider.
func (p *Provider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		flight.NewResource,
		flightsubmission.NewResource(p.inspector),
		packagerollout.NewResource,
	}
}

// DataSources implements provider.Provider.
func (p *Provider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		application.NewDataSource,
		application.NewListDataSource,
		failurehits.NewDataSource,
		flight.NewDataSource,
		flight.NewListDataSource,
		flightsubmission.NewDataSource,
		flightsubmission.NewReportsDataSource,
		flightsubmission.NewStatusDataSource,
		packagerollout.NewDataSource,
	}
}

// ListResources implements provider.ProviderWithListResources.
func (p *Provider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{flight.NewListResource, flightsubmission.NewListResource}
}

// Actions implements provider.ProviderWithActions.
func (p *Provider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		flightsubmission.NewAwaitAction,
		packagerollout.NewFinalizeAction,
		packagerollout.NewHaltAction,
	}
}

// Functions implements provider.ProviderWithFunctions.
func (p *Provider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{packagemanifest.New, stagedpercentage.New}
}

func addCredentialError(diags *diag.Diagnostics, err error) {
	const summary = "Unusable credentials"
	if e, ok := errors.AsType[*credential.Error](err); ok && e.Argument() != "" {
		diagnostic.AddAttributeError(diags, path.Root(e.Argument()), summary, err)
		return
	}
	diags.AddError(summary, redact.String(err.Error()))
}
