package flight_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	var id string
	w.Run(t, acctest.Step{
		Config: flightNamed(w, "insiders", `group_ids = ["`+group+`", "7"]`, `rank_higher_than = "beta"`),
		StateChecks: []statecheck.StateCheck{
			value("flight_id", knownvalue.StringRegexp(regexp.MustCompile(`^[0-9a-f-]{36}$`))),
			value("group_ids", knownvalue.SetExact([]knownvalue.Check{knownvalue.StringExact("7"), knownvalue.StringExact(group)})),
			// The Store echoes the other flight's ID.
			value("rank_higher_than", knownvalue.StringExact("beta")),
			value("pending_submission_id", knownvalue.NotNull()),
			value("last_published_submission_id", knownvalue.Null()),
		},
		Check: remember(w, &id),
	})
	expectMade(t, w, "insiders")
	state, _ := w.Sim.Flight(w.ApplicationID, id)
	if !state.Deleted || state.PendingSubmissionID != "" {
		t.Errorf("the destroyed flight is %+v", state)
	}
}

// A flight that was made when the apply was interrupted is in the state, and no next apply makes it again.
func TestInterruptedCreate(t *testing.T) {
	t.Parallel()
	acctest.RequiresUnix(t)
	w := acctest.New(t)
	cli := w.ServedCLI(flightNamed(w, "insiders"))
	hanging := w.Sim.Inject(storesim.Fault{Operation: storesim.CreateFlight, Action: storesim.Hang{AfterEffect: true}})
	cmd := cli.Command(t.Context(), "apply", "-auto-approve")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-hanging.Reached()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait()
	acctest.Says(t, out.String(), "Flight was created although its request was interrupted")
	// An error would have tainted it.
	cli.NoChanges()
	expectMade(t, w, "insiders")
}

// A plan refuses; where it was told to warn only, the apply does.
func TestRefusedWhilePlanning(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	cli := w.ServedCLI(flightNamed(w, "insiders"))
	cli.MustRun("apply", "-auto-approve")
	cli.Configure(flightNamed(w, "testers"))
	acctest.Says(t, cli.MustFail("plan"), "Error: Flight differs from the configuration")
	cli.Export(acctest.Environment{"MSSTORE_PLAN_CHECKS": "warn"})
	acctest.Says(t, cli.MustRun("plan"), "Warning: Flight differs from the configuration")
	acctest.Says(t, cli.MustFail("apply", "-auto-approve"), "Error: Flight differs from the configuration")
	expectMade(t, w, "insiders")
}

// What is known only after the apply is compared by the apply.
func TestNameThatIsKnownLater(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	cli := w.ServedCLI(flightNamed(w, "insiders"))
	cli.MustRun("apply", "-auto-approve")
	cli.Configure(w.Config(
		acctest.Block(`resource "terraform_data" "later"`, `input = "insiders"`),
		acctest.Block(header, fmt.Sprintf("application_id = %q", w.ApplicationID), "friendly_name = terraform_data.later.output"),
	))
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "1 to add, 1 to change, 0 to destroy", "Apply complete")
	expectMade(t, w, "insiders")
}

func TestEmptyFlightLosesNothing(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	cli := w.ServedCLI(flightNamed(w, "insiders"))
	cli.MustRun("apply", "-auto-approve")
	destroys := cli.MustRun("plan", "-destroy")
	cli.Configure(flightNamed(w, "testers", `replacement_policy = "replace"`))
	replaces := cli.MustRun("plan")
	acctest.Says(t, replaces, "Flight will be replaced")
	if out := strings.Join(strings.Fields(destroys+replaces), " "); strings.Contains(out, "testers lose") {
		t.Errorf("something is lost:\n%s", out)
	}
}

