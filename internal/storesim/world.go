package storesim

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// AddApplication adds an application and returns its id.
func (s *Sim) AddApplication(seed Application) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defaultTo(&seed.ID, "9NBLGGH4R315")
	defaultTo(&seed.IdentityName, "Contoso.Sample")
	defaultTo(&seed.PublisherName, "CN=Contoso")
	defaultTo(&seed.PrimaryName, seed.IdentityName)
	defaultTo(&seed.PackageFamilyName, seed.IdentityName+"_"+publisherHash(seed.PublisherName))
	if seed.FirstPublishedDate.IsZero() {
		seed.FirstPublishedDate = time.Date(2016, 3, 12, 1, 38, 11, 771810000, time.UTC)
	}
	if s.application(seed.ID) != nil {
		panic(fmt.Sprintf("storesim: application %s exists already", seed.ID))
	}
	s.applications = append(s.applications, &application{seed: seed, contents: map[string]string{}})
	return seed.ID
}

// AddFlight adds a flight with its empty first draft and returns the flight's id.
func (s *Sim) AddFlight(applicationID string, seed Flight) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defaultTo(&seed.ID, newGUID())
	defaultTo(&seed.FriendlyName, "beta")
	app := s.mustApplication(applicationID)
	f, err := s.addFlight(app, seed)
	if err != nil {
		panic("storesim: " + err.Error())
	}
	return f.id
}

// AddPublishedSubmission adds a published submission to a flight and returns its id. If the flight has its untouched first
// draft still, then this is what became of it.
func (s *Sim) AddPublishedSubmission(applicationID, flightID string, seed Published) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.mustFlight(applicationID, flightID)
	sub := s.takeFirstDraft(f)
	if sub == nil {
		sub = s.newSubmission(f, seed.InPortal)
	}
	sub.inPortal = seed.InPortal
	switch {
	case seed.InPortal:
		sub.uploadURL = ""
	case sub.uploadURL == "":
		sub.uploadURL = s.newUploadURL(sub, s.opts.UploadURLLifetime)
	}
	for _, p := range seed.Packages {
		p.FileStatus = uploaded
		sub.packages = append(sub.packages, s.seedPackage(f.application, p))
	}
	defaultTo(&seed.PublishMode, modeImmediate)
	sub.notes, sub.publishMode, sub.publishDate = seed.Notes, seed.PublishMode, seed.PublishDate
	sub.mandatory, sub.mandatoryDate = seed.MandatoryUpdate, seed.MandatoryUpdateDate
	sub.rollout.FallbackSubmissionID = "0"
	if last := f.lastPublished(); last != nil && seed.Rollout != nil {
		sub.rollout.FallbackSubmissionID = last.id
	}
	if seed.Rollout != nil {
		sub.rollout.seed(*seed.Rollout)
	}
	sub.processed, sub.status = true, StatusPublished
	f.published = append(f.published, sub)
	return sub.id
}

// AddDraft adds a pending submission to a flight, as a copy of the last published one, and returns its id. It takes the place
// of the flight's untouched first draft.
func (s *Sim) AddDraft(applicationID, flightID string, seed Draft) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.mustFlight(applicationID, flightID)
	if first := s.takeFirstDraft(f); first != nil {
		first.deleted = true
	}
	if f.pending != nil {
		panic(fmt.Sprintf("storesim: flight %s has the pending submission %s", f.id, f.pending.id))
	}
	sub := s.cloneLast(f, seed.InPortal)
	for _, p := range seed.Packages {
		p.ID, p.FileStatus = "", pendingUpload
		defaultTo(&p.MinimumDirectXVersion, "None")
		defaultTo(&p.MinimumSystemRAM, "None")
		sub.packages = append(sub.packages, &storePackage{Package: p})
	}
	if seed.Notes != "" {
		sub.notes = seed.Notes
	}
	if seed.Rollout != nil {
		sub.rollout.Enabled, sub.rollout.Percentage = seed.Rollout.Enabled, seed.Rollout.Percentage
	}
	f.pending = sub
	return sub.id
}

func (s *Sim) seedPackage(app *application, p Package) *storePackage {
	stored := &storePackage{Package: p}
	if p.Content != nil {
		read, err := readPackage(p.FileName, p.Content)
		if err != nil {
			panic(fmt.Sprintf("storesim: seed %s: %v", p.FileName, err))
		}
		stored.fill(read)
		defaultTo(&stored.SHA256, digest(p.Content))
	}
	defaultTo(&stored.Version, "1.0.0.0")
	defaultTo(&stored.Architecture, "x64")
	defaultTo(&stored.TargetPlatform, "Windows10")
	defaultTo(&stored.MinimumDirectXVersion, "None")
	defaultTo(&stored.MinimumSystemRAM, "None")
	if stored.Languages == nil {
		stored.Languages = []string{"en-us"}
	}
	if stored.TargetDeviceFamilies == nil {
		stored.TargetDeviceFamilies = []string{"Windows.Desktop min version 10.0.17763.0"}
	}
	defaultTo(&stored.ID, s.newPackageID())
	// The content of a seed without any is a file that nobody has at hand to upload again.
	defaultTo(&stored.SHA256, digest([]byte("seed "+stored.ID)))
	stored.Content = nil
	app.contents[stored.fullName(app)] = stored.SHA256
	return stored
}

// takeFirstDraft removes and returns the draft that came with the flight, if nothing has happened to it.
func (s *Sim) takeFirstDraft(f *flight) *submission {
	sub := f.pending
	if sub == nil || !sub.first || sub.touched {
		return nil
	}
	f.pending = nil
	return sub
}

func (s *Sim) application(id string) *application {
	i := slices.IndexFunc(s.applications, func(a *application) bool { return a.seed.ID == id })
	if i < 0 {
		return nil
	}
	return s.applications[i]
}

func (s *Sim) mustApplication(id string) *application {
	app := s.application(id)
	if app == nil {
		panic(fmt.Sprintf("storesim: no application %s", id))
	}
	return app
}

func (s *Sim) mustFlight(applicationID, flightID string) *flight {
	f := s.mustApplication(applicationID).flight(flightID)
	if f == nil {
		panic(fmt.Sprintf("storesim: application %s has no flight %s", applicationID, flightID))
	}
	return f
}

func (s *Sim) mustSubmission(id string) *submission {
	sub, ok := s.submissions[id]
	if !ok {
		panic(fmt.Sprintf("storesim: no submission %s", id))
	}
	return sub
}

// newSubmissionID counts in steps that are lost when an id of 19 digits passes through a float64, whose neighbours are 256
// apart up there: a client that decodes ids as JSON numbers mixes up two submissions [store-api 2].
func (s *Sim) newSubmissionID() string {
	s.submissionIDs++
	return strconv.FormatInt(1152921505700520589+13*s.submissionIDs, 10)
}

func (s *Sim) newPackageID() string {
	s.packageIDs++
	return strconv.FormatInt(2000000000090432659+7*s.packageIDs, 10)
}

func newGUID() string {
	b := make([]byte, 16)
	// The random source of the operating system does not fail [crypto/rand.Read].
	_, _ = rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// publisherHash stands for the 13 characters that Windows derives from a publisher.
func publisherHash(publisher string) string {
	return strings.ToLower(digest([]byte(publisher)))[:13]
}

func defaultTo(value *string, fallback string) {
	if *value == "" {
		*value = fallback
	}
}

func (r *Rollout) seed(seed Rollout) {
	if seed.Status == "" {
		seed.Enabled, seed.Status = true, rolloutInProgress
	}
	defaultTo(&seed.FallbackSubmissionID, r.FallbackSubmissionID)
	*r = seed
}
