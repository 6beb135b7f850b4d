package workflow

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// compose alters the draft into what is desired and returns the packages that
// have to be uploaded for it. Members that are not named here stay as the Store
// gave them.
func compose(d Desired, draft *storeapi.Submission, known Record) ([]Package, error) {
	uploads, err := composePackages(d, draft, known)
	if err != nil {
		return nil, err
	}
	// A clone inherits the rollout, the mode and the notes of the submission
	// before it, so each is said explicitly [store-api 5.5, 8].
	rollout := &draft.PackageDeliveryOptions.PackageRollout
	rollout.IsPackageRollout = d.InitialPercentage != nil
	rollout.Percentage = 0
	if d.InitialPercentage != nil {
		rollout.Percentage = *d.InitialPercentage
	}
	draft.PackageDeliveryOptions.IsMandatoryUpdate = !d.MandatoryFrom.IsZero()
	draft.PackageDeliveryOptions.MandatoryUpdateEffectiveDate = d.MandatoryFrom
	draft.TargetPublishMode = d.PublishMode
	draft.TargetPublishDate = d.PublishDate
	draft.NotesForCertification = cmp.Or(d.SecretNotes, d.Notes)
	return uploads, nil
}

// composePackages follows the rules of [store-api 6.1]: every package of the
// Store stays in the list, with its id, and goes by PendingDelete; an entry that
// waits for its upload goes by leaving it out.
func composePackages(d Desired, draft *storeapi.Submission, known Record) ([]Package, error) {
	wanted := make(map[string]Package, len(d.Packages)) // by the ids of what the Store has
	var uploads []Package
	for i, p := range d.Packages {
		switch id := known.existing(p, draft.FlightPackages); {
		case id != "":
			wanted[id] = p
		case p.Source == "":
			return nil, missingPackage(i, p, d.Flight)
		default:
			uploads = append(uploads, p)
		}
	}
	var entries, previous []storeapi.FlightPackage
	for _, entry := range draft.FlightPackages {
		if entry.FileStatus == storeapi.FileStatusPendingUpload {
			continue
		}
		p, isWanted := wanted[entry.ID]
		switch {
		case isWanted:
			entry.MinimumDirectXVersion, entry.MinimumSystemRAM = p.MinimumDirectXVersion, p.MinimumSystemRAM
		case d.Packages != nil:
			previous = append(previous, entry)
			continue
		}
		entry.FileStatus = storeapi.FileStatusUploaded
		entries = append(entries, entry)
	}
	kept := highest(previous, d.KeepPrevious)
	for _, entry := range previous {
		entry.FileStatus = storeapi.FileStatusPendingDelete
		if kept[entry.ID] {
			entry.FileStatus = storeapi.FileStatusUploaded
		}
		entries = append(entries, entry)
	}
	for _, p := range uploads {
		entries = append(entries, storeapi.FlightPackage{
			FileName:              p.FileName,
			FileStatus:            storeapi.FileStatusPendingUpload,
			MinimumDirectXVersion: p.MinimumDirectXVersion,
			MinimumSystemRAM:      p.MinimumSystemRAM,
		})
	}
	draft.FlightPackages = entries
	return uploads, nil
}

func missingPackage(index int, p Package, flight storeapi.FlightRef) *Problem {
	return &Problem{
		Attribute: []any{"packages", index, "file_name"},
		Summary:   "Flight has no such package",
		Detail: fmt.Sprintf("A package without source keeps the flight's package of that name, but %s has no package %q. "+
			"Give a source, or one of the names that flight_packages shows.", flight, p.FileName),
	}
}

// stays tells whether a package is in the submission once it is committed.
func stays(p storeapi.FlightPackage) bool { return p.FileStatus != storeapi.FileStatusPendingDelete }

// noPackages is a submission that would give the flight's testers nothing.
func noPackages(of string) *Problem {
	return &Problem{
		Attribute: []any{"packages"}, Summary: "Flight submission has no packages",
		Detail: fmt.Sprintf("Nothing was published in this flight whose packages could stay, and no package was named. "+
			"Give packages, or set commit = false to leave the draft of %s as it is.", of),
	}
}

// sameSettings tells whether compose has changed anything, so that a draft that
// already says what is wanted costs no request.
func sameSettings(a, b *storeapi.Submission) bool {
	ao, bo := a.PackageDeliveryOptions, b.PackageDeliveryOptions
	return slices.EqualFunc(a.FlightPackages, b.FlightPackages, sameEntry) &&
		ao.PackageRollout.IsPackageRollout == bo.PackageRollout.IsPackageRollout &&
		ao.PackageRollout.Percentage == bo.PackageRollout.Percentage &&
		ao.IsMandatoryUpdate == bo.IsMandatoryUpdate &&
		ao.MandatoryUpdateEffectiveDate.Equal(bo.MandatoryUpdateEffectiveDate) &&
		a.TargetPublishMode == b.TargetPublishMode &&
		a.TargetPublishDate.Equal(b.TargetPublishDate) &&
		a.NotesForCertification == b.NotesForCertification
}

