package provider_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
	msstore "github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// The settings besides the credential come from an argument, else from the
// environment, where no validator has seen them.
func TestSettings(t *testing.T) {
	t.Parallel()
	const budget, interval, checks = "MSSTORE_REQUESTS_PER_MINUTE", "MSSTORE_POLL_INTERVAL", "MSSTORE_PLAN_CHECKS"
	for name, test := range map[string]struct {
		environment environment
		block       arguments
		says        string // empty: it is taken
	}{
		"budget that is no number":          {environment{budget: "twenty"}, nil, `requests_per_minute must be a whole number from 0 to 6000, and the environment variable MSSTORE_REQUESTS_PER_MINUTE is "twenty"`},
		"budget below zero":                 {environment{budget: "-1"}, nil, "Not a request budget"},
		"budget beyond all bounds":          {environment{budget: "6001"}, nil, "Not a request budget"},
		"largest budget":                    {environment{budget: "6000"}, nil, ""},
		"budget by argument":                {environment{budget: "twenty"}, arguments{"requests_per_minute": 20}, ""},
		"interval that is no duration":      {environment{interval: "30"}, nil, `poll_interval (or MSSTORE_POLL_INTERVAL) must be a duration such as 30s, at most 5m, got "30"`},
		"interval of more than it grows to": {environment{interval: "6m"}, nil, "Not a poll interval"},
		"longest interval":                  {environment{interval: "5m"}, nil, ""},
		"interval of nothing":               {environment{interval: "0s"}, nil, "Not a poll interval"},
		"interval by argument":              {environment{interval: "soon"}, arguments{"poll_interval": "1s"}, ""},
		"other plan checks":                 {environment{checks: "off"}, nil, `plan_checks must be error or warn, and the environment variable MSSTORE_PLAN_CHECKS is "off"`},
		"plan checks by argument":           {environment{checks: "off"}, arguments{"plan_checks": "warn"}, ""},
		"interval of nothing by argument":   {environment{interval: "1s"}, arguments{"poll_interval": "0s"}, "Not a poll interval"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, failure := w.serve(t, acctest.Application(entratest.ClientSecret).With(test.environment), test.block)
			if test.says == "" {
				if failure != "" {
					t.Error(failure)
				}
				return
			}
			acctest.Says(t, failure, test.says)
		})
	}
}

// TestPlanChecks looks at what resources are told.
func TestPlanChecks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment environment
		block       arguments
		warnOnly    bool
	}{
		"by default":                {nil, nil, false},
		"error":                     {nil, arguments{"plan_checks": "error"}, false},
		"warn":                      {nil, arguments{"plan_checks": "warn"}, true},
		"warn for one run":          {environment{"MSSTORE_PLAN_CHECKS": "warn"}, nil, true},
		"argument over environment": {environment{"MSSTORE_PLAN_CHECKS": "warn"}, arguments{"plan_checks": "error"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := configured(t, newWorld(t), test.environment, test.block)
			if data.WarnOnly != test.warnOnly {
				t.Errorf("plans warn only: %t, want %t", data.WarnOnly, test.warnOnly)
			}
		})
	}
}

// configured is what a provider hands to its resources.
func configured(t *testing.T, w *world, e environment, block arguments) *providerdata.Data {
	t.Helper()
	p := msstore.NewIn("test", w.surroundings(acctest.Application(entratest.ClientSecret).With(e)))()
	var described provider.SchemaResponse
	p.Schema(t.Context(), provider.SchemaRequest{}, &described)
	kind := described.Schema.Type().TerraformType(t.Context())
	s, _ := w.serve(t, nil, nil)
	raw, err := s.Encode(s.Schemas.Provider.ValueType(), arguments{}.With(block)).Unmarshal(kind)
	if err != nil {
		t.Fatal(err)
	}
	var resp provider.ConfigureResponse
	p.Configure(t.Context(), provider.ConfigureRequest{Config: tfsdk.Config{Raw: raw, Schema: described.Schema}}, &resp)
	data, ok := resp.ResourceData.(*providerdata.Data)
	if !ok {
		t.Fatalf("got %T, %v", resp.ResourceData, resp.Diagnostics)
	}
	return data
}

// What the signature of an upload URL says is known before the first request.
func TestExpiredUploadURL(t *testing.T) {
	t.Parallel()
	data := configured(t, newWorld(t), nil, nil)
	content, err := archive.New([]archive.Member{{Name: "app.msix", Content: strings.NewReader("x"), Size: 1}})
	if err != nil {
		t.Fatal(err)
	}
	expired := storeapi.NewUploadURL("https://store.blob.core.windows.net/drafts/1?se=2001-02-03T04:05:06Z&sig=expired-signature")
	if err := data.Workflow.Upload(t.Context(), expired, content); !errors.Is(err, blob.ErrExpired) {
		t.Errorf("got %v", err)
	}
}

// Neither password of a proxy is printed.
func TestProxyPasswordsAreSecret(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		password := "password-of-" + variable
		configured(t, newWorld(t), environment{variable: "http://user:" + password + "@proxy.example:8080"}, nil)
		if text := redact.String("Refused: " + password); strings.Contains(text, password) {
			t.Errorf("%s: %s", variable, text)
		}
	}
}

func TestSecretsAreSensitive(t *testing.T) {
	t.Parallel()
	secrets := []string{"access_token", "client_certificate_password", "client_secret", "oidc_request_token", "oidc_token"}
	for _, a := range acctest.StartProtocol(t).Schemas.Provider.Block.Attributes {
		if want := slices.Contains(secrets, a.Name); a.Sensitive != want {
			t.Errorf("%s is sensitive: %t, want %t", a.Name, a.Sensitive, want)
		}
	}
}

// TestArgumentsAreValidated looks at what no environment variable gives.
func TestArgumentsAreValidated(t *testing.T) {
	t.Parallel()
	p := acctest.StartProtocol(t)
	for says, block := range map[string]arguments{
		`plan_checks must be error or warn, got "off".`:                   {"plan_checks": "off"},
		`poll_interval must be a duration such as 6h or 90m, got "soon".`: {"poll_interval": "soon"},
		"requests_per_minute must be 0 to 6000, got 6001.":                {"requests_per_minute": 6001},
	} {
		reply, err := p.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{
			Config: p.Encode(p.Schemas.Provider.ValueType(), block),
		})
		if err != nil {
			t.Fatal(err)
		}
		acctest.Says(t, acctest.Failures(acctest.Findings(reply.Diagnostics)), says)
	}
}
