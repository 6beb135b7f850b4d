package provider

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/argument"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Defaults of the arguments that are not about signing in.
const (
	defaultRequestsPerMinute = 20
	defaultPollInterval      = 30 * time.Second
	maxPollInterval          = 5 * time.Minute
)

// The values of plan_checks.
const (
	planChecksError = "error"
	planChecksWarn  = "warn"
)

// maxRequestsPerMinute is far above what the Store allows.
const maxRequestsPerMinute = 6000

// model is the provider block.
type model struct {
	TenantID                  types.String `tfsdk:"tenant_id"`
	ClientID                  types.String `tfsdk:"client_id"`
	ClientSecret              types.String `tfsdk:"client_secret"`
	ClientCertificatePath     types.String `tfsdk:"client_certificate_path"`
	ClientCertificatePassword types.String `tfsdk:"client_certificate_password"`
	UseOIDC                   types.Bool   `tfsdk:"use_oidc"`
	OIDCToken                 types.String `tfsdk:"oidc_token"`
	OIDCTokenFilePath         types.String `tfsdk:"oidc_token_file_path"`
	OIDCRequestURL            types.String `tfsdk:"oidc_request_url"`
	OIDCRequestToken          types.String `tfsdk:"oidc_request_token"`
	UseMSI                    types.Bool   `tfsdk:"use_msi"`
	UseCLI                    types.Bool   `tfsdk:"use_cli"`
	AccessToken               types.String `tfsdk:"access_token"`
	Endpoint                  types.String `tfsdk:"endpoint"`
	AuthorityHost             types.String `tfsdk:"authority_host"`
	RequestsPerMinute         types.Int64  `tfsdk:"requests_per_minute"`
	PollInterval              types.String `tfsdk:"poll_interval"`
	PlanChecks                types.String `tfsdk:"plan_checks"`
}

// Schema implements provider.Provider.
func (p *Provider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Optional: true}
	}
	secret := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Optional: true, Sensitive: true}
	}
	flag := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: description, Optional: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Submits packages to the package flights of Microsoft Store applications.",
		Attributes: map[string]schema.Attribute{
			"tenant_id":     text("Entra tenant that is associated with the Partner Center account. Environment: `MSSTORE_TENANT_ID`, `ARM_TENANT_ID`, `AZURE_TENANT_ID`."),
			"client_id":     text("Client ID of an Entra application with the Manager role in Partner Center. Environment: `MSSTORE_CLIENT_ID`, `ARM_CLIENT_ID`, `AZURE_CLIENT_ID`."),
			"client_secret": secret("Client secret of the application. Environment: `MSSTORE_CLIENT_SECRET`, `ARM_CLIENT_SECRET`, `AZURE_CLIENT_SECRET`."),
			"client_certificate_path": text("Path of a PFX (PKCS#12) file or an unencrypted PEM file with a certificate and its private key. " +
				"Environment: `MSSTORE_CLIENT_CERTIFICATE_PATH`, `ARM_CLIENT_CERTIFICATE_PATH`, `AZURE_CLIENT_CERTIFICATE_PATH`."),
			"client_certificate_password": secret("Password of the PFX file. " +
				"Environment: `MSSTORE_CLIENT_CERTIFICATE_PASSWORD`, `ARM_CLIENT_CERTIFICATE_PASSWORD`, `AZURE_CLIENT_CERTIFICATE_PASSWORD`."),
			"use_oidc":   flag("Sign in by workload identity: HCP Terraform, GitHub Actions, Azure DevOps, Kubernetes. Environment: `MSSTORE_USE_OIDC`, `ARM_USE_OIDC`."),
			"oidc_token": secret("OIDC token. Environment: `MSSTORE_OIDC_TOKEN`, `ARM_OIDC_TOKEN`."),
			"oidc_token_file_path": text("Path of a file with the OIDC token. It is read again for each sign-in. " +
				"Environment: `MSSTORE_OIDC_TOKEN_FILE_PATH`, `ARM_OIDC_TOKEN_FILE_PATH`, `AZURE_FEDERATED_TOKEN_FILE`."),
			"oidc_request_url": text("URL to ask for an OIDC token, as GitHub Actions gives it. " +
				"Environment: `MSSTORE_OIDC_REQUEST_URL`, `ARM_OIDC_REQUEST_URL`, `ACTIONS_ID_TOKEN_REQUEST_URL`."),
			"oidc_request_token": secret("Bearer token for `oidc_request_url`. " +
				"Environment: `MSSTORE_OIDC_REQUEST_TOKEN`, `ARM_OIDC_REQUEST_TOKEN`, `ACTIONS_ID_TOKEN_REQUEST_TOKEN`."),
			"use_msi":        flag("Sign in by the managed identity of the machine. Environment: `MSSTORE_USE_MSI`, `ARM_USE_MSI`."),
			"use_cli":        flag("Sign in as the application that `az login --service-principal` has signed in. Environment: `MSSTORE_USE_CLI`, `ARM_USE_CLI`."),
			"access_token":   secret("Access token from elsewhere. It expires after about an hour. Environment: `MSSTORE_ACCESS_TOKEN`."),
			"authority_host": text("Entra authority, an `https` URL. Default: the public cloud. Environment: `MSSTORE_AUTHORITY_HOST`, `AZURE_AUTHORITY_HOST`."),
			"endpoint": text("Address of the Store submission API. Plain `http` is accepted for loopback hosts only. " +
				"Default `" + storeapi.DefaultEndpoint + "`. Environment: `MSSTORE_ENDPOINT`."),
			"requests_per_minute": schema.Int64Attribute{
				MarkdownDescription: "Requests per minute that the provider sends to the Store at most; the Store allows about 20 a minute for a tenant. " +
					"`0` means no limit. Default `20`. Environment: `MSSTORE_REQUESTS_PER_MINUTE`.",
				Optional:   true,
				Validators: []validator.Int64{argument.Between(0, maxRequestsPerMinute)},
			},
			"poll_interval": schema.StringAttribute{
				MarkdownDescription: "First pause between two reads of a submission's status, as a duration such as `30s`; later pauses grow to at most 5 minutes. " +
					"Default `30s`. Environment: `MSSTORE_POLL_INTERVAL`.",
				Optional:   true,
				Validators: []validator.String{argument.Duration()},
			},
			"plan_checks": schema.StringAttribute{
				MarkdownDescription: "Whether problems with package files and in the Store are errors (`error`) or warnings (`warn`) of a plan. " +
					"With `warn` you can destroy a resource whose package file is missing, for example, because a destroy is planned first. " +
					"Default `error`. Environment: `MSSTORE_PLAN_CHECKS`.",
				Optional:   true,
				Validators: []validator.String{argument.OneOf(planChecksError, planChecksWarn)},
			},
		},
	}
}

