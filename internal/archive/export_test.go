package archive

import "io"

// ReaderAt views the finished archive, given the members' CRC-32.
func (a *Archive) ReaderAt(crcs []uint32) io.ReaderAt { return view{archive: a, crcs: crcs} }

// CRCs are those of the members that were digested.
func (d *Digest) CRCs() []uint32 { return d.done }

type view struct {
	archive *Archive
	crcs    []uint32
}

func (v view) ReadAt(p []byte, offset int64) (int, error) {
	n := int(max(0, min(int64(len(p)), v.archive.Size()-offset)))
	if err := v.archive.ReadContent(p[:n], offset); err != nil {
		return 0, err
	}
	v.archive.frame(p[:n], offset, v.crcs)
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
