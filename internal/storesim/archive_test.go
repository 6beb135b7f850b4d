package storesim_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"hash/crc32"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// TestArchive commits one archive with a.msix on the list.
func TestArchive(t *testing.T) {
	t.Parallel()
	good := manifest("2.0.0.0", "x64")
	tests := map[string]struct {
		fileName string
		archive  []byte
		status   string
		code     string
		text     string
	}{
		"good":            {"a.msix", zipOf(file{"a.msix", good}), "Published", "", ""},
		"in a folder":     {"x/a.msix", zipOf(file{"x/a.msix", good}, file{"x/b.png", nil}), "Published", "", ""},
		"bundle":          {"a.msixbundle", zipOf(file{"a.msixbundle", bundle("2.0.0.0", "x64", "arm64")}), "Published", "", ""},
		"upload":          {"a.msixupload", zipOf(file{"a.msixupload", zipOf(file{"s.appxsym", nil}, file{"b.msix", good})}), "Published", "", ""},
		"nothing":         {"a.msix", nil, "CommitFailed", "InvalidArchive", "nothing was uploaded"},
		"no archive":      {"a.msix", []byte("package"), "CommitFailed", "InvalidArchive", "not a ZIP archive"},
		"bare package":    {"a.msix", good, "CommitFailed", "MissingFiles", "File 'a.msix' not found in archive"},
		"other casing":    {"a.msix", zipOf(file{"A.msix", good}), "CommitFailed", "MissingFiles", "File 'a.msix' not found in archive"},
		"other folder":    {"a.msix", zipOf(file{"x/a.msix", good}), "CommitFailed", "MissingFiles", "File 'a.msix' not found in archive"},
		"broken package":  {"a.msix", zipOf(file{"a.msix", []byte("x")}), "CommitFailed", "PackageValidationFailed", "no package"},
		"no manifest":     {"a.msix", zipOf(file{"a.msix", zipOf()}), "CommitFailed", "PackageValidationFailed", "AppxManifest.xml is missing"},
		"empty upload":    {"a.msixupload", zipOf(file{"a.msixupload", zipOf()}), "CommitFailed", "PackageValidationFailed", "holds no package"},
		"empty bundle":    {"a.msixbundle", zipOf(file{"a.msixbundle", bundle("1.0.0.0")}), "CommitFailed", "PackageValidationFailed", "no application package"},
		"extension":       {"a.exe", zipOf(file{"a.exe", good}), "CommitFailed", "PackageValidationFailed", "extension"},
		"identity":        {"a.msix", zipOf(file{"a.msix", manifest("2.0.0.0", "x64", "Contoso.Sample", "Other")}), "CommitFailed", "PackageValidationFailed", "identity name is Other"},
		"publisher":       {"a.msix", zipOf(file{"a.msix", manifest("2.0.0.0", "x64", "CN=Contoso", "CN=Other")}), "CommitFailed", "PackageValidationFailed", "publisher is CN=Other"},
		"fourth part":     {"a.msix", zipOf(file{"a.msix", manifest("2.0.0.1", "x64")}), "CommitFailed", "PackageValidationFailed", "2.0.0.1"},
		"first part":      {"a.msix", zipOf(file{"a.msix", manifest("0.1.0.0", "x64")}), "CommitFailed", "PackageValidationFailed", "0.1.0.0"},
		"three parts":     {"a.msix", zipOf(file{"a.msix", manifest("2.0.0", "x64")}), "CommitFailed", "PackageValidationFailed", "four parts"},
		"part too high":   {"a.msix", zipOf(file{"a.msix", manifest("2.0.65536.0", "x64")}), "CommitFailed", "PackageValidationFailed", "65535"},
		"known elsewhere": {"a.msix", zipOf(file{"a.msix", manifest("1.0.0.0", "arm64")}), "PreProcessingFailed", "PackageValidationFailed", "full name"},
		"other version":   {"a.msix", zipOf(file{"a.msix", manifest("3.0.0.0", "x86")}), "Published", "", ""},
		"as a bundle":     {"a.msixbundle", zipOf(file{"a.msixbundle", bundle("1.0.0.0", "x86")}), "Published", "", ""},
		"same again":      {"a.msix", zipOf(file{"a.msix", manifest("1.1.0.0", "arm64")}), "Published", "", ""},
		"twice":           {"a.msix", zipOf(file{"a.msix", manifest("1.0.0.0", "x86")}), "PreProcessingFailed", "PackageValidationFailed", "full name"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, storesim.Options{})
			// What was in a flight that is gone counts still [store-api 6.3].
			gone := s.AddFlight(s.app, storesim.Flight{})
			s.AddPublishedSubmission(s.app, gone, storesim.Published{Packages: []storesim.Package{
				{FileName: "old.msix", Version: "1.0.0.0", Architecture: "arm64"},
				{FileName: "same.msix", Content: manifest("1.1.0.0", "arm64")},
			}})
			s.DeleteFlightInPortal(s.app, gone)
			flight := s.AddFlight(s.app, storesim.Flight{})
			s.AddPublishedSubmission(s.app, flight, storesim.Published{Packages: []storesim.Package{
				{FileName: "old.msix", Content: manifest("1.0.0.0", "x86")},
			}})

			created := s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 201)
			id := created.text("id")
			body := update(entry("old.msix", "Uploaded", created.text("flightPackages", 0, "id")), entry(test.fileName, "PendingUpload", ""))
			s.do(http.MethodPut, s.path(flight, id), body).want(t, 200)
			if test.archive != nil {
				s.upload(created.text("fileUploadUrl"), test.archive)
			}
			s.do(http.MethodPost, s.path(flight, id, "commit"), nil).want(t, 202)
			seen := s.follow(flight, id)
			got := s.do(http.MethodGet, s.path(flight, id), nil)
			code, text := got.text("statusDetails", "errors", 0, "code"), got.text("statusDetails", "errors", 0, "details")
			if seen[len(seen)-1] != test.status || code != test.code || !strings.Contains(text, test.text) {
				t.Errorf("%s: %s %s", seen, code, text)
			}
		})
	}
}

