package storesim_test

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"hash/crc64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// uploadURL makes a flight and gives its first draft's id and upload URL.
func (s *store) uploadURL() (id, uploadURL string) {
	s.t.Helper()
	flight := s.AddFlight(s.app, storesim.Flight{})
	state, _ := s.Flight(s.app, flight)
	snapshot, _ := s.Submission(s.app, flight, state.PendingSubmissionID)
	return snapshot.ID, snapshot.UploadURL
}

func TestUploadURL(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, storesim.Options{Now: clock.Now, UploadURLLifetime: time.Hour})
	_, uploadURL := s.uploadURL()
	u, err := url.Parse(uploadURL)
	if err != nil {
		t.Fatal(err)
	}
	if q := u.Query(); q.Get("se") != "2026-03-04T06:06:07Z" || q.Get("sp") != "rwl" || q.Get("sr") != "b" || q.Get("sig") == "" {
		t.Errorf("query %v", q)
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	id, target := s.uploadURL()
	content := zipOf(file{"a.txt", []byte("some content")})
	half := len(content) / 2
	crc := binary.LittleEndian.AppendUint64(nil, crc64.Checksum(content[:half], crc64.MakeTable(0x9A6C9329AC4BC9B5)))
	sum := md5.Sum(content[half:])

	s.blob(http.MethodPut, target+"&comp=block&blockid=QUE%3D", map[string]string{"Content-MD5": base64.StdEncoding.EncodeToString(sum[:])}, content[half:]).want(t, 201)
	got := s.blob(http.MethodPut, target+"&comp=block&blockid=QkI%3D", map[string]string{"x-ms-content-crc64": base64.StdEncoding.EncodeToString(crc)}, content[:half]).want(t, 201)
	if got.header.Get("x-ms-content-crc64") != base64.StdEncoding.EncodeToString(crc) || got.header.Get("x-ms-request-id") == "" {
		t.Errorf("header %v", got.header)
	}
	if _, err := s.Archive(id); err == nil {
		t.Error("staged blocks are an archive already")
	}
	s.blob(http.MethodGet, target, nil, nil).want(t, 404)
	list := `<?xml version="1.0" encoding="utf-8"?><BlockList><Latest>QkI=</Latest><Latest>QUE=</Latest></BlockList>`
	s.blob(http.MethodPut, target+"&comp=blocklist", nil, []byte(list)).want(t, 201)
	if archive, err := s.Archive(id); err != nil || archive["a.txt"] != sha([]byte("some content")) {
		t.Errorf("archive %v, %v", archive, err)
	}
	if got := s.blob(http.MethodGet, target, nil, nil).want(t, 200); !bytes.Equal(got.raw, content) {
		t.Error("the blob has other bytes")
	}
	if got := s.blob(http.MethodHead, target, nil, nil).want(t, 200); got.header.Get("Content-Length") == "0" || got.header.Get("ETag") == "" {
		t.Errorf("properties %v", got.header)
	}
	// What was staged is gone, what is in the blob can be used again.
	s.blob(http.MethodPut, target+"&comp=blocklist", nil, []byte(`<BlockList><Uncommitted>QkI=</Uncommitted></BlockList>`)).want(t, 400)
	s.blob(http.MethodPut, target+"&comp=blocklist", nil, []byte(`<BlockList><Committed>QUE=</Committed></BlockList>`)).want(t, 201)
	s.upload(target, content)
	if _, err := s.Archive(id); err != nil {
		t.Errorf("a second upload overwrites the first: %v", err)
	}
}

func TestBlobRefused(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.SetRawPlus(0)
	_, target := s.uploadURL()
	s.blob(http.MethodPut, target+"&comp=block&blockid=QUE%3D", nil, []byte("x")).want(t, 201)
	wrongSum := base64.StdEncoding.EncodeToString(make([]byte, 8))
	tests := map[string]struct {
		method, url string
		header      map[string]string
		status      int
		code        string
	}{
		"no blob type":      {http.MethodPut, target, nil, 400, "MissingRequiredHeader"},
		"crc":               {http.MethodPut, target + "&comp=block&blockid=QkI%3D", map[string]string{"x-ms-content-crc64": wrongSum}, 400, "Crc64Mismatch"},
		"md5":               {http.MethodPut, target + "&comp=block&blockid=QkI%3D", map[string]string{"Content-MD5": wrongSum}, 400, "Md5Mismatch"},
		"id not base64":     {http.MethodPut, target + "&comp=block&blockid=_", nil, 400, "InvalidQueryParameterValue"},
		"id length":         {http.MethodPut, target + "&comp=block&blockid=QUFBQQ%3D%3D", nil, 400, "InvalidBlobOrBlock"},
		"unknown block":     {http.MethodPut, target + "&comp=blocklist", nil, 400, "InvalidXmlDocument"},
		"no delete":         {http.MethodDelete, target, nil, 403, "AuthorizationPermissionMismatch"},
		"altered signature": {http.MethodPut, strings.Replace(target, "sig=", "sig=A", 1), nil, 403, "AuthenticationFailed"},
		"altered expiry":    {http.MethodPut, strings.Replace(target, "se=2", "se=3", 1), nil, 403, "AuthenticationFailed"},
		"altered version":   {http.MethodPut, strings.Replace(target, "sv=2", "sv=3", 1), nil, 403, "AuthenticationFailed"},
		"altered rights":    {http.MethodDelete, strings.Replace(target, "sp=rwl", "sp=rwdl", 1), nil, 403, "AuthenticationFailed"},
		"other blob":        {http.MethodPut, strings.Replace(target, "/ingestion/", "/ingestion/0", 1), nil, 403, "AuthenticationFailed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.blob(test.method, test.url, test.header, []byte("content")).want(t, test.status)
			if got.header.Get("x-ms-error-code") != test.code || !strings.Contains(string(got.raw), "<Code>"+test.code+"</Code>") {
				t.Errorf("code %s: %s", got.header.Get("x-ms-error-code"), got.raw)
			}
		})
	}
}

