package blob

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

const (
	mib = 1 << 20

	// maxBlocks is how many blocks a blob can have, under every version of the service.
	maxBlocks = 50_000
	// preferredBlockSize is as fast as any larger one, and cheap to repeat.
	preferredBlockSize = 8 * mib
	// minBlockSize lets no local header of an archive (66 KiB at most) touch more than two blocks, so that only a few buffers
	// can be waiting for a CRC-32.
	minBlockSize = 128 << 10
)

// layout is how an archive is cut into blocks.
type layout struct {
	size      int64 // of the archive in bytes
	blockSize int64
	version   string
}

// newLayout chooses the block size under a version of the service ("2014-02-14"): the wanted one, or 8 MiB for 0, as far as
// the limits for a block and for the number of blocks allow.
func newLayout(size, wanted int64, version string) (layout, error) {
	limit := blockLimit(version)
	if size > limit*maxBlocks {
		return layout{}, fmt.Errorf("the archive has %d bytes, the upload URL's service version %q accepts at most %d", size, version, limit*maxBlocks)
	}
	if wanted == 0 {
		wanted = preferredBlockSize
	}
	blockSize := min(max(wanted, minBlockSize), limit)
	if size > blockSize*maxBlocks {
		blockSize = min((size/maxBlocks/mib+1)*mib, limit)
	}
	return layout{size: size, blockSize: blockSize, version: version}, nil
}

// blockLimit is the size in bytes that a block may have. Versions are dates, so they compare as text. With a SAS the version
// is the one of the URL, whatever the client knows [store-api 7].
func blockLimit(version string) int64 {
	switch {
	case version < "2016-05-31":
		return 4 * mib
	case version < "2019-12-12":
		return 100 * mib
	default:
		return 4000 * mib
	}
}

// hasCRC64 reports whether the service verifies x-ms-content-crc64; older versions know only Content-MD5:
// https://learn.microsoft.com/rest/api/storageservices/put-block.
func (l layout) hasCRC64() bool { return l.version >= "2019-02-02" }

// blocks is the number of blocks.
func (l layout) blocks() int {
	return int((l.size + l.blockSize - 1) / l.blockSize)
}

// block is a block's place in the archive.
func (l layout) block(index int) (offset int64, length int) {
	offset = int64(index) * l.blockSize
	return offset, int(min(l.blockSize, l.size-offset))
}

// id names a block. All ids of a blob must have the same length.
func (layout) id(index int) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, uint64(index)))
}

// memory bounds the buffers of an upload, in bytes.
const memory = 64 * mib

// buffers is how many blocks may be held at once: those on the wire, one that waits for a CRC-32 and one that is read, within
// the memory, but never so few that blocks that wait could stop the ones that they wait for.
func (l layout) buffers(parallel int) int {
	return max(4, min(parallel+2, int(memory/l.blockSize)))
}
