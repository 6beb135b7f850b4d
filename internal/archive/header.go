package archive

import (
	"encoding/binary"
	"math"
)

// Signatures, versions and lengths of APPNOTE.TXT sections 4.3 and 4.4.3.
const (
	localHeaderSignature   = 0x04034b50
	centralHeaderSignature = 0x02014b50
	end64Signature         = 0x06064b50
	locator64Signature     = 0x07064b50
	endSignature           = 0x06054b50

	localHeaderLength   = 30
	centralHeaderLength = 46
	end64Length         = 56
	locator64Length     = 20
	endLength           = 22

	extra64          = 0x0001 // ZIP64 extended information
	extraLength      = 4      // identifier and length of an extra field
	versionStored    = 10
	version64        = 45
	flagUTF8         = 1 << 11
	methodStored     = 0
	date1980January1 = 1<<5 | 1

	// max16 and max32 stand for "see the ZIP64 field", so the value itself needs one, too.
	max16 = math.MaxUint16
	max32 = math.MaxUint32
)

var le = binary.LittleEndian

func localHeaderSize(m Member) int64 {
	return localHeaderLength + int64(len(m.Name)) + extraSize(localHeaderValues(m))
}

func centralHeaderSize(m Member, offset int64) int64 {
	return centralHeaderLength + int64(len(m.Name)) + extraSize(centralHeaderValues(m, offset))
}

// localHeaderValues are the values that a local file header's ZIP64 field holds: both sizes or none.
func localHeaderValues(m Member) []int64 {
	if m.Size < max32 {
		return nil
	}
	return []int64{m.Size, m.Size}
}

// centralHeaderValues are the values that a central directory header's ZIP64 field holds: only those that do not fit elsewhere.
func centralHeaderValues(m Member, offset int64) []int64 {
	values := localHeaderValues(m)
	if offset >= max32 {
		values = append(values, offset)
	}
	return values
}

func extraSize(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	return extraLength + 8*int64(len(values))
}

func appendExtra(b []byte, values []int64) []byte {
	if len(values) == 0 {
		return b
	}
	b = le.AppendUint16(b, extra64)
	b = le.AppendUint16(b, uint16(8*len(values)))
	for _, v := range values {
		b = le.AppendUint64(b, uint64(v))
	}
	return b
}

// appendCommon appends what a local file header and a central directory header have in common, from the version needed to the lengths.
func appendCommon(b []byte, m Member, crc uint32, values []int64) []byte {
	version := uint16(versionStored)
	if len(values) > 0 {
		version = version64
	}
	size := uint32(min(m.Size, max32))
	b = le.AppendUint16(b, version)
	b = le.AppendUint16(b, flagUTF8)
	b = le.AppendUint16(b, methodStored)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, date1980January1)
	b = le.AppendUint32(b, crc)
	b = le.AppendUint32(b, size)
	b = le.AppendUint32(b, size)
	b = le.AppendUint16(b, uint16(len(m.Name)))
	return le.AppendUint16(b, uint16(extraSize(values)))
}

func appendLocalHeader(b []byte, m Member, crc uint32) []byte {
	values := localHeaderValues(m)
	b = le.AppendUint32(b, localHeaderSignature)
	b = appendCommon(b, m, crc, values)
	b = append(b, m.Name...)
	return appendExtra(b, values)
}

func appendCentralHeader(b []byte, m Member, crc uint32, offset int64) []byte {
	values := centralHeaderValues(m, offset)
	b = le.AppendUint32(b, centralHeaderSignature)
	b = le.AppendUint16(b, version64)
	b = appendCommon(b, m, crc, values)
	// No comment, on the first disk, no attributes.
	b = append(b, make([]byte, 10)...)
	b = le.AppendUint32(b, uint32(min(offset, max32)))
	b = append(b, m.Name...)
	return appendExtra(b, values)
}

// needs64 reports whether the directory's place, size or number of entries does not fit the end of the central directory.
func (a *Archive) needs64() bool {
	return len(a.members) >= max16 || a.directory >= max32
}

func (a *Archive) endSize() int64 {
	if a.needs64() {
		return end64Length + locator64Length + endLength
	}
	return endLength
}

func (a *Archive) appendEnd(b []byte) []byte {
	count, size := len(a.members), a.end-a.directory
	if a.needs64() {
		b = le.AppendUint32(b, end64Signature)
		b = le.AppendUint64(b, end64Length-12) // what follows this field
		b = le.AppendUint16(b, version64)
		b = le.AppendUint16(b, version64)
		b = append(b, make([]byte, 8)...) // disks
		b = le.AppendUint64(b, uint64(count))
		b = le.AppendUint64(b, uint64(count))
		b = le.AppendUint64(b, uint64(size))
		b = le.AppendUint64(b, uint64(a.directory))

		b = le.AppendUint32(b, locator64Signature)
		b = le.AppendUint32(b, 0)
		b = le.AppendUint64(b, uint64(a.end))
		b = le.AppendUint32(b, 1) // disks in all
	}
	b = le.AppendUint32(b, endSignature)
	b = append(b, make([]byte, 4)...) // disks
	b = le.AppendUint16(b, uint16(min(count, max16)))
	b = le.AppendUint16(b, uint16(min(count, max16)))
	b = le.AppendUint32(b, uint32(min(size, max32)))
	b = le.AppendUint32(b, uint32(min(a.directory, max32)))
	return le.AppendUint16(b, 0)
}