// TestServiceVersion has the limits follow the version that the URL names [store-api 7].
func TestServiceVersion(t *testing.T) {
	t.Parallel()
	block := make([]byte, 4<<20+1)
	for _, test := range []struct {
		name, version, more string
		header              map[string]string
		body                []byte
		status              int
		code                string
	}{
		{"new", "2024-05-04", "", nil, block, 201, ""},
		{"old", "2014-02-14", "", nil, block, 413, "RequestBodyTooLarge"},
		{"old, small", "2014-02-14", "", nil, block[1:], 201, ""},
		{"old, asking for new", "2014-02-14", "&api-version=2016-05-31", nil, block, 201, ""},
		{"new, asking for old", "2024-05-04", "&api-version=2014-02-14", nil, block, 413, "RequestBodyTooLarge"},
		{"header", "2014-02-14", "", map[string]string{"x-ms-version": "2024-05-04"}, block, 413, "RequestBodyTooLarge"},
		{"checksum", "2018-11-09", "", map[string]string{"x-ms-content-crc64": "AAAAAAAAAAA="}, []byte("x"), 400, "UnsupportedHeader"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, storesim.Options{ServiceVersion: test.version})
			_, target := s.uploadURL()
			got := s.blob(http.MethodPut, target+test.more+"&comp=block&blockid=QUE%3D", test.header, test.body).want(t, test.status)
			if got.header.Get("x-ms-error-code") != test.code {
				t.Errorf("header %v", got.header)
			}
		})
	}
}

func TestBlobExpires(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, storesim.Options{Now: clock.Now})
	_, target := s.uploadURL()
	clock.pass(24*time.Hour - time.Second)
	s.upload(target, []byte("x"))
	clock.pass(time.Second)
	got := s.blob(http.MethodGet, target, nil, nil).want(t, 403)
	if got.header.Get("x-ms-error-code") != "AuthenticationFailed" || !strings.Contains(string(got.raw), "Signed expiry time") {
		t.Errorf("%s", got.raw)
	}
}

// TestRenewUploadURL takes what replies hand out now, and nothing else [store-api 4.2].
func TestRenewUploadURL(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{UploadURLLifetime: time.Nanosecond})
	flight := s.AddFlight(s.app, storesim.Flight{})
	state, _ := s.Flight(s.app, flight)
	id := state.PendingSubmissionID
	url := func() string { return s.do(http.MethodGet, s.path(flight, id), nil).want(t, 200).text("fileUploadUrl") }
	blobType := map[string]string{"x-ms-blob-type": "BlockBlob"}

	s.blob(http.MethodPut, url(), blobType, []byte("x")).want(t, 403)
	s.RenewUploadURL(id)
	before := url()
	s.upload(before, zipOf(file{"before.txt", nil}))
	s.RenewUploadURL(id)
	s.upload(before, zipOf(file{"after.txt", nil}))
	if archive, err := s.Archive(id); err == nil {
		t.Errorf("what was uploaded to the last URL but one counts: %v", archive)
	}
	reply := s.do(http.MethodPut, s.path(flight, id), update()).want(t, 200)
	s.upload(reply.text("fileUploadUrl"), zipOf(file{"a.txt", nil}))
	if archive, err := s.Archive(id); err != nil || archive["a.txt"] == "" {
		t.Errorf("archive %v, %v", archive, err)
	}
}

// TestRawPlus sends a signature as it comes, which the service takes for another one [store-api 7].
func TestRawPlus(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	s.SetRawPlus(1)
	var target string
	for range 20 {
		_, target = s.uploadURL()
		if _, signature, _ := strings.Cut(target, "&sig="); !strings.Contains(signature, "+") {
			t.Fatalf("signature %s", signature)
		}
	}
	header := http.Header{"X-Ms-Blob-Type": {"BlockBlob"}}
	raw, err := s.send(http.MethodPut, target, header, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	raw.want(t, 403)
	s.upload(target, []byte("x"))

	s.SetRawPlus(0)
	for range 20 {
		if _, target := s.uploadURL(); strings.Contains(target, "+") {
			t.Fatalf("a plus sign in %s", target)
		}
	}
}

func TestBearerAtBlobHost(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	_, target := s.uploadURL()
	s.blob(http.MethodPut, target, map[string]string{"x-ms-blob-type": "BlockBlob", "Authorization": "Bearer token"}, []byte("x")).want(t, 403)
	if len(s.Violations()) != 1 {
		t.Errorf("violations %v", s.Violations())
	}
}
