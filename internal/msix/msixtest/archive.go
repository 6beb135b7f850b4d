package msixtest

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"fmt"
	"hash/crc32"
)

// How a member is stored in an archive, by ZIP's numbers.
const (
	Stored   = zip.Store
	Deflated = zip.Deflate
)

// Member is one member of an archive.
type Member struct {
	Name    string
	Content []byte
	// Method is [Stored] or [Deflated]; any other number is claimed by the header over stored content.
	Method uint16

	// ClaimedSize is what the headers give as uncompressed size, if not 0.
	ClaimedSize uint64
	// ClaimedPackedSize is what the headers give as compressed size, if not 0.
	ClaimedPackedSize uint64
	// Comment stands in the member's entry in the archive's directory.
	Comment string
	// Encrypted sets the flag that says that the content needs a password.
	Encrypted bool
	// WrongChecksum spoils the CRC-32 in the headers.
	WrongChecksum bool
	// NoChecksum leaves the CRC-32 out of the headers.
	NoChecksum bool
	// Unfinished leaves out the final block of the deflate stream, as some packers do.
	Unfinished bool
}

// Archive returns a ZIP of the members in the order given. It checks nothing, so that it can make what
// no sane tool would: two members of one name, names that leave the archive, sizes that are not true.
func Archive(members ...Member) []byte {
	archive, _ := archive(members)
	return archive
}

// archive also returns where the content of each member starts.
func archive(members []Member) ([]byte, []int) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	offsets := make([]int, 0, len(members))
	for _, m := range members {
		content := m.Content
		if m.Method == Deflated {
			content = deflate(content, m.Unfinished)
		}
		header := &zip.FileHeader{
			Name:               m.Name,
			Comment:            m.Comment,
			Method:             m.Method,
			CRC32:              crc32.ChecksumIEEE(m.Content),
			CompressedSize64:   cmp.Or(m.ClaimedPackedSize, uint64(len(content))),
			UncompressedSize64: cmp.Or(m.ClaimedSize, uint64(len(m.Content))),
		}
		if m.Encrypted {
			header.Flags |= 0x1
		}
		switch {
		case m.WrongChecksum:
			header.CRC32++
		case m.NoChecksum:
			header.CRC32 = 0
		}
		out, err := w.CreateRaw(header)
		if err == nil {
			// The writer holds bytes back until it is flushed, and the buffer's length is the offset.
			err = w.Flush()
		}
		offsets = append(offsets, b.Len())
		if err == nil {
			_, err = out.Write(content)
		}
		if err != nil {
			panic(fmt.Sprintf("msixtest: member %q: %v", m.Name, err))
		}
	}
	if err := w.Close(); err != nil {
		panic(fmt.Sprintf("msixtest: closing the archive: %v", err))
	}
	return b.Bytes(), offsets
}

// localHeaderSize is right for members that need neither ZIP64 nor extra fields.
func localHeaderSize(name string) int { return 30 + len(name) }

func deflate(content []byte, unfinished bool) []byte {
	var b bytes.Buffer
	// The level is a valid one and a buffer accepts every write, so nothing here can fail.
	w, _ := flate.NewWriter(&b, flate.BestSpeed)
	_, _ = w.Write(content)
	if unfinished {
		_ = w.Flush()
	} else {
		_ = w.Close()
	}
	return b.Bytes()
}
