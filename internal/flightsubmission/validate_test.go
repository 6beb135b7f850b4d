package flightsubmission_test

import (
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

// digest has the form of a SHA-256.
var digest = strings.Repeat("0a", 32)

// impossible are combinations of arguments that no plan can make sense of.
func impossible(w *acctest.World) []check {
	base := flight(w)
	packaged := func(p arguments) arguments { return base.With(arguments{"packages": []any{p}}) }
	return []check{
		{
			name:      "an identity name where a Store ID belongs",
			arguments: base.With(arguments{"application_id": "Contoso.Sample"}), attribute: "application_id",
			summary: "Invalid value", says: []string{"the Store ID, 12 upper-case letters and digits", "It is not the package identity name", "Contoso.Sample"},
		},
		{
			name:      "a Store ID in lower case",
			arguments: base.With(arguments{"application_id": "9nblggh4r315"}), attribute: "application_id",
			summary: "Invalid value", says: []string{"the Store ID, 12 upper-case letters and digits", "9nblggh4r315"},
		},
		{
			name:      "a friendly name where a flight's ID belongs",
			arguments: base.With(arguments{"flight_id": "beta"}), attribute: "flight_id",
			summary: "Invalid value", says: []string{"the flight's GUID, such as 43e448df-97c9-4a43-a0bc-2a445e736bcd", `"beta"`, "The data source msstore_flight finds a flight by its name"},
		},
		{
			name:      "a packages list without packages",
			arguments: base.With(arguments{"packages": []any{}}), attribute: "packages",
			summary: "Invalid value", says: []string{"packages must not be empty"},
		},
		{
			name:      "a package that is null",
			arguments: base.With(arguments{"packages": []any{nil}}), attribute: "packages[0]",
			summary: "Package without source and file_name", says: []string{"packages[0] needs a source"},
		},
		{
			name:      "a package without source and file_name",
			arguments: packaged(arguments{}), attribute: "packages[0]",
			summary: "Package without source and file_name", says: []string{"packages[0] needs a source, or the file_name of a package that the flight already has"},
		},
		{
			name:      "a digest without source",
			arguments: packaged(arguments{"file_name": "old.msix", "sha256": digest}), attribute: "packages[0].sha256",
			summary: "Digest without source", says: []string{"packages[0].sha256", "Set source, or leave sha256 out"},
		},
		{
			name:      "headers without source",
			arguments: packaged(arguments{"file_name": "old.msix", "source_headers": map[string]string{"Authorization": "Bearer secret"}}), attribute: "packages[0].source_headers",
			summary: "Request headers without a URL", says: []string{"packages[0].source_headers is only allowed with a source that is a URL"},
		},
		{
			name:      "headers for a local file",
			arguments: packaged(arguments{"source": "app.msix", "source_headers": map[string]string{"Authorization": "Bearer secret"}}), attribute: "packages[0].source_headers",
			summary: "Request headers without a URL", says: []string{"packages[0].source_headers is only allowed with a source that is a URL"},
		},
		{
			name:      "a URL without digest",
			arguments: packaged(arguments{"source": "https://artifacts.example/app.msix"}), attribute: "packages[0].sha256",
			summary: "Digest of a remote package is missing", says: []string{"packages[0].sha256 is missing", "requires the lower-case hex SHA-256 of the package"},
		},
		{
			name:      "a digest in upper case",
			arguments: packaged(arguments{"source": "app.msix", "sha256": strings.ToUpper(digest)}), attribute: "packages[0].sha256",
			summary: "Invalid value", says: []string{"64 lower-case hexadecimal digits"},
		},
		{
			name:      "a URL without host",
			arguments: packaged(arguments{"source": "https:///app.msix", "sha256": digest}), attribute: "packages[0].source",
			summary: "Unusable source", says: []string{"must be a local path or an https address", "has no host"},
		},
		{
			name:      "a URL of another scheme",
			arguments: packaged(arguments{"source": "ftp://artifacts.example/app.msix", "sha256": digest}), attribute: "packages[0].source",
			summary: "Unusable source", says: []string{"ftp://artifacts.example/app.msix", "the scheme is ftp, expected https"},
		},
		{
			name:      "a URL of a file, without digest",
			arguments: packaged(arguments{"source": "file:///C:/app.msix"}), attribute: "packages[0].source",
			summary: "Unusable source", says: []string{"the scheme is file, expected https"},
		},
		{
			name:      "a URL in plain over a network",
			arguments: packaged(arguments{"source": "http://artifacts.example/app.msix", "sha256": digest}), attribute: "packages[0].source",
			summary: "Unusable source", says: []string{"http is for loopback hosts only, expected https"},
		},
		{
			name:      "a wrong extension",
			arguments: packaged(arguments{"source": "out/app.zip"}), attribute: "packages[0].source",
			summary: "Not a package file name", says: []string{`packages[0].source must end in one of`, `got "out/app.zip"`, ".msix, .msixbundle, .msixupload, .appx, .appxbundle, .appxupload"},
		},
		{
			name:      "no extension",
			arguments: packaged(arguments{"source": "out/app", "file_name": "app.msix"}), attribute: "packages[0].source",
			summary: "Not a package file name", says: []string{`packages[0].source must end in`, `got "out/app"`},
		},
		{
			name:      "a wrong extension in the submission",
			arguments: packaged(arguments{"source": "app.msix", "file_name": "app.zip"}), attribute: "packages[0].file_name",
			summary: "Not a package file name", says: []string{`packages[0].file_name must end in`, `got "app.zip"`},
		},
		{
			name:      "a wrong extension of what is kept",
			arguments: packaged(arguments{"file_name": "old.exe"}), attribute: "packages[0].file_name",
			summary: "Not a package file name", says: []string{`packages[0].file_name must end in`, `got "old.exe"`},
		},
		{
			name:      "an address that does not tell what is behind it",
			arguments: packaged(arguments{"source": "https://artifacts.example/download?id=7.msix", "sha256": digest}), attribute: "packages[0].file_name",
			summary: "File name is missing", says: []string{`packages[0].file_name is missing`, `"download"`},
		},
		{
			name:      "an empty source",
			arguments: packaged(arguments{"source": ""}), attribute: "packages[0].source",
			summary: "Not a package file name", says: []string{`packages[0].source must end in`, `got ""`},
		},
		{
			name:      "an empty file_name",
			arguments: packaged(arguments{"source": "app.msix", "file_name": ""}), attribute: "packages[0].file_name",
			summary: "Not a package file name", says: []string{`packages[0].file_name must end in`, `got ""`},
		},
		{
			name:      "a DirectX version that nobody knows",
			arguments: packaged(arguments{"source": "app.msix", "minimum_directx_version": "DirectX12"}), attribute: "packages[0].minimum_directx_version",
			summary: "Invalid value", says: []string{"None, DirectX93 or DirectX100", `"DirectX12"`},
		},
		{
			name:      "a size of memory that nobody knows",
			arguments: packaged(arguments{"source": "app.msix", "minimum_system_ram": "4GB"}), attribute: "packages[0].minimum_system_ram",
			summary: "Invalid value", says: []string{"None or Memory2GB", `"4GB"`},
		},
		{
			name:      "fewer than no previous packages",
			arguments: base.With(arguments{"keep_previous_packages": -1}), attribute: "keep_previous_packages",
			summary: "Invalid value", says: []string{"keep_previous_packages must be 0 to 25, got -1."},
		},
		{
			name:      "a rollout to nobody",
			arguments: base.With(arguments{"package_rollout": arguments{"initial_percentage": 0}}), attribute: "package_rollout.initial_percentage",
			summary: "Invalid value", says: []string{"above 0 and at most 100, got 0", "leave package_rollout out"},
		},
		{
			name:      "a rollout to more than everybody",
			arguments: base.With(arguments{"package_rollout": arguments{"initial_percentage": 100.5}}), attribute: "package_rollout.initial_percentage",
			summary: "Invalid value", says: []string{"above 0 and at most 100, got 100.5"},
		},
		{
			name:      "a mandatory update from no known day",
			arguments: base.With(arguments{"mandatory_update": arguments{"effective_date": "tomorrow"}}), attribute: "mandatory_update.effective_date",
			summary: "Invalid value", says: []string{"tomorrow"},
		},
		{
			name:      "a publish mode that nobody knows",
			arguments: base.With(arguments{"target_publish_mode": "Later"}), attribute: "target_publish_mode",
			summary: "Invalid value", says: []string{"Immediate, Manual or SpecificDate", `"Later"`},
		},
		{
			name:      "SpecificDate without date",
			arguments: base.With(arguments{"target_publish_mode": "SpecificDate"}), attribute: "target_publish_date",
			summary: "Publish date is missing", says: []string{`target_publish_mode = "SpecificDate" requires target_publish_date`, "2026-12-24T09:00:00Z"},
		},
		{
			name:      "a date without mode",
			arguments: base.With(arguments{"target_publish_date": "2099-01-31T09:00:00Z"}), attribute: "target_publish_date",
			summary: "Publish date without effect", says: []string{"Set that mode, or leave target_publish_date out"},
		},
		{
			name:      "a date for Manual",
			arguments: base.With(arguments{"target_publish_date": "2099-01-31T09:00:00Z", "target_publish_mode": "Manual"}), attribute: "target_publish_date",
			summary: "Publish date without effect", says: []string{`target_publish_mode = "SpecificDate"`},
		},
		{
			name:      "a date without time",
			arguments: base.With(arguments{"target_publish_date": "2027-01-31", "target_publish_mode": "SpecificDate"}), attribute: "target_publish_date",
			summary: "Invalid value", says: []string{"target_publish_date has no time. Write 2027-01-31T09:00:00Z."},
		},
		{
			name:      "waiting for a publication by hand",
			arguments: base.With(arguments{"target_publish_mode": "Manual", "wait_for": "publish"}), attribute: "wait_for",
			summary: "Publication would never complete", says: []string{"somebody has to publish the submission in Partner Center", `wait_for = "certification"`},
		},
		{
			name:      "a goal that nobody knows",
			arguments: base.With(arguments{"wait_for": "upload"}), attribute: "wait_for",
			summary: "Invalid value", says: []string{"none, commit, certification or publish", `"upload"`},
		},
		{
			name:      "waiting for a draft",
			arguments: base.With(arguments{"commit": false, "wait_for": "certification"}), attribute: "wait_for",
			summary: "Nothing to wait for", says: []string{"commit = false", "Leave wait_for out"},
		},
		{
			name:      "notes twice",
			arguments: base.With(arguments{"notes_for_certification": "a", "notes_for_certification_wo": "b", "notes_for_certification_wo_version": 1}), attribute: "notes_for_certification",
			summary: "Notes are given twice", says: []string{"notes_for_certification and notes_for_certification_wo exclude each other"},
		},
		{
			name:      "write-only notes without version",
			arguments: base.With(arguments{"notes_for_certification_wo": "b"}), attribute: "notes_for_certification_wo",
			summary: "Version of the notes is missing", says: []string{"requires notes_for_certification_wo_version"},
		},
		{
			name:      "a version of no notes",
			arguments: base.With(arguments{"notes_for_certification_wo_version": 1}), attribute: "notes_for_certification_wo_version",
			summary: "Version without notes", says: []string{"only allowed with notes_for_certification_wo."},
		},
		{
			name:      "too long notes",
			arguments: base.With(arguments{"notes_for_certification": strings.Repeat("ä", 2001)}), attribute: "notes_for_certification",
			summary: "Invalid value", says: []string{"must have 1 to 2000 characters, got 2001."},
		},
		{
			name: "too long write-only notes",
			arguments: base.With(arguments{
				"notes_for_certification_wo": strings.Repeat("ä", 2001), "notes_for_certification_wo_version": 1,
			}), attribute: "notes_for_certification_wo",
			summary: "Invalid value", says: []string{"must have 1 to 2000 characters, got 2001."},
		},
		{
			name:      "a pending policy that nobody knows",
			arguments: base.With(arguments{"pending_submission_policy": "delete"}), attribute: "pending_submission_policy",
			summary: "Invalid value", says: []string{"fail, replace or adopt", `"delete"`},
		},
		{
			name:      "a rollout policy that nobody knows",
			arguments: base.With(arguments{"active_rollout_policy": "stop"}), attribute: "active_rollout_policy",
			summary: "Invalid value", says: []string{"fail, finalize or halt", `"stop"`},
		},
		{
			name:      "a timeout that is no duration",
			arguments: base.With(arguments{"timeouts": arguments{"create": "soon"}}), attribute: "timeouts.create",
			summary: "Invalid value", says: []string{`timeouts.create must be a duration such as 6h or 90m, got "soon".`},
		},
	}
}

func TestImpossibleArguments(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	for _, c := range impossible(w) {
		t.Run(c.name, func(t *testing.T) {
			_, got := w.Protocol().Plan(typeName, c.arguments)
			c.judge(t, got, false)
			for _, f := range got {
				if strings.Contains(f.Detail, "Bearer secret") {
					t.Errorf("a header's value is shown: %s", f.Detail)
				}
			}
		})
	}
	if n := w.Sim.Count(); n != 0 {
		t.Errorf("%d requests for what needs no look at the Store", n)
	}
}

// different is what no published submission of the tests has, so that there is
// something to submit.
var different = arguments{"mandatory_update": arguments{"effective_date": "2099-01-31T09:00:00Z"}}

// What is at its limit is within it.
func TestPossibleArguments(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	accepts(t, w, flight(w).With(different), map[string]arguments{
		"notes of 2,000 characters":       {"notes_for_certification": strings.Repeat("ä", 2000)},
		"a draft that nobody waits for":   {"commit": false},
		"a draft, expressly not awaited":  {"commit": false, "wait_for": "none"},
		"a rollout to almost nobody":      {"package_rollout": arguments{"initial_percentage": 0.01}},
		"a rollout to everybody":          {"package_rollout": arguments{"initial_percentage": 100}},
		"a date in another zone":          {"target_publish_mode": "SpecificDate", "target_publish_date": "2099-01-31T09:00:00+02:00"},
		"Manual as far as certified":      {"target_publish_mode": "Manual", "wait_for": "certification"},
		"write-only notes with a version": {"notes_for_certification_wo": "user: tester", "notes_for_certification_wo_version": 1},
	})
}
