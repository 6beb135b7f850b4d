package flightsubmission_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestUnknownFailsNothing(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	// What is decided finds this in its way.
	w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
	w.Sim.ResetRequests()
	source := w.Package("app.msix", msixtest.Manifest{})
	packaged := func(p arguments) arguments { return arguments{"packages": []any{p}} }
	remote := arguments{"source": "https://artifacts.example/app.msix", "sha256": digest}
	accepts(t, w, flight(w).With(different), map[string]arguments{
		"application_id":              {"application_id": unknown},
		"flight_id":                   {"flight_id": unknown},
		"packages":                    {"packages": unknown},
		"a package":                   {"packages": []any{unknown, arguments{"source": source}}},
		"source":                      packaged(arguments{"source": unknown}),
		"two sources":                 {"packages": []any{arguments{"source": unknown}, arguments{"source": unknown}}},
		"source of a named one":       packaged(arguments{"source": unknown, "file_name": "named.msix"}),
		"source of one with digest":   packaged(arguments{"source": unknown, "sha256": digest}),
		"source of one with headers":  packaged(arguments{"source": unknown, "source_headers": map[string]string{"Accept": "x"}}),
		"source_headers":              packaged(remote.With(arguments{"source_headers": unknown})),
		"a header":                    packaged(remote.With(arguments{"source_headers": map[string]string{"Authorization": unknown}})),
		"file_name":                   packaged(arguments{"source": source, "file_name": unknown}),
		"file_name of a kept one":     packaged(arguments{"file_name": unknown}),
		"sha256":                      packaged(arguments{"source": source, "sha256": unknown}),
		"sha256 of a remote one":      packaged(arguments{"source": "https://artifacts.example/app.msix", "sha256": unknown}),
		"sha256 of a kept one":        packaged(arguments{"source": unknown, "sha256": unknown, "file_name": "named.msix"}),
		"minimum_directx_version":     packaged(arguments{"source": source, "minimum_directx_version": unknown}),
		"minimum_system_ram":          packaged(arguments{"source": source, "minimum_system_ram": unknown}),
		"keep_previous_packages":      {"keep_previous_packages": unknown},
		"package_rollout":             {"package_rollout": unknown},
		"initial_percentage":          {"package_rollout": arguments{"initial_percentage": unknown}},
		"mandatory_update":            {"mandatory_update": unknown},
		"effective_date":              {"mandatory_update": arguments{"effective_date": unknown}},
		"target_publish_mode":         {"target_publish_mode": unknown},
		"mode with a date":            {"target_publish_mode": unknown, "target_publish_date": "2099-01-31T09:00:00Z"},
		"mode with wait_for":          {"target_publish_mode": unknown, "wait_for": "publish"},
		"target_publish_date":         {"target_publish_mode": "SpecificDate", "target_publish_date": unknown},
		"date without mode":           {"target_publish_date": unknown},
		"notes":                       {"notes_for_certification": unknown},
		"write-only notes":            {"notes_for_certification_wo": unknown, "notes_for_certification_wo_version": 1},
		"version of write-only notes": {"notes_for_certification_wo": "x", "notes_for_certification_wo_version": unknown},
		"notes or write-only notes":   {"notes_for_certification": unknown, "notes_for_certification_wo": unknown, "notes_for_certification_wo_version": unknown},
		"commit":                      {"commit": unknown, "wait_for": "publish"},
		"wait_for":                    {"commit": false, "wait_for": unknown, "target_publish_mode": "Manual"},
		"pending_submission_policy":   {"pending_submission_policy": unknown},
		"active_rollout_policy":       {"active_rollout_policy": unknown},
		"notes besides secret ones":   {"notes_for_certification": unknown, "notes_for_certification_wo": "x", "notes_for_certification_wo_version": 1},
		"secret notes besides others": {"notes_for_certification": "x", "notes_for_certification_wo": unknown, "notes_for_certification_wo_version": 1},
		"notes without a version":     {"notes_for_certification_wo": unknown},
		"a version without notes":     {"notes_for_certification_wo_version": unknown},
	})
}

