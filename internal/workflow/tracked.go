package workflow

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// commitLag is how long a submission may still read PendingCommit, or nothing,
// after its commit was accepted [store-api 5.1, 5.3].
const commitLag = 10 * time.Minute

// Tracked is the submission that a resource follows: what the Store reported of
// it last, and what this provider knows besides.
type Tracked struct {
	// Submission has the status that counts, see [Record.Status].
	Submission *storeapi.Submission
	Record     Record
}

// Record is what is known of a submission beyond what the Store reports. It is
// stored in the private state.
type Record struct {
	// SubmissionID is the submission that the record describes.
	SubmissionID string `json:"submission_id"`
	// Previous is the flight's published submission when the record began. Another
	// one was published later.
	Previous string `json:"previous,omitempty"`
	// Imported means that no apply has written to the submission since its import.
	Imported bool `json:"imported,omitempty"`
	// NotesVersion is the version of the secret notes that the submission has; 0 if
	// it has none or if nobody knows.
	NotesVersion int64 `json:"notes_version,omitempty"`
	// Committed is when the Store accepted this provider's commit.
	Committed time.Time `json:"committed,omitzero"`
	// Foreign means that somebody else published the submission in place of the one
	// that the state knew, and that no apply has accepted it since.
	Foreign bool `json:"foreign,omitempty"`
	// Settled means that the Store will always report the same: the submission is
	// published, and its rollout has ended or never was.
	Settled bool `json:"settled,omitempty"`
	// UploadUntil is when the upload URL expires [store-api 7]; zero if unknown.
	UploadUntil time.Time `json:"upload_until,omitzero"`
	// Uploaded holds the digests, by file name, of what is behind the upload URL.
	Uploaded map[string]string `json:"uploaded,omitempty"`
	// Inherited lists the ids of the packages that the draft had before the upload:
	// they are never what was uploaded, even under the same file name.
	Inherited []string `json:"inherited,omitempty"`
	// Digests holds the digests of the Store's packages by package id, as far as
	// they are known.
	Digests map[string]string `json:"digests,omitempty"`
}

// is tells whether this is the submission that the state knows. It may be asked of nil.
func (t *Tracked) is(ref storeapi.SubmissionRef) bool {
	return t != nil && t.Submission != nil && t.Submission.Ref.SubmissionID == ref.SubmissionID
}

// record is what is known of any submission of the flight.
func (t *Tracked) record(s *storeapi.Submission) Record {
	switch {
	case t == nil:
		return Record{}
	case t.Record.of(s.Ref):
		return t.Record
	default: // Packages keep their ids from one submission to the next [store-api 6.1].
		return Record{Imported: t.is(s.Ref) && t.Record.Imported, Digests: t.Record.Digests}
	}
}

// observe takes over what the Store reports. published is the flight's last
// published submission.
func (t *Tracked) observe(s *storeapi.Submission, published string) {
	record := t.record(s)
	if !record.of(s.Ref) {
		record = record.begin(s, published)
	}
	s.Status = record.Status(s.Ref, s.Status, time.Now())
	t.Submission, t.Record = s, record.learn(s)
}

// of tells whether the record describes this submission.
func (r Record) of(ref storeapi.SubmissionRef) bool {
	return r.SubmissionID != "" && r.SubmissionID == ref.SubmissionID
}

// begin makes what is known of any submission the record of this one. The digests
// of the packages that it has already stay known.
func (r Record) begin(s *storeapi.Submission, published string) Record {
	known := r.Digests
	r.SubmissionID, r.Previous, r.Digests = s.Ref.SubmissionID, published, map[string]string{}
	for _, p := range s.FlightPackages {
		if digest := known[p.ID]; digest != "" {
			r.Digests[p.ID] = digest
		}
	}
	return r.uploadsTo(s.FileUploadURL)
}

// uploadsTo notes the upload URL. The Store may name another one, behind which
// there is nothing yet; another time of expiry tells them apart without keeping
// either.
func (r Record) uploadsTo(url storeapi.UploadURL) Record {
	if until := url.ExpiresAt(); !until.Equal(r.UploadUntil) {
		r.UploadUntil, r.Uploaded = until, nil
	}
	return r
}

// learn takes over what the Store tells of the submission: once it has processed
// the uploaded packages they have ids, by which the next submission keeps them.
// What somebody else has committed may hold other packages under their names.
func (r Record) learn(s *storeapi.Submission) Record {
	rollout := s.PackageDeliveryOptions.PackageRollout
	r.Settled = s.Status == storeapi.StatusPublished && rollout.Status != "" && !rolloutLive(rollout)
	if s.Status == storeapi.StatusPendingCommit {
		if !s.FileUploadURL.IsZero() {
			r = r.uploadsTo(s.FileUploadURL)
		}
		return r
	}
	digests := make(map[string]string, len(r.Digests))
	for _, p := range s.FlightPackages {
		digest := r.Digests[p.ID]
		if digest == "" && !r.Committed.IsZero() && !slices.Contains(r.Inherited, p.ID) {
			digest = r.Uploaded[p.FileName]
		}
		if digest != "" && isStored(p) && stays(p) {
			digests[p.ID] = digest
		}
	}
	if len(digests) > 0 {
		r.Digests = digests
	}
	return r
}

