package faultmatrix_test

import (
	"encoding/xml"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
)

// zeros reads zeros without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func onlyZeros(p []byte) bool {
	return !slices.ContainsFunc(p, func(b byte) bool { return b != 0 })
}

// sparseWriter leaves holes in a file where zeros are written.
type sparseWriter struct {
	file *os.File
	hash hash.Hash
	size int64
}

func (w *sparseWriter) Write(p []byte) (int, error) {
	w.hash.Write(p)
	if !onlyZeros(p) {
		if n, err := w.file.WriteAt(p, w.size); err != nil {
			return n, err
		}
	}
	w.size += int64(len(p))
	return len(p), nil
}

// sparseBlob is a blob server that keeps of blocks of zeros only how long they are.
type sparseBlob struct {
	*httptest.Server

	mu     sync.Mutex
	staged map[string]segment
	blob   []segment
}

// segment is a part of a blob; data is nil for zeros.
type segment struct {
	data   []byte
	length int64
}

func newSparseBlob(tb testing.TB) *sparseBlob {
	tb.Helper()
	b := &sparseBlob{staged: map[string]segment{}}
	b.Server = httptest.NewServer(b)
	tb.Cleanup(b.Close)
	return b
}

// ServeHTTP takes blocks and the list of them.
func (b *sparseBlob) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch r.URL.Query().Get("comp") {
	case "block":
		s := segment{length: int64(len(body))}
		if !onlyZeros(body) {
			s.data = body
		}
		b.staged[r.URL.Query().Get("blockid")] = s
	case "blocklist":
		var list struct{ Latest []string }
		if err := xml.Unmarshal(body, &list); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		b.blob = nil
		for _, id := range list.Latest {
			b.blob = append(b.blob, b.staged[id])
		}
	}
	w.WriteHeader(http.StatusCreated)
}

// size is how many bytes were uploaded.
func (b *sparseBlob) size() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	var size int64
	for _, s := range b.blob {
		size += s.length
	}
	return size
}

// write makes a file of what was uploaded, with holes for zeros.
func (b *sparseBlob) write(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	var offset int64
	for _, s := range b.blob {
		if _, err := file.WriteAt(s.data, offset); err != nil {
			return err
		}
		offset += s.length
	}
	return file.Truncate(offset)
}

// ReadAt implements io.ReaderAt over what was uploaded.
func (b *sparseBlob) ReadAt(p []byte, offset int64) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.blob {
		if offset < s.length && n < len(p) {
			part := p[n:min(int64(len(p)), int64(n)+s.length-offset)]
			clear(part)
			if s.data != nil {
				copy(part, s.data[offset:])
			}
			n += len(part)
			offset = s.length
		}
		offset -= s.length
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
