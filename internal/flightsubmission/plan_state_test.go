package flightsubmission_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// A plan that finds everything done asks the Store nothing, and shows what the state has.
func TestPlanOfWhatIsDone(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	state := recorded(w, id, "Published", arguments{"published_at": published})
	w.Sim.ResetRequests()
	planned, _, found := w.Protocol().PlanChange(typeName, state, flight(w))
	if at := acctest.Text(t, planned["published_at"]); at != published || len(found) > 0 {
		t.Errorf("published_at is %s, findings %+v", at, found)
	}
	if n := w.Sim.Count(); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
	// What is not known is not done.
	planned, _, found = w.Protocol().PlanChange(typeName, state, flight(w).With(arguments{"notes_for_certification": unknown}))
	if planned["submission_id"].IsKnown() || len(found) > 0 {
		t.Errorf("it shows %v, findings %+v", planned["submission_id"], found)
	}
}

// What was published in place of a failed submission is kept, and nothing of the failed one is shown.
func TestPlanKeepsAnotherSubmission(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	planned, _, found := w.Protocol().PlanChange(typeName, recorded(w, "7", storesim.StatusCertificationFailed, arguments{"timeouts": nil}), flight(w))
	if got := acctest.Text(t, planned["submission_id"]); got != id || planned["status"].IsKnown() || len(acctest.Failures(found)) > 0 {
		t.Errorf("it shows %s, %v, findings %+v", got, planned["status"], found)
	}
}

func TestPlanRunsOutOfTime(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Hang{}})
	_, found := w.Protocol().Plan(typeName, flight(w).With(arguments{"timeouts": arguments{"read": "50ms"}}))
	check{summary: "Error checking the plan against the Store", says: []string{"the time for it ran out"}}.judge(t, found, false)
}

// A publication is waited for as long as an apply of this kind takes.
func TestPublicationAfterTheApply(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	for name, test := range map[string]struct {
		after    time.Duration
		timeouts arguments
		state    arguments
		warns    bool
	}{
		"within the default": {3 * time.Hour, nil, nil, false},
		"after the default":  {5 * time.Hour, nil, nil, true},
		"within a create":    {5 * time.Hour, arguments{"create": "6h"}, nil, false},
		"after a create":     {5 * time.Hour, arguments{"update": "6h"}, nil, true},
		"within an update":   {5 * time.Hour, arguments{"update": "6h"}, recorded(w, id, "Published", nil), false},
		"after an update":    {5 * time.Hour, arguments{"create": "6h"}, recorded(w, id, "Published", nil), true},
	} {
		config := flight(w).With(arguments{
			"target_publish_mode": "SpecificDate", "target_publish_date": time.Now().Add(test.after).UTC().Format(time.RFC3339),
			"wait_for": "publish", "commit": true, "timeouts": test.timeouts,
		})
		if test.timeouts == nil {
			config = config.With(arguments{"timeouts": nil})
		}
		_, _, found := w.Protocol().PlanChange(typeName, test.state, config)
		if warns := len(found) == 1 && found[0].Summary == "Publication comes after the apply"; warns != test.warns || len(found) > 1 {
			t.Errorf("%s: findings %+v", name, found)
		}
	}
}

// What will not be done needs no notice.
func TestNoNoticesOfWhatIsRefused(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	_, found := w.Protocol().Plan(typeName, flight(w).With(arguments{"mandatory_update": arguments{"effective_date": "2001-02-03T04:05:06Z"}}))
	check{attribute: "packages", summary: "Flight submission has no packages"}.judge(t, found, false)
}

// What a plan would do with a package that cannot be read nobody knows.
func TestUnreadablePackageDecidesNothing(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
	_, found := w.Protocol().Plan(typeName, flight(w).With(arguments{"packages": sources(w.Dir + "/missing.msix")}))
	check{attribute: "packages[0].source", summary: "Package cannot be read"}.judge(t, found, false)
}

// A replacement is planned as a new resource. The draft that it deletes first is in nobody's way.
func TestDraftOfTheStateIsReplaced(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
	p := w.Protocol()
	_, found := p.Plan(typeName, flight(w).With(different))
	check{attribute: "pending_submission_policy", summary: "Flight already has a pending submission"}.judge(t, found, false)
	p = w.Protocol()
	if _, found := p.Refresh(typeName, recorded(w, id, storesim.StatusPendingCommit, arguments{"commit": false})); len(found) > 0 {
		t.Errorf("findings %+v", found)
	}
	if _, found := p.Plan(typeName, flight(w).With(different)); len(found) > 0 {
		t.Errorf("findings %+v", found)
	}
}

