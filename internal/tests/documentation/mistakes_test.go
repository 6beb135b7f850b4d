package documentation_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

type object = acctest.Arguments

// mistake is a configuration that somebody gets wrong.
type mistake struct {
	name string
	// resource is the type without its prefix.
	resource string
	// set is added to what the resource needs; nil takes an argument away.
	set object
	// The message names the attribute, the value where it is no secret, and the
	// remedy.
	attribute, value, remedy string
}

// flights of the world in which the mistakes are made.
type flights struct{ published, drafted, rolling string }

func TestTypicalMistakes(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	old := []storesim.Package{{FileName: "old.msix", Content: msixtest.Package(msixtest.Manifest{Version: "1.0.0.0"})}}
	flight := func() string { return w.Sim.AddFlight(w.ApplicationID, storesim.Flight{}) }
	f := flights{published: flight(), drafted: flight(), rolling: flight()}
	published := w.Sim.AddPublishedSubmission(w.ApplicationID, f.published, storesim.Published{Packages: old})
	w.Sim.AddPublishedSubmission(w.ApplicationID, f.drafted, storesim.Published{Packages: old})
	w.Sim.AddDraft(w.ApplicationID, f.drafted, storesim.Draft{Packages: old})
	w.Sim.AddPublishedSubmission(w.ApplicationID, f.rolling, storesim.Published{
		Packages: old, Rollout: &storesim.Rollout{Percentage: 20},
	})
	base := map[string]object{
		"flight_submission": {"application_id": w.ApplicationID, "flight_id": f.published},
		"package_rollout":   {"application_id": w.ApplicationID, "flight_id": f.published, "submission_id": published, "percentage": 10},
		"flight":            {"application_id": w.ApplicationID, "friendly_name": "insiders"},
	}
	all := append(argumentMistakes(), append(packageMistakes(w), storeMistakes(f)...)...)
	if len(all) < 50 {
		t.Errorf("%d mistakes, want 50", len(all))
	}
	for _, m := range all {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			// Each provider sees one resource, since two may not manage the same flight.
			_, found := w.Protocol().Plan("msstore_"+m.resource, base[m.resource].With(m.set))
			m.judge(t, found)
		})
	}
}

// judge wants one message of at most six lines.
func (m mistake) judge(t *testing.T, refusals []acctest.Finding) {
	t.Helper()
	if len(refusals) != 1 {
		for _, r := range refusals {
			t.Log(r.Summary, r.Detail)
		}
		t.Fatalf("%d messages, want 1", len(refusals))
	}
	text := refusals[0].Detail
	if n := len(strings.Split(wrapped(text, 100), "\n")); n > 6 {
		t.Errorf("the message has %d lines:\n%s", n, wrapped(text, 100))
	}
	for what, words := range map[string]string{"attribute": m.attribute, "value": m.value, "remedy": m.remedy} {
		if !strings.Contains(text, words) {
			t.Errorf("the message does not name the %s %q:\n%s", what, words, text)
		}
	}
	if m.attribute == "" || m.remedy == "" {
		t.Error("the case names no attribute or no remedy")
	}
}

