package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
	msstore "github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
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
			w := newWorld(t)
			p := msstore.NewIn("test", w.surroundings(acctest.Application(entratest.ClientSecret).With(test.environment)))()
			var described provider.SchemaResponse
			p.Schema(t.Context(), provider.SchemaRequest{}, &described)
			kind := described.Schema.Type().TerraformType(t.Context())
			s, _ := w.serve(t, nil, nil)
			raw, err := s.Encode(s.Schemas.Provider.ValueType(), arguments{}.With(test.block)).Unmarshal(kind)
			if err != nil {
				t.Fatal(err)
			}
			var resp provider.ConfigureResponse
			p.Configure(t.Context(), provider.ConfigureRequest{Config: tfsdk.Config{Raw: raw, Schema: described.Schema}}, &resp)
			data, ok := resp.ResourceData.(*providerdata.Data)
			if !ok {
				t.Fatalf("got %T, %v", resp.ResourceData, resp.Diagnostics)
			}
			if data.WarnOnly != test.warnOnly {
				t.Errorf("plans warn only: %t, want %t", data.WarnOnly, test.warnOnly)
			}
		})
	}
}

// TestPlanChecksAreOneOfTwo validates an argument.
func TestPlanChecksAreOneOfTwo(t *testing.T) {
	t.Parallel()
	s, _ := newWorld(t).serve(t, nil, nil)
	reply, err := s.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{
		Config: s.Encode(s.Schemas.Provider.ValueType(), arguments{"plan_checks": "off"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	acctest.Says(t, acctest.Failures(acctest.Findings(reply.Diagnostics)), `plan_checks must be error or warn, got "off".`)
}
