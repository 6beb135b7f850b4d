package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// world is a Store that takes only what its Entra has issued and is still valid.
type world struct {
	*acctest.World
	entra *entratest.Server
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: acctest.Published(t), entra: entratest.Start(t)}
	w.Sim.Before(func(storesim.Request) {
		valid := slices.DeleteFunc(w.entra.Issued(), func(token string) bool { return !w.entra.Valid(token) })
		w.Sim.SetAccessTokens(append(valid, "a token that nobody has")...)
	})
	return w
}

// environment is what the provider finds instead of the machine's variables.
type environment map[string]string

func (e environment) lookup(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

// with returns the variables and those of more.
func (e environment) with(more environment) environment {
	all := maps.Clone(e)
	maps.Copy(all, more)
	return all
}

// entrance is the environment of every test: where its Store and its Entra are.
func (w *world) entrance(more environment) environment {
	return environment{
		"MSSTORE_ENDPOINT": w.Sim.URL(), "MSSTORE_REQUESTS_PER_MINUTE": "0", "MSSTORE_POLL_INTERVAL": "1ms",
		"AZURE_AUTHORITY_HOST": w.entra.AuthorityHost(),
	}.with(more)
}

// application identifies the application that the Entra knows.
func application(secret string) environment {
	return environment{"ARM_TENANT_ID": entratest.TenantID, "ARM_CLIENT_ID": entratest.ClientID, "ARM_CLIENT_SECRET": secret}
}

// cli prepares a provider block with the given arguments, and what follows it.
func (w *world) cli(e environment, arguments, config string) *acctest.CLI {
	cli := w.CLI(fmt.Sprintf("provider \"msstore\" {\n%s\n}\n", arguments) + config)
	cli.Serve(w.surroundings(e))
	return cli
}

func (w *world) surroundings(e environment) provider.Surroundings {
	return provider.Surroundings{
		LookupEnv:  w.entrance(e).lookup,
		Credential: credential.Options{Transport: w.entra.Transport()},
	}
}

// flight is a data source that needs one request.
func (w *world) flight() string {
	return fmt.Sprintf(`
data "msstore_flight" "test" {
  application_id = %q
  flight_id      = %q
}

output "name" {
  value = data.msstore_flight.test.friendly_name
}
`, w.ApplicationID, w.FlightID)
}

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
