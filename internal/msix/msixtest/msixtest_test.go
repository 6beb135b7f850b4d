package msixtest_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

// members reads an archive with the standard library, checksums included.
func members(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatalf("the archive is not a ZIP: %v", err)
	}
	contents := map[string][]byte{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatalf("opening %s: %v", f.Name, err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatalf("reading %s: %v", f.Name, err)
		}
		contents[f.Name] = content
	}
	return contents
}

func TestArchivesAreReadableAndReproducible(t *testing.T) {
	t.Parallel()
	inner := msixtest.Manifest{Seed: 7, PayloadSize: 200_000}
	for name, archive := range map[string]func() []byte{
		"package": func() []byte { return msixtest.Package(inner) },
		"bundle":  func() []byte { return msixtest.Bundle(msixtest.BundleManifest{Packages: []msixtest.Manifest{inner}}) },
		"upload": func() []byte {
			return msixtest.Upload("Sample.msix", msixtest.Package(inner), msixtest.Deflated)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := archive()
			for member, content := range members(t, first) {
				if len(content) == 0 {
					t.Errorf("%s is empty", member)
				}
			}
			if !bytes.Equal(first, archive()) {
				t.Error("made twice, the bytes differ")
			}
		})
	}
}

func TestSeedChangesTheBytesOnly(t *testing.T) {
	t.Parallel()
	one := members(t, msixtest.Package(msixtest.Manifest{Seed: 1}))
	two := members(t, msixtest.Package(msixtest.Manifest{Seed: 2}))
	if bytes.Equal(one["Sample.exe"], two["Sample.exe"]) {
		t.Error("two seeds gave the same program")
	}
	if diff := cmp.Diff(string(one["AppxManifest.xml"]), string(two["AppxManifest.xml"])); diff != "" {
		t.Errorf("the seed changed the manifest: %s", diff)
	}
}

// The offsets in a bundle's manifest are promises about the file's bytes, so they are kept to.
func TestBundleManifestTellsWhereThePackagesAre(t *testing.T) {
	t.Parallel()
	packages := []msixtest.Manifest{{Architecture: "x64"}, {Architecture: "arm64"}, {ResourceID: "language-fr", Architecture: "neutral"}}
	bundle := msixtest.Bundle(msixtest.BundleManifest{Packages: packages})
	var manifest struct {
		Packages []struct {
			FileName string `xml:"FileName,attr"`
			Offset   int    `xml:"Offset,attr"`
			Size     int    `xml:"Size,attr"`
		} `xml:"Packages>Package"`
	}
	if err := xml.Unmarshal(members(t, bundle)["AppxMetadata/AppxBundleManifest.xml"], &manifest); err != nil {
		t.Fatal(err)
	}
	if got, want := len(manifest.Packages), len(packages); got != want {
		t.Fatalf("the manifest lists %d packages, want %d", got, want)
	}
	for i, p := range manifest.Packages {
		if p.FileName != msixtest.PackageFileName(packages[i]) {
			t.Errorf("package %d is called %s", i, p.FileName)
		}
		if !bytes.Equal(bundle[p.Offset:p.Offset+p.Size], msixtest.Package(packages[i])) {
			t.Errorf("%s is not at offset %d", p.FileName, p.Offset)
		}
	}
}
