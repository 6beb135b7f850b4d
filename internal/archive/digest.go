package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
)

// ChangedError says that a member's bytes are not the ones that were planned.
type ChangedError struct {
	Name string // of the member
	Want string // what was planned, a digest or a size
	Got  string // what was read
}

// Error names the member and both facts.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("%q is not the file that was planned: expected %s, got %s", e.Name, e.Want, e.Got)
}

// ReadError says that a member's bytes could not be read.
type ReadError struct {
	Name string // of the member
	Err  error  // that of its Content
}

// Error names the member and the cause.
func (e *ReadError) Error() string { return fmt.Sprintf("read %q: %v", e.Name, e.Err) }

// Unwrap returns the cause.
func (e *ReadError) Unwrap() error { return e.Err }

func bytesText(n int64) string { return fmt.Sprintf("%d bytes", n) }

func digestText(hexadecimal string) string { return "SHA-256 " + hexadecimal }

// Digest takes in the members' bytes in the order of the archive, compares each member's SHA-256 with the planned one, and
// keeps the CRC-32 that its headers want. It is not safe for concurrent use.
type Digest struct {
	archive *Archive
	next    int64 // offset in the archive of the bytes to come
	sha     hash.Hash
	crc     uint32
	done    []uint32 // CRC-32 of each finished member
}

// NewDigest begins a reading of the archive.
func (a *Archive) NewDigest() *Digest {
	return &Digest{archive: a, sha: sha256.New(), done: make([]uint32, 0, len(a.members))}
}

// stride is how many bytes are digested twice before the next ones: few enough to be still in the core's cache.
const stride = 64 << 10

// Update takes in the members' bytes in p, which is the archive's part that follows the one given before. Bytes of headers
// and directory are skipped. The error is a [ChangedError] when a member that ends in p has another SHA-256 than planned.
func (d *Digest) Update(p []byte) error {
	for pc := range d.archive.within(d.next, len(p)) {
		if err := d.finish(pc.offset); err != nil {
			return err
		}
		if pc.kind == content {
			part, _ := pc.of(p, d.next)
			d.write(part, d.archive.members[pc.member].SHA256 != "")
		}
	}
	d.next += int64(len(p))
	return d.finish(d.next)
}

// Skip passes over bytes that hold none of a member, the part of the archive that follows the one given before.
func (d *Digest) Skip(n int64) { d.next += n }

func (d *Digest) write(p []byte, planned bool) {
	for len(p) > 0 {
		n := min(len(p), stride)
		d.crc = crc32.Update(d.crc, crc32.IEEETable, p[:n])
		if planned {
			d.sha.Write(p[:n])
		}
		p = p[n:]
	}
}

// finish closes the members that end at or before an offset of the archive, up to which everything was taken in.
func (d *Digest) finish(offset int64) error {
	for i := len(d.done); i < len(d.archive.members); i++ {
		m := d.archive.members[i]
		if d.archive.contentOf(i).end() > offset {
			return nil
		}
		if got := hex.EncodeToString(d.sha.Sum(nil)); m.SHA256 != "" && got != m.SHA256 {
			return &ChangedError{Name: m.Name, Want: digestText(m.SHA256), Got: digestText(got)}
		}
		d.done = append(d.done, d.crc)
		d.sha.Reset()
		d.crc = 0
	}
	return nil
}

// Known is how many members, counted from the first, were digested whole; see [Part].
func (d *Digest) Known() int { return len(d.done) }

// Frame makes the headers and the directory in the len(p) bytes of the archive from offset on, each at its place in p, and
// leaves the members' bytes alone. What the part needs must be known.
func (d *Digest) Frame(p []byte, offset int64) {
	d.archive.frame(p, offset, d.done)
}

func (a *Archive) frame(p []byte, offset int64, crcs []uint32) {
	var buffer []byte
	for pc := range a.within(offset, len(p)) {
		buffer = buffer[:0]
		switch pc.kind {
		case localHeader:
			buffer = appendLocalHeader(buffer, a.members[pc.member], crcs[pc.member])
		case centralHeader:
			buffer = appendCentralHeader(buffer, a.members[pc.member], crcs[pc.member], a.localHeaderOf(pc.member).offset)
		case end:
			buffer = a.appendEnd(buffer)
		case content:
			continue
		}
		part, at := pc.of(p, offset)
		copy(part, buffer[at:])
	}
}
