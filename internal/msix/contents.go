package msix

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
)

// What makes an archive a package or a bundle.
const (
	manifestName       = "AppxManifest.xml"
	bundleManifestName = "AppxMetadata/AppxBundleManifest.xml"
)

// kind looks at what is in the archive. What the name promises only matters for the words if it is nothing known.
func (d *directory) kind(promised Kind) (Kind, error) {
	manifest, err := d.find(manifestName)
	if err != nil {
		return "", err
	}
	bundle, err := d.find(bundleManifestName)
	if err != nil {
		return "", err
	}
	switch {
	case manifest != nil && bundle != nil:
		return "", d.fault(nil, "it holds both %s and %s, expected one of them", manifestName, bundleManifestName)
	case manifest != nil:
		return KindPackage, nil
	case bundle != nil:
		return KindBundle, nil
	case len(d.roots) == 0:
		return "", d.lacksManifest(promised)
	case promised == KindBundle, d.signedOrMapped():
		return "", d.fault(nil, "it is a bundle without its manifest: it holds %s and no %s. Packages that are merely zipped are no bundle: "+
			"make it with makeappx bundle, or give the packages themselves", quote(d.roots[0].Name), bundleManifestName)
	case promised == KindPackage:
		return "", d.fault(nil, "it is a ZIP archive that holds %s, and not a package: unpack it and give what it holds. "+
			"Only if it is %s, with %s, name it %s", quote(d.roots[0].Name), KindUpload.phrase(), uploadContents, renamed(d.name, KindUpload))
	}
	return KindUpload, nil
}

// uploadContents is what tools put into an upload file.
const uploadContents = "one bundle or the packages of one app at its root, and their .appxsym symbols"

// signedOrMapped reports whether the archive has what packaging tools write into packages and bundles, and never
// into an upload file.
func (d *directory) signedOrMapped() bool {
	return slices.ContainsFunc([]string{"AppxBlockMap.xml", "AppxSignature.p7x", "[Content_Types].xml"}, func(name string) bool {
		_, ok := d.members[memberKey(name)]
		return ok
	})
}

// lacksManifest is the fault of an archive in which there is nothing known at the right place.
func (d *directory) lacksManifest(promised Kind) error {
	switch promised {
	case KindBundle:
		return d.fault(nil, "it does not hold an %s, found %s: make the bundle with makeappx bundle", bundleManifestName, d.listing())
	case KindUpload:
		return d.fault(nil, "it does not hold a package or a bundle at its root, found %s: an upload file holds %s", d.listing(), uploadContents)
	case KindPackage, kindResource:
	}
	for _, f := range d.files {
		if strings.HasSuffix(memberKey(f.Name), "/"+memberKey(manifestName)) {
			return d.fault(nil, "it does not hold an %s at its root, found %s: pack what is in that folder, and not the folder", manifestName, quote(f.Name))
		}
	}
	return d.fault(nil, "it does not hold an %s, found %s: build the package with Visual Studio or makeappx pack", manifestName, d.listing())
}

// listing names the first members, which mostly shows what was packed by mistake.
func (d *directory) listing() string {
	if len(d.files) == 0 {
		return "an archive without members"
	}
	const most = 3
	var names []string
	for _, f := range d.files[:min(most, len(d.files))] {
		names = append(names, quote(f.Name))
	}
	list := strings.Join(names, ", ")
	if len(d.files) > most {
		list += " and others"
	}
	return list
}

// stored gives the bytes of a stored member without copying them.
func (d *directory) stored(f *zip.File) (source, error) {
	if f.CompressedSize64 != f.UncompressedSize64 {
		return source{}, d.fault(nil, "member %s is stored and said to have %d bytes, of which %d are there",
			quote(f.Name), f.UncompressedSize64, f.CompressedSize64)
	}
	offset, err := f.DataOffset()
	if err != nil {
		return source{}, d.unreadable(f, err)
	}
	size := signed(f.CompressedSize64)
	if offset > d.size-size {
		return source{}, d.fault(nil, "member %s is said to have %d bytes from byte %d on, but there are only %d",
			quote(f.Name), f.CompressedSize64, offset, d.size)
	}
	in := d.inside(f.Name, io.NewSectionReader(d.r, offset, size), size)
	return in, nil
}

// beginnings tell what was named like a package by mistake.
var beginnings = []struct{ bytes, meaning string }{
	{"EXPH", "an encrypted package, and the Store takes packages in plain"},
	{"EXBH", "an encrypted bundle, and the Store takes packages in plain"},
	{"version https://git-lfs", "a Git LFS pointer: fetch the file itself with git lfs pull"},
	{"<!", "a web page: the address may lead to a login"},
	{"<html", "a web page: the address may lead to a login"},
	{"<?xml", "an XML document"},
	{"{", "a JSON document"},
	{"MZ", "a Windows program or library"},
	{"MSCF", "a cabinet file"},
	{"\x1f\x8b", "a gzip file"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip file"},
	{"\xd0\xcf\x11\xe0", "a Windows Installer or other compound file"},
}

// notAnArchive says what a file is that does not end as an archive.
func (s source) notAnArchive(t *tail) error {
	start := make([]byte, min(s.size, 32))
	if n, err := t.ReadAt(start, 0); n < len(start) {
		return s.fault(noEOF(err), "the first %d bytes cannot be read", len(start))
	}
	if bytes.HasPrefix(start, []byte("PK\x03\x04")) {
		return s.fault(nil, "it begins as a ZIP archive and has no end: the file was cut off at %d bytes", s.size)
	}
	lower := strings.ToLower(string(start))
	for _, b := range beginnings {
		if strings.HasPrefix(lower, strings.ToLower(b.bytes)) {
			return s.fault(nil, "it is no ZIP archive but begins like %s", b.meaning)
		}
	}
	// Four bytes tell the kind of most files. A server may have sent anything, a
	// credential too, so no more is repeated.
	return s.fault(nil, "it is no ZIP archive, it begins with %s", quote(string(start[:min(4, len(start))])))
}
