package msix

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
)

// What makes an archive a package or a bundle.
const (
	manifestName       = "AppxManifest.xml"
	bundleManifestName = "AppxMetadata/AppxBundleManifest.xml"
)

// kind looks at what is in the archive. What is expected only matters for the words if it is nothing known.
func (d *directory) kind(expected Kind) (Kind, error) {
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
	case len(d.roots) > 0:
		return KindUpload, nil
	}
	wanted := "an " + manifestName
	switch expected {
	case KindBundle:
		wanted = "an " + bundleManifestName
	case KindUpload:
		wanted = "a package or a bundle at its root"
	case KindPackage:
	}
	return "", d.fault(nil, "it does not hold %s, found %s", wanted, d.listing())
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

// check refuses what no reader of packages can make sense of.
func (d *directory) check(f *zip.File) error {
	const encrypted = 0x1
	switch {
	case f.Flags&encrypted != 0:
		return d.fault(nil, "member %s is encrypted, and the Store takes packages in plain", quote(f.Name))
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return d.fault(nil, "member %s is compressed by method %d, expected stored or deflated", quote(f.Name), f.Method)
	}
	return nil
}

// readManifest returns a small member whole.
func (d *directory) readManifest(f *zip.File) ([]byte, error) {
	if err := d.check(f); err != nil {
		return nil, err
	}
	if f.UncompressedSize64 > maxManifest {
		return nil, d.fault(nil, "%s has %d bytes, expected at most %d", f.Name, f.UncompressedSize64, maxManifest)
	}
	in, err := f.Open()
	if err != nil {
		return nil, d.memberFault(f, err)
	}
	defer in.Close()
	// The size in the header is a claim, and package zip fails on the first byte past it.
	content, err := io.ReadAll(in)
	if err != nil {
		return nil, d.memberFault(f, err)
	}
	return content, nil
}

// memberFault tells damage, which is a fault of the file, from failing to read it.
func (d *directory) memberFault(f *zip.File, err error) error {
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) {
		return d.fault(nil, "member %s is damaged: its bytes do not have the size and CRC-32 that the archive states", quote(f.Name))
	}
	return d.fault(noEOF(err), "member %s cannot be read", quote(f.Name))
}

// stored gives the bytes of a stored member without copying them.
func (d *directory) stored(f *zip.File) (source, error) {
	if f.CompressedSize64 != f.UncompressedSize64 {
		return source{}, d.fault(nil, "member %s is stored and said to have %d bytes, of which %d are there",
			quote(f.Name), f.UncompressedSize64, f.CompressedSize64)
	}
	offset, err := f.DataOffset()
	if err != nil {
		return source{}, d.memberFault(f, err)
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

// notAnArchive says what a file without an end-of-archive record is.
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
