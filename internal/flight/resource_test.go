package flight_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	var id string
	run(t, w, resource.TestStep{
		Config: flightNamed(w, "insiders", `group_ids = ["`+group+`", "7"]`, `rank_higher_than = "beta"`),
		ConfigStateChecks: []statecheck.StateCheck{
			value("flight_id", knownvalue.StringRegexp(regexp.MustCompile(`^[0-9a-f-]{36}$`))),
			value("group_ids", knownvalue.SetExact([]knownvalue.Check{knownvalue.StringExact("7"), knownvalue.StringExact(group)})),
			// The Store echoes the other flight's ID.
			value("rank_higher_than", knownvalue.StringExact("beta")),
			value("pending_submission_id", knownvalue.NotNull()),
			value("last_published_submission_id", knownvalue.Null()),
		},
		Check: remember(&id),
	})
	expectMade(t, w, "insiders")
	state, _ := w.Sim.Flight(w.ApplicationID, id)
	if !state.Deleted || state.PendingSubmissionID != "" {
		t.Errorf("the destroyed flight is %+v", state)
	}
}

func TestWithoutGroups(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	run(t, w,
		resource.TestStep{Config: flightNamed(w, "insiders"), ConfigStateChecks: []statecheck.StateCheck{value("group_ids", knownvalue.Null())}},
		resource.TestStep{Config: flightNamed(w, "insiders", `timeouts = { read = "1m" }`), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate)},
	)
	expectMade(t, w, "insiders")
}

