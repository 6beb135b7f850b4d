package msix

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"hash"
	"hash/crc32"
	"io"
)

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
	if d.limits.manifests -= signed(f.UncompressedSize64); d.limits.manifests < 0 {
		return nil, d.fault(nil, "with %s the manifests have more than the %d bytes that are read in one file", f.Name, maxManifests)
	}
	in, err := openMember(f)
	if err != nil {
		return nil, d.unreadable(f, err)
	}
	content, err := io.ReadAll(in)
	if err != nil {
		return nil, d.unreadable(f, err)
	}
	return content, nil
}

var errDamaged = errors.New("damaged")

// unreadable tells damage, which is a fault of the file, from failing to read it.
func (d *directory) unreadable(f *zip.File, err error) error {
	if _, corrupt := errors.AsType[flate.CorruptInputError](err); corrupt || errors.Is(err, errDamaged) || errors.Is(err, zip.ErrFormat) {
		return d.fault(nil, "member %s is damaged: its bytes do not have the size and CRC-32 that the archive states. %s", quote(f.Name), renew)
	}
	return d.fault(noEOF(err), "member %s cannot be read", quote(f.Name))
}

// memberReader decompresses a member and compares it with the size and the CRC-32 that the archive states.
//
// Package zip's own reader demands the final block of a deflate stream. Some packers end a stream without one, and
// Windows reads what they make, so here size and CRC-32 decide whether a stream is whole.
type memberReader struct {
	file *zip.File
	in   io.Reader
	sum  hash.Hash32
	left int64
}

func openMember(f *zip.File) (io.Reader, error) {
	in, err := f.OpenRaw()
	if err != nil {
		return nil, err
	}
	if f.Method == zip.Deflate {
		in = flate.NewReader(in)
	}
	return &memberReader{file: f, in: in, sum: crc32.NewIEEE(), left: signed(f.UncompressedSize64)}, nil
}

// Read implements [io.Reader]. Its error is errDamaged for content that the archive does not state.
func (r *memberReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	if int64(n) > r.left {
		return 0, errDamaged
	}
	r.left -= int64(n)
	// A hash takes every write.
	_, _ = r.sum.Write(p[:n])
	whole := err == io.EOF
	if !whole && !errors.Is(err, io.ErrUnexpectedEOF) {
		return n, err
	}
	// Tools that do not know the CRC-32 beforehand leave it out. Then nothing but the stream tells its end.
	omitted := whole && r.file.CRC32 == 0
	if r.left > 0 || r.sum.Sum32() != r.file.CRC32 && !omitted {
		return n, errDamaged
	}
	return n, io.EOF
}