// TestRebuilt submits a package and then, to another flight, other contents of the same version [store-api 6.3].
func TestRebuilt(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	one, other := s.AddFlight(s.app, storesim.Flight{}), s.AddFlight(s.app, storesim.Flight{})
	s.follow(one, s.submit(one, manifest("1.0.0.0", "x64")))
	seen := s.follow(other, s.submit(other, manifest("1.0.0.0", "x64", "Windows.Desktop", "Windows.Universal")))
	if seen[len(seen)-1] != "PreProcessingFailed" {
		t.Errorf("seen %v", seen)
	}
}

// TestBundlesOfOneName submits two bundles that differ in the architectures inside and have one full name all the same
// [store-api 6.3].
func TestBundlesOfOneName(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	id := s.submitFiles(flight, file{"a.msixbundle", bundle("1.0.0.0", "x64")}, file{"b.msixbundle", bundle("1.0.0.0", "arm64")})
	if seen := s.follow(flight, id); seen[len(seen)-1] != "PreProcessingFailed" {
		t.Errorf("seen %v", seen)
	}
}

// TestLateArchive uploads another archive after the commit, which has no effect [store-api 6.2].
func TestLateArchive(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	id := s.submit(flight, manifest("1.0.0.0", "x64"))
	snapshot, _ := s.Submission(s.app, flight, id)
	s.upload(snapshot.UploadURL, zipOf(file{"a.msix", manifest("2.0.0.0", "x64")}))
	s.follow(flight, id)
	if packages := s.PublishedPackages(s.app, flight); len(packages) != 1 || packages[0].Version != "1.0.0.0" {
		t.Errorf("packages %+v", packages)
	}
	if len(s.Violations()) != 1 {
		t.Errorf("violations %v", s.Violations())
	}
}