// Timeouts decide nothing.
func TestUnknownTimeouts(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	accepts(t, w, flight(w).With(different), map[string]arguments{
		"all": {"timeouts": unknown},
		"one": {"timeouts": arguments{"create": unknown}},
	})
}

// Resources whose flights are not known yet may be of different ones.
func TestUnknownFlightsAreNotCompared(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	for _, argument := range []string{"application_id", "flight_id"} {
		p := w.Protocol()
		for _, more := range []arguments{different, {"notes_for_certification": "x"}} {
			if _, got := p.Plan(typeName, flight(w).With(more).With(arguments{argument: unknown})); len(got) > 0 {
				t.Errorf("%s: findings %+v", argument, got)
			}
		}
	}
}

// TestUnknownPolicy has a flight in the way of which only the policy decides.
func TestUnknownPolicy(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	pending, rollout := newScene(w), scene{World: w, flightID: w.Sim.AddFlight(w.ApplicationID, storesim.Flight{})}
	pending.draft(storesim.Draft{})
	rollout.publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 10}})
	w.Sim.ResetRequests()
	accepts(t, w, nil, map[string]arguments{
		"pending": pending.submission(unknown, ""),
		"rollout": rollout.submission("", unknown),
	})
}

// What one unknown input leaves to be told is told.
func TestUnknownPostponesNoOtherCheck(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	foreign := w.Package("foreign.msix", msixtest.Manifest{Name: "Fabrikam.Sample"})
	belongs := "Package belongs to another application"
	for _, c := range []check{
		{
			name: "another package", attribute: "packages[1].source", summary: "Package cannot be read",
			arguments: arguments{"packages": []any{arguments{"source": unknown}, arguments{"source": filepath.ToSlash(filepath.Join(w.Dir, "missing.msix"))}}},
		},
		{name: "flight_id", arguments: arguments{"flight_id": unknown, "packages": sources(foreign)}, attribute: "packages[0].source", summary: belongs},
		{name: "notes", arguments: arguments{"notes_for_certification": unknown, "packages": sources(foreign)}, attribute: "packages[0].source", summary: belongs},
		{
			name:      "a policy",
			arguments: arguments{"pending_submission_policy": unknown, "flight_id": "00000000-0000-4000-8000-000000000000"},
			attribute: "flight_id", summary: "Package flight not found",
		},
		{
			name:      "target_publish_mode",
			arguments: arguments{"target_publish_mode": unknown, "commit": false, "wait_for": "publish"},
			attribute: "wait_for", summary: "Nothing to wait for",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got := w.Protocol().Plan(typeName, flight(w).With(c.arguments))
			c.judge(t, got, false)
		})
	}
	w.OnlyReads()
}