// The flight's submission is another one in another flight or application.
func TestPlanOfAnotherFlight(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	state := recorded(w, id, "Published", nil)
	other := w.Sim.AddFlight(w.ApplicationID, storesim.Flight{})
	for argument, value := range map[string]string{"flight_id": other, "application_id": "9NBLGGH4XXXX"} {
		planned, replacing, _ := w.Protocol().PlanChange(typeName, state, flight(w).With(arguments{argument: value}))
		if planned["submission_id"].Equal(tftypes.NewValue(tftypes.String, id)) || !slices.Equal(replacing, []string{argument}) {
			t.Errorf("%s: %q replace it, it shows %v", argument, replacing, planned["submission_id"])
		}
	}
}

// What the plan shows of a package that it does not read comes from the state, as far as it is the same package.
func TestVersionInPlan(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	there := w.Package("app.msix", msixtest.Manifest{Version: "1.2.0.0"})
	away, remote := w.Dir+"/away/app.msix", "https://artifacts.example/app.msix"
	known := arguments{"source": away, "file_name": "app.msix", "sha256": digest, "version": "1.0.0.0"}
	reported := arguments{"id": "1", "file_name": "app.msix", "version": "0.9.0.0"}
	unread := arguments{"id": "1", "file_name": "app.msix"}
	given := arguments{"source": there, "sha256": sum(msixtest.Manifest{Version: "1.2.0.0"})}
	for name, test := range map[string]struct {
		state, reported, config arguments
		version                 string
	}{
		"kept, of the state":                {known, reported, arguments{"file_name": "app.msix"}, "1.0.0.0"},
		"kept, of the Store":                {nil, reported, arguments{"file_name": "app.msix"}, "0.9.0.0"},
		"kept, of the Store since":          {arguments{"file_name": "app.msix"}, reported, arguments{"file_name": "app.msix"}, "0.9.0.0"},
		"kept, not read by the Store":       {nil, unread, arguments{"file_name": "app.msix"}, "null"},
		"same digest":                       {known, reported, arguments{"source": away, "sha256": digest}, "1.0.0.0"},
		"same digest of an address":         {known.With(arguments{"source": remote}), reported, arguments{"source": remote, "sha256": digest}, "1.0.0.0"},
		"another digest":                    {known, reported, given.With(arguments{"source": away}), unknown},
		"another digest, the file is there": {known, reported, given, unknown},
		"digest of a file that is there":    {nil, nil, given, unknown},
		"digest after an import":            {nil, reported, given, "1.2.0.0"},
		"digest, not read by the Store":     {nil, unread, given, unknown},
		"without digest, after an import":   {nil, reported, arguments{"source": there}, "1.2.0.0"},
		"without digest":                    {known, reported, arguments{"source": there}, "1.2.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			more := arguments{}
			if test.state != nil {
				more["packages"] = []any{test.state.With(arguments{"minimum_directx_version": "None", "minimum_system_ram": "None"})}
			}
			if test.reported != nil {
				more["flight_packages"] = []any{test.reported.With(arguments{"file_status": "Uploaded"})}
			}
			planned, _, found := w.Protocol().PlanChange(typeName, recorded(w, id, "Published", more), flight(w).With(arguments{"packages": []any{test.config}}))
			if text := acctest.Failures(found); strings.Contains(text, "cannot be read") {
				t.Errorf("findings %s", text)
			}
			var packages []tftypes.Value
			if err := planned["packages"].As(&packages); err != nil || len(packages) != 1 {
				t.Fatalf("%v, %v", planned["packages"], err)
			}
			got := unknown
			if version := members(t, packages[0])["version"]; version.IsKnown() {
				got = acctest.Text(t, version)
			}
			if got != test.version {
				t.Errorf("the version is %s, want %s", got, test.version)
			}
		})
	}
}

// A value that is written down is the same content as its default.
func TestSameContentIsClaimedTwice(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	p := w.Protocol()
	app := arguments{"source": w.Package("app.msix", msixtest.Manifest{})}
	for _, more := range []arguments{nil, {"minimum_directx_version": "None"}, {"minimum_system_ram": "None"}} {
		if _, found := p.Plan(typeName, flight(w).With(arguments{"packages": []any{app.With(more)}})); len(found) > 0 {
			t.Errorf("%v: findings %+v", more, found)
		}
	}
}

// What cannot be downloaded is asked for once, although the state would have its version compared.
func TestRemotePackageIsReadOnce(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	var requests atomic.Int32
	artifacts := httptest.NewServer(http.HandlerFunc(func(reply http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		reply.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(artifacts.Close)
	state := recorded(w, id, "Published", arguments{"flight_packages": []any{
		arguments{"id": "1", "file_name": "app.msix", "file_status": "Uploaded", "version": "0.9.0.0"},
	}})
	_, _, found := w.Protocol().PlanChange(typeName, state, flight(w).With(arguments{"packages": []any{
		arguments{"source": artifacts.URL + "/app.msix", "sha256": digest},
	}}))
	check{attribute: "packages[0].source", summary: "Package cannot be read", says: []string{"404"}}.judge(t, found, false)
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
}
