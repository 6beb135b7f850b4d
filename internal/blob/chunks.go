package blob

import (
	"io"
	"iter"
)

// chunks are the bytes of a block.
type chunks [][]byte

// size is in bytes.
func (c chunks) size() int64 {
	size := int64(0)
	for _, chunk := range c {
		size += int64(len(chunk))
	}
	return size
}

// from yields each chunk with its place, the first one's being an offset.
func (c chunks) from(offset int64) iter.Seq2[int64, []byte] {
	return func(yield func(int64, []byte) bool) {
		for _, chunk := range c {
			if !yield(offset, chunk) {
				return
			}
			offset += int64(len(chunk))
		}
	}
}

// ReadAt implements [io.ReaderAt].
func (c chunks) ReadAt(p []byte, offset int64) (int, error) {
	n := 0
	for start, chunk := range c.from(0) {
		if at := offset + int64(n) - start; n < len(p) && at < int64(len(chunk)) {
			n += copy(p[n:], chunk[at:])
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