// What is computed from something unknown is unknown itself, and nothing else is.
func TestUnknownShowsWhatIsKnown(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	source := w.Package("app.msix", msixtest.Manifest{Version: "1.2.3.0"})
	planned, _ := w.Protocol().Plan(typeName, flight(w).With(arguments{"packages": []any{
		arguments{"source": source}, arguments{"source": unknown, "file_name": "named.msix", "sha256": digest}, unknown,
	}}))
	got := map[string]string{}
	err := tftypes.Walk(planned, func(p *tftypes.AttributePath, v tftypes.Value) (bool, error) {
		at, text := acctest.PathText(p), "null"
		switch {
		case !strings.HasPrefix(at, "packages[") || !v.Type().Is(tftypes.String) && !strings.HasSuffix(at, "source_headers"):
			return true, nil
		case !v.IsKnown():
			text = unknown
		case !v.IsNull():
			if err := v.As(&text); err != nil {
				return false, err
			}
		}
		got[at] = text
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{
		"packages[0].source": source, "packages[0].file_name": "app.msix", "packages[0].source_headers": "null",
		"packages[0].sha256": sum(msixtest.Manifest{Version: "1.2.3.0"}), "packages[0].version": "1.2.3.0",
		"packages[0].minimum_directx_version": "None", "packages[0].minimum_system_ram": "None",
		"packages[1].source": unknown, "packages[1].file_name": "named.msix", "packages[1].source_headers": "null",
		"packages[1].sha256": digest, "packages[1].version": unknown,
		"packages[1].minimum_directx_version": "None", "packages[1].minimum_system_ram": "None",
		"packages[2].source": unknown, "packages[2].file_name": unknown, "packages[2].source_headers": "null",
		"packages[2].sha256": unknown, "packages[2].version": unknown,
		"packages[2].minimum_directx_version": unknown, "packages[2].minimum_system_ram": unknown,
	}, got); diff != "" {
		t.Errorf("planned (-want +got):\n%s", diff)
	}
}

// later is another resource, made by the same apply, whose output has the values.
func later(t *testing.T, values arguments) string {
	t.Helper()
	expression, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	return acctest.Block(`resource "terraform_data" "later"`, "input = "+string(expression))
}

// TestUnknownThenApplied has the CLI plan with what it does not know, and apply
// when it does.
func TestUnknownThenApplied(t *testing.T) {
	t.Parallel()
	out := func(name string) string { return "${terraform_data.later.output." + name + "}" }
	for name, c := range map[string]struct {
		// arguments of the submission that take over the output of that name
		taken []string
		more  arguments
	}{
		"the source":      {more: arguments{"packages": sources(out("source"))}},
		"a whole package": {more: arguments{"packages": []any{out("package")}}},
		"the whole list":  {taken: []string{"packages"}},
		"the flight":      {taken: []string{"application_id", "flight_id", "packages"}},
		"the policies":    {taken: []string{"packages", "pending_submission_policy", "active_rollout_policy"}},
		"all of the rest": {taken: []string{
			"packages", "package_rollout", "mandatory_update", "target_publish_mode", "notes_for_certification", "commit", "wait_for", "timeouts",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			source := w.Package("app.msix", msixtest.Manifest{})
			values := arguments{
				"application_id": w.ApplicationID, "flight_id": w.FlightID,
				"source": source, "package": arguments{"source": source}, "packages": sources(source),
				"pending_submission_policy": "replace", "active_rollout_policy": "halt",
				"package_rollout":         arguments{"initial_percentage": 50},
				"mandatory_update":        arguments{"effective_date": "2099-01-31T09:00:00Z"},
				"target_publish_mode":     "Immediate",
				"notes_for_certification": "Sign in as tester.",
				"commit":                  true, "wait_for": "publish", "timeouts": arguments{"create": "10m"},
			}
			all := flight(w).With(arguments{"wait_for": "publish"}).With(c.more)
			for _, argument := range c.taken {
				all[argument] = out(argument)
			}
			cli := w.ServedCLI(w.Config(later(t, values), all.Block(acctest.Submission)))
			acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "+ submission_id = (known after apply)")
			cli.NoChanges()
			holds(t, w, "app.msix 1.0.0.0")
		})
	}
}

// TestUnknownInUpdate has the outputs of another resource become unknown again,
// and come out as before or as something else.
func TestUnknownInUpdate(t *testing.T) {
	t.Parallel()
	config := func(w *acctest.World, round int, more arguments) string {
		values := arguments{"round": round, "directx": "None"}.With(more)
		packages := "packages = [{ source = terraform_data.later.output.source, minimum_directx_version = terraform_data.later.output.directx }]"
		return w.Submission(packages, `wait_for = "publish"`) + later(t, values)
	}
	w := acctest.Published(t)
	one := w.Package("app.msix", msixtest.Manifest{})
	two := w.Package("second.msix", msixtest.Manifest{Version: "2.0.0.0"})
	first := ""
	w.Run(t,
		acctest.Step{
			Config: config(w, 1, arguments{"source": one}), StateChecks: isPublished(),
			Check: func() { first, _ = w.LastPublished() },
		},
		acctest.Step{
			Config:      config(w, 2, arguments{"source": one}),
			PlanChecks:  acctest.Planned(address, plancheck.ResourceActionUpdate),
			StateChecks: isPublished(),
			Check: func() {
				if id, _ := w.LastPublished(); id != first {
					t.Errorf("what came out as before made submission %s after %s", id, first)
				}
			},
		},
		acctest.Step{
			Config:      config(w, 3, arguments{"source": one, "directx": "DirectX93"}),
			PlanChecks:  acctest.Planned(address, plancheck.ResourceActionUpdate),
			StateChecks: isPublished(),
			Check: func() {
				if id, _ := w.LastPublished(); id == first {
					t.Error("another DirectX version made no submission")
				}
			},
		},
		acctest.Step{
			Config:      config(w, 4, arguments{"source": two}),
			PlanChecks:  acctest.Planned(address, plancheck.ResourceActionUpdate),
			StateChecks: isPublished(),
		},
	)
	holds(t, w, "second.msix 2.0.0.0")
	events(t, w, storesim.EventCommitted, 3)
}

