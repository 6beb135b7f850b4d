package provider_test

import (
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
)

// The settings besides the credential come from an argument, else from the
// environment, where no validator has seen them.
func TestSettings(t *testing.T) {
	t.Parallel()
	const budget, interval = "MSSTORE_REQUESTS_PER_MINUTE", "MSSTORE_POLL_INTERVAL"
	for name, test := range map[string]struct {
		environment environment
		block       arguments
		says        string // empty: it is taken
	}{
		"budget that is no number":        {environment{budget: "twenty"}, nil, `MSSTORE_REQUESTS_PER_MINUTE is "twenty"; it must be a whole number from 0 to 6000`},
		"budget below zero":               {environment{budget: "-1"}, nil, "Not a request budget"},
		"budget beyond all bounds":        {environment{budget: "6001"}, nil, "Not a request budget"},
		"largest budget":                  {environment{budget: "6000"}, nil, ""},
		"budget by argument":              {environment{budget: "twenty"}, arguments{"requests_per_minute": 20}, ""},
		"interval that is no duration":    {environment{interval: "30"}, nil, `is "30"; it must be a duration above zero`},
		"interval of nothing":             {environment{interval: "0s"}, nil, "Not a poll interval"},
		"interval by argument":            {environment{interval: "soon"}, arguments{"poll_interval": "1s"}, ""},
		"interval of nothing by argument": {environment{interval: "1s"}, arguments{"poll_interval": "0s"}, "Not a poll interval"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, failure := w.serve(t, application(entratest.ClientSecret).with(test.environment), test.block)
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