// known tells whether every argument is known.
func (m model) known() bool {
	for _, field := range reflect.ValueOf(m).Fields() {
		if v, ok := reflect.TypeAssert[attr.Value](field); ok && v.IsUnknown() {
			return false
		}
	}
	return true
}

// credential hands the arguments about signing in to the credential package,
// which also looks at the environment.
func (m model) credential() credential.Config {
	return credential.Config{
		TenantID:                  m.TenantID.ValueString(),
		ClientID:                  m.ClientID.ValueString(),
		ClientSecret:              m.ClientSecret.ValueString(),
		ClientCertificatePath:     m.ClientCertificatePath.ValueString(),
		ClientCertificatePassword: m.ClientCertificatePassword.ValueString(),
		UseOIDC:                   m.UseOIDC.ValueBoolPointer(),
		OIDCToken:                 m.OIDCToken.ValueString(),
		OIDCTokenFilePath:         m.OIDCTokenFilePath.ValueString(),
		OIDCRequestURL:            m.OIDCRequestURL.ValueString(),
		OIDCRequestToken:          m.OIDCRequestToken.ValueString(),
		UseMSI:                    m.UseMSI.ValueBoolPointer(),
		UseCLI:                    m.UseCLI.ValueBoolPointer(),
		AccessToken:               m.AccessToken.ValueString(),
		AuthorityHost:             m.AuthorityHost.ValueString(),
	}
}

// settings are the arguments that are not about signing in.
type settings struct {
	endpoint          string
	requestsPerMinute int
	pollInterval      time.Duration
	// warnOnly is plan_checks = "warn".
	warnOnly bool
}

func (m model) settings(lookup func(string) (string, bool), diags *diag.Diagnostics) settings {
	s := settings{endpoint: storeapi.DefaultEndpoint, requestsPerMinute: defaultRequestsPerMinute, pollInterval: defaultPollInterval}
	if value, ok := pick(m.Endpoint.ValueString(), lookup, "MSSTORE_ENDPOINT"); ok {
		s.endpoint = value
	}
	if !m.RequestsPerMinute.IsNull() {
		s.requestsPerMinute = int(m.RequestsPerMinute.ValueInt64())
	} else if value, ok := pick("", lookup, "MSSTORE_REQUESTS_PER_MINUTE"); ok {
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > maxRequestsPerMinute {
			diags.AddAttributeError(path.Root("requests_per_minute"), "Not a request budget",
				fmt.Sprintf("requests_per_minute must be a whole number from 0 to %d, and the environment variable MSSTORE_REQUESTS_PER_MINUTE is %q.", maxRequestsPerMinute, value))
		}
		s.requestsPerMinute = n
	}
	if value, ok := pick(m.PollInterval.ValueString(), lookup, "MSSTORE_POLL_INTERVAL"); ok {
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 || d > maxPollInterval {
			diags.AddAttributeError(path.Root("poll_interval"), "Not a poll interval",
				fmt.Sprintf("poll_interval (or MSSTORE_POLL_INTERVAL) must be a duration such as 30s, at most 5m, got %q.", value))
		}
		s.pollInterval = d
	}
	if value, ok := pick(m.PlanChecks.ValueString(), lookup, "MSSTORE_PLAN_CHECKS"); ok {
		if value != planChecksError && value != planChecksWarn {
			diags.AddAttributeError(path.Root("plan_checks"), "Not a kind of plan checks",
				fmt.Sprintf("plan_checks must be %s or %s, and the environment variable MSSTORE_PLAN_CHECKS is %q.", planChecksError, planChecksWarn, value))
		}
		s.warnOnly = value == planChecksWarn
	}
	return s
}

// pick prefers the argument to the environment; an empty string is not set.
func pick(argument string, lookup func(string) (string, bool), variable string) (string, bool) {
	if argument != "" {
		return argument, true
	}
	value, _ := lookup(variable)
	return value, value != ""
}
