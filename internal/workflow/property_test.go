package workflow_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// build is what is in a package file. The digest follows from the rest.
type build struct{ name, version, architecture string }

func (b build) digest() string { return fmt.Sprint(b) }

func drawBuild() *rapid.Generator[build] {
	return rapid.Custom(func(t *rapid.T) build {
		return build{
			rapid.SampledFrom([]string{"a.msix", "b.msix", "c.msix"}).Draw(t, "name"),
			rapid.SampledFrom([]string{"1.0.0.0", "1.2.0.0", "1.10.0.0", "2.0.0.0"}).Draw(t, "version"),
			rapid.SampledFrom([]string{"x64", "arm64"}).Draw(t, "architecture"),
		}
	})
}

var (
	minimumDirectX = rapid.SampledFrom([]string{"None", "DirectX93", "DirectX100"})
	minimumRAM     = rapid.SampledFrom([]string{"None", "Memory2GB"})
	publishModes   = rapid.SampledFrom([]string{"Immediate", "Manual", "SpecificDate"})
	noteTexts      = rapid.SampledFrom([]string{"", "one", "two\nlines"})
)

func drawDate(t *rapid.T, label string) time.Time {
	seconds, fraction := rapid.Int64Range(1, 5).Draw(t, label), rapid.SampledFrom([]int64{0, 5e8}).Draw(t, label+" fraction")
	return time.Unix(1_800_000_000+seconds, fraction).UTC()
}

// drawSubmission makes a draft of anybody's, and a record that knows some of its
// packages by their digests.
func drawSubmission(t *rapid.T) (*storeapi.Submission, workflow.Record) {
	s := &storeapi.Submission{
		Ref: ref.Submission("2"), Status: storeapi.StatusPendingCommit, FileUploadURL: uploadURL("2", time.Hour),
		TargetPublishMode: publishModes.Draw(t, "has mode"), TargetPublishDate: drawDate(t, "has date"), NotesForCertification: noteTexts.Draw(t, "has notes"),
	}
	options := &s.PackageDeliveryOptions
	options.IsMandatoryUpdate, options.MandatoryUpdateEffectiveDate = rapid.Bool().Draw(t, "is mandatory"), drawDate(t, "is mandatory from")
	options.PackageRollout.IsPackageRollout = rapid.Bool().Draw(t, "has rollout")
	options.PackageRollout.Percentage = float64(rapid.IntRange(0, 100).Draw(t, "has percentage"))
	record := workflow.Record{SubmissionID: rapid.SampledFrom([]string{"", "2"}).Draw(t, "record of"), Digests: map[string]string{}}
	for i, b := range rapid.SliceOfNDistinct(drawBuild(), 0, 6, rapid.ID[build]).Draw(t, "stored") {
		id := strconv.Itoa(10 + i)
		s.FlightPackages = append(s.FlightPackages, storeapi.FlightPackage{
			ID: id, FileName: b.name, Version: b.version, Architecture: b.architecture,
			FileStatus:            rapid.SampledFrom([]string{"Uploaded", "PendingDelete", "None"}).Draw(t, "status"),
			MinimumDirectXVersion: minimumDirectX.Draw(t, "has DirectX"), MinimumSystemRAM: minimumRAM.Draw(t, "has RAM"),
		})
		if rapid.Bool().Draw(t, "known") {
			record.Digests[id] = b.digest()
		}
	}
	byName := func(b build) string { return b.name }
	for i, b := range rapid.SliceOfNDistinct(drawBuild(), 0, 2, byName).Draw(t, "waiting") {
		// The members of a package that waits mean nothing, and it may have an id.
		s.FlightPackages = append(s.FlightPackages, storeapi.FlightPackage{
			ID: rapid.SampledFrom([]string{"", strconv.Itoa(50 + i)}).Draw(t, "early id"), FileName: b.name, FileStatus: "PendingUpload",
			Version: rapid.SampledFrom([]string{"", "0.0.0.0", "9.9.0.0"}).Draw(t, "void version"), MinimumSystemRAM: minimumRAM.Draw(t, "waits for RAM"),
		})
	}
	return s, record
}