// Recognize makes the submission the resource's own. It adds the digests of those
// packages of the Store that are desired ones by their version, so that the next
// plan compares bytes.
func (t *Tracked) Recognize(packages []Package) {
	digests := maps.Clone(t.Record.Digests)
	if digests == nil {
		digests = map[string]string{}
	}
	for _, p := range packages {
		// The digest of what is kept by its name may be that of a package before.
		if id := t.Record.existing(p, t.Submission.FlightPackages); id != "" && p.Source != "" && p.SHA256 != "" {
			digests[id] = p.SHA256
		}
	}
	t.Record.Digests, t.Record.Foreign = digests, false
}

// Status corrects the Store's lag: an accepted commit outweighs a status that
// still reads PendingCommit or nothing, for a while.
func (r Record) Status(ref storeapi.SubmissionRef, reported storeapi.Status, now time.Time) storeapi.Status {
	lags := reported == storeapi.StatusPendingCommit || reported == ""
	if lags && r.of(ref) && !r.Committed.IsZero() && now.Sub(r.Committed) < commitLag {
		return storeapi.StatusCommitStarted
	}
	return reported
}

// existing finds the desired package among those that the Store has and returns
// its id, empty if there is none. A package without a source is the one of that
// name and of the highest version.
func (r Record) existing(p Package, packages []storeapi.FlightPackage) string {
	if p.Source == "" && p.SHA256 == "" {
		return Newest(packages, p.FileName).ID
	}
	found := newest(packages, func(e storeapi.FlightPackage) bool { return e.FileName == p.FileName && r.sameContent(p, e) })
	if found.ID == "" && p.Source == "" {
		found = Newest(packages, p.FileName)
	}
	return found.ID
}

// sameContent compares digests, and versions where a digest is not known: the
// Store takes no other content under the same full package name [store-api 6.3].
func (r Record) sameContent(p Package, e storeapi.FlightPackage) bool {
	if digest := r.Digests[e.ID]; digest != "" && p.SHA256 != "" {
		return digest == p.SHA256
	}
	return p.Version != "" && p.Version == e.Version && sameArchitecture(p, e)
}

// sameArchitecture compares what is known. Bundles have none of their own.
func sameArchitecture(p Package, e storeapi.FlightPackage) bool {
	if p.Manifest == nil || p.Manifest.Architecture == "" || e.Architecture == "" {
		return true
	}
	return strings.EqualFold(p.Manifest.Architecture, e.Architecture)
}

// unread tells whether the Store has a package of that name whose content nobody
// knows yet, because the Store has not processed it.
func (r Record) unread(p Package, packages []storeapi.FlightPackage) bool {
	if p.Source == "" || r.uploaded(p) || r.existing(p, packages) != "" {
		return false
	}
	// What this provider has committed has what it uploaded.
	if r.Uploaded[p.FileName] != "" && p.SHA256 != "" && !r.Committed.IsZero() {
		return false
	}
	return slices.ContainsFunc(packages, func(e storeapi.FlightPackage) bool {
		return e.FileName == p.FileName && stays(e) && r.Digests[e.ID] == "" && (!isStored(e) || e.Version == "")
	})
}

// uploaded tells whether the archive behind the upload URL holds the package.
func (r Record) uploaded(p Package) bool {
	return p.SHA256 != "" && r.Uploaded[p.FileName] == p.SHA256
}

// covers tells whether that archive holds all of these packages. Members beyond
// them do no harm [store-api 6.2].
func (r Record) covers(packages []Package) bool {
	return !slices.ContainsFunc(packages, func(p Package) bool { return !r.uploaded(p) })
}

// Newest finds the package of a name that the Store has; with
// keep_previous_packages there may be several, and it is the one of the highest
// version. Its ID is empty if there is none.
func Newest(packages []storeapi.FlightPackage, fileName string) storeapi.FlightPackage {
	return newest(packages, func(e storeapi.FlightPackage) bool { return e.FileName == fileName })
}

func newest(packages []storeapi.FlightPackage, among func(storeapi.FlightPackage) bool) storeapi.FlightPackage {
	var found storeapi.FlightPackage
	for _, e := range packages {
		if isStored(e) && among(e) && (found.ID == "" || compareVersions(e, found) > 0) {
			found = e
		}
	}
	return found
}

// isStored tells whether an entry is a package that the Store has, rather than
// one that waits for a file that nobody may have uploaded.
func isStored(e storeapi.FlightPackage) bool {
	return e.ID != "" && e.FileStatus != storeapi.FileStatusPendingUpload
}
