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

// entrance is the environment of every test: where its Store and its Entra are.
func (w *world) entrance(more environment) environment {
	e := environment{
		"MSSTORE_ENDPOINT": w.Sim.URL(), "MSSTORE_REQUESTS_PER_MINUTE": "0", "MSSTORE_POLL_INTERVAL": "1ms",
		"AZURE_AUTHORITY_HOST": w.entra.AuthorityHost(),
	}
	maps.Copy(e, more)
	return e
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
		Credential: credential.Options{Transport: w.entra.Client()},
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
func (w *world) reads(t *testing.T, e environment, arguments string) {
	t.Helper()
	out, err := w.cli(e, arguments, w.flight()).Run("plan")
	if err != nil || !strings.Contains(out, `name = "beta"`) {
		t.Errorf("plan: %v\n%s", err, out)
	}
	if n := w.Sim.Count(); n != 1 {
		t.Errorf("%d requests to the Store, want 1", n)
	}
}

// fails checks that a plan of the flight fails, what it says, and that it holds no
// secret.
func (w *world) fails(t *testing.T, e environment, arguments string, says ...string) {
	t.Helper()
	w.failing(t, w.cli(e, arguments, w.flight()), says...)
}

func (w *world) failing(t *testing.T, cli *acctest.CLI, says ...string) {
	t.Helper()
	out, err := cli.Run("plan")
	if err == nil {
		t.Errorf("the plan succeeds:\n%s", out)
	}
	acctest.Says(t, out, says...)
	for _, secret := range []string{entratest.ClientSecret, entratest.OIDCRequestToken, "hush", "eyJ"} {
		if strings.Contains(out, secret) {
			t.Errorf("it holds the secret %q:\n%s", secret, out)
		}
	}
}