func TestWithoutGroups(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Run(t,
		acctest.Step{Config: flightNamed(w, "insiders"), StateChecks: []statecheck.StateCheck{value("group_ids", knownvalue.Null())}},
		acctest.Step{Config: flightNamed(w, "insiders", `timeouts = { read = "1m" }`), PlanChecks: acctest.Planned(address, plancheck.ResourceActionUpdate)},
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
			changed := append(arguments[1:], `replacement_policy = "replace"`)
			w.Run(t,
				acctest.Step{
					Config: flightNamed(w, "insiders", `group_ids = ["7"]`, `rank_higher_than = "beta"`),
					Check:  remember(w, &first),
				},
				// No flight is deleted because somebody has changed an argument.
				acctest.Step{
					Config:      flightNamed(w, arguments[0], arguments[1:]...),
					ExpectError: []string{"Flight differs from the configuration"},
				},
				acctest.Step{
					Config:     flightNamed(w, arguments[0], changed...),
					PlanChecks: acctest.Planned(address, plancheck.ResourceActionDestroyBeforeCreate),
					Check:      remember(w, &second),
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
	same, capitals := acctest.Planned(address, plancheck.ResourceActionUpdate), strings.ToUpper(w.FlightID)
	w.Run(t,
		acctest.Step{Config: flightNamed(w, "insiders", `rank_higher_than = "beta"`), Check: remember(w, &id)},
		acctest.Step{Config: flightNamed(w, "insiders", `rank_higher_than = "`+capitals+`"`), PlanChecks: same},
		acctest.Step{
			PreConfig: func() {
				w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "between", RankHigherThan: "beta"})
			},
			Config:     flightNamed(w, "insiders", `rank_higher_than = "`+capitals+`"`),
			PlanChecks: acctest.Planned(address, plancheck.ResourceActionNoop),
		},
		// Another flight than the Store's rank names, but the one that it was made above.
		acctest.Step{Config: flightNamed(w, "insiders", `rank_higher_than = "beta"`), PlanChecks: same},
		// What Partner Center did is taken over without another flight.
		acctest.Step{Config: flightNamed(w, "insiders", `rank_higher_than = "between"`), PlanChecks: same},
	)
	expectMade(t, w, "insiders")
}

func TestImport(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	config := flightNamed(w, "beta", `rank_higher_than = "non-flighted submission"`)
	flight := w.ApplicationID + "/" + w.FlightID
	cli := w.ServedCLI(config)
	cli.MustRun("import", address, flight)
	// The rank is written into the state, and nothing is sent.
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "0 to add, 1 to change, 0 to destroy")
	cli.NoChanges()
	w.OnlyReads()
}

func TestImportVerify(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	var id string
	cli := w.ServedCLI(flightNamed(w, "insiders", `group_ids = ["7"]`))
	cli.MustRun("apply", "-auto-approve")
	remember(w, &id)()
	cli.VerifyImport(t, address, w.ApplicationID+"/"+id)
	cli.RefusesImport(t, address, w.ApplicationID+"/"+w.FlightID+"/1", "Unusable import ID")
	cli.RefusesImport(t, address, w.ApplicationID+"/00000000-0000-0000-0000-000000000000", "non-existent flight")
	cli.NoChanges()
}

func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Identity)
	w := acctest.New(t)
	cli := w.ServedCLI(flightNamed(w, "insiders", `group_ids = ["7"]`))
	cli.MustRun("apply", "-auto-approve")
	cli.VerifyImportByIdentity(t, address)
}

// A flight that was renamed in Partner Center is refused until the configuration
// follows.
func TestRenamedInPartnerCenter(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	var id string
	w.Run(t,
		acctest.Step{Config: flightNamed(w, "insiders"), Check: remember(w, &id)},
		acctest.Step{
			PreConfig:   func() { w.Sim.RenameFlight(w.ApplicationID, id, "testers") },
			Config:      flightNamed(w, "insiders"),
			ExpectError: []string{`friendly_name: the configuration has "insiders", the flight has "testers"`},
		},
		acctest.Step{Config: flightNamed(w, "testers"), PlanChecks: acctest.Planned(address, plancheck.ResourceActionNoop)},
	)
	expectMade(t, w, "testers")
}

func TestDeletedInPartnerCenter(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	var id string
	w.Run(t,
		acctest.Step{Config: flightNamed(w, "insiders"), Check: remember(w, &id)},
		acctest.Step{
			PreConfig:  func() { w.Sim.DeleteFlightInPortal(w.ApplicationID, id) },
			Config:     flightNamed(w, "insiders"),
			PlanChecks: acctest.Planned(address, plancheck.ResourceActionCreate),
		},
	)
	expectMade(t, w, "insiders", "insiders")
}

