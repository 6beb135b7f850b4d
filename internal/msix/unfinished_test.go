package msix_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

// Third-party packers end deflate streams without a final block. Where all bytes are there, nothing is missing.
func TestReadUnfinishedStreams(t *testing.T) {
	t.Parallel()
	unfinished := func(name string, content []byte) msixtest.Member {
		return msixtest.Member{Name: name, Content: content, Method: msixtest.Deflated, Unfinished: true}
	}
	manifest := unfinished("AppxManifest.xml", msixtest.ManifestXML(msixtest.Manifest{}))
	pkg := msixtest.Archive(manifest)
	elements := bundleManifest(application(""))
	bundle := msixtest.Archive(msixtest.Member{Name: "x64.msix", Content: pkg}, unfinished(elements.Name, elements.Content))
	large := msixtest.Archive(manifest, msixtest.Member{Name: "Sample.exe", Content: msixtest.Package(msixtest.Manifest{PayloadSize: 9 << 20})})
	inBundle := around(msix.KindBundle, sample("x64"))
	for _, test := range []struct {
		name, file string
		content    []byte
		want       msix.Package
	}{
		{"package", "a.msix", pkg, sample("x64")},
		{"checksum left out of a stream that ends", "a.msix", msixtest.Archive(msixtest.Member{
			Name: manifest.Name, Content: manifest.Content, Method: msixtest.Deflated, NoChecksum: true,
		}), sample("x64")},
		{"bundle", "a.msixbundle", bundle, inBundle},
		{"package in upload", "a.msixupload", msixtest.Archive(unfinished("a.msix", pkg)), around(msix.KindUpload, sample("x64"))},
		{"bundle in upload", "a.msixupload", msixtest.Archive(unfinished("a.msixbundle", bundle)), around(msix.KindUpload, inBundle)},
		{"large package in upload", "a.msixupload", msixtest.Archive(unfinished("a.msix", large)), around(msix.KindUpload, sample("x64"))},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := read(test.file, test.content)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzUnfinished cuts the stream of a manifest off anywhere. It is read whole or not at all.
func FuzzUnfinished(f *testing.F) {
	f.Add("", uint16(0), true)
	f.Add("CN=Contoso", uint16(1), false)
	f.Add(strings.Repeat("CN=A Company With A Long Name, ", 100), uint16(5), true)
	f.Fuzz(func(t *testing.T, text string, cut uint16, unfinished bool) {
		manifest := append(msixtest.ManifestXML(msixtest.Manifest{}), "<!-- "+strings.NewReplacer("-", "", "\x00", "").Replace(text)+" -->"...)
		member := msixtest.Member{Name: "AppxManifest.xml", Content: manifest, Method: msixtest.Deflated, Unfinished: unfinished}
		whole := msixtest.Archive(member)
		packed := bytes.Index(whole, []byte("PK\x07\x08"))
		if packed < 0 {
			packed = bytes.Index(whole, []byte("PK\x01\x02"))
		}
		packed -= 30 + len(member.Name)
		if packed <= 1 {
			t.Skip("the content looks like a header")
		}
		full, fullErr := read("a.msix", whole)
		member.ClaimedPackedSize = max(1, uint64(packed)-min(uint64(cut), uint64(packed)-1))
		got, err := read("a.msix", msixtest.Archive(member))
		switch {
		case err == nil && cmp.Diff(full, got) != "":
			t.Errorf("cut off by %d bytes it was read as\n%s", cut, cmp.Diff(full, got))
		case err != nil && fullErr == nil && !strings.Contains(err.Error(), "is damaged"):
			t.Errorf("cut off by %d bytes: %v, want damage", cut, err)
		}
	})
}