// sameEntry compares what compose may change of a package.
func sameEntry(a, b storeapi.FlightPackage) bool {
	const none = "None" // What the Store may leave out.
	return a.ID == b.ID && a.FileName == b.FileName && a.FileStatus == b.FileStatus &&
		cmp.Or(a.MinimumDirectXVersion, none) == cmp.Or(b.MinimumDirectXVersion, none) &&
		cmp.Or(a.MinimumSystemRAM, none) == cmp.Or(b.MinimumSystemRAM, none)
}

// verify compares the Store's reply to an update with what was asked: a green
// run that ships the old packages must not happen [store-api 2.2, 8].
func verify(asked, reply *storeapi.Submission) *Problem {
	wrong := append(wrongPackages(asked, reply), wrongDelivery(asked.PackageDeliveryOptions, reply.PackageDeliveryOptions)...)
	if asked.TargetPublishMode != reply.TargetPublishMode {
		wrong = append(wrong, fmt.Sprintf("the publish mode is %q, not %q", reply.TargetPublishMode, asked.TargetPublishMode))
	}
	if !sameDate(asked.TargetPublishDate, reply.TargetPublishDate) {
		wrong = append(wrong, fmt.Sprintf("the publish date is %s, not %s", describeDate(reply.TargetPublishDate), describeDate(asked.TargetPublishDate)))
	}
	// The notes may be secret, and the Store may write white space its own way.
	if !slices.Equal(strings.Fields(asked.NotesForCertification), strings.Fields(reply.NotesForCertification)) {
		wrong = append(wrong, "the notes for certification are others")
	}
	if len(wrong) == 0 {
		return nil
	}
	return &Problem{
		Summary: "Store did not take over the submission's data",
		Detail: fmt.Sprintf("The Store accepted the update of %s, but its reply says otherwise: %s. Nothing was committed. "+
			"Apply again; if it happens again, look at the draft in Partner Center.", asked.Ref, strings.Join(wrong, "; ")),
	}
}

// wrongPackages leaves alone what does no harm: the minimums, which count for
// Windows 8.x only, and an id that a new package might have at once.
func wrongPackages(asked, reply *storeapi.Submission) []string {
	var wrong []string
	same := func(a, r storeapi.FlightPackage) bool {
		return a.FileName == r.FileName && (a.ID == "" || a.ID == r.ID)
	}
	for _, a := range asked.FlightPackages {
		if !slices.ContainsFunc(reply.FlightPackages, func(r storeapi.FlightPackage) bool { return same(a, r) && a.FileStatus == r.FileStatus }) {
			wrong = append(wrong, fmt.Sprintf("package %q is not %s", a.FileName, a.FileStatus))
		}
	}
	for _, r := range reply.FlightPackages {
		if !slices.ContainsFunc(asked.FlightPackages, func(a storeapi.FlightPackage) bool { return same(a, r) }) {
			wrong = append(wrong, fmt.Sprintf("package %q (%s) was not asked for", r.FileName, r.FileStatus))
		}
	}
	return wrong
}

func wrongDelivery(asked, got storeapi.PackageDeliveryOptions) []string {
	var wrong []string
	a, g := asked.PackageRollout, got.PackageRollout
	if a.IsPackageRollout != g.IsPackageRollout || (a.IsPackageRollout && a.Percentage != g.Percentage) {
		wrong = append(wrong, fmt.Sprintf("the rollout is %s, not %s", describeRollout(g), describeRollout(a)))
	}
	switch {
	case asked.IsMandatoryUpdate != got.IsMandatoryUpdate:
		wrong = append(wrong, fmt.Sprintf("mandatory update is %t", got.IsMandatoryUpdate))
	case asked.IsMandatoryUpdate && !sameDate(asked.MandatoryUpdateEffectiveDate, got.MandatoryUpdateEffectiveDate):
		wrong = append(wrong, fmt.Sprintf("the update becomes mandatory at %s, not %s",
			describeDate(got.MandatoryUpdateEffectiveDate), describeDate(asked.MandatoryUpdateEffectiveDate)))
	}
	return wrong
}

// sameDate allows for a Store that drops the fractions of a second. What was not
// asked for may be anything: the date that is not set has several forms.
func sameDate(asked, got time.Time) bool {
	return asked.IsZero() || asked.Sub(got).Abs() < time.Second
}

func describeDate(t time.Time) string {
	if t.IsZero() {
		return "not set"
	}
	return t.UTC().Format(time.RFC3339)
}

func describeRollout(r storeapi.PackageRollout) string {
	if !r.IsPackageRollout {
		return "off"
	}
	return formatPercentage(r.Percentage) + " %"
}

func formatPercentage(p float64) string { return strconv.FormatFloat(p, 'f', -1, 64) }

// capital makes a reference start a sentence.
func capital(ref storeapi.SubmissionRef) string {
	return fmt.Sprintf("Submission %s of %s", ref.SubmissionID, ref.FlightRef)
}
