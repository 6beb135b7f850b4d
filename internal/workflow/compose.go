package workflow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// compose changes a draft into what is desired and returns the packages that
// have to be uploaded for it. Members that are not named here stay as the Store
// sent them.
func compose(d Desired, draft *storeapi.Submission, known Record) ([]Package, error) {
	// A new submission inherits the rollout, the publish mode and the notes of the
	// submission before it, so each is set explicitly [store-api 5.5, 8].
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
	return composePackages(d, draft, known)
}

// composePackages follows the rules of [store-api 6.1]: every package that the
// Store has stays in the list under its id, and PendingDelete removes it; an
// entry that waits for its upload is removed by leaving it out.
func composePackages(d Desired, draft *storeapi.Submission, known Record) ([]Package, error) {
	wanted := make(map[string]Package, len(d.Packages)) // by the ids of the Store's packages
	waiting := map[string]Package{}                     // by the names of entries that were there before an import
	var uploads []Package
	for i, p := range d.Packages {
		switch id := known.existing(p, draft.FlightPackages); {
		case id != "":
			wanted[id] = p
		case p.Source != "":
			uploads = append(uploads, p)
		case known.of(draft.Ref) && slices.ContainsFunc(draft.FlightPackages, func(e storeapi.FlightPackage) bool { return !isStored(e) && e.FileName == p.FileName }):
			waiting[p.FileName] = p
		default:
			return nil, missingPackage(i, p, d.Flight)
		}
	}
	// One archive holds all packages that wait, and this one would not hold theirs.
	if len(uploads) > 0 {
		for i, p := range d.Packages {
			if _, ok := waiting[p.FileName]; ok {
				return nil, missingPackage(i, p, d.Flight)
			}
		}
	}
	var previous []storeapi.FlightPackage
	for _, entry := range draft.FlightPackages {
		if _, isWanted := wanted[entry.ID]; isStored(entry) && !isWanted && d.Packages != nil {
			previous = append(previous, entry)
		}
	}
	kept := highest(previous, d.KeepPrevious)
	var entries []storeapi.FlightPackage
	for _, entry := range draft.FlightPackages {
		p, isWanted := wanted[entry.ID]
		if !isStored(entry) {
			p, isWanted = waiting[entry.FileName]
			if !isWanted {
				continue
			}
		} else {
			entry.FileStatus = storeapi.FileStatusUploaded
		}
		switch {
		case isWanted:
			entry.MinimumDirectXVersion, entry.MinimumSystemRAM = p.MinimumDirectXVersion, p.MinimumSystemRAM
		case d.Packages != nil && !kept[entry.ID]:
			entry.FileStatus = storeapi.FileStatusPendingDelete
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

// Difference names the settings in which two submissions differ.
type Difference struct {
	Packages, PackageRollout, MandatoryUpdate, PublishMode, PublishDate, Notes bool
}

func (d Difference) any() bool { return d != Difference{} }

// difference compares what compose sets.
func difference(a, b *storeapi.Submission) Difference {
	ao, bo := a.PackageDeliveryOptions, b.PackageDeliveryOptions
	return Difference{
		Packages: !slices.EqualFunc(byIdentity(a.FlightPackages), byIdentity(b.FlightPackages), sameEntry),
		PackageRollout: ao.PackageRollout.IsPackageRollout != bo.PackageRollout.IsPackageRollout ||
			ao.PackageRollout.IsPackageRollout && ao.PackageRollout.Percentage != bo.PackageRollout.Percentage,
		MandatoryUpdate: ao.IsMandatoryUpdate != bo.IsMandatoryUpdate ||
			ao.IsMandatoryUpdate && !sameDate(ao.MandatoryUpdateEffectiveDate, bo.MandatoryUpdateEffectiveDate),
		PublishMode: cmp.Or(a.TargetPublishMode, storeapi.PublishImmediate) != cmp.Or(b.TargetPublishMode, storeapi.PublishImmediate),
		// The Store may send a date that counts for nothing.
		PublishDate: (a.TargetPublishMode == storeapi.PublishSpecificDate || b.TargetPublishMode == storeapi.PublishSpecificDate) &&
			!sameDate(a.TargetPublishDate, b.TargetPublishDate),
		Notes: !sameText(a.NotesForCertification, b.NotesForCertification),
	}
}

// sameEntry compares what compose may change of a package.
func sameEntry(a, b storeapi.FlightPackage) bool {
	const none = "None" // The Store may leave it out.
	return storedID(a) == storedID(b) && a.FileName == b.FileName && stays(a) == stays(b) &&
		cmp.Or(a.MinimumDirectXVersion, none) == cmp.Or(b.MinimumDirectXVersion, none) &&
		cmp.Or(a.MinimumSystemRAM, none) == cmp.Or(b.MinimumSystemRAM, none)
}

// storedID is the id of a package that the Store has. What waits to be processed
// may have an id already, and its version means nothing.
func storedID(p storeapi.FlightPackage) string {
	if !isStored(p) {
		return ""
	}
	return p.ID
}

// byIdentity orders packages by what tells them apart.
func byIdentity(packages []storeapi.FlightPackage) []storeapi.FlightPackage {
	return slices.SortedStableFunc(slices.Values(packages), func(a, b storeapi.FlightPackage) int {
		return cmp.Or(cmp.Compare(a.FileName, b.FileName), cmp.Compare(storedID(a), storedID(b)))
	})
}

// SortPackages orders packages by file name, version and id, since the Store promises no order.
func SortPackages(packages []storeapi.FlightPackage) []storeapi.FlightPackage {
	return slices.SortedStableFunc(slices.Values(packages), func(a, b storeapi.FlightPackage) int {
		return cmp.Or(cmp.Compare(a.FileName, b.FileName), compareVersions(a, b))
	})
}

// sameDate compares to the second: the Store may drop fractions of it.
func sameDate(a, b time.Time) bool { return a.Truncate(time.Second).Equal(b.Truncate(time.Second)) }

// sameText ignores how white space is written: the Store may write it in its own way.
func sameText(a, b string) bool { return slices.Equal(strings.Fields(a), strings.Fields(b)) }

func missingPackage(index int, p Package, flight storeapi.FlightRef) *Problem {
	return &Problem{
		Attribute: []any{"packages", index, "file_name"},
		Summary:   "Flight has no such package",
		Detail: fmt.Sprintf("A package without source keeps the flight's package of that name, but %s has no package %q. "+
			"Set source, or use one of the names that flight_packages shows.", flight, p.FileName),
	}
}

// stays tells whether a package is in the submission once it is committed.
func stays(p storeapi.FlightPackage) bool { return p.FileStatus != storeapi.FileStatusPendingDelete }

// noPackages is the problem of a submission without any package.
func noPackages(flight storeapi.FlightRef) *Problem {
	return &Problem{
		Attribute: []any{"packages"}, Summary: "Flight submission has no packages",
		Detail: fmt.Sprintf("Nothing was published in %s whose packages could stay. "+
			"Set packages, or set commit = false to leave the draft uncommitted.", flight),
	}
}
