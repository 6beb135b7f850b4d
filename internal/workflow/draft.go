package workflow

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

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
	draft.NotesForCertification = d.Notes
	return uploads, nil
}

// composePackages follows the rules of [store-api 6.1]: every package of the
// Store stays in the list, with its id, and goes by PendingDelete; an entry that
// waits for its upload goes by leaving it out.
func composePackages(d Desired, draft *storeapi.Submission, known Record) ([]Package, error) {
	if d.Packages == nil {
		return nil, nil
	}
	wanted := slices.Clone(d.Packages)
	var entries, previous []storeapi.FlightPackage
	for _, entry := range draft.FlightPackages {
		if entry.FileStatus == storeapi.FileStatusPendingUpload {
			continue
		}
		i := slices.IndexFunc(wanted, func(p Package) bool { return keeps(p, entry, known) })
		if i < 0 {
			previous = append(previous, entry)
			continue
		}
		entry.FileStatus = storeapi.FileStatusUploaded
		entry.MinimumDirectXVersion = wanted[i].MinimumDirectXVersion
		entry.MinimumSystemRAM = wanted[i].MinimumSystemRAM
		entries = append(entries, entry)
		wanted = slices.Delete(wanted, i, i+1)
	}
	kept := highest(previous, d.KeepPrevious)
	for _, entry := range previous {
		entry.FileStatus = storeapi.FileStatusPendingDelete
		if kept[entry.ID] {
			entry.FileStatus = storeapi.FileStatusUploaded
		}
		entries = append(entries, entry)
	}
	for _, p := range wanted {
		if p.Source == "" {
			return nil, missingPackage(slices.IndexFunc(d.Packages, func(q Package) bool { return q.FileName == p.FileName }), p, d.Flight)
		}
		entries = append(entries, storeapi.FlightPackage{
			FileName:              p.FileName,
			FileStatus:            storeapi.FileStatusPendingUpload,
			MinimumDirectXVersion: p.MinimumDirectXVersion,
			MinimumSystemRAM:      p.MinimumSystemRAM,
		})
	}
	draft.FlightPackages = entries
	return wanted, nil
}

// keeps tells whether the Store's package is the wanted one: the same name and,
// for one with a source, bytes that this provider has uploaded itself.
func keeps(p Package, entry storeapi.FlightPackage, known Record) bool {
	if p.FileName != entry.FileName || entry.ID == "" {
		return false
	}
	return p.Source == "" || (p.SHA256 != "" && known.Digests[entry.ID] == p.SHA256)
}

func missingPackage(index int, p Package, flight storeapi.FlightRef) *Problem {
	return &Problem{
		Attribute: []any{"packages", index, "file_name"},
		Summary:   "Flight has no such package",
		Detail: fmt.Sprintf("A package without source keeps the flight's package of that name, but %s has no package %q. "+
			"Give a source, or one of the names that flight_packages shows.", flight, p.FileName),
	}
}

// sameSettings tells whether compose has changed anything, so that a draft that
// already says what is wanted costs no request.
func sameSettings(a, b *storeapi.Submission) bool {
	ao, bo := a.PackageDeliveryOptions, b.PackageDeliveryOptions
	return reflect.DeepEqual(a.FlightPackages, b.FlightPackages) &&
		ao.PackageRollout.IsPackageRollout == bo.PackageRollout.IsPackageRollout &&
		ao.PackageRollout.Percentage == bo.PackageRollout.Percentage &&
		ao.IsMandatoryUpdate == bo.IsMandatoryUpdate &&
		ao.MandatoryUpdateEffectiveDate.Equal(bo.MandatoryUpdateEffectiveDate) &&
		a.TargetPublishMode == b.TargetPublishMode &&
		a.TargetPublishDate.Equal(b.TargetPublishDate) &&
		a.NotesForCertification == b.NotesForCertification
}

// verify compares the Store's reply to an update with what was asked: a green
// run that ships the old packages must not happen [store-api 2.2, 8].
func verify(asked, reply *storeapi.Submission) *Problem {
	var wrong []string
	for _, a := range asked.FlightPackages {
		if !slices.ContainsFunc(reply.FlightPackages, func(r storeapi.FlightPackage) bool {
			return r.ID == a.ID && r.FileName == a.FileName && r.FileStatus == a.FileStatus
		}) {
			wrong = append(wrong, fmt.Sprintf("package %q is not %s", a.FileName, a.FileStatus))
		}
	}
	askedRollout, gotRollout := asked.PackageDeliveryOptions.PackageRollout, reply.PackageDeliveryOptions.PackageRollout
	if askedRollout.IsPackageRollout != gotRollout.IsPackageRollout ||
		(askedRollout.IsPackageRollout && askedRollout.Percentage != gotRollout.Percentage) {
		wrong = append(wrong, fmt.Sprintf("the rollout is %s, not %s", describeRollout(gotRollout), describeRollout(askedRollout)))
	}
	if asked.TargetPublishMode != reply.TargetPublishMode {
		wrong = append(wrong, fmt.Sprintf("the publish mode is %q, not %q", reply.TargetPublishMode, asked.TargetPublishMode))
	}
	if asked.PackageDeliveryOptions.IsMandatoryUpdate != reply.PackageDeliveryOptions.IsMandatoryUpdate {
		wrong = append(wrong, fmt.Sprintf("mandatory update is %t", reply.PackageDeliveryOptions.IsMandatoryUpdate))
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
