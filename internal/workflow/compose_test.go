package workflow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func entry(id, name, status string) storeapi.FlightPackage {
	return storeapi.FlightPackage{ID: id, FileName: name, FileStatus: status}
}

func of(p storeapi.FlightPackage, version string) storeapi.FlightPackage {
	p.Version = version
	return p
}

func TestComposePackages(t *testing.T) {
	t.Parallel()
	uploaded, pending, deleted := storeapi.FileStatusUploaded, storeapi.FileStatusPendingUpload, storeapi.FileStatusPendingDelete
	file := func(name, digest string) workflow.Package {
		return workflow.Package{Source: "dir/" + name, FileName: name, SHA256: digest}
	}
	for name, tt := range map[string]struct {
		draft   []storeapi.FlightPackage
		wanted  []workflow.Package
		digests map[string]string
		want    []storeapi.FlightPackage
		uploads []string
	}{
		"a new package takes the place of the old": {
			draft:   []storeapi.FlightPackage{entry("1", "old.msix", uploaded)},
			wanted:  []workflow.Package{file("new.msix", "aa")},
			want:    []storeapi.FlightPackage{entry("1", "old.msix", deleted), entry("", "new.msix", pending)},
			uploads: []string{"new.msix"},
		},
		"the same name with other bytes is both deleted and uploaded": {
			draft:   []storeapi.FlightPackage{entry("1", "app.msix", uploaded)},
			wanted:  []workflow.Package{file("app.msix", "bb")},
			digests: map[string]string{"1": "aa"},
			want:    []storeapi.FlightPackage{entry("1", "app.msix", deleted), entry("", "app.msix", pending)},
			uploads: []string{"app.msix"},
		},
		"the same name of unknown bytes is uploaded": {
			draft:   []storeapi.FlightPackage{entry("1", "app.msix", uploaded)},
			wanted:  []workflow.Package{file("app.msix", "bb")},
			want:    []storeapi.FlightPackage{entry("1", "app.msix", deleted), entry("", "app.msix", pending)},
			uploads: []string{"app.msix"},
		},
		"the same bytes under the same name are kept": {
			draft:   []storeapi.FlightPackage{entry("1", "app.msix", uploaded)},
			wanted:  []workflow.Package{file("app.msix", "aa")},
			digests: map[string]string{"1": "aa"},
			want:    []storeapi.FlightPackage{entry("1", "app.msix", uploaded)},
		},
		"a package without source is kept by its name": {
			draft:  []storeapi.FlightPackage{entry("1", "app.msix", uploaded), entry("2", "other.msix", uploaded)},
			wanted: []workflow.Package{{FileName: "app.msix"}},
			want:   []storeapi.FlightPackage{entry("1", "app.msix", uploaded), entry("2", "other.msix", deleted)},
		},
		"what waits for its upload goes by leaving it out": {
			draft:   []storeapi.FlightPackage{entry("", "left.msix", pending), entry("", "app.msix", pending)},
			wanted:  []workflow.Package{file("app.msix", "aa")},
			want:    []storeapi.FlightPackage{entry("", "app.msix", pending)},
			uploads: []string{"app.msix"},
		},
		"a package that an earlier apply has marked is taken back": {
			draft:   []storeapi.FlightPackage{entry("1", "app.msix", deleted)},
			wanted:  []workflow.Package{file("app.msix", "aa")},
			digests: map[string]string{"1": "aa"},
			want:    []storeapi.FlightPackage{entry("1", "app.msix", uploaded)},
		},
		"what an earlier apply did goes when packages are omitted": {
			draft: []storeapi.FlightPackage{entry("1", "app.msix", deleted), entry("", "app.msix", pending), entry("2", "other.msix", uploaded)},
			want:  []storeapi.FlightPackage{entry("1", "app.msix", uploaded), entry("2", "other.msix", uploaded)},
		},
		"of two packages of a name the higher version is kept": {
			draft:  []storeapi.FlightPackage{of(entry("1", "app.msix", uploaded), "1.9.0.0"), of(entry("2", "app.msix", uploaded), "1.10.0.0")},
			wanted: []workflow.Package{{FileName: "app.msix"}},
			want:   []storeapi.FlightPackage{of(entry("1", "app.msix", deleted), "1.9.0.0"), of(entry("2", "app.msix", uploaded), "1.10.0.0")},
		},
		"of two packages of a name the one with the known bytes is kept": {
			draft:   []storeapi.FlightPackage{of(entry("1", "app.msix", uploaded), "1.9.0.0"), of(entry("2", "app.msix", uploaded), "1.10.0.0")},
			wanted:  []workflow.Package{{FileName: "app.msix", SHA256: "aa"}},
			digests: map[string]string{"1": "aa"},
			want:    []storeapi.FlightPackage{of(entry("1", "app.msix", uploaded), "1.9.0.0"), of(entry("2", "app.msix", deleted), "1.10.0.0")},
		},
		"omitted packages leave everything as it is": {
			draft: []storeapi.FlightPackage{entry("1", "app.msix", uploaded)},
			want:  []storeapi.FlightPackage{entry("1", "app.msix", uploaded)},
		},
		"no packages remove everything": {
			draft:  []storeapi.FlightPackage{entry("1", "app.msix", uploaded), entry("", "new.msix", pending)},
			wanted: []workflow.Package{},
			want:   []storeapi.FlightPackage{entry("1", "app.msix", deleted)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			draft := &storeapi.Submission{FlightPackages: tt.draft}
			uploads, err := workflow.Compose(workflow.Desired{Content: workflow.Content{Packages: tt.wanted}}, draft, workflow.Record{Digests: tt.digests})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, u := range uploads {
				names = append(names, u.FileName)
			}
			if diff := cmp.Diff(tt.uploads, names); diff != "" {
				t.Errorf("uploads (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, draft.FlightPackages, cmpopts.IgnoreUnexported(storeapi.FlightPackage{})); diff != "" {
				t.Errorf("packages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestComposeMissingPackage(t *testing.T) {
	t.Parallel()
	d := workflow.Desired{Content: workflow.Content{Packages: []workflow.Package{{FileName: "gone.msix"}}}}
	_, err := workflow.Compose(d, &storeapi.Submission{}, workflow.Record{})
	if err == nil || !strings.Contains(err.Error(), `"gone.msix"`) {
		t.Errorf("got %v", err)
	}
}

// One archive cannot hold the package that somebody else is to upload.
func TestComposeCannotShareTheArchive(t *testing.T) {
	t.Parallel()
	draft := func() *storeapi.Submission {
		return &storeapi.Submission{Ref: ref.Submission("2"), FlightPackages: []storeapi.FlightPackage{waits("theirs.msix")}}
	}
	theirs := workflow.Package{FileName: "theirs.msix"}
	alone := workflow.Desired{Content: workflow.Content{Packages: []workflow.Package{theirs}}}
	record := workflow.Record{SubmissionID: "2"}
	if uploads, err := workflow.Compose(alone, draft(), record); err != nil || len(uploads) > 0 {
		t.Errorf("alone: %v, uploads %v", err, uploads)
	}
	both := workflow.Desired{Content: workflow.Content{Packages: []workflow.Package{{Source: "ours.msix", FileName: "ours.msix"}, theirs}}}
	if _, err := workflow.Compose(both, draft(), record); err == nil || !strings.Contains(err.Error(), `"theirs.msix"`) {
		t.Errorf("beside ours: %v", err)
	}
	// Of a draft that the state does not know nobody knows whether it was uploaded.
	if _, err := workflow.Compose(alone, draft(), workflow.Record{}); err == nil || !strings.Contains(err.Error(), `"theirs.msix"`) {
		t.Errorf("in a draft of others: %v", err)
	}
}

// The Store promises no order, and the same package is picked each time.
func TestComposePicksTheSamePackageInAnyOrder(t *testing.T) {
	t.Parallel()
	a, b := of(entry("1", "app.msix", "Uploaded"), "1.0.0.0"), of(entry("2", "app.msix", "Uploaded"), "1.0.0.0")
	for name, c := range map[string]workflow.Content{
		"by its name":    {Packages: []workflow.Package{{FileName: "app.msix"}}},
		"by its version": {Packages: []workflow.Package{{Source: "app.msix", FileName: "app.msix", Version: "1.0.0.0"}}},
		"to be kept":     {Packages: []workflow.Package{{Source: "new.msix", FileName: "new.msix"}}, KeepPrevious: 1},
	} {
		one, other := &storeapi.Submission{FlightPackages: []storeapi.FlightPackage{a, b}}, &storeapi.Submission{FlightPackages: []storeapi.FlightPackage{b, a}}
		for _, s := range []*storeapi.Submission{one, other} {
			if _, err := workflow.Compose(workflow.Desired{Content: c}, s, workflow.Record{}); err != nil {
				t.Fatal(err)
			}
		}
		if workflow.DifferenceOf(one, other).Any() {
			t.Errorf("%s: got %+v and %+v", name, one.FlightPackages, other.FlightPackages)
		}
	}
}

func TestComposeSettings(t *testing.T) {
	t.Parallel()
	inherited := storeapi.Submission{TargetPublishMode: "Manual", NotesForCertification: "old notes", TargetPublishDate: time.Unix(1, 0)}
	inherited.PackageDeliveryOptions.PackageRollout = storeapi.PackageRollout{IsPackageRollout: true, Percentage: 40}
	inherited.PackageDeliveryOptions.IsMandatoryUpdate = true
	inherited.PackageDeliveryOptions.MandatoryUpdateEffectiveDate = time.Unix(2, 0)

	draft := inherited
	if _, err := workflow.Compose(workflow.Desired{Content: workflow.Content{PublishMode: "Immediate"}}, &draft, workflow.Record{}); err != nil {
		t.Fatal(err)
	}
	o := draft.PackageDeliveryOptions
	if o.PackageRollout.IsPackageRollout || o.PackageRollout.Percentage != 0 || o.IsMandatoryUpdate || !o.MandatoryUpdateEffectiveDate.IsZero() ||
		draft.TargetPublishMode != "Immediate" || !draft.TargetPublishDate.IsZero() || draft.NotesForCertification != "" {
		t.Errorf("something was inherited: %+v", draft)
	}
	if !workflow.DifferenceOf(&inherited, &draft).Any() {
		t.Error("the change goes unnoticed")
	}

	from := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	draft = inherited
	d := workflow.Desired{Content: workflow.Content{InitialPercentage: new(12.5), MandatoryFrom: from, PublishMode: "SpecificDate", PublishDate: from, Notes: "hello"}}
	if _, err := workflow.Compose(d, &draft, workflow.Record{}); err != nil {
		t.Fatal(err)
	}
	o = draft.PackageDeliveryOptions
	if !o.PackageRollout.IsPackageRollout || o.PackageRollout.Percentage != 12.5 || !o.IsMandatoryUpdate || !o.MandatoryUpdateEffectiveDate.Equal(from) ||
		draft.TargetPublishMode != "SpecificDate" || !draft.TargetPublishDate.Equal(from) || draft.NotesForCertification != "hello" {
		t.Errorf("something was left out: %+v", draft)
	}
	again := draft
	if _, err := workflow.Compose(d, &again, workflow.Record{}); err != nil || workflow.DifferenceOf(&draft, &again).Any() {
		t.Errorf("composing twice is a change (%v)", err)
	}

	d.Notes, d.SecretNotes = "", "hush"
	if _, err := workflow.Compose(d, &draft, workflow.Record{}); err != nil || draft.NotesForCertification != "hush" {
		t.Errorf("notes: %q, %v", draft.NotesForCertification, err)
	}
}

// What the Store says of a package besides is no change of ours.
func TestComposingTwiceIsNoChange(t *testing.T) {
	t.Parallel()
	draft := func() *storeapi.Submission {
		return &storeapi.Submission{FlightPackages: []storeapi.FlightPackage{
			{ID: "1", FileName: "kept.msix", FileStatus: "Uploaded", Version: "1.0.0.0", Languages: []string{"en-us"}},
			{FileName: "new.msix", FileStatus: "PendingUpload", Version: "0.0.0.0", MinimumSystemRAM: "None", Languages: []string{}},
		}}
	}
	d := workflow.Desired{Content: workflow.Content{Packages: []workflow.Package{
		{FileName: "kept.msix", MinimumDirectXVersion: "None"}, {Source: "new.msix", FileName: "new.msix", SHA256: "aa", MinimumDirectXVersion: "None"},
	}}}
	composed := draft()
	if _, err := workflow.Compose(d, composed, workflow.Record{}); err != nil || workflow.DifferenceOf(draft(), composed).Any() {
		t.Errorf("composing what is there already is a change (%v)", err)
	}
	for i := range d.Packages {
		other := d
		other.Packages = slices.Clone(d.Packages)
		other.Packages[i].MinimumDirectXVersion = "DirectX93"
		composed := draft()
		if _, err := workflow.Compose(other, composed, workflow.Record{}); err != nil || !workflow.DifferenceOf(draft(), composed).Any() {
			t.Errorf("another minimum of packages[%d] goes unnoticed (%v)", i, err)
		}
	}
}

// What counts for nothing makes no difference: the percentage of no rollout, the date of no mandatory update.
func TestNoDifference(t *testing.T) {
	t.Parallel()
	one, other := &storeapi.Submission{}, &storeapi.Submission{}
	other.PackageDeliveryOptions.PackageRollout.Percentage = 10
	other.PackageDeliveryOptions.MandatoryUpdateEffectiveDate = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	if difference := workflow.DifferenceOf(one, other); difference.Any() {
		t.Errorf("they differ in %+v", difference)
	}
}
