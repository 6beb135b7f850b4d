package storesim

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// blobBase is the container of the simulator's own block blobs.
const blobBase = "/ingestion/"

// blob is the block blob of a submission.
type blob struct {
	submission *submission
	staged     map[string][]byte
	committed  bool
	content    []byte
	blocks     map[string][]byte
	modified   time.Time
}

// SetRawPlus says how often the signature of a new upload URL has an unescaped plus sign, as the service's has now and then
// [store-api 7]: in every nth URL, 0 for never. The default is 2. The blob endpoint takes such a sign for the space that it
// means in a query, so the URL only works once it is written as %2B.
func (s *Sim) SetRawPlus(every int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rawPlusEvery = int64(every)
}

// RenewUploadURL has replies from now on name another upload URL of a submission, one that works for
// [DefaultUploadURLLifetime] whatever the options say: which URL to use is a matter of the newest reply [store-api 4.2]. What
// is uploaded to the one before, be it earlier or later, does not count.
func (s *Sim) RenewUploadURL(submissionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.mustSubmission(submissionID)
	sub.uploadURL = s.newUploadURL(sub, DefaultUploadURLLifetime)
}

// newUploadURL makes a shared access signature for a blob of a submission's own.
func (s *Sim) newUploadURL(sub *submission, lifetime time.Duration) string {
	if s.opts.BlobURL != nil {
		return s.opts.BlobURL(sub.flight.application.seed.ID, sub.flight.id, sub.id)
	}
	s.uploadURLs++
	raw := s.rawPlusEvery > 0 && s.uploadURLs%s.rawPlusEvery == 0
	expiry := s.now().Add(lifetime).Format("2006-01-02T15:04:05Z")
	for {
		name := blobBase + newGUID()
		version := s.opts.ServiceVersion
		signature := s.sign(name, expiry, "rwl", version)
		if raw && !strings.Contains(signature, "+") {
			continue
		}
		s.blobs[name] = &blob{submission: sub, staged: map[string][]byte{}}
		escaped := url.QueryEscape(signature)
		if raw {
			escaped = strings.ReplaceAll(escaped, "%2B", "+")
		}
		return s.url + name + "?skoid=" + newGUID() + "&sks=b&skv=" + version + "&sv=" + version + "&se=" + url.QueryEscape(expiry) + "&sr=b&sp=rwl&sig=" + escaped
	}
}

func blobName(uploadURL string) string {
	u, err := url.Parse(uploadURL)
	if err != nil {
		return ""
	}
	return u.Path
}

