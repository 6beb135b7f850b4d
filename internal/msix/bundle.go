package msix

import (
	"archive/zip"
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
)

// maxPrograms bounds the packages of a bundle that are opened. There is one for each of five architectures,
// twice with stubs; resource packages, of which there may be hundreds, are not opened.
const maxPrograms = 100

// bundleManifest is the part of AppxBundleManifest.xml that matters here.
type bundleManifest struct {
	XMLName    xml.Name
	Identities []identityElement `xml:"Identity"`
	Packages   []bundledElement  `xml:"Packages>Package"`
}

type bundledElement struct {
	// Type is application or resource, and resource if it is left out.
	Type         string            `xml:"Type,attr"`
	Version      string            `xml:"Version,attr"`
	Architecture string            `xml:"Architecture,attr"`
	FileName     string            `xml:"FileName,attr"`
	Offset       string            `xml:"Offset,attr"`
	Size         string            `xml:"Size,attr"`
	Resources    []resourceElement `xml:"Resources>Resource"`
	Families     []familyElement   `xml:"Dependencies>TargetDeviceFamily"`
}

func (d *directory) readBundle() (*Package, error) {
	f, err := d.find(bundleManifestName)
	if err != nil {
		return nil, err
	}
	var m bundleManifest
	if err := d.decode(f, "Bundle", &m); err != nil {
		return nil, err
	}
	b := &Package{Kind: KindBundle}
	if _, err := d.identity(f.Name, m.XMLName, m.Identities, b); err != nil {
		return nil, err
	}
	var programs int
	var resources []resourceElement
	for _, e := range m.Packages {
		if !strings.EqualFold(e.Type, "application") {
			resources = append(resources, e.Resources...)
			continue
		}
		if programs++; programs > maxPrograms {
			return nil, d.fault(nil, "the bundle claims more than %d applications", maxPrograms)
		}
		p, err := d.readProgram(b, e)
		if err != nil {
			return nil, err
		}
		p.Languages = distinct(p.Languages, languages(e.Resources))
		b.contain(*p)
	}
	b.Languages = distinct(b.Languages, languages(resources))
	if programs == 0 {
		return nil, d.fault(nil, "%s lists %d packages and none of type application, expected at least one", f.Name, len(m.Packages))
	}
	return b, nil
}

// readProgram reads one application of bundle b. Like Windows, it demands that the package is in the bundle,
// uncompressed, and what the bundle says it is.
func (d *directory) readProgram(b *Package, e bundledElement) (*Package, error) {
	version, err := ParseVersion(e.Version)
	if err != nil {
		return nil, d.fault(err, "the package %s has a wrong Version in %s", quote(e.FileName), bundleManifestName)
	}
	p := &Package{Kind: KindPackage, Name: b.Name, Publisher: b.Publisher, Version: version, Architecture: neutral}
	if e.Architecture != "" {
		p.Architecture = strings.ToLower(e.Architecture)
	}
	p.Architectures = []string{p.Architecture}
	if p.TargetDeviceFamilies, err = d.families(bundleManifestName, e.Families); err != nil {
		return nil, err
	}
	f, err := d.find(e.FileName)
	switch {
	case err != nil:
		return nil, err
	case f == nil && e.Offset == "":
		return nil, d.fault(nil, "the package %s lies beside the bundle, and the Store takes bundles that hold their packages", quote(e.FileName))
	case f == nil:
		return nil, d.fault(nil, "the package %s is missing, which %s lists", quote(e.FileName), bundleManifestName)
	}
	if err := d.check(f); err != nil {
		return nil, err
	}
	if f.Method != zip.Store {
		return nil, d.fault(nil, "the package %s is compressed, expected stored: bundles are made with makeappx bundle", quote(f.Name))
	}
	if size, err := strconv.ParseUint(e.Size, 10, 64); e.Size != "" && (err != nil || size != f.UncompressedSize64) {
		return nil, d.fault(nil, "the package %s has %d bytes, and the Size %s in %s", quote(f.Name), f.UncompressedSize64, quote(e.Size), bundleManifestName)
	}
	if d.forward {
		return p, nil
	}
	inner, err := d.stored(f)
	if err != nil {
		return nil, err
	}
	found, err := inner.read(KindPackage)
	if err != nil {
		return nil, err
	}
	if found.Kind != KindPackage {
		return nil, inner.fault(nil, "it is a %s, but the bundle lists it as an application", found.Kind)
	}
	if found.Name != p.Name || found.Publisher != p.Publisher || found.Version != p.Version || found.Architecture != p.Architecture {
		return nil, inner.fault(nil, "it is %s, but the bundle says %s", found.describe(), p.describe())
	}
	return found, nil
}

// contain adds a package to a bundle or an upload file.
func (b *Package) contain(p Package) {
	b.Contents = append(b.Contents, p)
	b.Architectures = distinct(b.Architectures, p.Architectures)
	slices.Sort(b.Architectures)
	b.Architecture = ""
	if len(b.Architectures) == 1 {
		b.Architecture = b.Architectures[0]
	}
	b.Languages = distinct(b.Languages, p.Languages)
	b.Capabilities = distinct(b.Capabilities, p.Capabilities)
	for _, f := range p.TargetDeviceFamilies {
		b.target(f)
	}
	if b.OSMinVersion == (Version{}) || p.OSMinVersion != (Version{}) && p.OSMinVersion.Compare(b.OSMinVersion) < 0 {
		b.OSMinVersion = p.OSMinVersion
	}
}

func (b *Package) target(f DeviceFamily) {
	i := slices.IndexFunc(b.TargetDeviceFamilies, func(known DeviceFamily) bool { return known.Name == f.Name })
	if i < 0 {
		b.TargetDeviceFamilies = append(b.TargetDeviceFamilies, f)
		return
	}
	known := &b.TargetDeviceFamilies[i]
	if f.MinVersion.Compare(known.MinVersion) < 0 {
		known.MinVersion = f.MinVersion
	}
	if f.MaxVersionTested.Compare(known.MaxVersionTested) > 0 {
		known.MaxVersionTested = f.MaxVersionTested
	}
}

// describe names a package in full.
func (b *Package) describe() string {
	return quote(b.Name) + " by " + quote(b.Publisher) + " " + b.Version.String() + " " + b.Architecture
}