func TestInvalidConfiguration(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Run(t,
		acctest.Step{Config: flightNamed(w, ""), ExpectError: []string{"friendly_name must not be empty"}},
		acctest.Step{Config: flightNamed(w, "insiders", `group_ids = ["everybody"]`), ExpectError: []string{`group_ids must hold group IDs, which are strings of digits, got "everybody"`}},
		acctest.Step{Config: flightNamed(w, "insiders", `group_ids = []`), ExpectError: []string{"group_ids must not be empty"}},
		acctest.Step{Config: flightNamed(w, "insiders", `rank_higher_than = "nobody"`), ExpectError: []string{"The package flight cannot be ranked"}},
	)
	expectMade(t, w)
}

// Credentials that are known only after an apply leave the provider without a
// client. What is in the state stays as it is, and a rank that is written in
// another way is taken for the same one.
func TestProviderThatIsNotConfiguredYet(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	named := func(rank string) string {
		return flightNamed(w, "insiders", `group_ids = ["7"]`, `rank_higher_than = "`+rank+`"`)
	}
	w.Run(t,
		acctest.Step{Config: named("beta")},
		acctest.Step{Config: w.TokenLater(named("beta")), PlanChecks: acctest.Planned(address, plancheck.ResourceActionNoop)},
		acctest.Step{Config: named("beta")},
		acctest.Step{Config: w.TokenLater(named(w.FlightID)), PlanChecks: acctest.Planned(address, plancheck.ResourceActionUpdate)},
	)
	expectMade(t, w, "insiders")
}

// An apply that was killed after the Store had made the flight has left one that
// no state knows.
func TestFlightOfThisNameExists(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	cli := w.ServedCLI(flightNamed(w, "beta"))
	acctest.Says(t, cli.MustRun("plan"), "Flight of this name already exists", "import it with the ID "+w.ApplicationID+"/"+w.FlightID)
	w.OnlyReads()

	// The flight that a replacement deletes is no other one.
	cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
	cli.MustRun("taint", address)
	out := cli.MustRun("plan")
	acctest.Says(t, out, "1 to add, 0 to change, 1 to destroy")
	if strings.Contains(out, "already exists") {
		t.Errorf("it finds the flight itself:\n%s", out)
	}
}

// A flight of another name is no reason to warn, and what is not known yet cannot be compared.
func TestNoFlightOfThisNameExists(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	later := func(application, name string) string {
		return w.Config(
			acctest.Block(`resource "terraform_data" "later"`, fmt.Sprintf("input = %q", w.ApplicationID)),
			acctest.Block(header, "application_id = "+application, "friendly_name = "+name),
		)
	}
	for name, config := range map[string]string{
		"another name":         flightNamed(w, "insiders"),
		"credentials later":    w.TokenLater(flightNamed(w, "beta")),
		"an application later": later("terraform_data.later.output", `"beta"`),
		"a name later":         later(strconv.Quote(w.ApplicationID), "terraform_data.later.output"),
	} {
		if out := w.ServedCLI(config).MustRun("plan"); strings.Contains(out, "already exists") || !strings.Contains(out, address) {
			t.Errorf("%s:\n%s", name, out)
		}
	}
	if requests := w.Sim.Requests(); len(requests) != 1 {
		t.Errorf("%d requests, want one for the flight whose name is known", len(requests))
	}
}

func TestFlightsOfThisNameAreNotRead(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.Inject(storesim.Fault{Operation: storesim.ListFlights, Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
	acctest.Says(t, w.ServedCLI(flightNamed(w, "insiders")).MustFail("plan"), "403 Forbidden")
}

// A rank that cannot be compared is an error of the look, not a replacement.
func TestRankIsNotRead(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	cli := w.ServedCLI(flightNamed(w, "insiders", `rank_higher_than = "beta"`))
	cli.MustRun("apply", "-auto-approve")
	w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "gamma"})
	cli.Configure(flightNamed(w, "insiders", `rank_higher_than = "gamma"`))
	w.Sim.Inject(storesim.Fault{Operation: storesim.ListFlights, Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
	out := cli.MustFail("plan")
	if strings.Contains(out, "will be replaced") {
		t.Errorf("it is replaced:\n%s", out)
	}
	acctest.Says(t, out, "403 Forbidden")
	cli.Export(acctest.Environment{"MSSTORE_PLAN_CHECKS": "warn"})
	acctest.Says(t, cli.MustRun("plan"), "Warning: ", "403 Forbidden")
}
