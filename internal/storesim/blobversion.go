package storesim

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"hash/crc64"
	"net/http"
)

// serviceVersion is the version of the service that answers: that of the signature, which a member of the query overrides,
// whatever the header says [store-api 7]. Versions are dates, so they compare as text.
func (c *call) serviceVersion() string {
	if version := c.query.Get("api-version"); version != "" {
		return version
	}
	return c.query.Get("sv")
}

// maxPut is how many bytes an upload in a single request may have [store-api 7].
func maxPut(c *call) int { return c.byVersion(64<<20, 256<<20, 5000<<20) }

// maxBlock is how many bytes a block may have [store-api 7].
func maxBlock(c *call) int { return c.byVersion(4<<20, 100<<20, 4000<<20) }

func (c *call) byVersion(oldest, middle, newest int) int {
	switch version := c.serviceVersion(); {
	case version < "2016-05-31":
		return oldest
	case version < "2019-12-12":
		return middle
	default:
		return newest
	}
}

// hasCRC64 says whether the service knows this checksum, since 2019-02-02.
func (c *call) hasCRC64() bool { return c.serviceVersion() >= "2019-02-02" }

// sums are the checksums in the reply to an upload.
func sums(c *call) map[string]string {
	if !c.hasCRC64() {
		return map[string]string{"Content-MD5": md5Sum(c.body)}
	}
	return map[string]string{"x-ms-content-crc64": crc64Sum(c.body)}
}

// checkBody verifies the size of a body and the checksums that the client sent with it.
func checkBody(c *call, limit int) *reply {
	sum, crc := c.request.Header.Get("Content-Md5"), c.request.Header.Get("X-Ms-Content-Crc64")
	switch {
	case len(c.body) > limit:
		return blobError(http.StatusRequestEntityTooLarge, "RequestBodyTooLarge", "The request body is too large and exceeds the maximum permissible limit.")
	case crc != "" && !c.hasCRC64():
		return blobError(http.StatusBadRequest, "UnsupportedHeader", "One of the HTTP headers specified in the request is not supported: x-ms-content-crc64.")
	case sum != "" && sum != md5Sum(c.body):
		return blobError(http.StatusBadRequest, "Md5Mismatch", "The MD5 value specified in the request did not match with the MD5 value calculated by the server.")
	case crc != "" && crc != crc64Sum(c.body):
		return blobError(http.StatusBadRequest, "Crc64Mismatch", "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.")
	default:
		return nil
	}
}

func md5Sum(content []byte) string {
	sum := md5.Sum(content)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// azureCRC64 is the polynomial of x-ms-content-crc64, that of CRC-64/NVME.
var azureCRC64 = crc64.MakeTable(0x9A6C9329AC4BC9B5)

func crc64Sum(content []byte) string {
	return base64.StdEncoding.EncodeToString(binary.LittleEndian.AppendUint64(nil, crc64.Checksum(content, azureCRC64)))
}
