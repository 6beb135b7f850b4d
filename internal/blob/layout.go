package blob

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

const (
	// maxBlocks is how many blocks a blob can have, under every version of the service.
	maxBlocks = 50_000
	// largestBlock is as fast as any larger one, and cheap to repeat.
	largestBlock = 8 * mib
)

// layout says how large the blocks of an archive are.
type layout struct {
	size int64 // of the archive in bytes
	// smallest and largest are the sizes in bytes between which the line decides.
	smallest, largest int64
	version           string
}

// newLayout finds the sizes that a version of the service ("2014-02-14") and the number of blocks allow, for an archive of so
// many bytes and members. A size that is wanted, other than 0, leaves no choice.
func newLayout(size int64, members int, wanted int64, version string) (layout, error) {
	limit := blockLimit(version)
	l := layout{size: size, smallest: chunkSize, largest: limit, version: version}
	if wanted > 0 {
		l.smallest = min(wanted, limit)
		l.largest = l.smallest
	}
	for !l.fits(members) {
		if l.smallest == limit {
			return layout{}, fmt.Errorf("the archive has %d bytes, more than %d blocks of %d bytes hold, the largest that are uploaded under "+
				"the upload URL's service version %q", size, maxBlocks, l.smallest, version)
		}
		l.smallest = min(l.smallest+chunkSize, limit)
		l.largest = max(l.smallest, l.largest)
	}
	return l, nil
}

// fits reports whether the smallest blocks are not too many. Where a member does not fit into what is left of a block, the
// block is shorter, and its header may be a block of its own: two more for a member, three at most for each full block.
func (l layout) fits(members int) bool {
	full := (l.size + l.smallest - 1) / l.smallest
	return full+min(2*int64(members), 3*full) <= maxBlocks
}

// blockLimit is the size in bytes of the largest block that is uploaded. Versions are dates, so they compare as text. With a
// SAS the version is the one of the URL, whatever the client knows [store-api 7].
func blockLimit(version string) int64 {
	if version < "2016-05-31" { // Later ones take blocks of 100 MiB and more.
		return 4 * mib
	}
	return largestBlock
}

// hasCRC64 reports whether the service verifies x-ms-content-crc64; older versions know only Content-MD5:
// https://learn.microsoft.com/rest/api/storageservices/put-block.
func (l layout) hasCRC64() bool { return l.version >= "2019-02-02" }

// blockSize is what the next block may have, in bytes: few large blocks for a near line, many small ones for a distant one. Two
// thirds of the memory are for blocks in flight, and the rest for those that are read.
func (l layout) blockSize(inFlight, chunks int) int64 {
	return min(max(int64(chunks*2/3/inFlight)*chunkSize, l.smallest), l.largest)
}

// blockID names a block. All ids of a blob must have the same length.
func blockID(index int) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, uint64(index)))
}