// TestUnknownCredentials plans without a client, and applies with one.
func TestUnknownCredentials(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	source := w.Package("app.msix", msixtest.Manifest{})
	w.Run(t, acctest.Step{
		Config: w.TokenLater(w.Submission(acctest.Packages(source), `wait_for = "publish"`)),
		PlanChecks: []plancheck.PlanCheck{
			plancheck.ExpectUnknownValue(address, tfjsonpath.New("submission_id")),
			plancheck.ExpectKnownValue(address, tfjsonpath.New("packages").AtSliceIndex(0).AtMapKey("version"), knownvalue.StringExact("1.0.0.0")),
		},
		StateChecks: isPublished(),
	})
	holds(t, w, "app.msix 1.0.0.0")
}

// TestNoCredentials needs none for what asks the Store nothing, and names what is
// missing where it does.
func TestNoCredentials(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	none := w.ProviderArguments().With(arguments{"access_token": nil}).Block(acctest.Provider)
	t.Run("nothing to manage", func(t *testing.T) {
		t.Parallel()
		w.ServedCLI(none + acctest.Block(`resource "terraform_data" "only"`)).MustRun("plan")
	})
	t.Run("a submission", func(t *testing.T) {
		t.Parallel()
		printed := strings.Join(w.ServedCLI(none+flight(w).Block(acctest.Submission)).Refusals("plan"), " ")
		for _, words := range []string{"Unusable credentials", "found nothing", "client_secret", "MSSTORE_CLIENT_SECRET"} {
			if !strings.Contains(printed, words) {
				t.Errorf("%q is not printed:\n%s", words, printed)
			}
		}
	})
	t.Run("an impossible submission", func(t *testing.T) {
		t.Parallel()
		printed := w.ServedCLI(none + flight(w).With(arguments{"commit": false, "wait_for": "publish"}).Block(acctest.Submission)).Refusals("plan")
		if block := printed.About(address); !strings.Contains(block, "Nothing to wait for") {
			t.Errorf("the arguments are not judged without credentials:\n%s", strings.Join(printed, "\n"))
		}
	})
}

// To a CLI that knows no write-only arguments they are arguments like any other:
// what the configuration leaves unknown may not become null.
func TestUnknownPackageOfAnOldCLI(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	for name, packages := range map[string]any{"a package": []any{unknown}, "the list": unknown} {
		t.Run(name, func(t *testing.T) {
			s := w.Protocol()
			s.OldCLI = true
			planned, got := s.Plan(typeName, flight(w).With(arguments{"packages": packages}))
			if len(got) > 0 {
				t.Errorf("findings: %+v", got)
			}
			list := attribute(t, planned, "packages")
			if !list.IsKnown() {
				return
			}
			var elements []tftypes.Value
			if err := list.As(&elements); err != nil {
				t.Fatal(err)
			}
			if headers := attribute(t, elements[0], "source_headers"); headers.IsKnown() {
				t.Errorf("source_headers became %s", headers)
			}
		})
	}
}

// attribute takes an attribute out of an object.
func attribute(t *testing.T, object tftypes.Value, name string) tftypes.Value {
	t.Helper()
	if !object.IsKnown() {
		return tftypes.NewValue(object.Type(), tftypes.UnknownValue)
	}
	var attributes map[string]tftypes.Value
	if err := object.As(&attributes); err != nil {
		t.Fatal(err)
	}
	return attributes[name]
}
