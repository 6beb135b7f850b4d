package workflow

import (
	"slices"
	"time"

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
	// Complete means that the draft says all that was asked for and that its
	// archive is uploaded.
	Complete bool `json:"complete,omitempty"`
	// Committed is when the Store accepted the commit.
	Committed time.Time `json:"committed,omitzero"`
	// UploadUntil is when the upload URL expires [store-api 7].
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

// begin starts the record of a draft that has just been claimed. What is known
// of packages carries over, because a new submission copies the last published
// one with the packages' ids [store-api 6.1].
func (r Record) begin(draft *storeapi.Submission, expiry time.Time) Record {
	next := Record{SubmissionID: draft.Ref.SubmissionID, UploadUntil: expiry, Digests: map[string]string{}}
	for _, p := range draft.FlightPackages {
		if p.ID == "" {
			continue
		}
		next.Inherited = append(next.Inherited, p.ID)
		if digest := r.Digests[p.ID]; digest != "" {
			next.Digests[p.ID] = digest
		}
	}
	return next
}

// Learn takes over the ids that the Store has given to the uploaded packages
// once it has processed them, so that the next submission can keep them.
func (r Record) Learn(s *storeapi.Submission) Record {
	if s.Ref.SubmissionID != r.SubmissionID || r.Committed.IsZero() {
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
func (r Record) Status(reported storeapi.Status, now time.Time) storeapi.Status {
	if reported == storeapi.StatusPendingCommit && !r.Committed.IsZero() && now.Sub(r.Committed) < commitLag {
		return storeapi.StatusCommitStarted
	}
	return reported
}

// holds tells whether the Store already has the bytes of a package: behind the
// upload URL or as a package of the flight.
func (r Record) holds(p Package) bool {
	if r.Uploaded[p.FileName] == p.SHA256 {
		return true
	}
	for _, digest := range r.Digests {
		if digest == p.SHA256 {
			return true
		}
	}
	return false
}
