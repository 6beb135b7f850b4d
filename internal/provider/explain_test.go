package provider_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// always has every request of an operation answered so; empty: every request.
func (w *world) always(operation storesim.Operation, answer storesim.Refuse) {
	w.Sim.Inject(storesim.Fault{Operation: operation, Times: -1, Action: answer})
}

// troubleshooting is the page that lists these texts for users.
const troubleshooting = "../../templates/guides/troubleshooting-sign-in.md"

// What hinders people most often is told apart.
func TestTroubleIsToldApart(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(troubleshooting)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		prepare func(*world)
		block   arguments
		// listed is by what the page lists it, says what else it tells.
		listed []string
		says   []string
		// requests is how many reach the Store.
		requests int
	}{
		"wrong secret": {
			block:  arguments{"client_secret": "hush"},
			listed: []string{"AADSTS7000215", "the client secret is wrong"},
			says: []string{
				"AADSTS7000215", "the client secret is wrong: give the secret's value, not its ID, and check that it belongs to this client_id",
				"client secret (argument client_secret) of application " + entratest.ClientID,
			},
		},
		"expired secret": {
			prepare: func(w *world) {
				w.Entra.Refuse(7000222, "The provided client secret keys for app '"+entratest.ClientID+"' are expired.")
			},
			listed: []string{"AADSTS7000222", "the client secret has expired"},
			says:   []string{"AADSTS7000222", "the client secret has expired: create a new one"},
		},
		"unknown tenant": {
			block:  arguments{"tenant_id": "11111111-2222-4333-8444-555555555555"},
			listed: []string{"AADSTS90002", "there is no such tenant"},
			says:   []string{"AADSTS90002", "there is no such tenant: check tenant_id"},
		},
		"application of another tenant": {
			block:  arguments{"client_id": "11111111-2222-4333-8444-555555555555"},
			listed: []string{"AADSTS700016", "the tenant has no such application"},
			says:   []string{"AADSTS700016", "the tenant has no such application: check client_id"},
		},
		"never added to Partner Center, 401": {
			prepare: func(w *world) {
				w.always("", storesim.Refuse{Status: http.StatusUnauthorized, Code: "Unauthorized", Message: "Identity cannot be authorized. CorrelationId: 6f9f."})
			},
			listed:   []string{"401 Unauthorized: Identity cannot be authorized"},
			says:     []string{"401 Unauthorized: Identity cannot be authorized", "Partner Center does not know the Entra application: add it there"},
			requests: 1,
		},
		"never added to Partner Center, 503": {
			prepare: func(w *world) {
				w.always("", storesim.Refuse{Status: http.StatusServiceUnavailable, Message: "Account service is experiencing issue"})
			},
			listed:   []string{"503 Service Unavailable: Account service is experiencing issue"},
			says:     []string{"503 Service Unavailable: Account service is experiencing issue", "This is not a temporary failure: the Entra application was not added to Partner Center"},
			requests: 1,
		},
		"no Manager role": {
			prepare:  func(w *world) { w.always("", storesim.Refuse{Status: http.StatusForbidden, NoBody: true}) },
			listed:   []string{"403 Forbidden", "give it the Manager role"},
			says:     []string{"403 Forbidden", "may see no application of the Partner Center account: give it the Manager role"},
			requests: 2,
		},
		"another account's application": {
			prepare: func(w *world) {
				w.ApplicationID = "9NBLGGH4TNMP"
				w.always(storesim.GetApplication, storesim.Refuse{Status: http.StatusForbidden, NoBody: true})
			},
			listed:   []string{"403 Forbidden", "The application belongs to another Partner Center account"},
			says:     []string{"403 Forbidden", "The application belongs to another Partner Center account"},
			requests: 2,
		},
		"weaker role": {
			prepare: func(w *world) {
				w.always(storesim.GetApplication, storesim.Refuse{Status: http.StatusForbidden, NoBody: true})
			},
			listed:   []string{"403 Forbidden", "give it the Manager role"},
			says:     []string{"403 Forbidden", "sees this application in Partner Center but may not work with it"},
			requests: 2,
		},
		"application that the API refuses": {
			prepare:  func(w *world) { w.Sim.UnsupportedApplication(w.ApplicationID) },
			listed:   []string{"409 Conflict InvalidState (application)"},
			says:     []string{"409 Conflict InvalidState (application)", "The app uses features that the API does not work with", "in Partner Center only"},
			requests: 1,
		},
		"application that nobody has": {
			prepare:  func(w *world) { w.ApplicationID = "9NBLGGH4TNMP" },
			listed:   []string{"Application not found"},
			says:     []string{"Application not found", "The Store has no application 9NBLGGH4TNMP for this account"},
			requests: 1,
		},
		"identity name": {
			prepare: func(w *world) { w.ApplicationID = "Contoso.Sample" },
			listed:  []string{"must be the Store ID, 12 upper-case letters and digits"},
			says:    []string{"must be the Store ID, 12 upper-case letters and digits such as 9NBLGGH4R315", "It is not the package identity name"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if test.prepare != nil {
				test.prepare(w)
			}
			judge(t, w.planSubmission(t, acctest.Application(entratest.ClientSecret), test.block), append(test.says, test.listed...)...)
			for _, text := range test.listed {
				if !strings.Contains(string(page), text) {
					t.Errorf("%s does not list it by %q", troubleshooting, text)
				}
			}
			if n := w.Sim.Count(); n != test.requests {
				t.Errorf("%d requests to the Store, want %d", n, test.requests)
			}
		})
	}
}
