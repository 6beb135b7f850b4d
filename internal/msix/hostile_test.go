package msix_test

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

// A manifest of some megabytes may hold a hundred thousand names, and takes no longer than its size asks for: a
// comparison of each with each would take minutes.
func TestReadManifestOfManyNames(t *testing.T) {
	t.Parallel()
	var capabilities, languages strings.Builder
	const many = 10_000
	for i := range many {
		fmt.Fprintf(&capabilities, `<Capability Name="c%d"/>`, i)
		fmt.Fprintf(&languages, `<Resource Language="l%d"/>`, i)
	}
	content := manifested(`<Resource Language="en-us"/>`, languages.String(), `<Capability Name="internetClient"/>`, capabilities.String())
	for file, content := range map[string][]byte{
		"a.msix":       content,
		"a.msixbundle": msixtest.Archive(msixtest.Member{Name: "x64.msix", Content: content}, bundleManifest(application(""))),
		"a.msixupload": msixtest.Upload("a.msix", content, msixtest.Deflated),
	} {
		got, err := read(file, content)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if len(got.Capabilities) != many || len(got.Languages) != many {
			t.Errorf("%s: read %d capabilities and %d languages, want %d each", file, len(got.Capabilities), len(got.Languages), many)
		}
	}
}

// A manifest may name as many families as Windows will ever have, and no more.
func TestReadManifestOfManyFamilies(t *testing.T) {
	t.Parallel()
	const family = `<TargetDeviceFamily Name="Windows.%d" MinVersion="10.0.0.0" MaxVersionTested="10.0.0.0"/>`
	for count, valid := range map[int]bool{100: true, 101: false} {
		var families strings.Builder
		for i := range count {
			fmt.Fprintf(&families, family, i)
		}
		content := manifested(`<TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.17763.0" MaxVersionTested="10.0.22621.0"/>`, families.String())
		_, err := read("a.msix", content)
		if valid && err != nil || !valid && (err == nil || !strings.Contains(err.Error(), "more than 100 target device families")) {
			t.Errorf("%d families: error %v", count, err)
		}
	}
}

// Each package of a bundle may have a manifest that is compressed a thousand times. What all of them may have
// together is bounded.
func TestReadBoundsManifests(t *testing.T) {
	t.Parallel()
	padded := append(msixtest.ManifestXML(msixtest.Manifest{}), strings.Repeat(" ", 3<<20)...)
	inner := msixtest.Archive(msixtest.Member{Name: "AppxManifest.xml", Content: padded, Method: msixtest.Deflated})
	for count, valid := range map[int]bool{5: true, 6: false} {
		var members []msixtest.Member
		var elements strings.Builder
		for i := range count {
			name := fmt.Sprintf("x64-%d.msix", i)
			members = append(members, msixtest.Member{Name: name, Content: inner})
			elements.WriteString(strings.Replace(application(""), "x64.msix", name, 1))
		}
		_, err := read("a.msixbundle", msixtest.Archive(append(members, bundleManifest(elements.String()))...))
		if valid && err != nil || !valid && (err == nil || !strings.Contains(err.Error(), "the manifests have more than the 16777216 bytes")) {
			t.Errorf("%d packages: error %v", count, err)
		}
	}
}

// An upload file may hold resource packages beside the program. They give languages and nothing else.
func TestReadUploadWithResourcePackage(t *testing.T) {
	t.Parallel()
	resource := msixtest.Package(msixtest.Manifest{ResourceID: "language-fr", Architecture: "neutral", Languages: []string{"fr-FR"}})
	for _, order := range [][2]string{{"a.msix", "b.msix"}, {"b.msix", "a.msix"}} {
		got, err := read("a.msixupload", msixtest.Archive(
			msixtest.Member{Name: order[0], Content: msixtest.Package(msixtest.Manifest{})}, msixtest.Member{Name: order[1], Content: resource},
		))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Contents) != 1 || got.Name != "Contoso.Sample" || got.Architecture != "x64" || strings.Join(got.Languages, " ") != "en-us fr-fr" {
			t.Errorf("read %+v", got)
		}
	}
}

func TestFitsName(t *testing.T) {
	t.Parallel()
	fitting := map[msix.Kind][]string{
		msix.KindPackage: {".msix", ".appx"},
		msix.KindBundle:  {".msixbundle", ".appxbundle"},
		msix.KindUpload:  {".msixupload", ".appxupload"},
	}
	for kind, own := range fitting {
		p := &msix.Package{Kind: kind}
		for _, extension := range msix.Extensions() {
			fits := extension == own[0] || extension == own[1]
			for _, name := range []string{"a" + extension, "A.B" + strings.ToUpper(extension)} {
				err := p.FitsName(name)
				if fits && err != nil {
					t.Errorf("%s for a %s: %v", name, kind, err)
				}
				if !fits && (err == nil || !strings.Contains(err.Error(), string(kind)) || !strings.Contains(err.Error(), path.Ext(name))) {
					t.Errorf("%s for a %s: error %v, want one that names both", name, kind, err)
				}
			}
		}
		for _, name := range []string{"", "a", "a.zip", "a.msix/b"} {
			if err := p.FitsName(name); err == nil || !strings.Contains(err.Error(), own[0]+" or "+own[1]) {
				t.Errorf("%q for a %s: error %v, want one that names %q", name, kind, err, own)
			}
		}
	}
	want := "the extension .msixbundle promises a bundle, but this is a package: name it Sample.msix"
	if err := (&msix.Package{Kind: msix.KindPackage}).FitsName("Sample.msixbundle"); err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}
