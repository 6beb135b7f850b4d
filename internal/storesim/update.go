package storesim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxPackages is how many packages a submission may have; tools disagree between 25 and 30 [store-api 6.3].
const maxPackages = 30

// updateBody is the settable part of a submission [store-api 4.2]. Keys match in any casing and other members are ignored
// [store-api 2, 4.1].
type updateBody struct {
	// FlightPackages is nil when the member is missing: the service then leaves the packages as they are without complaint
	// [store-api 4.1].
	FlightPackages         []packageBody
	PackageDeliveryOptions *struct {
		PackageRollout *struct {
			IsPackageRollout         bool
			PackageRolloutPercentage float64
		}
		IsMandatoryUpdate            bool
		MandatoryUpdateEffectiveDate string
	}
	TargetPublishMode     *string
	TargetPublishDate     string
	NotesForCertification string
	// Visibility is not a member of a flight submission and is refused [store-api 2.2].
	Visibility json.RawMessage

	publishDate, mandatoryDate time.Time
}

type packageBody struct {
	ID                    string
	FileName              string
	FileStatus            string
	MinimumDirectXVersion *string
	MinimumSystemRAM      *string
}

// readUpdate decodes and checks everything that does not depend on the submission.
func readUpdate(body []byte) (*updateBody, *reply) {
	var update updateBody
	if err := json.Unmarshal(body, &update); err != nil {
		return nil, invalidParameter("submission", "The request body is not a submission: "+err.Error())
	}
	if update.Visibility != nil && !bytes.Equal(update.Visibility, []byte("null")) {
		return nil, invalidParameter("visibility", "The visibility of a flight submission cannot be set.")
	}
	if mode := update.TargetPublishMode; mode != nil && !slices.Contains([]string{modeImmediate, modeManual, modeSpecificDate}, *mode) {
		return nil, invalidParameter("targetPublishMode", "The value "+*mode+" is not a publish mode.")
	}
	var err error
	if update.publishDate, err = parseDate(update.TargetPublishDate); err != nil {
		return nil, invalidParameter("targetPublishDate", "The value "+update.TargetPublishDate+" is not a date.")
	}
	if mode := update.TargetPublishMode; mode != nil && *mode == modeSpecificDate && update.publishDate.IsZero() {
		return nil, invalidParameter("targetPublishDate", "The publish mode SpecificDate needs a date.")
	}
	if options := update.PackageDeliveryOptions; options != nil {
		if update.mandatoryDate, err = parseDate(options.MandatoryUpdateEffectiveDate); err != nil {
			return nil, invalidParameter("mandatoryUpdateEffectiveDate", "The value "+options.MandatoryUpdateEffectiveDate+" is not a date.")
		}
		if r := options.PackageRollout; r != nil && (r.PackageRolloutPercentage < 0 || r.PackageRolloutPercentage > 100) {
			return nil, invalidParameter("packageRolloutPercentage", "The percentage is not between 0 and 100.")
		}
	}
	return &update, nil
}

// apply replaces everything but the packages; what the body leaves out takes its default [store-api 4.2].
func (u *updateBody) apply(sub *submission) {
	sub.notes = u.NotesForCertification
	sub.publishMode, sub.publishDate = modeImmediate, u.publishDate
	if u.TargetPublishMode != nil {
		sub.publishMode = *u.TargetPublishMode
	}
	sub.mandatory, sub.mandatoryDate = false, u.mandatoryDate
	sub.rollout.Enabled, sub.rollout.Percentage = false, 0
	if options := u.PackageDeliveryOptions; options != nil {
		sub.mandatory = options.IsMandatoryUpdate
		// The rollout's status and fallback are the service's, whatever the body says [store-api 4.1].
		if r := options.PackageRollout; r != nil {
			sub.rollout.Enabled, sub.rollout.Percentage = r.IsPackageRollout, r.PackageRolloutPercentage
		}
	}
}

// updatePackages gives the packages that the submission would have, or the refusal [store-api 6.1].
func (sub *submission) updatePackages(entries []packageBody) ([]*storePackage, *reply) {
	if entries == nil {
		return sub.packages, nil
	}
	var result []*storePackage
	seen := map[string]bool{}
	for _, entry := range entries {
		p, refused := sub.updatePackage(entry)
		if refused != nil {
			return nil, refused
		}
		if p == nil {
			continue
		}
		if p.ID != "" && seen[p.ID] {
			return nil, invalidParameter("packages", "The package "+p.ID+" is listed twice.")
		}
		seen[p.ID] = true
		result = append(result, p)
	}

	var missing []string
	for _, p := range sub.packages {
		if p.ID != "" && !seen[p.ID] {
			missing = append(missing, p.ID)
		}
	}
	if len(missing) > 0 {
		return nil, invalidParameter("packages", "Keep the entries of all existing packages; mark a package as PendingDelete to remove it. "+
			"Packages missing in the update: "+strings.Join(missing, ", "))
	}
	staying := 0
	for _, p := range result {
		if p.FileStatus != pendingDelete {
			staying++
		}
	}
	if staying > maxPackages {
		return nil, invalidParameter("packages", fmt.Sprintf("A submission has at most %d packages.", maxPackages))
	}
	return result, nil
}

