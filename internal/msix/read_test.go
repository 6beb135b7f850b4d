package msix_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"path"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

var desktop = msix.DeviceFamily{
	Name: "Windows.Desktop", MinVersion: msix.Version{10, 0, 17763, 0}, MaxVersionTested: msix.Version{10, 0, 22621, 0},
}

// sample is what is read of a package that msixtest makes by default.
func sample(architecture string) msix.Package {
	return msix.Package{
		Kind: msix.KindPackage, Name: "Contoso.Sample", Publisher: "CN=Contoso", Version: msix.Version{1, 0, 0, 0},
		Architecture: architecture, Architectures: []string{architecture},
		TargetDeviceFamilies: []msix.DeviceFamily{desktop},
		Languages:            []string{"en-us"}, Capabilities: []string{"internetClient"},
	}
}

// around is what is read of a bundle or upload file with the contents, where all else is as in sample or the first of them.
func around(kind msix.Kind, contents ...msix.Package) msix.Package {
	p := sample("")
	p.Kind, p.Architectures, p.Contents, p.Capabilities = kind, nil, contents, contents[0].Capabilities
	for _, inner := range contents {
		p.Architectures = append(p.Architectures, inner.Architectures...)
	}
	if len(p.Architectures) == 1 {
		p.Architecture = p.Architectures[0]
	}
	return p
}

func read(name string, content []byte) (*msix.Package, error) {
	return msix.Read(name, bytes.NewReader(content), int64(len(content)))
}

func TestReadPackage(t *testing.T) {
	t.Parallel()
	with := func(change func(*msix.Package)) msix.Package {
		p := sample("x64")
		change(&p)
		return p
	}
	for _, test := range []struct {
		name     string
		file     string
		manifest msixtest.Manifest
		want     msix.Package
	}{
		{name: "msix", file: "Sample.msix", want: sample("x64")},
		{name: "appx", file: "Sample.appx", want: sample("x64")},
		{name: "capital letters", file: "SAMPLE.MSIX", want: sample("x64")},
		{name: "path", file: `C:\build\out.d\Sample.msix`, want: sample("x64")},
		{name: "signed", file: "Sample.msix", manifest: msixtest.Manifest{Signed: true}, want: sample("x64")},
		{name: "manifest first", file: "Sample.msix", manifest: msixtest.Manifest{ManifestFirst: true, PayloadSize: 200_000}, want: sample("x64")},
		{name: "neutral", file: "Sample.msix", manifest: msixtest.Manifest{Architecture: "neutral"}, want: sample("neutral")},
		{name: "architecture left out", file: "Sample.msix", manifest: msixtest.Manifest{Architecture: msixtest.Absent}, want: sample("neutral")},
		{name: "architecture in capitals", file: "Sample.msix", manifest: msixtest.Manifest{Architecture: "ARM64"}, want: sample("arm64")},
		{
			name: "identity beyond ASCII", file: "Übung 応用.msix", manifest: msixtest.Manifest{Name: "A.B-c", Publisher: `CN=Müller & Söhne, O="Müller, GmbH"`, Version: "10.2.30.4"},
			want: with(func(p *msix.Package) {
				p.Name, p.Publisher, p.Version = "A.B-c", `CN=Müller & Söhne, O="Müller, GmbH"`, msix.Version{10, 2, 30, 4}
			}),
		},
		{
			name: "several of everything", file: "Sample.msix",
			manifest: msixtest.Manifest{
				Languages: []string{"EN-us", "fr-FR", "en-US"}, Capabilities: []string{"internetClient", "runFullTrust"},
				DeviceFamilies: []msixtest.DeviceFamily{
					{Name: "Windows.Universal", MinVersion: "10.0.0.0", MaxVersionTested: "10.0.1.0"},
					{Name: "Windows.Xbox", MinVersion: "10.0.2.0", MaxVersionTested: "10.0.3.0"},
				},
			},
			want: with(func(p *msix.Package) {
				p.Languages, p.Capabilities = []string{"en-us", "fr-fr"}, []string{"internetClient", "runFullTrust"}
				p.TargetDeviceFamilies = []msix.DeviceFamily{
					{Name: "Windows.Universal", MinVersion: msix.Version{10, 0, 0, 0}, MaxVersionTested: msix.Version{10, 0, 1, 0}},
					{Name: "Windows.Xbox", MinVersion: msix.Version{10, 0, 2, 0}, MaxVersionTested: msix.Version{10, 0, 3, 0}},
				}
			}),
		},
		{
			name: "Windows 8.1", file: "Sample.appx", manifest: msixtest.Manifest{OSMinVersion: "6.3.1"},
			want: with(func(p *msix.Package) {
				p.TargetDeviceFamilies, p.OSMinVersion = nil, msix.Version{6, 3, 1, 0}
			}),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := read(test.file, msixtest.Package(test.manifest))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
		})
	}
}