// wrapped breaks lines as a terminal of that width does.
func wrapped(text string, width int) string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
				lines = append(lines, line)
				line = ""
			}
			line = strings.TrimSpace(line + " " + word)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func argumentMistakes() []mistake {
	set := func(name string, value any) object { return object{name: value} }
	const submission, rollout, flight = "flight_submission", "package_rollout", "flight"
	return []mistake{
		{"identity name for Store ID", submission, set("application_id", "Contoso.Sample"), "application_id", `"Contoso.Sample"`, "Product identity"},
		{"Store ID in lower case", submission, set("application_id", "9nblggh4r315"), "application_id", `"9nblggh4r315"`, "upper-case"},
		{"name of a flight for its ID", submission, set("flight_id", "beta"), "flight_id", `"beta"`, "data source msstore_flight"},
		{"submission for flight", rollout, set("flight_id", "1152921504621086517"), "flight_id", `"1152921504621086517"`, "GUID"},
		{"no packages", submission, set("packages", []any{}), "packages", "empty", "Leave it out"},
		{"negative keep", submission, set("keep_previous_packages", -1), "keep_previous_packages", "-1", "0 to 25"},
		{"rollout to nobody", submission, set("package_rollout", object{"initial_percentage": 0}), "package_rollout.initial_percentage", "got 0", "leave package_rollout out"},
		{"rollout beyond everybody", submission, set("package_rollout", object{"initial_percentage": 150}), "package_rollout.initial_percentage", "150", "at most 100"},
		{"mandatory from tomorrow", submission, set("mandatory_update", object{"effective_date": "tomorrow"}), "mandatory_update.effective_date", `"tomorrow"`, "2026-12-24T09:00:00Z"},
		{"mandatory without time", submission, set("mandatory_update", object{"effective_date": "2027-01-31"}), "mandatory_update.effective_date", "2027-01-31", "Write 2027-01-31T09:00:00Z"},
		{"date without zone", submission, object{"target_publish_mode": "SpecificDate", "target_publish_date": "2027-01-31T09:00:00"}, "target_publish_date", "2027-01-31T09:00:00", "Write 2027-01-31T09:00:00Z"},
		{"date without time", submission, object{"target_publish_mode": "SpecificDate", "target_publish_date": "2027-01-31"}, "target_publish_date", "2027-01-31", "Write 2027-01-31T09:00:00Z"},
		{"German date", submission, object{"target_publish_mode": "SpecificDate", "target_publish_date": "31.01.2027"}, "target_publish_date", `"31.01.2027"`, "2026-12-24T09:00:00Z"},
		{"mode in lower case", submission, set("target_publish_mode", "immediate"), "target_publish_mode", `"immediate"`, "Immediate, Manual or SpecificDate"},
		{"mode without date", submission, set("target_publish_mode", "SpecificDate"), "target_publish_date", `"SpecificDate"`, "Write 2026-12-24T09:00:00Z"},
		{"date without mode", submission, set("target_publish_date", "2099-01-31T09:00:00Z"), "target_publish_date", "", "Set that mode, or leave target_publish_date out"},
		{"status for goal", submission, set("wait_for", "Published"), "wait_for", `"Published"`, "none, commit, certification or publish"},
		{"publication by hand", submission, object{"target_publish_mode": "Manual", "wait_for": "publish"}, "wait_for", `"publish"`, `Use wait_for = "certification"`},
		{"waiting for a draft", submission, object{"commit": false, "wait_for": "certification"}, "wait_for", `"certification"`, "Leave wait_for out"},
		{"notes twice", submission, object{"notes_for_certification": "a", "notes_for_certification_wo": "b", "notes_for_certification_wo_version": 1}, "notes_for_certification", "", "Leave one of them out"},
		{"notes without version", submission, set("notes_for_certification_wo", "b"), "notes_for_certification_wo", "", "Set it to 1"},
		{"version without notes", submission, set("notes_for_certification_wo_version", 1), "notes_for_certification_wo_version", "", "leave the version out"},
		{"version 0", submission, object{"notes_for_certification_wo": "b", "notes_for_certification_wo_version": 0}, "notes_for_certification_wo_version", "got 0", "1 or more"},
		{"long notes", submission, set("notes_for_certification", strings.Repeat("a", 2001)), "notes_for_certification", "2001", "1 to 2000 characters"},
		{"wrong pending policy", submission, set("pending_submission_policy", "delete"), "pending_submission_policy", `"delete"`, "fail, replace or adopt"},
		{"wrong rollout policy", submission, set("active_rollout_policy", "stop"), "active_rollout_policy", `"stop"`, "fail, finalize or halt"},
		{"timeout in words", submission, set("timeouts", object{"create": "6 hours"}), "timeouts.create", `"6 hours"`, "6h or 90m"},
		{"timeout without unit", rollout, set("timeouts", object{"update": "30"}), "timeouts.update", `"30"`, "6h or 90m"},
		{"timeout of a flight", flight, set("timeouts", object{"delete": "soon"}), "timeouts.delete", `"soon"`, "6h or 90m"},
		{"percentage above 100", rollout, set("percentage", 150), "percentage", "150", "0 to 100"},
		{"no percentage", rollout, set("percentage", nil), "percentage", "", "Set it to a number from 0 to 100"},
		{"paused rollout", rollout, set("state", "paused"), "state", `"paused"`, "active, halted or finalized"},
		{"wrong deletion policy", rollout, set("deletion_policy", "stop"), "deletion_policy", `"stop"`, "abandon, halt or finalize"},
		{"latest submission", rollout, set("submission_id", "latest"), "submission_id", `"latest"`, "msstore_flight_submission"},
		{"flight without name", flight, set("friendly_name", ""), "friendly_name", "empty", "must not be empty"},
		{"names of groups", flight, set("group_ids", []any{"testers"}), "group_ids", `"testers"`, "strings of digits"},
		{"no groups", flight, set("group_ids", []any{}), "group_ids", "empty", "Leave it out"},
		{"rank without name", flight, set("rank_higher_than", ""), "rank_higher_than", "empty", "must not be empty"},
		{"wrong replacement policy", flight, set("replacement_policy", "recreate"), "replacement_policy", `"recreate"`, "fail or replace"},
	}
}

