// Package archivetest makes archives for tests.
package archivetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
)

// Member holds bytes and plans their digest.
func Member(name string, data []byte) archive.Member {
	sum := sha256.Sum256(data)
	return archive.Member{Name: name, Content: bytes.NewReader(data), Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
}

// New makes an archive of members.
func New(tb testing.TB, members ...archive.Member) *archive.Archive {
	tb.Helper()
	a, err := archive.New(members)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// Zeros is a file of that many zero bytes that takes no space.
type Zeros int64

// ReadAt implements io.ReaderAt.
func (z Zeros) ReadAt(p []byte, offset int64) (int, error) {
	n := int(max(0, min(int64(len(p)), int64(z)-offset)))
	clear(p[:n])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
