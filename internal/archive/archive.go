// Package archive describes the ZIP archive that carries packages to the Store as arithmetic over its members.
//
// Members are stored, not compressed: packages are compressed already [store-api 6.2]. Their names and sizes fix the place
// of every byte, so the archive's size is known before a file is read, any part of it can be made at any time, in any
// order and as often as a retry wants it, and no temporary file is needed. The CRC-32 of each member is the only thing
// that must be read to be known; [Digest] makes it from the same reading that goes to the Store.
//
// The format is that of PKWARE's APPNOTE.TXT 6.3.10: no data descriptors, names in UTF-8 (bit 11), the timestamp
// 1980-01-01 00:00:00, ZIP64 fields exactly where a value needs them. The same members give the same bytes.
package archive

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"sort"
)

// Member is a file of the archive.
type Member struct {
	// Name is the path within the archive, with forward slashes. The Store compares it with the package's fileName,
	// byte by byte [store-api 6.1].
	Name string
	// Content holds the bytes. Parts of it are read concurrently.
	Content io.ReaderAt
	// Size is the number of bytes that Content must have.
	Size int64
	// SHA256 is the digest that Content must have, in lower-case hex; empty accepts any.
	SHA256 string
}

// Archive is the layout of a ZIP archive. It is immutable and safe for concurrent use.
type Archive struct {
	members   []Member
	pieces    []piece
	directory int64 // offset of the central directory
	end       int64 // offset of the end of the central directory
	size      int64
}

// kind says what the bytes of a piece are.
type kind int

const (
	localHeader   kind = iota // a member's local file header
	content                   // a member's bytes
	centralHeader             // a member's central directory header
	end                       // the end of the central directory
)

// piece is a run of the archive's bytes that are of one kind and belong to one member.
type piece struct {
	kind         kind
	member       int
	offset, size int64
}

func (pc piece) end() int64 { return pc.offset + pc.size }

// New lays out an archive of the members in the order given. It reads nothing. The error joins one for each member that
// has an unusable name, size or digest.
func New(members []Member) (*Archive, error) {
	if err := validate(members); err != nil {
		return nil, err
	}
	a := &Archive{members: slices.Clone(members), pieces: make([]piece, 0, 3*len(members)+1)}
	for i, m := range a.members {
		if err := errors.Join(a.add(localHeader, i, localHeaderSize(m)), a.add(content, i, m.Size)); err != nil {
			return nil, err
		}
	}
	a.directory = a.size
	for i, m := range a.members {
		if err := a.add(centralHeader, i, centralHeaderSize(m, a.localHeaderOf(i).offset)); err != nil {
			return nil, err
		}
	}
	a.end = a.size
	if err := a.add(end, len(members), a.endSize()); err != nil {
		return nil, err
	}
	return a, nil
}

func validate(members []Member) error {
	if len(members) == 0 {
		return errors.New("the archive has no members")
	}
	var errs []error
	seen := make(map[string]struct{}, len(members))
	for _, m := range members {
		if err := validateName(m.Name); err != nil {
			errs = append(errs, err)
		}
		if _, ok := seen[m.Name]; ok {
			errs = append(errs, fmt.Errorf("member %q is in the archive twice", m.Name))
		}
		seen[m.Name] = struct{}{}
		if m.Size < 0 {
			errs = append(errs, fmt.Errorf("member %q has the size %d", m.Name, m.Size))
		}
		if !isDigest(m.SHA256) {
			errs = append(errs, fmt.Errorf("member %q has the SHA-256 %q, expected 64 lower-case hexadecimal digits", m.Name, m.SHA256))
		}
	}
	return errors.Join(errs...)
}

func isDigest(s string) bool {
	if s == "" {
		return true
	}
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && hex.EncodeToString(b) == s
}

func (a *Archive) add(k kind, member int, size int64) error {
	if size > math.MaxInt64-a.size {
		return errors.New("the archive is larger than 2^63-1 bytes")
	}
	a.pieces = append(a.pieces, piece{kind: k, member: member, offset: a.size, size: size})
	a.size += size
	return nil
}

