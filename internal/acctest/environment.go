package acctest

import (
	"fmt"
	"maps"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
)

// Environment are environment variables.
type Environment map[string]string

// With returns the variables and those of more.
func (e Environment) With(more Environment) Environment {
	all := Environment{}
	maps.Copy(all, e)
	maps.Copy(all, more)
	return all
}

// Lookup finds a variable as os.LookupEnv does.
func (e Environment) Lookup(name string) (string, bool) {
	value, found := e[name]
	return value, found
}

// Environment says what [World.ProviderArguments] say, for a provider block without arguments.
func (w *World) Environment() Environment {
	e := Environment{}
	for name, value := range w.ProviderArguments() {
		e["MSSTORE_"+strings.ToUpper(name)] = fmt.Sprint(value)
	}
	return e
}

// Application is the application that each Entra knows.
func Application(secret string) Environment {
	return Environment{"ARM_TENANT_ID": entratest.TenantID, "ARM_CLIENT_ID": entratest.ClientID, "ARM_CLIENT_SECRET": secret}
}

// EntraWorld is a World with an Entra. Besides Token the Store takes what this has issued and is still valid.
type EntraWorld struct {
	*World

	Entra *entratest.Server
}

// WithEntra starts an Entra for the world.
func (w *World) WithEntra() *EntraWorld {
	w.tb.Helper()
	entra := entratest.Start(w.tb)
	w.Sim.AcceptTokens(func(token string) bool { return token == Token || entra.Valid(token) })
	return &EntraWorld{World: w, Entra: entra}
}

// Environment says where the Store and the Entra are, and nothing of a credential.
func (w *EntraWorld) Environment() Environment {
	e := w.World.Environment().With(Environment{"AZURE_AUTHORITY_HOST": w.Entra.AuthorityHost()})
	delete(e, "MSSTORE_ACCESS_TOKEN")
	return e
}
