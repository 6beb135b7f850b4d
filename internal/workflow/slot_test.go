package workflow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	valid := storeapi.NewUploadURL("https://blob.example/x?se=2027-01-02T00%3A00%3A00Z&sig=s")
	expired := storeapi.NewUploadURL("https://blob.example/x?se=2027-01-01T00%3A00%3A00Z&sig=s")
	somePackages := []storeapi.FlightPackage{{FileName: "a.msix"}}
	first, later := &storeapi.Flight{}, &storeapi.Flight{LastPublishedSubmissionID: "1"}

	for name, tt := range map[string]struct {
		flight  *storeapi.Flight
		pending storeapi.Submission
		own     bool
		// what each policy leads to: "use", "remove", or a part of the refusal
		fail, replace, adopt string
	}{
		"somebody's draft": {
			flight: later, pending: storeapi.Submission{Status: "PendingCommit", FileUploadURL: valid, FlightPackages: somePackages},
			fail: "already has a pending", replace: "remove", adopt: "use",
		},
		"somebody's empty draft beside a published one": {
			flight: later, pending: storeapi.Submission{Status: "PendingCommit", FileUploadURL: valid},
			fail: "already has a pending", replace: "remove", adopt: "use",
		},
		"the empty draft of a new flight": {
			flight: first, pending: storeapi.Submission{Status: "PendingCommit", FileUploadURL: valid},
			fail: "use", replace: "use", adopt: "use",
		},
		"the empty draft of a new flight, a day later": {
			flight: first, pending: storeapi.Submission{Status: "PendingCommit", FileUploadURL: expired},
			fail: "remove", replace: "remove", adopt: "remove",
		},
		"somebody's first draft with packages": {
			flight: first, pending: storeapi.Submission{Status: "PendingCommit", FileUploadURL: valid, FlightPackages: somePackages},
			fail: "already has a pending", replace: "use", adopt: "use",
		},
		"somebody's first draft with packages, a day later": {
			flight: first, pending: storeapi.Submission{Status: "PendingCommit", FileUploadURL: expired, FlightPackages: somePackages},
			fail: "already has a pending", replace: "remove", adopt: "no longer be adopted",
		},
		"somebody's failed first submission": {
			flight: first, pending: storeapi.Submission{Status: "CommitFailed", FileUploadURL: valid, FlightPackages: somePackages},
			fail: "failed submission", replace: "remove", adopt: "cannot be adopted",
		},
		"a status that is missing": {
			flight: later, pending: storeapi.Submission{FileUploadURL: valid},
			fail: "has the status unknown", replace: "has the status unknown", adopt: "has the status unknown",
		},
		"somebody's draft of yesterday": {
			flight: later, pending: storeapi.Submission{Status: "PendingCommit", FileUploadURL: expired, FlightPackages: somePackages},
			fail: "already has a pending", replace: "remove", adopt: "no longer be adopted",
		},
		"our own draft": {
			flight: later, own: true, pending: storeapi.Submission{Status: "PendingCommit", FileUploadURL: valid, FlightPackages: somePackages},
			fail: "use", replace: "use", adopt: "use",
		},
		"our own draft of yesterday": {
			flight: later, own: true, pending: storeapi.Submission{Status: "PendingCommit", FileUploadURL: expired, FlightPackages: somePackages},
			fail: "remove", replace: "remove", adopt: "remove",
		},
		"made in Partner Center": {
			flight: later, pending: storeapi.Submission{Status: "PendingCommit", FlightPackages: somePackages},
			fail: "made in Partner Center", replace: "made in Partner Center", adopt: "made in Partner Center",
		},
		"somebody's failed submission": {
			flight: later, pending: storeapi.Submission{Status: "CertificationFailed", FileUploadURL: valid},
			fail: "failed submission", replace: "remove", adopt: "cannot be adopted",
		},
		"our own failed submission": {
			flight: later, own: true, pending: storeapi.Submission{Status: "CertificationFailed", FileUploadURL: valid},
			fail: "remove", replace: "remove", adopt: "remove",
		},
		"in certification": {
			flight: later, pending: storeapi.Submission{Status: "Certification", FileUploadURL: valid},
			fail: "being processed", replace: "being processed", adopt: "being processed",
		},
		"our own in certification": {
			flight: later, own: true, pending: storeapi.Submission{Status: "Certification", FileUploadURL: valid},
			fail: "being processed", replace: "being processed", adopt: "being processed",
		},
		"waiting to be published": {
			flight: later, pending: storeapi.Submission{Status: "Release", FileUploadURL: valid},
			fail: "waits to be published", replace: "waits to be published", adopt: "waits to be published",
		},
		"a stage nobody knows": {
			flight: later, pending: storeapi.Submission{Status: "Quantum", FileUploadURL: valid},
			fail: "being processed", replace: "being processed", adopt: "being processed",
		},
	} {
		for policy, want := range map[workflow.PendingPolicy]string{
			workflow.PendingFail: tt.fail, workflow.PendingReplace: tt.replace, workflow.PendingAdopt: tt.adopt,
		} {
			t.Run(name+"/"+string(policy), func(t *testing.T) {
				t.Parallel()
				pending := tt.pending
				verdict, problem := workflow.Judge(tt.flight, &pending, workflow.Desired{PendingPolicy: policy}, tt.own, now)
				got := map[bool]string{true: "use", false: "remove"}[verdict == workflow.UseIt]
				if problem != nil {
					got = problem.Error()
				}
				if !strings.Contains(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	}
}