func drawDesired(t *rapid.T) workflow.Desired {
	d := workflow.Desired{Flight: ref.FlightRef, Commit: true, Content: workflow.Content{
		KeepPrevious: rapid.IntRange(0, 2).Draw(t, "keep"), PublishMode: publishModes.Draw(t, "mode"), Notes: noteTexts.Draw(t, "notes"),
	}}
	if d.PublishMode == storeapi.PublishSpecificDate {
		d.PublishDate = drawDate(t, "date")
	}
	if rapid.Bool().Draw(t, "mandatory") {
		d.MandatoryFrom = drawDate(t, "mandatory from")
	}
	if rapid.Bool().Draw(t, "rollout") {
		d.InitialPercentage = new(float64(rapid.IntRange(1, 100).Draw(t, "percentage")))
	}
	if rapid.Bool().Draw(t, "packages") {
		d.Packages = []workflow.Package{}
	}
	byName := func(b build) string { return b.name }
	for i, b := range rapid.SliceOfNDistinct(drawBuild(), 0, 3, byName).Draw(t, "desired") {
		p := workflow.Package{Index: i, FileName: b.name, MinimumDirectXVersion: minimumDirectX.Draw(t, "DirectX"), MinimumSystemRAM: minimumRAM.Draw(t, "RAM")}
		if rapid.Bool().Draw(t, "source") {
			p.Source, p.SHA256, p.Version, p.Manifest = b.name, b.digest(), b.version, &msix.Package{Architecture: b.architecture}
		}
		if d.Packages != nil {
			d.Packages = append(d.Packages, p)
		}
	}
	return d
}

// publish does to a composed draft what the Store does: what is deleted goes, what
// was uploaded gets an id and is read, dates lose their fractions.
func publish(t *rapid.T, draft *storeapi.Submission, uploads []workflow.Package) *storeapi.Submission {
	published := draft.Clone()
	published.Status = storeapi.StatusPublished
	published.TargetPublishDate = published.TargetPublishDate.Truncate(time.Second)
	options := &published.PackageDeliveryOptions
	options.MandatoryUpdateEffectiveDate = options.MandatoryUpdateEffectiveDate.Truncate(time.Second)
	options.PackageRollout.Status = storeapi.RolloutNotStarted
	published.FlightPackages = nil
	for i, p := range draft.FlightPackages {
		if p.FileStatus == storeapi.FileStatusPendingDelete {
			continue
		}
		if p.FileStatus == storeapi.FileStatusPendingUpload {
			p.ID, p.FileStatus, p.Version, p.Architecture = strconv.Itoa(90+i), storeapi.FileStatusUploaded, "3.0.0.0", "x64"
			at := slices.IndexFunc(uploads, func(u workflow.Package) bool { return u.FileName == p.FileName })
			if at >= 0 {
				p.Version, p.Architecture = uploads[at].Version, uploads[at].Manifest.Architecture
			}
		}
		published.FlightPackages = append(published.FlightPackages, p)
	}
	if len(published.FlightPackages) > 0 {
		published.FlightPackages = rapid.Permutation(published.FlightPackages).Draw(t, "order")
	}
	return published
}

// Composing twice is composing once, and what the Store publishes of it needs no
// other submission.
func TestComposingLeadsToWhatIsDesired(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draft, record := drawSubmission(t)
		d := drawDesired(t)
		uploads, err := workflow.Compose(d, draft, record)
		if err != nil {
			return // Refused, see TestComposeMissingPackage.
		}
		again := draft.Clone()
		more, err := workflow.Compose(d, again, record)
		if difference := workflow.DifferenceOf(draft, again); err != nil || difference.Any() || len(more) != len(uploads) {
			t.Fatalf("composing twice: %v, %+v\n%+v\n%+v", err, difference, draft, again)
		}
		// A Store that gives ids early changes nothing of that.
		for i := range again.FlightPackages {
			if p := &again.FlightPackages[i]; p.FileStatus == storeapi.FileStatusPendingUpload {
				p.ID, p.Version = strconv.Itoa(70+i), "9.0.0.0"
			}
		}
		early := again.Clone()
		if _, err := workflow.Compose(d, early, record); err != nil || workflow.DifferenceOf(again, early).Any() {
			t.Fatalf("composing a draft with early ids: %v, %+v\n%+v\n%+v", err, workflow.DifferenceOf(again, early), again, early)
		}
		published := publish(t, draft, uploads)
		var nobody *workflow.Tracked
		if nobody.Matches(published, d) != workflow.MatchYes {
			t.Fatalf("published, and not what is desired:\n%+v\n%+v", published, d)
		}
		maker := &workflow.Tracked{Submission: draft, Record: workflow.Record{SubmissionID: "2", Digests: record.Digests, Uploaded: map[string]string{}, Committed: time.Now()}}
		for _, u := range uploads {
			maker.Record.Uploaded[u.FileName] = u.SHA256
		}
		maker.Record.Inherited = []string{"10", "11", "12", "13", "14", "15"}
		maker.Observe(published, "1")
		if maker.Matches(maker.Submission, d) != workflow.MatchYes || len(maker.Lost(d.Packages)) > 0 {
			t.Fatalf("published, and not what its maker desires (lost %v):\n%+v\n%+v\n%+v", maker.Lost(d.Packages), published, d, maker.Record)
		}
	})
}
