package msixtest

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// BundleManifest describes a bundle: the packages of one app for several architectures and languages.
type BundleManifest struct {
	Name, Publisher, Version string
	// Packages defaults to one of x64. What one leaves open of name, publisher and version is the bundle's.
	Packages []Manifest

	// NoDeviceFamilies leaves the device families out of the bundle's manifest, as tools before 2018 did:
	// they are then to be found in the packages only.
	NoDeviceFamilies bool
	// ManifestXML is written in place of the manifest that the other fields describe.
	ManifestXML []byte
	// NoManifest leaves AppxMetadata/AppxBundleManifest.xml out.
	NoManifest bool
	// Method is how the packages are stored: [Stored], unless a broken bundle is wanted.
	Method uint16
}

// Bundle returns an .msixbundle or .appxbundle file.
func Bundle(m BundleManifest) []byte {
	m.Name = cmp.Or(m.Name, DefaultName)
	m.Publisher = cmp.Or(m.Publisher, DefaultPublisher)
	m.Version = cmp.Or(m.Version, DefaultVersion)
	if m.Packages == nil {
		m.Packages = []Manifest{{}}
	}
	packages := make([]Manifest, len(m.Packages))
	members := make([]Member, len(m.Packages))
	for i, p := range m.Packages {
		p.Name = cmp.Or(p.Name, m.Name)
		p.Publisher = cmp.Or(p.Publisher, m.Publisher)
		p.Version = cmp.Or(p.Version, m.Version)
		p = p.withDefaults()
		packages[i] = p
		members[i] = Member{Name: PackageFileName(p), Content: Package(p), Method: m.Method}
	}
	// The manifest says where the packages start, and is written after them, so this first pass is exact.
	_, offsets := archive(members)

	var rest []Member
	if !m.NoManifest {
		rest = append(rest, Member{
			Name:    "AppxMetadata/AppxBundleManifest.xml",
			Content: bundleManifestXML(m, packages, members, offsets),
			Method:  Deflated,
		})
	}
	rest = append(rest,
		Member{Name: "AppxBlockMap.xml", Content: blockMap(rest), Method: Deflated},
		Member{Name: "[Content_Types].xml", Content: []byte(bundleContentTypes), Method: Deflated},
	)
	return Archive(slices.Concat(members, rest)...)
}

// PackageFileName is the name that a package has inside of a bundle, such as Contoso.Sample_1.0.0.0_x64.msix.
func PackageFileName(m Manifest) string {
	m = m.withDefaults()
	parts := []string{m.Name, m.Version}
	if m.Architecture != Absent {
		parts = append(parts, m.Architecture)
	}
	if m.ResourceID != "" {
		parts = append(parts, m.ResourceID)
	}
	return strings.Join(parts, "_") + ".msix"
}

func bundleManifestXML(m BundleManifest, packages []Manifest, members []Member, offsets []int) []byte {
	if m.ManifestXML != nil {
		return m.ManifestXML
	}
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="no"?>` + "\n" +
		`<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle" SchemaVersion="5.0"` +
		` xmlns:b4="http://schemas.microsoft.com/appx/2018/bundle" IgnorableNamespaces="b4">` + "\n")
	fmt.Fprintf(&b, "  <Identity Name=\"%s\" Publisher=\"%s\" Version=\"%s\"/>\n  <Packages>\n",
		escape(m.Name), escape(m.Publisher), escape(m.Version))
	for i, p := range packages {
		kind := "application"
		if p.ResourceID != "" {
			kind = "resource"
		}
		fmt.Fprintf(&b, `    <Package Type="%s" Version="%s"`, kind, escape(p.Version))
		if p.Architecture != Absent {
			fmt.Fprintf(&b, ` Architecture="%s"`, escape(p.Architecture))
		}
		if p.ResourceID != "" {
			fmt.Fprintf(&b, ` ResourceId="%s"`, escape(p.ResourceID))
		}
		fmt.Fprintf(&b, " FileName=\"%s\" Offset=\"%d\" Size=\"%d\">\n", escape(members[i].Name), offsets[i], len(members[i].Content))
		writeResources(&b, "      ", p.Languages)
		if !m.NoDeviceFamilies {
			writeFamilies(&b, "      ", "b4:", p.DeviceFamilies)
		}
		b.WriteString("    </Package>\n")
	}
	b.WriteString("  </Packages>\n</Bundle>\n")
	return b.Bytes()
}

// Upload returns an .msixupload or .appxupload file, which holds one package or bundle of the given name and
// its debugging symbols. Visual Studio deflates the package once more; method is [Deflated] or [Stored].
func Upload(name string, inner []byte, method uint16) []byte {
	stem := strings.TrimSuffix(name, path.Ext(name))
	return Archive(
		Member{Name: name, Content: inner, Method: method},
		Member{Name: stem + ".appxsym", Content: noise(uint64(len(inner)), 2048), Method: method},
	)
}
