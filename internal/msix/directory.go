package msix

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Upper limits, far above what tools make and far below what would hurt. Windows' own manifests have some
// kilobytes; a hundred bytes of directory for each member is usual.
const (
	maxManifest  = 4 << 20
	maxManifests = 16 << 20
	maxDirectory = 32 << 20
	maxMembers   = 1 << 18
)

// limits are shared by everything inside of one file: a bundle may claim thousands of packages that are all
// the same bytes of it.
type limits struct{ manifests, directory, members int64 }

func newLimits() *limits {
	return &limits{manifests: maxManifests, directory: maxDirectory, members: maxMembers}
}

// source is a run of bytes that should be a package file: the file itself or a stored member of it.
type source struct {
	// file and member are what errors call it, name is its own name without the ones it is inside of.
	file, member, name string
	r                  io.ReaderAt
	size               int64
	limits             *limits
	// forward says that reading anything but the end means to decompress everything before it.
	forward bool
}

// inside is a source in a member of s.
func (s source) inside(name string, r io.ReaderAt, size int64) source {
	in := s
	in.name, in.r, in.size = name, r, size
	in.member = path.Join(s.member, name)
	return in
}

// directory is an archive whose list of members was read.
type directory struct {
	source
	members map[string]*zip.File
	roots   []*zip.File
	files   []*zip.File
}