func packageMistakes(w *acctest.World) []mistake {
	digest := strings.Repeat("0a", 32)
	const source, name = "packages[0].source", "packages[0].file_name"
	of := func(title string, p object, attribute, value, remedy string) mistake {
		return mistake{title, "flight_submission", object{"packages": []any{p}}, attribute, value, remedy}
	}
	file := func(title, base string, content []byte, value, remedy string) mistake {
		return of(title, object{"source": w.File(base, content)}, source, value, remedy)
	}
	good, missing := w.Package("Sample.msix", msixtest.Manifest{Version: "1.1.0.0"}), filepath.ToSlash(filepath.Join(w.Dir, "Sampel.msix"))
	revision := w.Package("revision.msix", msixtest.Manifest{Version: "1.2.3.4"})
	foreign := w.Package("foreign.msix", msixtest.Manifest{Name: "Other.App", Version: "1.1.0.0"})
	publisher := w.Package("publisher.msix", msixtest.Manifest{Publisher: "CN=Other", Version: "1.1.0.0"})
	two := func(title string, packages []any, attribute, value, remedy string) mistake {
		return mistake{title, "flight_submission", object{"packages": packages}, attribute, value, remedy}
	}
	return []mistake{
		of("nothing of a package", object{}, "packages[0]", "", "needs a source"),
		of("misspelt file", object{"source": missing}, source, "Sampel.msix does not exist", "Sample.msix"),
		of("file without a name", object{"source": filepath.ToSlash(w.Dir) + "/.msix"}, source, "/.msix", "does not exist"),
		of("archive", object{"source": "out/app.zip"}, source, `"out/app.zip"`, ".msixbundle"),
		of("program", object{"source": "setup.exe"}, source, `"setup.exe"`, ".msix"),
		of("plain http", object{"source": "http://artifacts.example/app.msix"}, source, "http://artifacts.example/app.msix", "https"),
		of("file URL", object{"source": "file:///C:/app.msix"}, source, "file", "local path or an https address"),
		of("bucket", object{"source": "s3://bucket/app.msix"}, source, "s3://bucket/app.msix", "https"),
		of("password in a URL", object{"source": "https://me:secret@artifacts.example/app.msix"}, source, "artifacts.example", "request header"),
		of("URL without digest", object{"source": "https://artifacts.example/app.msix"}, "packages[0].sha256", "missing", "SHA-256"),
		of("URL without extension", object{"source": "https://artifacts.example/download?id=7", "sha256": digest}, name, `"download"`, "Set it to a name"),
		of("digest in upper case", object{"source": good, "sha256": strings.ToUpper(digest)}, "packages[0].sha256", `"0A0A`, "lower-case"),
		of("short digest", object{"source": good, "sha256": "0a0a"}, "packages[0].sha256", `"0a0a"`, "filesha256"),
		of("headers for a file", object{"source": good, "source_headers": object{"Authorization": "Bearer x"}}, "packages[0].source_headers", "", "leave source_headers out"),
		of("digest of a kept package", object{"file_name": "old.msix", "sha256": digest}, "packages[0].sha256", "", "leave sha256 out"),
		of("wrong name", object{"source": good, "file_name": "app.zip"}, name, `"app.zip"`, ".msix"),
		of("name of another kind", object{"source": good, "file_name": "Sample.msixbundle"}, name, `"Sample.msixbundle"`, "name it Sample.msix"),
		of("wrong DirectX", object{"source": good, "minimum_directx_version": "12"}, "packages[0].minimum_directx_version", `"12"`, "None, DirectX93 or DirectX100"),
		of("wrong memory", object{"source": good, "minimum_system_ram": "2GB"}, "packages[0].minimum_system_ram", `"2GB"`, "None or Memory2GB"),
		of("package that the flight lacks", object{"file_name": "older.msix"}, name, `"older.msix"`, "Set source"),
		of("version of Visual Studio", object{"source": revision}, source, "1.2.3.4", "Change the version"),
		of("package of another application", object{"source": foreign}, source, `"Other.App"`, "build the package again"),
		of("package of another publisher", object{"source": publisher}, source, `"CN=Other"`, "build the package again"),
		file("empty file", "empty.msix", nil, "empty.msix", "is empty"),
		file("text", "text.msix", []byte("The package is on the build server.\n"), "text.msix", "point source at the right file"),
		file("web page", "page.msix", []byte("<!DOCTYPE html><html><body>Sign in</body></html>"), "page.msix", "a web page"),
		file("Git LFS pointer", "lfs.msix", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:"+digest+"\nsize 5\n"), "lfs.msix", "git lfs pull"),
		two("one package twice", []any{object{"source": good}, object{"source": good, "file_name": "copy.msix"}}, "packages[1]", "1.1.0.0", "must differ"),
		two("one name twice", []any{object{"source": good}, object{"file_name": "sample.MSIX"}}, "packages[1]", "sample.MSIX", "another file_name"),
	}
}

func storeMistakes(f flights) []mistake {
	const submission = "flight_submission"
	const unknownFlight = "00000000-0000-4000-8000-000000000000"
	manual := func(flight string) object { return object{"flight_id": flight, "target_publish_mode": "Manual"} }
	return []mistake{
		{"another application", submission, object{"application_id": "9NBLGGH4ZZZZ"}, "application_id", "9NBLGGH4ZZZZ", "Product identity"},
		{"another flight", submission, object{"flight_id": unknownFlight}, "flight_id", unknownFlight, "data source msstore_flight"},
		{"draft of somebody else", submission, manual(f.drafted), "pending_submission_policy", "draft", `"adopt"`},
		{"live rollout", submission, manual(f.rolling), "active_rollout_policy", "20 %", `"finalize"`},
		{"another submission", "package_rollout", object{"submission_id": "1"}, "submission_id", "submission 1", "Set submission_id"},
		{"submission without rollout", "package_rollout", object{}, "submission_id", "without a gradual rollout", "package_rollout"},
	}
}