// updatePackage turns one entry into a package, or into nothing when it does not count as one.
func (sub *submission) updatePackage(entry packageBody) (*storePackage, *reply) {
	directX, ram := "None", "None"
	if entry.MinimumDirectXVersion != nil {
		directX = *entry.MinimumDirectXVersion
	}
	if entry.MinimumSystemRAM != nil {
		ram = *entry.MinimumSystemRAM
	}
	switch {
	case !slices.Contains([]string{"None", "DirectX93", "DirectX100"}, directX):
		return nil, invalidParameter("minimumDirectXVersion", "The value "+directX+" is not a DirectX version.")
	case !slices.Contains([]string{"None", "Memory2GB"}, ram):
		return nil, invalidParameter("minimumSystemRam", "The value "+ram+" is not an amount of memory.")
	case !slices.Contains([]string{"None", pendingUpload, uploaded, pendingDelete}, entry.FileStatus):
		return nil, invalidParameter("fileStatus", "The value "+entry.FileStatus+" is not a file status.")
	case entry.FileName == "":
		return nil, invalidParameter("fileName", "A package has no file name.")
	}

	if entry.ID == "" {
		return sub.updateNewPackage(entry, directX, ram)
	}
	i := slices.IndexFunc(sub.packages, func(p *storePackage) bool { return p.ID == entry.ID })
	if i < 0 {
		return nil, invalidParameter("packages", "The submission has no package "+entry.ID+".")
	}
	if entry.FileStatus == pendingUpload || entry.FileStatus == "None" {
		// An entry in a state that an existing package cannot have does not count as its entry: the package is reported as
		// missing [store-api 2.2].
		return nil, nil //nolint:nilnil // neither a package nor a refusal
	}
	p := new(*sub.packages[i])
	p.FileStatus, p.MinimumDirectXVersion, p.MinimumSystemRAM = entry.FileStatus, directX, ram
	return p, nil
}

// updateNewPackage wants PendingUpload for an entry without an id: one of a file that was never uploaded cannot be deleted,
// only left out [store-api 6.1], and an existing package is known by its id alone [store-api 4.2].
func (sub *submission) updateNewPackage(entry packageBody, directX, ram string) (*storePackage, *reply) {
	waiting := slices.ContainsFunc(sub.packages, func(p *storePackage) bool { return p.ID == "" && p.FileName == entry.FileName })
	switch {
	case entry.FileStatus == pendingUpload:
		return &storePackage{Package: Package{
			FileName: entry.FileName, FileStatus: pendingUpload, MinimumDirectXVersion: directX, MinimumSystemRAM: ram,
		}}, nil
	case waiting && entry.FileStatus == pendingDelete:
		return nil, invalidParameter("packages", "The package "+entry.FileName+" is PendingUpload and cannot become PendingDelete: it is not an existing package.")
	default:
		return nil, invalidParameter("packages", "The entry "+entry.FileName+" has no id of an existing package and is not PendingUpload.")
	}
}

// lostMembers lists what the service sent beyond the documented members and did not get back. The service does not mind;
// it is listed for the client that promises to send everything back untouched.
func (s *Sim) lostMembers(sub *submission, body []byte) []string {
	var sent any
	if json.Unmarshal(body, &sent) != nil {
		return nil
	}
	var lost []string
	for name := range s.extraMembers {
		if member(sent, name) == nil {
			lost = append(lost, name)
		}
	}
	if !s.omitOptionalMembers {
		lost = append(lost, sub.lostUndocumented(sent)...)
	}
	slices.Sort(lost)
	return lost
}

func (sub *submission) lostUndocumented(sent any) []string {
	var lost []string
	if member(member(member(sent, "packageDeliveryOptions"), "packageRollout"), "isSeekEnabled") == nil {
		lost = append(lost, "packageDeliveryOptions.packageRollout.isSeekEnabled")
	}
	entries, _ := member(sent, "flightPackages").([]any)
	for _, p := range sub.packages {
		i := slices.IndexFunc(entries, func(entry any) bool { return p.ID != "" && member(entry, "id") == p.ID })
		if i < 0 {
			continue
		}
		if p.minOSVersion != "" && member(entries[i], "minOSVersion") == nil {
			lost = append(lost, "flightPackages["+p.ID+"].minOSVersion")
		}
		if len(p.inner) > 0 && member(entries[i], "innerPackages") == nil {
			lost = append(lost, "flightPackages["+p.ID+"].innerPackages")
		}
	}
	return lost
}

// member reads a member of a decoded JSON object in any casing; nil if there is none.
func member(object any, name string) any {
	members, _ := object.(map[string]any)
	for key, value := range members {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}
