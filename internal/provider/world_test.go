package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
)

type environment = acctest.Environment

// world is what the provider signs in to, with its environment instead of the machine's variables.
type world struct{ *acctest.EntraWorld }

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{acctest.Published(t).WithEntra()}
}

// cli prepares a provider block with the given arguments, and what follows it.
func (w *world) cli(e environment, arguments, config string) *acctest.CLI {
	cli := w.CLI(acctest.Block(acctest.Provider, arguments) + config)
	cli.Export(w.Environment().With(e))
	cli.Serve(w.surroundings(nil))
	return cli
}

func (w *world) surroundings(e environment) provider.Surroundings {
	return provider.Surroundings{
		LookupEnv:  w.Environment().With(e).Lookup,
		Credential: credential.Options{Transport: w.Entra.Transport()},
	}
}

// flight is a data source that needs one request.
func (w *world) flight() string {
	return w.Block(`data "msstore_flight" "test"`) + acctest.Block(`output "name"`, "value = data.msstore_flight.test.friendly_name")
}

func manifest(version string) msixtest.Manifest { return msixtest.Manifest{Version: version} }

// reads checks that the provider signs in and reads the flight.
func (w *world) reads(t *testing.T, e environment, block arguments) {
	t.Helper()
	if name, failure := w.readFlight(t, e, block); name != "beta" || failure != "" {
		t.Errorf("it reads the flight %q: %s", name, failure)
	}
	if n := w.Sim.Count(); n != 1 {
		t.Errorf("%d requests to the Store, want 1", n)
	}
}

// fails checks that reading the flight fails, and what that says.
func (w *world) fails(t *testing.T, e environment, block arguments, says ...string) {
	t.Helper()
	_, failure := w.readFlight(t, e, block)
	judge(t, failure, says...)
}

// judge checks that there is a failure, what it says, and that it holds no secret.
func judge(t *testing.T, failure string, says ...string) {
	t.Helper()
	if failure == "" {
		t.Error("nothing failed")
	}
	acctest.Says(t, failure, says...)
	for _, secret := range []string{entratest.ClientSecret, entratest.OIDCRequestToken, "hush", "eyJ"} {
		if strings.Contains(failure, secret) {
			t.Errorf("it holds the secret %q:\n%s", secret, failure)
		}
	}
}