// TestTooLateArchive commits before anything is uploaded.
func TestTooLateArchive(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	state, _ := s.Flight(s.app, flight)
	id := state.PendingSubmissionID
	reply := s.do(http.MethodPut, s.path(flight, id), update(entry("a.msix", "PendingUpload", ""))).want(t, 200)
	s.do(http.MethodPost, s.path(flight, id, "commit"), nil).want(t, 202)
	s.upload(reply.text("fileUploadUrl"), zipOf(file{"a.msix", manifest("1.0.0.0", "x64")}))
	if seen := s.follow(flight, id); seen[len(seen)-1] != "CommitFailed" {
		t.Errorf("seen %v", seen)
	}
}

// TestNoPackage commits a submission in which no package would remain.
func TestNoPackage(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	s.AddPublishedSubmission(s.app, flight, storesim.Published{Packages: []storesim.Package{{FileName: "a.msix"}}})
	created := s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 201)
	id := created.text("id")
	s.do(http.MethodPut, s.path(flight, id), update(entry("a.msix", "PendingDelete", created.text("flightPackages", 0, "id")))).want(t, 200)
	s.do(http.MethodPost, s.path(flight, id, "commit"), nil).want(t, 202)
	if seen := s.follow(flight, id); seen[len(seen)-1] != "CommitFailed" {
		t.Errorf("seen %v", seen)
	}
}

// TestProcessing shows a new entry before and after the Store has processed it [store-api 4.1].
func TestProcessing(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	s.AddPublishedSubmission(s.app, flight, storesim.Published{Packages: []storesim.Package{{FileName: "a.msix"}, {FileName: "b.msix", Architecture: "x86"}}})
	created := s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 201)
	id := created.text("id")
	kept, removed := created.text("flightPackages", 0, "id"), created.text("flightPackages", 1, "id")
	s.do(http.MethodPut, s.path(flight, id), update(
		entry("a.msix", "Uploaded", kept), entry("b.msix", "PendingDelete", removed), entry("c.msixbundle", "PendingUpload", ""),
	)).want(t, 200)
	s.upload(created.text("fileUploadUrl"), zipOf(file{"c.msixbundle", bundle("3.0.0.0", "x64", "arm64")}))
	s.do(http.MethodPost, s.path(flight, id, "commit"), nil).want(t, 202)

	s.Advance(id)
	added := s.do(http.MethodGet, s.path(flight, id), nil).at("flightPackages", 2)
	want := map[string]any{
		"fileName": "c.msixbundle", "fileStatus": "PendingUpload", "id": "", "languages": []any{}, "capabilities": []any{},
		"minimumDirectXVersion": "None", "minimumSystemRam": "None",
	}
	if diff := cmp.Diff(want, added); diff != "" {
		t.Error(diff)
	}

	s.Advance(id)
	packages, _ := s.do(http.MethodGet, s.path(flight, id), nil).at("flightPackages").([]any)
	if len(packages) != 2 {
		t.Fatalf("packages %v", packages)
	}
	processed, _ := packages[1].(map[string]any)
	if processed["id"] == "" || processed["id"] == removed {
		t.Errorf("id %v", processed["id"])
	}
	delete(processed, "id")
	want = map[string]any{
		"fileName": "c.msixbundle", "fileStatus": "Uploaded", "version": "3.0.0.0", "architecture": "Neutral", "targetPlatform": "Windows10",
		"languages": []any{"en-us"}, "capabilities": []any{"internetClient", "runFullTrust"},
		"targetDeviceFamilies":  []any{"Windows.Desktop min version 10.0.17763.0"},
		"minimumDirectXVersion": "None", "minimumSystemRam": "None", "minOSVersion": "10.0.17763.0",
		"innerPackages": []any{
			map[string]any{"version": "3.0.0.0", "architecture": "x64"}, map[string]any{"version": "3.0.0.0", "architecture": "arm64"},
		},
	}
	if diff := cmp.Diff(want, processed); diff != "" {
		t.Error(diff)
	}
}