// localHeaderOf and contentOf rely on the order in which New adds the pieces.
func (a *Archive) localHeaderOf(member int) piece { return a.pieces[2*member] }
func (a *Archive) contentOf(member int) piece     { return a.pieces[2*member+1] }

// Size is the archive's size in bytes.
func (a *Archive) Size() int64 { return a.size }

// Members is the number of members.
func (a *Archive) Members() int { return len(a.members) }

// ReadContent reads those bytes of the members that lie in the len(p) bytes of the archive from offset on, each to its
// place in p, and leaves the rest of p alone. It is safe for concurrent use. The error is a [ChangedError] when a member
// turns out to be shorter or longer than its size, and a [ReadError] when its Content fails.
func (a *Archive) ReadContent(p []byte, offset int64) error {
	for pc := range a.within(offset, len(p)) {
		if pc.kind != content {
			continue
		}
		part, at := pc.of(p, offset)
		if err := a.members[pc.member].read(part, at); err != nil {
			return err
		}
	}
	return nil
}

func (m *Member) read(p []byte, offset int64) error {
	n, err := m.Content.ReadAt(p, offset)
	switch {
	case n < len(p) && errors.Is(err, io.EOF):
		return &ChangedError{Name: m.Name, Want: bytesText(m.Size), Got: bytesText(offset + int64(n))}
	case n < len(p):
		return &ReadError{Name: m.Name, Err: err}
	case offset+int64(n) < m.Size:
		return nil
	}
	// A file that was appended to may still begin with the planned bytes, so that no digest would tell.
	var next [1]byte
	if n, _ := m.Content.ReadAt(next[:], m.Size); n > 0 {
		return &ChangedError{Name: m.Name, Want: bytesText(m.Size), Got: "more"}
	}
	return nil
}

// Part is a run of the archive's bytes.
type Part struct {
	Offset, Size int64
	// Needs is how many of the members, counted from the first, must have been digested before [Digest.Frame] can complete a
	// part that is nothing but a local header. It is 0 for all other parts: those can be completed as soon as they and all
	// before them were digested.
	Needs int
}

// Cut gives the part of at most limit bytes that begins at an offset, where another part ended. No part with bytes of a member
// waits for later parts: a local header is in one part with all of its member, or in a part without any member's bytes.
func (a *Archive) Cut(offset, limit int64) Part {
	part := Part{Offset: offset}
	for i := a.at(offset); i < len(a.pieces); i++ {
		pc := a.pieces[i]
		rest := pc.end() - max(offset, pc.offset)
		room := limit - part.Size
		if pc.kind != localHeader {
			part.Size += min(rest, room)
			if rest >= room {
				return part
			}
			continue
		}
		member := a.contentOf(pc.member)
		switch {
		case pc.offset >= offset && member.end()-pc.offset <= room:
			// The next piece is the member's content.
			part.Size += rest
		case part.Size > 0:
			return part
		default:
			return Part{Offset: offset, Size: min(rest, limit), Needs: pc.member + 1}
		}
	}
	return part
}

// at is the index of the piece that holds the byte at an offset.
func (a *Archive) at(offset int64) int {
	return sort.Search(len(a.pieces), func(i int) bool { return a.pieces[i].end() > offset })
}

// within yields the pieces that share at least one byte with the n bytes from offset on.
func (a *Archive) within(offset int64, n int) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		for _, pc := range a.pieces[a.at(offset):] {
			if pc.offset-offset >= int64(n) || (pc.size > 0 && !yield(pc)) {
				return
			}
		}
	}
}

// of is the part of p, the archive's bytes from offset on, that the piece covers, and where in the piece it begins.
func (pc piece) of(p []byte, offset int64) (part []byte, at int64) {
	at = max(0, offset-pc.offset)
	from := max(0, pc.offset-offset)
	to := min(int64(len(p)), pc.end()-offset)
	return p[from:to], at
}
