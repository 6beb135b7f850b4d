// Package archive describes the ZIP archive that carries packages to the Store as arithmetic over its members.
//
// Members are stored, not compressed: packages are compressed already [store-api 6.2]. Their names and sizes fix the place
// of every byte, so the archive's size is known before a file is read, any part of it can be made at any time, in any
// order and as often as a retry wants it, and no temporary file is needed. The CRC-32 of each member is the only thing
// that must be read to be known; [Digest] makes it from the same reading that goes to the Store.
//
// The format is that of PKWARE's APPNOTE.TXT 6.3.10: no data descriptors, names in UTF-8 (bit 11), the timestamp
// 1980-01-01 00:00:00, ZIP64 records exactly where a value needs them. The same members give the same bytes.
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
	end       int64 // offset of the records that end it
	size      int64
}

// kind says what the bytes of a piece are.
type kind int

const (
	header  kind = iota // a member's local file header
	content             // a member's bytes
	entry               // a member's central directory header
	end                 // the records that end the central directory
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
		if err := errors.Join(a.add(header, i, headerSize(m)), a.add(content, i, m.Size)); err != nil {
			return nil, err
		}
	}
	a.directory = a.size
	for i, m := range a.members {
		if err := a.add(entry, i, entrySize(m, a.headerOf(i).offset)); err != nil {
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
			errs = append(errs, fmt.Errorf("member %q has the SHA-256 %q, want 64 lower-case hexadecimal digits", m.Name, m.SHA256))
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

// headerOf and contentOf rely on the order in which New adds the pieces.
func (a *Archive) headerOf(member int) piece  { return a.pieces[2*member] }
func (a *Archive) contentOf(member int) piece { return a.pieces[2*member+1] }

// Size is the archive's size in bytes.
func (a *Archive) Size() int64 { return a.size }

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

// Needs is how many of the members, counted from the first, must have been digested before [Digest.Frame] can complete the
// n bytes of the archive from offset on: 0 when they are members' bytes only and there is nothing to complete.
func (a *Archive) Needs(offset int64, n int) int {
	needs := 0
	for pc := range a.within(offset, n) {
		switch pc.kind {
		case header, entry:
			needs = max(needs, pc.member+1)
		case end:
			needs = len(a.members)
		case content:
		}
	}
	return needs
}

// within yields the pieces that share at least one byte with the n bytes from offset on.
func (a *Archive) within(offset int64, n int) iter.Seq[piece] {
	first := sort.Search(len(a.pieces), func(i int) bool { return a.pieces[i].end() > offset })
	return func(yield func(piece) bool) {
		for _, pc := range a.pieces[first:] {
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