// TestDeleteOnly commits without anything to upload, which is legal [store-api 6.1].
func TestDeleteOnly(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	flight := s.AddFlight(s.app, storesim.Flight{})
	s.AddPublishedSubmission(s.app, flight, storesim.Published{Packages: []storesim.Package{{FileName: "a.msix"}, {FileName: "b.msix", Architecture: "x86"}}})
	created := s.do(http.MethodPost, s.path(flight)+"/submissions", nil).want(t, 201)
	id := created.text("id")
	kept := created.text("flightPackages", 1, "id")
	s.do(http.MethodPut, s.path(flight, id), update(
		entry("a.msix", "PendingDelete", created.text("flightPackages", 0, "id")), entry("b.msix", "Uploaded", kept),
	)).want(t, 200)
	s.do(http.MethodPost, s.path(flight, id, "commit"), nil).want(t, 202)
	s.follow(flight, id)
	packages := s.PublishedPackages(s.app, flight)
	if len(packages) != 1 || packages[0].ID != kept {
		t.Errorf("packages %+v", packages)
	}
}

// TestExternalBlob has the archive come from another blob server.
func TestExternalBlob(t *testing.T) {
	t.Parallel()
	blobs := map[string][]byte{}
	s := start(t, storesim.Options{
		BlobURL:  func(_, _, submission string) string { return "https://blobs.example/" + submission + "?sig=x" },
		ReadBlob: func(url string) ([]byte, error) { return blobs[url], nil },
	})
	flight := s.AddFlight(s.app, storesim.Flight{})
	state, _ := s.Flight(s.app, flight)
	id := state.PendingSubmissionID
	got := s.do(http.MethodPut, s.path(flight, id), update(entry("a.msix", "PendingUpload", ""))).want(t, 200)
	blobs[got.text("fileUploadUrl")] = zipOf(file{"a.msix", manifest("1.0.0.0", "x64")})
	s.do(http.MethodPost, s.path(flight, id, "commit"), nil).want(t, 202)
	if seen := s.follow(flight, id); seen[len(seen)-1] != "Published" {
		t.Errorf("seen %v", seen)
	}
	if _, err := storesim.Start(storesim.Options{BlobURL: func(_, _, _ string) string { return "" }}); err == nil {
		t.Error("an external blob server that nobody reads was accepted")
	}
}

// TestUnfinishedStream submits a package whose deflate streams have no final block, whole and damaged [store-api 6.3].
func TestUnfinishedStream(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*zip.FileHeader)
		want   string
	}{
		"whole":          {func(*zip.FileHeader) {}, storesim.StatusPublished},
		"wrong checksum": {func(h *zip.FileHeader) { h.CRC32++ }, storesim.StatusCommitFailed},
		"wrong size":     {func(h *zip.FileHeader) { h.UncompressedSize64++ }, storesim.StatusCommitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, storesim.Options{})
			flight := s.AddFlight(s.app, storesim.Flight{})
			id := s.submit(flight, unfinished(t, test.change))
			if seen := s.follow(flight, id); seen[len(seen)-1] != test.want {
				t.Errorf("statuses %v, want %s", seen, test.want)
			}
		})
	}
}

// unfinished is a package of one manifest whose stream is flushed and not closed.
func unfinished(t *testing.T, change func(*zip.FileHeader)) []byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(manifest("1.0.0.0", "x64")), int64(len(manifest("1.0.0.0", "x64"))))
	if err != nil {
		t.Fatal(err)
	}
	content, err := fs.ReadFile(archive, "AppxManifest.xml")
	if err != nil {
		t.Fatal(err)
	}
	var packed, file bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err == nil {
		_, err = deflate.Write(content)
	}
	if err = errors.Join(err, deflate.Flush()); err != nil {
		t.Fatal(err)
	}
	header := &zip.FileHeader{
		Name: "AppxManifest.xml", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(content),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(content)),
	}
	change(header)
	w := zip.NewWriter(&file)
	raw, err := w.CreateRaw(header)
	if err == nil {
		_, err = raw.Write(packed.Bytes())
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}
