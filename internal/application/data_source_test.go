package application_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func read(w *acctest.World, applicationID string) string {
	return w.Config(acctest.Block(`data "msstore_application" "test"`, fmt.Sprintf("application_id = %q", applicationID)))
}

const all = `data "msstore_applications" "test"`

func TestDataSource(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	id := w.Sim.AddApplication(storesim.Application{
		ID: "9WZDNCRFHVJL", PrimaryName: "Demo", IdentityName: "1234.Demo", PublisherName: "CN=Demo", PackageFamilyName: "1234.Demo_abc",
		FirstPublishedDate:        time.Date(2016, 3, 12, 1, 38, 11, 771810000, time.UTC),
		LastPublishedSubmissionID: "1152921504621086517", HasAdvancedListingPermission: true,
	})
	value := func(attribute string, check knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.msstore_application.test", tfjsonpath.New(attribute), check)
	}
	w.Run(t, acctest.Step{Config: read(w, id), StateChecks: []statecheck.StateCheck{
		value("application_id", knownvalue.StringExact(id)),
		value("primary_name", knownvalue.StringExact("Demo")),
		value("package_identity_name", knownvalue.StringExact("1234.Demo")),
		value("package_family_name", knownvalue.StringExact("1234.Demo_abc")),
		value("publisher_name", knownvalue.StringExact("CN=Demo")),
		value("first_published_date", knownvalue.StringExact("2016-03-12T01:38:11Z")),
		value("last_published_submission_id", knownvalue.StringExact("1152921504621086517")),
		value("pending_submission_id", knownvalue.Null()),
		value("has_advanced_listing_permission", knownvalue.Bool(true)),
	}})
}

func TestDataSourceErrors(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.AddApplication(storesim.Application{ID: "9NBLGGH4XXXX"})
	w.Sim.UnsupportedApplication("9NBLGGH4XXXX")
	w.Run(t,
		acctest.Step{Config: read(w, "Contoso.Sample"), ExpectError: []string{"not the package identity name"}},
		acctest.Step{Config: read(w, "9NBLGGH4ZZZZ"), ExpectError: []string{"404 Not Found"}},
		acctest.Step{Config: read(w, "9NBLGGH4XXXX"), ExpectError: []string{"Partner Center only"}},
	)
}

func TestPaging(t *testing.T) {
	t.Parallel()
	acctest.Paged(t, func(t *testing.T, w *acctest.World) {
		t.Helper()
		for i := range 229 {
			w.Sim.AddApplication(storesim.Application{ID: fmt.Sprintf("9NBLGGH5%04d", i), PrimaryName: fmt.Sprint("App ", i)})
		}
		w.Run(t, acctest.Step{
			Config: w.Config(
				acctest.Block(all),
				acctest.Block(`output "names"`, "value = length(distinct(data.msstore_applications.test.applications[*].primary_name))"),
				acctest.Block(`output "last"`, "value = data.msstore_applications.test.applications[229].application_id"),
			),
			StateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("names", knownvalue.Int64Exact(230)),
				statecheck.ExpectKnownOutputValue("last", knownvalue.StringExact("9NBLGGH50228")),
			},
		})
	})
}

// A link to elsewhere would carry the token there.
func TestForeignLinkIsRefused(t *testing.T) {
	t.Parallel()
	w, elsewhere := acctest.New(t), acctest.New(t)
	for i := range 150 {
		w.Sim.AddApplication(storesim.Application{ID: fmt.Sprintf("9NBLGGH5%04d", i)})
	}
	w.Sim.SetNextLink(func(link string) string { return elsewhere.Sim.URL() + "/v1.0/my/" + link })
	w.Run(t,
		acctest.Step{Config: w.Config(acctest.Block(all)), ExpectError: []string{"leads away from the Store"}},
	)
	if n := elsewhere.Sim.Count(); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

// Credentials that are known only after an apply leave the provider without a
// client: it says so.
func TestProviderThatIsNotConfiguredYet(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Run(t,
		acctest.Step{Config: w.TokenLater(read(w, w.ApplicationID)), ExpectError: []string{"Provider is not configured yet"}},
	)
}
