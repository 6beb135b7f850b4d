package workflow_test

import (
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
	if workflow.SameSettings(&inherited, &draft) {
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
	if _, err := workflow.Compose(d, &again, workflow.Record{}); err != nil || !workflow.SameSettings(&draft, &again) {
		t.Errorf("composing twice is a change (%v)", err)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	asked := func() *storeapi.Submission {
		s := &storeapi.Submission{
			FlightPackages:    []storeapi.FlightPackage{entry("1", "old.msix", storeapi.FileStatusPendingDelete), entry("", "new.msix", storeapi.FileStatusPendingUpload)},
			TargetPublishMode: "Immediate",
		}
		s.PackageDeliveryOptions.PackageRollout = storeapi.PackageRollout{IsPackageRollout: true, Percentage: 10}
		return s
	}
	if problem := workflow.Verify(asked(), asked()); problem != nil {
		t.Errorf("an echo is refused: %v", problem)
	}
	for name, tt := range map[string]struct {
		change func(*storeapi.Submission)
		says   string
	}{
		"the new package is missing":  {func(s *storeapi.Submission) { s.FlightPackages = s.FlightPackages[:1] }, `"new.msix" is not PendingUpload`},
		"the old package stays":       {func(s *storeapi.Submission) { s.FlightPackages[0].FileStatus = "Uploaded" }, `"old.msix" is not PendingDelete`},
		"the percentage is ignored":   {func(s *storeapi.Submission) { s.PackageDeliveryOptions.PackageRollout.Percentage = 100 }, "100 %, not 10 %"},
		"the rollout is ignored":      {func(s *storeapi.Submission) { s.PackageDeliveryOptions.PackageRollout.IsPackageRollout = false }, "off, not 10 %"},
		"the mode is ignored":         {func(s *storeapi.Submission) { s.TargetPublishMode = "Manual" }, `"Manual", not "Immediate"`},
		"the update became mandatory": {func(s *storeapi.Submission) { s.PackageDeliveryOptions.IsMandatoryUpdate = true }, "mandatory update is true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := asked()
			tt.change(reply)
			if problem := workflow.Verify(asked(), reply); problem == nil || !strings.Contains(problem.Detail, tt.says) {
				t.Errorf("got %v, want it to say %q", problem, tt.says)
			}
		})
	}
}