func (s *Sim) sign(signed ...string) string {
	mac := hmac.New(sha256.New, s.blobKey)
	mac.Write([]byte(strings.Join(signed, "\n")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// routeBlob finds the operation of a blob request [store-api 7].
func (s *Sim) routeBlob(c *call) {
	c.blobPath = c.request.Path
	switch comp := c.query.Get("comp"); {
	case c.request.Method == http.MethodPut && comp == "":
		c.request.Operation, c.handle = PutBlob, (*Sim).putBlob
	case c.request.Method == http.MethodPut && comp == "block":
		c.request.Operation, c.handle = PutBlock, (*Sim).putBlock
	case c.request.Method == http.MethodPut && comp == "blocklist":
		c.request.Operation, c.handle = PutBlockList, (*Sim).putBlockList
	case c.request.Method == http.MethodGet && comp == "":
		c.request.Operation, c.handle = GetBlob, (*Sim).getBlob
	case c.request.Method == http.MethodHead && comp == "":
		c.request.Operation, c.handle = GetBlobProperties, (*Sim).getBlob
	default:
		c.handle = func(s *Sim, c *call) *reply {
			if _, refused := s.findBlob(c); refused != nil {
				return refused
			}
			// The signature allows to read, write and list, nothing else.
			return blobError(http.StatusForbidden, "AuthorizationPermissionMismatch", "This request is not authorized to perform this operation using this permission.")
		}
	}
}

// findBlob checks the shared access signature and that nothing else tries to authorize the request.
func (s *Sim) findBlob(c *call) (*blob, *reply) {
	if c.request.Header.Get("Authorization") != "" {
		s.violation("%s of %s sent an Authorization header to the blob endpoint", c.request.Operation, c.blobPath)
		return nil, authenticationFailed("An Authorization header came with a shared access signature.")
	}
	expiry := c.query.Get("se")
	// Parsing has turned a plus sign into a space, as the service does.
	if !hmac.Equal([]byte(c.query.Get("sig")), []byte(s.sign(c.blobPath, expiry, c.query.Get("sp"), c.query.Get("sv")))) {
		return nil, authenticationFailed("Signature did not match.")
	}
	end, err := time.Parse("2006-01-02T15:04:05Z", expiry)
	if err != nil || !s.now().Before(end) {
		return nil, authenticationFailed("Signed expiry time [" + expiry + "] has to be after signed start time and the present time.")
	}
	return s.blobs[c.blobPath], nil
}

// putBlob is an upload in a single request.
func (s *Sim) putBlob(c *call) *reply {
	b, refused := s.findBlob(c)
	if refused != nil {
		return refused
	}
	if c.request.Header.Get("X-Ms-Blob-Type") != "BlockBlob" {
		return blobError(http.StatusBadRequest, "MissingRequiredHeader", "An HTTP header that is mandatory for this request is not specified: x-ms-blob-type.")
	}
	if refused := checkBody(c, maxPut(c)); refused != nil {
		return refused
	}
	return s.commitBlob(c, b, c.body, map[string][]byte{})
}

// putBlock stages one block. All ids of a blob have the same length [store-api 7].
func (s *Sim) putBlock(c *call) *reply {
	b, refused := s.findBlob(c)
	if refused != nil {
		return refused
	}
	id := c.query.Get("blockid")
	decoded, err := base64.StdEncoding.DecodeString(id)
	if err != nil || len(decoded) == 0 || len(decoded) > 64 {
		return blobError(http.StatusBadRequest, "InvalidQueryParameterValue", "Value for one of the query parameters specified in the request URI is invalid: blockid.")
	}
	for other := range b.staged {
		if len(other) != len(id) {
			return blobError(http.StatusBadRequest, "InvalidBlobOrBlock", "The specified blob or block content is invalid: block ids differ in length.")
		}
	}
	if len(c.body) == 0 {
		return blobError(http.StatusBadRequest, "InvalidHeaderValue", "The value for one of the HTTP headers is not in the correct format: Content-Length.")
	}
	if refused := checkBody(c, maxBlock(c)); refused != nil {
		return refused
	}
	b.staged[id] = c.body
	return &reply{status: http.StatusCreated, header: s.blobHeader(c, sums(c))}
}

type blockListXML struct {
	Blocks []struct {
		XMLName xml.Name
		ID      string `xml:",chardata"`
	} `xml:",any"`
}

// putBlockList puts the blocks together in the order of the list.
func (s *Sim) putBlockList(c *call) *reply {
	b, refused := s.findBlob(c)
	if refused != nil {
		return refused
	}
	if refused := checkBody(c, len(c.body)); refused != nil {
		return refused
	}
	var list blockListXML
	if err := xml.Unmarshal(c.body, &list); err != nil {
		return blobError(http.StatusBadRequest, "InvalidXmlDocument", "The specified XML is not syntactically valid.")
	}
	var content [][]byte
	blocks := map[string][]byte{}
	for _, entry := range list.Blocks {
		id := strings.TrimSpace(entry.ID)
		data, ok := b.staged[id]
		if entry.XMLName.Local == "Committed" || !ok && entry.XMLName.Local == "Latest" {
			data, ok = b.blocks[id]
		}
		if !ok {
			return blobError(http.StatusBadRequest, "InvalidBlockList", "The specified block list is invalid.")
		}
		content = append(content, data)
		blocks[id] = data
	}
	return s.commitBlob(c, b, bytes.Join(content, nil), blocks)
}

// commitBlob replaces the blob; blocks that were staged and not listed are gone. The blob service knows nothing of commits, so
// it takes an archive that comes after the submission's, which has no effect.
func (s *Sim) commitBlob(c *call, b *blob, content []byte, blocks map[string][]byte) *reply {
	b.committed, b.content, b.blocks, b.modified = true, content, blocks, s.now()
	b.staged = map[string][]byte{}
	if b.submission.committed {
		s.violation("an archive was uploaded for submission %s after its commit", b.submission.id)
	}
	b.submission.touched = true
	s.submissionEvent(EventUploaded, b.submission, strconv.Itoa(len(content)))
	return &reply{status: http.StatusCreated, header: s.blobHeader(c, b.properties(sums(c)))}
}

// getBlob reads the blob or its properties.
func (s *Sim) getBlob(c *call) *reply {
	b, refused := s.findBlob(c)
	if refused != nil {
		return refused
	}
	if !b.committed {
		return blobError(http.StatusNotFound, "BlobNotFound", "The specified blob does not exist.")
	}
	header := s.blobHeader(c, b.properties(map[string]string{"Content-Length": strconv.Itoa(len(b.content)), "x-ms-blob-type": "BlockBlob"}))
	if c.request.Method == http.MethodHead {
		return &reply{status: http.StatusOK, header: header}
	}
	return &reply{status: http.StatusOK, header: header, contentType: "application/octet-stream", body: b.content}
}

func (b *blob) properties(header map[string]string) map[string]string {
	header["ETag"] = `"0x` + strings.ToUpper(digest(b.content)[:15]) + `"`
	header["Last-Modified"] = b.modified.Format(http.TimeFormat)
	return header
}

func (s *Sim) blobHeader(c *call, values map[string]string) http.Header {
	header := http.Header{}
	header.Set("x-ms-request-id", newGUID())
	header.Set("x-ms-version", c.serviceVersion())
	for name, value := range values {
		header.Set(name, value)
	}
	return header
}

// authenticationFailed is the answer to an expired or altered signature [store-api 7].
func authenticationFailed(detail string) *reply {
	return blobErrorDetail(http.StatusForbidden, "AuthenticationFailed",
		"Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.", detail)
}

func blobError(status int, code, message string) *reply {
	return blobErrorDetail(status, code, message, "")
}

// blobErrorDetail has the byte order mark with which the storage service begins its XML.
func blobErrorDetail(status int, code, message, detail string) *reply {
	body, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
		Detail  string `xml:"AuthenticationErrorDetail,omitempty"`
	}{Code: code, Message: message + "\nRequestId:" + newGUID(), Detail: detail})
	if err != nil {
		panic("storesim: " + err.Error())
	}
	return &reply{
		status:      status,
		header:      http.Header{"X-Ms-Error-Code": {code}, "X-Ms-Request-Id": {newGUID()}},
		contentType: "application/xml",
		body:        slices.Concat([]byte("\xef\xbb\xbf"+xml.Header), body),
	}
}