func (s source) open() (*directory, error) {
	tail, err := s.readTail()
	if err != nil {
		return nil, err
	}
	claimed, err := s.checkEnd(tail)
	if err != nil {
		return nil, err
	}
	// The number of members that the end of the archive states is checked by package zip modulo 65536 only: it
	// goes on for as long as it finds headers. So it gets what was claimed, and no more.
	guard := &guard{r: tail, left: claimed + 4*tailSize}
	archive, err := zip.NewReader(guard, s.size)
	switch {
	case errors.Is(err, errGuard):
		return nil, s.fault(nil, "its central directory is longer than the %d bytes that the archive claims. %s", claimed, renew)
	case errors.Is(err, zip.ErrFormat), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, s.fault(nil, "its central directory is damaged: at the place that the archive claims for it, and up to its size of %d bytes, "+
			"there is no list of the members. %s", claimed, renew)
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return nil, s.fault(err, "the list of members cannot be read")
	}
	guard.left = unguarded
	d := &directory{source: s, members: make(map[string]*zip.File, len(archive.File)), files: archive.File}
	for _, f := range archive.File {
		if err := d.add(f); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// add files a member under the name that Windows would find it by.
func (d *directory) add(f *zip.File) error {
	key := memberKey(f.Name)
	if leaves(key) {
		return d.fault(nil, "the name of member %s leads out of the package", quote(f.Name))
	}
	if _, twice := d.members[key]; twice {
		// Two readers could see two different manifests.
		d.members[key] = nil
		return nil
	}
	d.members[key] = f
	if !strings.Contains(key, "/") && HasExtension(key) {
		d.roots = append(d.roots, f)
	}
	return nil
}

// memberKey undoes the percent-encoding that packaging tools apply to names, and ignores case as Windows does.
func memberKey(name string) string {
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
}

func leaves(key string) bool {
	return strings.HasPrefix(key, "/") || strings.ContainsAny(key, ":\x00") || slices.Contains(strings.Split(key, "/"), "..")
}

// find returns nil without an error if there is no such member.
func (d *directory) find(name string) (*zip.File, error) {
	f, ok := d.members[memberKey(name)]
	if ok && f == nil {
		return nil, d.fault(nil, "there are two members of the name %s", quote(name))
	}
	return f, nil
}

// tailSize holds the longest end of an archive, comment and ZIP64 fields included, and mostly the directory
// as well: one read then does for all.
const tailSize = 66 << 10

// tail answers reads of the last bytes from memory, and others from r.
type tail struct {
	r     io.ReaderAt
	bytes []byte
	start int64
}

func (s source) readTail() (*tail, error) {
	if s.size <= 0 {
		return nil, s.fault(nil, "it is empty, expected a ZIP archive")
	}
	t := &tail{r: s.r, bytes: make([]byte, min(s.size, tailSize))}
	t.start = s.size - int64(len(t.bytes))
	if n, err := s.r.ReadAt(t.bytes, t.start); n < len(t.bytes) {
		return nil, s.fault(noEOF(err), "the last %d of %d bytes cannot be read", len(t.bytes), s.size)
	}
	return t, nil
}

// ReadAt implements [io.ReaderAt].
func (t *tail) ReadAt(p []byte, off int64) (int, error) {
	if off < t.start {
		before := min(int64(len(p)), t.start-off)
		n, err := t.r.ReadAt(p[:before], off)
		if int64(n) < before || n == len(p) {
			return n, err
		}
		rest, err := t.ReadAt(p[n:], t.start)
		return n + rest, err
	}
	return bytes.NewReader(t.bytes).ReadAt(p, off-t.start)
}

// noEOF turns an end that comes too early into one that cannot be taken for a regular one.
func noEOF(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// checkEnd looks at the numbers in the end of the central directory before package zip allocates memory by them. It returns
// the directory's size in bytes.
func (s source) checkEnd(t *tail) (int64, error) {
	const (
		signature   = "PK\x05\x06"
		endSize     = 22
		locatorSize = 20
		end64Size   = 56
	)
	at := bytes.LastIndex(t.bytes[:max(0, len(t.bytes)-endSize+len(signature))], []byte(signature))
	if at < 0 {
		return 0, s.notAnArchive(t)
	}
	little := binary.LittleEndian
	members, size := int64(little.Uint16(t.bytes[at+10:])), int64(little.Uint32(t.bytes[at+12:]))
	start, end := int64(little.Uint32(t.bytes[at+16:])), t.start+int64(at)
	if at >= locatorSize && string(t.bytes[at-locatorSize:at-locatorSize+4]) == "PK\x06\x07" {
		end = signed(little.Uint64(t.bytes[at-locatorSize+8:]))
		var end64 [end64Size]byte
		if n, err := t.ReadAt(end64[:], end); n < len(end64) {
			return 0, s.fault(noEOF(err), "the ZIP64 end of central directory, said to be at byte %d of %d, cannot be read", end, s.size)
		}
		if string(end64[:4]) != "PK\x06\x06" {
			return 0, s.fault(nil, "the ZIP64 end of central directory is not at byte %d, where the archive's end says", end)
		}
		// MakeAppx writes a ZIP64 end into every package, however small, and the other fields are then all ones.
		members, size = signed(little.Uint64(end64[32:])), signed(little.Uint64(end64[40:]))
		start = signed(little.Uint64(end64[48:]))
	}
	if members > s.limits.members {
		return 0, s.fault(nil, "the archive claims %d members, at most %d are read in one file", members, maxMembers)
	}
	if size > s.limits.directory {
		return 0, s.fault(nil, "the archive claims a directory of %d bytes, at most %d are read in one file", size, maxDirectory)
	}
	// Package zip would look for the directory elsewhere if these do not agree. Windows does not.
	if start != end-size {
		return 0, s.fault(nil, "its central directory has another size or place than the archive claims: with %d bytes it would begin at byte %d and not at byte %d. "+
			"Bytes were lost or added, or a tool wrote wrong numbers. %s", size, end-size, start, renew)
	}
	s.limits.members -= members
	s.limits.directory -= size
	return size, nil
}

// renew is what to do about an archive that is not as it was made.
const renew = "Download the file again, or build it again."

// signed is n, or the largest number if n is larger: what is past the end of every file may be further past.
func signed(n uint64) int64 {
	if n > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(n)
}

var errGuard = errors.New("read limit reached")

const unguarded = -1

// guard lets through no more than left bytes.
type guard struct {
	r    io.ReaderAt
	left int64
}

// ReadAt implements [io.ReaderAt].
func (g *guard) ReadAt(p []byte, off int64) (int, error) {
	if g.left == unguarded {
		return g.r.ReadAt(p, off)
	}
	if int64(len(p)) > g.left {
		g.left = 0
		return 0, errGuard
	}
	n, err := g.r.ReadAt(p, off)
	g.left -= int64(n)
	return n, err
}