func TestReplace(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string][]string{
		"friendly_name":    {"testers", `group_ids = ["7"]`, `rank_higher_than = "beta"`},
		"group_ids":        {"insiders", `group_ids = ["7", "8"]`, `rank_higher_than = "beta"`},
		"rank_higher_than": {"insiders", `group_ids = ["7"]`, `rank_higher_than = "Non-flighted submission"`},
		"rank_of_another":  {"insiders", `group_ids = ["7"]`, `rank_higher_than = "gamma"`},
		"rank_left_out":    {"insiders", `group_ids = ["7"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t)
			w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "gamma", RankHigherThan: "Non-flighted submission"})
			var first, second string
			run(t, w,
				resource.TestStep{
					Config: flightNamed(w, "insiders", `group_ids = ["7"]`, `rank_higher_than = "beta"`),
					Check:  remember(&first),
				},
				resource.TestStep{
					Config:           flightNamed(w, arguments[0], arguments[1:]...),
					ConfigPlanChecks: planned(plancheck.ResourceActionDestroyBeforeCreate),
					Check:            remember(&second),
				},
			)
			if state, _ := w.Sim.Flight(w.ApplicationID, first); !state.Deleted || first == second {
				t.Errorf("the first flight is still there: %s, then %s", first, second)
			}
			expectMade(t, w, "insiders", arguments[0])
		})
	}
}

// Another way to write the same rank replaces nothing, and neither does a flight
// that was put in between.
func TestRankIsNoDiffByItself(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	var id string
	same := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)}}
	run(t, w,
		resource.TestStep{Config: flightNamed(w, "insiders", `rank_higher_than = "beta"`), Check: remember(&id)},
		resource.TestStep{Config: flightNamed(w, "insiders", `rank_higher_than = "`+w.FlightID+`"`), ConfigPlanChecks: same},
		resource.TestStep{
			PreConfig: func() {
				w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "between", RankHigherThan: "beta"})
			},
			Config:           flightNamed(w, "insiders", `rank_higher_than = "`+w.FlightID+`"`),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
		},
		// What Partner Center did is taken over without another flight.
		resource.TestStep{Config: flightNamed(w, "insiders", `rank_higher_than = "between"`), ConfigPlanChecks: same},
	)
	expectMade(t, w, "insiders")
}

func TestImport(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	config := flightNamed(w, "beta", `rank_higher_than = "Non-flighted submission"`)
	flight := w.ApplicationID + "/" + w.FlightID
	cli := w.ServedCLI(config)
	cli.MustRun("import", address, flight)
	// The rank is written into the state, and nothing is sent.
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "0 to add, 1 to change, 0 to destroy")
	acctest.Says(t, cli.MustRun("plan"), "No changes")
	w.OnlyReads()
}

func TestImportVerify(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	var id string
	step := resource.TestStep{
		ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "flight_id",
	}
	byID := step
	byID.ImportStateIdFunc = importID(w, &id)
	config := flightNamed(w, "insiders", `group_ids = ["7"]`)
	run(t, w,
		resource.TestStep{Config: config, Check: remember(&id)},
		byID,
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateId: w.ApplicationID + "/" + w.FlightID + "/1", ExpectError: phrase("Unusable import ID"),
		},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateId: w.ApplicationID + "/00000000-0000-0000-0000-000000000000", ExpectError: phrase("non-existent flight"),
		},
		resource.TestStep{Config: config, PlanOnly: true},
	)
}

func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{Config: flightNamed(w, "insiders", `group_ids = ["7"]`)},
			{ResourceName: address, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

// A flight that was renamed in Partner Center is replaced, unless the
// configuration follows.
func TestRenamedInPartnerCenter(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	var id string
	run(t, w,
		resource.TestStep{Config: flightNamed(w, "insiders"), Check: remember(&id)},
		resource.TestStep{
			PreConfig:          func() { w.Sim.RenameFlight(w.ApplicationID, id, "testers") },
			Config:             flightNamed(w, "insiders"),
			PlanOnly:           true,
			ExpectNonEmptyPlan: true,
		},
		resource.TestStep{Config: flightNamed(w, "testers"), ConfigPlanChecks: planned(plancheck.ResourceActionNoop)},
	)
	expectMade(t, w, "testers")
}

func TestDeletedInPartnerCenter(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	var id string
	run(t, w,
		resource.TestStep{Config: flightNamed(w, "insiders"), Check: remember(&id)},
		resource.TestStep{
			PreConfig:        func() { w.Sim.DeleteFlightInPortal(w.ApplicationID, id) },
			Config:           flightNamed(w, "insiders"),
			ConfigPlanChecks: planned(plancheck.ResourceActionCreate),
		},
	)
	expectMade(t, w, "insiders", "insiders")
}

func TestInvalidConfiguration(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	run(t, w,
		resource.TestStep{Config: flightNamed(w, ""), ExpectError: phrase("string length must be at least 1")},
		resource.TestStep{Config: flightNamed(w, "insiders", `group_ids = ["everybody"]`), ExpectError: phrase("must be a group ID")},
		resource.TestStep{Config: flightNamed(w, "insiders", `group_ids = []`), ExpectError: phrase("set must contain at least 1")},
		resource.TestStep{Config: flightNamed(w, "insiders", `rank_higher_than = "nobody"`), ExpectError: phrase("The package flight cannot be ranked")},
		resource.TestStep{Config: w.Config("")},
	)
	expectMade(t, w)
}

// A reply that got lost makes neither two flights nor one that nobody knows of.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	for _, operation := range []storesim.Operation{storesim.CreateFlight, storesim.DeleteFlight, storesim.DeleteSubmission} {
		for name, action := range map[string]storesim.Action{
			"request lost": storesim.DropBefore{}, "reply lost": storesim.DropAfter{}, "error after the effect": storesim.ErrorAfter{},
		} {
			t.Run(string(operation)+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := acctest.New(t)
				fault := w.Sim.Inject(storesim.Fault{Operation: operation, Action: action})
				var id string
				run(t, w, resource.TestStep{Config: flightNamed(w, "insiders", `group_ids = ["7"]`), Check: remember(&id)})
				if fault.Hits() != 1 {
					t.Errorf("the fault hit %d requests", fault.Hits())
				}
				expectMade(t, w, "insiders")
				if state, _ := w.Sim.Flight(w.ApplicationID, id); !state.Deleted {
					t.Error("the flight was not deleted")
				}
			})
		}
	}
}

// Credentials that are known only after an apply leave the provider without a
// client. What is in the state stays as it is.
func TestProviderThatIsNotConfiguredYet(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	config := flightNamed(w, "insiders", `group_ids = ["7"]`, `rank_higher_than = "beta"`)
	later := strings.Replace(config, strconv.Quote(acctest.Token), "terraform_data.token.output", 1) + `
resource "terraform_data" "token" {
  input = "` + acctest.Token + `"
}
`
	run(t, w,
		resource.TestStep{Config: config},
		resource.TestStep{
			Config: later,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop),
			}},
		},
	)
	expectMade(t, w, "insiders")
}