// A manifest counts as the same in every encoding that Windows' tools and editors write.
func TestReadPackageEncodings(t *testing.T) {
	t.Parallel()
	text := strings.TrimPrefix(string(msixtest.ManifestXML(msixtest.Manifest{Publisher: "CN=Łódź 😀"})), "\ufeff")
	utf16 := strings.Replace(text, `encoding="utf-8"`, `encoding="utf-16"`, 1)
	want := sample("x64")
	want.Publisher = "CN=Łódź 😀"
	for name, manifest := range map[string][]byte{
		"UTF-8":                          []byte(text),
		"UTF-8 with mark":                []byte("\ufeff" + text),
		"UTF-8 without declaration":      []byte(strings.TrimPrefix(text, `<?xml version="1.0" encoding="utf-8"?>`)),
		"UTF-8 with CRLF":                []byte(strings.ReplaceAll(text, "\n", "\r\n")),
		"UTF-16 little endian with mark": append([]byte{0xff, 0xfe}, utf16Bytes(utf16, binary.LittleEndian)...),
		"UTF-16 big endian with mark":    append([]byte{0xfe, 0xff}, utf16Bytes(utf16, binary.BigEndian)...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := read("Sample.msix", msixtest.Package(msixtest.Manifest{ManifestXML: manifest}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadBundle(t *testing.T) {
	t.Parallel()
	phone := msix.DeviceFamily{Name: "Windows.Mobile", MinVersion: msix.Version{10, 0, 1, 0}, MaxVersionTested: msix.Version{10, 0, 2, 0}}
	for _, test := range []struct {
		name   string
		bundle msixtest.BundleManifest
		want   func() msix.Package
	}{
		{
			name: "one architecture",
			want: func() msix.Package { return around(msix.KindBundle, sample("x64")) },
		},
		{
			name:   "families in the packages only",
			bundle: msixtest.BundleManifest{NoDeviceFamilies: true},
			want:   func() msix.Package { return around(msix.KindBundle, sample("x64")) },
		},
		{
			name:   "architectures sorted, contents as listed",
			bundle: msixtest.BundleManifest{Packages: []msixtest.Manifest{{Architecture: "x86"}, {Architecture: "arm64"}}},
			want: func() msix.Package {
				b := around(msix.KindBundle, sample("x86"), sample("arm64"))
				b.Architectures = []string{"arm64", "x86"}
				return b
			},
		},
		{
			name:   "its own version",
			bundle: msixtest.BundleManifest{Version: "2026.1.2.0", Packages: []msixtest.Manifest{{Version: "1.0.0.0"}}},
			want: func() msix.Package {
				b := around(msix.KindBundle, sample("x64"))
				b.Version = msix.Version{2026, 1, 2, 0}
				return b
			},
		},
		{
			name: "resource packages give languages and nothing else",
			bundle: msixtest.BundleManifest{Packages: []msixtest.Manifest{
				{}, {ResourceID: "language-fr", Architecture: "neutral", Languages: []string{"fr-FR"}, Capabilities: []string{"webcam"}},
			}},
			want: func() msix.Package {
				b := around(msix.KindBundle, sample("x64"))
				b.Languages = []string{"en-us", "fr-fr"}
				return b
			},
		},
		{
			name: "families cover all packages",
			bundle: msixtest.BundleManifest{Packages: []msixtest.Manifest{
				{Architecture: "arm", DeviceFamilies: []msixtest.DeviceFamily{
					{Name: "Windows.Desktop", MinVersion: "10.0.18362.0", MaxVersionTested: "10.0.26100.0"},
					{Name: "Windows.Mobile", MinVersion: "10.0.1.0", MaxVersionTested: "10.0.2.0"},
				}},
				{Architecture: "x64"},
			}},
			want: func() msix.Package {
				arm := sample("arm")
				arm.TargetDeviceFamilies = []msix.DeviceFamily{
					{Name: "Windows.Desktop", MinVersion: msix.Version{10, 0, 18362, 0}, MaxVersionTested: msix.Version{10, 0, 26100, 0}}, phone,
				}
				b := around(msix.KindBundle, arm, sample("x64"))
				b.TargetDeviceFamilies = []msix.DeviceFamily{
					{Name: "Windows.Desktop", MinVersion: desktop.MinVersion, MaxVersionTested: msix.Version{10, 0, 26100, 0}}, phone,
				}
				return b
			},
		},
		{
			name: "families cover later packages too",
			bundle: msixtest.BundleManifest{Packages: []msixtest.Manifest{
				{Architecture: "arm64"},
				{DeviceFamilies: []msixtest.DeviceFamily{{Name: "Windows.Desktop", MinVersion: "10.0.18362.0", MaxVersionTested: "10.0.26100.0"}}},
			}},
			want: func() msix.Package {
				x64 := sample("x64")
				x64.TargetDeviceFamilies = []msix.DeviceFamily{{Name: "Windows.Desktop", MinVersion: msix.Version{10, 0, 18362, 0}, MaxVersionTested: msix.Version{10, 0, 26100, 0}}}
				b := around(msix.KindBundle, sample("arm64"), x64)
				b.TargetDeviceFamilies = []msix.DeviceFamily{{Name: "Windows.Desktop", MinVersion: desktop.MinVersion, MaxVersionTested: msix.Version{10, 0, 26100, 0}}}
				return b
			},
		},
		{
			name: "lowest Windows 8",
			bundle: msixtest.BundleManifest{Packages: []msixtest.Manifest{
				{Architecture: "arm", OSMinVersion: "6.3"}, {Architecture: "x64", OSMinVersion: "6.2.1"}, {Architecture: "x86", OSMinVersion: "6.10"},
			}},
			want: func() msix.Package {
				contents := []msix.Package{sample("arm"), sample("x64"), sample("x86")}
				for i, lowest := range []msix.Version{{6, 3}, {6, 2, 1}, {6, 10}} {
					contents[i].TargetDeviceFamilies, contents[i].OSMinVersion = nil, lowest
				}
				b := around(msix.KindBundle, contents...)
				b.TargetDeviceFamilies, b.OSMinVersion = nil, msix.Version{6, 2, 1}
				return b
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := test.want()
			for _, extension := range []string{".msixbundle", ".appxbundle"} {
				got, err := read("Sample"+extension, msixtest.Bundle(test.bundle))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(&want, got); diff != "" {
					t.Errorf("read (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// A package that names no Windows does not run on every one.
func TestReadUploadForSomeOfWindows(t *testing.T) {
	t.Parallel()
	got, err := read("a.appxupload", msixtest.Archive(
		msixtest.Member{Name: "a.appx", Content: msixtest.Package(msixtest.Manifest{Architecture: "arm", OSMinVersion: " 6.3\n"})},
		msixtest.Member{Name: "b.appx", Content: msixtest.Package(msixtest.Manifest{})},
	))
	if want := (msix.Version{6, 3, 0, 0}); err != nil || got.OSMinVersion != want {
		t.Errorf("read %+v and the error %v, want the OSMinVersion %s", got, err, want)
	}
}

func TestReadManifestInEncodings(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{
		"ASCII":             manifested(`encoding="utf-8"`, `encoding="us-ascii"`),
		"UTF-8 with a mark": manifested(`<?xml`, "\xef\xbb\xbf<?xml"),
	} {
		got, err := read("a.msix", content)
		if err != nil || got.Name != "Contoso.Sample" {
			t.Errorf("%s: read %+v and the error %v, want the package", name, got, err)
		}
	}
}

func TestReadBundleInAnyCase(t *testing.T) {
	t.Parallel()
	got, err := read("a.msixbundle", bundled(strings.NewReplacer(`"x64"`, `"X64"`, `"application"`, `"Application"`).Replace(application(""))))
	if err != nil || got.Architecture != "x64" {
		t.Errorf("read %+v and the error %v, want x64", got, err)
	}
}

// Packaging tools percent-encode the names of members, and manifests have them in plain and with backslashes.
func TestReadBundleFindsEncodedNames(t *testing.T) {
	t.Parallel()
	inner := msixtest.Package(msixtest.Manifest{})
	manifest := `<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle"><Identity Name="Contoso.Sample" Publisher="CN=Contoso" Version="1.0.0.0"/>` +
		`<Packages><Package Type="application" Version="1.0.0.0" Architecture="x64" FileName="x64\My App[1].msix"/></Packages></Bundle>`
	bundle := msixtest.Archive(
		msixtest.Member{Name: "x64/My%20App%5B1%5D.msix", Content: inner},
		msixtest.Member{Name: "AppxMetadata/AppxBundleManifest.xml", Content: []byte(manifest)},
	)
	got, err := read("Sample.msixbundle", bundle)
	if err != nil {
		t.Fatal(err)
	}
	want := around(msix.KindBundle, sample("x64"))
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

func TestReadUpload(t *testing.T) {
	t.Parallel()
	bundle := around(msix.KindBundle, sample("x64"))
	newer := sample("arm64")
	newer.Version = msix.Version{1, 10, 0, 0}
	several := around(msix.KindUpload, newer, sample("x64"))
	several.Version, several.Architectures = newer.Version, []string{"arm64", "x64"}
	for _, test := range []struct {
		name    string
		content []byte
		want    msix.Package
	}{
		{"stored package", msixtest.Upload("Sample.msix", msixtest.Package(msixtest.Manifest{}), msixtest.Stored), around(msix.KindUpload, sample("x64"))},
		{"deflated package", msixtest.Upload("Sample.appx", msixtest.Package(msixtest.Manifest{}), msixtest.Deflated), around(msix.KindUpload, sample("x64"))},
		{"stored bundle", msixtest.Upload("Sample.msixbundle", msixtest.Bundle(msixtest.BundleManifest{}), msixtest.Stored), around(msix.KindUpload, bundle)},
		{"deflated bundle", msixtest.Upload("Sample.appxbundle", msixtest.Bundle(msixtest.BundleManifest{NoDeviceFamilies: true}), msixtest.Deflated), around(msix.KindUpload, bundle)},
		{
			"package for each architecture",
			msixtest.Archive(
				msixtest.Member{Name: "arm64.msix", Content: msixtest.Package(msixtest.Manifest{Architecture: "arm64", Version: "1.10.0.0"})},
				msixtest.Member{Name: "x64.msix", Content: msixtest.Package(msixtest.Manifest{})},
				msixtest.Member{Name: "Sample.appxsym", Content: []byte("symbols")},
			),
			several,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, extension := range []string{".msixupload", ".appxupload"} {
				got, err := read("Sample"+extension, test.content)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(&test.want, got); diff != "" {
					t.Errorf("read (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// counter counts what is read through it.
type counter struct {
	r            io.ReaderAt
	bytes, reads atomic.Int64
}

func (c *counter) ReadAt(p []byte, off int64) (int, error) {
	c.reads.Add(1)
	c.bytes.Add(int64(len(p)))
	return c.r.ReadAt(p, off)
}

// Planning reads packages over networks: kilobytes of them, and in few requests.
func TestReadIsFrugal(t *testing.T) {
	t.Parallel()
	const large = 64 << 20
	big := msixtest.Archive(
		msixtest.Member{Name: "Sample.exe", Content: make([]byte, large)},
		msixtest.Member{Name: "AppxManifest.xml", Content: msixtest.ManifestXML(msixtest.Manifest{}), Method: msixtest.Deflated},
	)
	architectures := msixtest.BundleManifest{Packages: []msixtest.Manifest{
		{Architecture: "x64", PayloadSize: 1 << 20}, {Architecture: "arm64", PayloadSize: 1 << 20},
	}}
	for _, test := range []struct {
		name         string
		content      []byte
		bytes, reads int64
	}{
		{"Sample.msix", big, 70 << 10, 1},
		{"Sample.msixbundle", msixtest.Bundle(architectures), 220 << 10, 5},
		{"Sample.msixupload", msixtest.Upload("Sample.msix", big, msixtest.Stored), 140 << 10, 3},
	} {
		t.Run(path.Ext(test.name), func(t *testing.T) {
			t.Parallel()
			c := &counter{r: bytes.NewReader(test.content)}
			if _, err := msix.Read(test.name, c, int64(len(test.content))); err != nil {
				t.Fatal(err)
			}
			if c.bytes.Load() > test.bytes || c.reads.Load() > test.reads {
				t.Errorf("read %d bytes in %d requests, want at most %d in %d", c.bytes.Load(), c.reads.Load(), test.bytes, test.reads)
			}
		})
	}
}

// A deflated package cannot be read from its end, so it is decompressed: once, if the manifest is where tools put it.
func TestReadLargeDeflatedUpload(t *testing.T) {
	t.Parallel()
	const large = 9 << 20
	// A manifest that takes many reads shows whether each of them starts over.
	chatty := sample("x64")
	chatty.Capabilities = nil
	for i := range 3000 {
		chatty.Capabilities = append(chatty.Capabilities, fmt.Sprintf("capability%x", i*i*i*2654435761))
	}
	noise := msixtest.Package(msixtest.Manifest{PayloadSize: large})
	unknown := sample("x64")
	unknown.Capabilities = nil
	upload := around(msix.KindUpload, around(msix.KindBundle, unknown))
	for _, test := range []struct {
		name   string
		inner  string
		file   []byte
		passes float64
		want   msix.Package
	}{
		{"manifest last", "Sample.msix", msixtest.Package(msixtest.Manifest{PayloadSize: large}), 1, around(msix.KindUpload, sample("x64"))},
		{"manifest in the middle", "Sample.msix", msixtest.Archive(
			msixtest.Member{Name: "a.dat", Content: noise},
			msixtest.Member{Name: "AppxManifest.xml", Content: msixtest.ManifestXML(msixtest.Manifest{Capabilities: chatty.Capabilities}), Method: msixtest.Deflated},
			msixtest.Member{Name: "b.dat", Content: noise},
		), 1.5, around(msix.KindUpload, chatty)},
		{"bundle", "Sample.msixbundle", msixtest.Bundle(msixtest.BundleManifest{Packages: []msixtest.Manifest{{PayloadSize: large}}}), 1, upload},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			content := msixtest.Upload(test.inner, test.file, msixtest.Deflated)
			c := &counter{r: bytes.NewReader(content)}
			got, err := msix.Read("Sample.msixupload", c, int64(len(content)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
			if passes := float64(c.bytes.Load()) / float64(len(content)); passes > test.passes+0.1 {
				t.Errorf("read the file %.1f times over, want %.1f", passes, test.passes)
			}
		})
	}
}

func TestExtensions(t *testing.T) {
	t.Parallel()
	for _, extension := range msix.Extensions() {
		if !msix.HasExtension("Sample"+extension) || !msix.HasExtension("/a.b/SAMPLE"+strings.ToUpper(extension)) {
			t.Errorf("%s is not known", extension)
		}
	}
	for _, name := range []string{"", "msix", "Sample", "Sample.zip", "Sample.msix.zip", "Sample.msix/", "Sample.eappx", "Sample.xap", "a.msix/b"} {
		if msix.HasExtension(name) {
			t.Errorf("%q is taken for a package", name)
		}
	}
}
