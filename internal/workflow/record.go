package workflow

import (
	"slices"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// commitLag is how long a submission may still read PendingCommit after its
// commit was accepted [store-api 5.3].
const commitLag = 10 * time.Minute

// Record is what is known of a submission beyond what the Store reports. It
// travels with the Terraform state, out of the user's sight.
type Record struct {
	// SubmissionID is the submission that the record speaks of.
	SubmissionID string `json:"submission_id"`
	// Complete means that the submission says all that the state says and that its
	// archive is uploaded.
	Complete bool `json:"complete,omitempty"`
	// Committed is when the Store accepted the commit.
	Committed time.Time `json:"committed,omitzero"`
	// UploadUntil is when the upload URL expires [store-api 7]; zero if it does not
	// tell.
	UploadUntil time.Time `json:"upload_until,omitzero"`
	// Uploaded holds the digests, by file name, of what lies behind the upload URL.
	Uploaded map[string]string `json:"uploaded,omitempty"`
	// Inherited lists the ids of the packages that the draft started with: they
	// are never what was uploaded, even under the same file name.
	Inherited []string `json:"inherited,omitempty"`
	// Digests holds the digests of the Store's packages, by package id, as far
	// as this provider has uploaded them.
	Digests map[string]string `json:"digests,omitempty"`
}

// of tells whether the record speaks of this submission.
func (r Record) of(ref storeapi.SubmissionRef) bool {
	return r.SubmissionID != "" && r.SubmissionID == ref.SubmissionID
}

// begin starts the record of a draft that has just been claimed. What is known
// of packages carries over, because a new submission copies the last published
// one with the packages' ids [store-api 6.1]; of a draft that is known already,
// what was uploaded for it carries over too.
func (r Record) begin(draft *storeapi.Submission) Record {
	next := Record{SubmissionID: draft.Ref.SubmissionID, Digests: map[string]string{}}
	for _, p := range draft.FlightPackages {
		if p.ID == "" {
			continue
		}
		next.Inherited = append(next.Inherited, p.ID)
		if digest := r.Digests[p.ID]; digest != "" {
			next.Digests[p.ID] = digest
		}
	}
	if r.of(draft.Ref) {
		next.Inherited, next.Uploaded, next.UploadUntil = r.Inherited, r.Uploaded, r.UploadUntil
	}
	return next.uploadsTo(draft.FileUploadURL)
}

// uploadsTo takes note of the upload URL. The Store may name another one, behind
// which there is nothing yet; another time of expiry tells them apart without
// keeping either.
func (r Record) uploadsTo(url storeapi.UploadURL) Record {
	if until, _ := blob.Expiry(url.Reveal()); !until.Equal(r.UploadUntil) {
		r.UploadUntil, r.Uploaded = until, nil
	}
	return r
}

// Learn takes over what the Store tells of a submission: once it has processed
// the uploaded packages they have ids, by which the next submission can keep
// them. A submission that was imported gets its record here.
func (r Record) Learn(s *storeapi.Submission) Record {
	if !r.of(s.Ref) {
		r = r.begin(s)
		// What was committed by others says what they wanted.
		r.Complete = s.Status != storeapi.StatusPendingCommit
		return r
	}
	if s.Status == storeapi.StatusPendingCommit && !s.FileUploadURL.IsZero() {
		return r.uploadsTo(s.FileUploadURL)
	}
	if !r.Complete {
		return r
	}
	digests := make(map[string]string, len(r.Digests))
	for _, p := range s.FlightPackages {
		digest := r.Digests[p.ID]
		if digest == "" && !slices.Contains(r.Inherited, p.ID) {
			digest = r.Uploaded[p.FileName]
		}
		if p.ID != "" && digest != "" && p.FileStatus == storeapi.FileStatusUploaded {
			digests[p.ID] = digest
		}
	}
	if len(digests) > 0 {
		r.Digests = digests
	}
	return r
}

// Status corrects the Store's lag: an accepted commit outweighs a status that
// still reads PendingCommit, for a while.
func (r Record) Status(ref storeapi.SubmissionRef, reported storeapi.Status, now time.Time) storeapi.Status {
	if reported == storeapi.StatusPendingCommit && r.of(ref) && !r.Committed.IsZero() && now.Sub(r.Committed) < commitLag {
		return storeapi.StatusCommitStarted
	}
	return reported
}

// existing finds, among the packages that the Store has, the wanted one: of the
// same name and of bytes that this provider has uploaded itself. One without a
// source may be of any bytes; then it is the one of the highest version. It
// returns the package's id, empty if there is none.
func (r Record) existing(p Package, packages []storeapi.FlightPackage) string {
	i := slices.IndexFunc(packages, func(e storeapi.FlightPackage) bool {
		return there(e, p.FileName) && p.SHA256 != "" && r.Digests[e.ID] == p.SHA256
	})
	switch {
	case i >= 0:
		return packages[i].ID
	case p.Source == "":
		return Newest(packages, p.FileName).ID
	}
	return ""
}

// Newest finds the package of a name that the Store has; with
// keep_previous_packages there may be several, and it is the one of the highest
// version. Its ID is empty if there is none.
func Newest(packages []storeapi.FlightPackage, fileName string) storeapi.FlightPackage {
	var newest storeapi.FlightPackage
	for _, e := range packages {
		if there(e, fileName) && (newest.ID == "" || versionOf(e).Compare(versionOf(newest)) > 0) {
			newest = e
		}
	}
	return newest
}

// there tells whether an entry is a package of this name that the Store has,
// rather than one that waits for a file that nobody may have uploaded.
func there(e storeapi.FlightPackage, fileName string) bool {
	return e.ID != "" && e.FileStatus != storeapi.FileStatusPendingUpload && e.FileName == fileName
}
