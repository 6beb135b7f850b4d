package flightsubmission_test

import (
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestCredentialsUnknownAgain(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	packages := sources(w.Package("app.msix", msixtest.Manifest{}))
	config := func(round int, more arguments) string {
		return later(t, arguments{"token": acctest.Token, "round": round}) +
			w.ProviderArguments().With(arguments{"access_token": "${terraform_data.later.output.token}"}).Block(acctest.Provider) +
			flight(w).With(arguments{"packages": packages, "wait_for": "publish"}).With(more).Block(acctest.Submission)
	}
	w.Run(t,
		acctest.Step{Config: config(1, nil), StateChecks: isPublished()},
		acctest.Step{Config: config(2, arguments{"timeouts": arguments{"create": "9m"}}), StateChecks: isPublished()},
	)
	holds(t, w, "app.msix 1.0.0.0")
	events(t, w, storesim.EventCommitted, 1)
}
