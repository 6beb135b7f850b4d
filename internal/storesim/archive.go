package storesim

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Archive gives the members of the ZIP archive that was uploaded for a submission, deleted ones included, with the lower-case
// hex SHA-256 digests of their contents. It fails if nothing, or something else, was uploaded.
func (s *Sim) Archive(submissionID string) (map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, ok := s.submissions[submissionID]
	if !ok {
		return nil, fmt.Errorf("there is no submission %s", submissionID)
	}
	archive, err := s.openArchive(sub)
	if err != nil {
		return nil, err
	}
	digests := map[string]string{}
	for _, file := range archive.File {
		content, err := readMember(archive, file.Name)
		if err != nil {
			return nil, err
		}
		digests[file.Name] = digest(content)
	}
	return digests, nil
}

// openArchive reads what was uploaded, for a committed submission what it was committed with; each member's bytes are checked
// when they are read.
func (s *Sim) openArchive(sub *submission) (*zip.Reader, error) {
	content, err := sub.archive, sub.archiveErr
	if !sub.committed {
		content, err = s.readBlob(sub)
	}
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, fmt.Errorf("the uploaded file is not a ZIP archive: %w", err)
	}
	return archive, nil
}

// commit keeps what was uploaded: an archive that comes later comes too late [store-api 6.2].
func (s *Sim) commit(sub *submission) {
	sub.archive, sub.archiveErr = s.readBlob(sub)
	sub.committed = true
}

// readBlob takes the newest upload: one overwrites the other [store-api 6.2].
func (s *Sim) readBlob(sub *submission) ([]byte, error) {
	if s.opts.ReadBlob != nil {
		return s.opts.ReadBlob(sub.uploadURL)
	}
	b := s.blobs[blobName(sub.uploadURL)]
	if b == nil || !b.committed {
		return nil, errors.New("nothing was uploaded")
	}
	return b.content, nil
}

// ingest opens the archive after the commit and compares it with the list [store-api 5.4, 6.2]. Without anything to upload
// there is nothing to look at, as long as a package remains [store-api 6.1].
func (s *Sim) ingest(sub *submission) []StatusDetail {
	if !slices.ContainsFunc(sub.packages, func(p *storePackage) bool { return p.FileStatus != pendingDelete }) {
		return []StatusDetail{{"PackageValidationFailed", "The submission has no package."}}
	}
	if !slices.ContainsFunc(sub.packages, (*storePackage).waiting) {
		return nil
	}
	archive, err := s.openArchive(sub)
	if err != nil {
		return []StatusDetail{{"InvalidArchive", "The archive cannot be read: " + err.Error()}}
	}
	var errs []StatusDetail
	for _, p := range sub.packages {
		if !p.waiting() {
			continue
		}
		// Names match exactly: casing and forward slashes count [store-api 6.1].
		if !slices.ContainsFunc(archive.File, func(f *zip.File) bool { return f.Name == p.FileName }) {
			errs = append(errs, StatusDetail{"MissingFiles", "File '" + p.FileName + "' not found in archive"})
			continue
		}
		if err := checkPackage(archive, p.FileName, sub.flight.application); err != nil {
			errs = append(errs, StatusDetail{"PackageValidationFailed", "The package " + p.FileName + " is not valid: " + err.Error()})
		}
	}
	return errs
}

// checkPackage checks what one package says about itself [store-api 6.3].
func checkPackage(archive *zip.Reader, name string, app *application) error {
	content, err := readMember(archive, name)
	if err != nil {
		return err
	}
	file, err := readPackage(name, content)
	switch {
	case err != nil:
		return err
	case file.name != app.seed.IdentityName:
		return fmt.Errorf("its identity name is %s, expected %s", file.name, app.seed.IdentityName)
	case file.publisher != app.seed.PublisherName:
		return fmt.Errorf("its publisher is %s, expected %s", file.publisher, app.seed.PublisherName)
	default:
		return checkVersion(file.version)
	}
}

// process compares the new packages with the others and takes them in: deleted entries vanish, new ones get their id and
// their properties [store-api 4.1, 6.3].
func (s *Sim) process(sub *submission) []StatusDetail {
	if sub.processed {
		return nil
	}
	app := sub.flight.application
	var result []*storePackage
	var errs []StatusDetail
	contents, files := map[string]string{}, map[string]string{}
	for _, p := range sub.packages {
		if p.FileStatus == pendingDelete {
			continue
		}
		if p.waiting() {
			p = s.processPackage(sub, p)
		}
		name := p.fullName(app)
		if other, ok := files[name]; ok {
			errs = append(errs, StatusDetail{"PackageValidationFailed", "The packages " + other + " and " + p.FileName +
				" have the same full name, " + name + "."})
		}
		files[name] = p.FileName
		if p.waiting() {
			if seen, ok := app.contents[name]; ok && seen != p.SHA256 {
				errs = append(errs, StatusDetail{"PackageValidationFailed", "The package " + p.FileName +
					" has the same full name as an earlier package, " + name + ", but other contents."})
			}
			contents[name] = p.SHA256
		}
		result = append(result, p)
	}
	if errs != nil {
		return errs
	}
	for _, p := range result {
		if p.ID == "" {
			p.ID = s.newPackageID()
		}
		p.FileStatus = uploaded
	}
	maps.Copy(app.contents, contents)
	sub.packages, sub.processed = result, true
	return nil
}

// processPackage gives a new entry with the properties of its file. Ingesting has read the file before; a submission that was
// pushed past that by hand may lack it, and then the entry keeps what it says.
func (s *Sim) processPackage(sub *submission, p *storePackage) *storePackage {
	processed := new(*p)
	archive, err := s.openArchive(sub)
	if err != nil {
		return processed
	}
	content, err := readMember(archive, p.FileName)
	if err != nil {
		return processed
	}
	processed.SHA256 = digest(content)
	if file, err := readPackage(p.FileName, content); err == nil {
		processed.fill(file)
	}
	return processed
}

func (p *storePackage) waiting() bool { return p.FileStatus == pendingUpload }
