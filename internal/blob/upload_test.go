package blob_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive/archivetest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/azurite"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
)

func TestUpload(t *testing.T) {
	t.Parallel()
	server := azurite.Shared(t)
	const mib = 1 << 20
	tests := map[string]struct {
		members []archive.Member
		options blob.Options
	}{
		"one block":            {[]archive.Member{archivetest.Member("a.msix", random(1, 1000))}, blob.Options{}},
		"blocks of 8 MiB":      {[]archive.Member{archivetest.Member("a.msix", random(1, 20*mib))}, blob.Options{BlockSize: 8 * mib}},
		"chosen block size":    {[]archive.Member{archivetest.Member("a.msix", random(1, 3*mib))}, blob.Options{BlockSize: mib}},
		"one after the other":  {[]archive.Member{archivetest.Member("a.msix", random(1, mib))}, blob.Options{Parallel: 1}},
		"all at once":          {[]archive.Member{archivetest.Member("a.msix", random(1, mib))}, blob.Options{Parallel: 100}},
		"several members":      {[]archive.Member{archivetest.Member("a.msix", random(1, mib)), archivetest.Member("b/b.msix", nil), archivetest.Member("c.msix", random(2, 300_000))}, blob.Options{}},
		"headers across edges": {straddling(), blob.Options{Parallel: 1}},
		"large directory":      {longNames(30), blob.Options{Parallel: 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := archivetest.New(t, test.members...)
			blobName := strings.ReplaceAll(name, " ", "-")
			if _, err := upload(t.Context(), t, server.UploadURL(t, blobName), a, test.options); err != nil {
				t.Fatal(err)
			}
			got := server.Read(t, blobName)
			if !bytes.Equal(got, bytesOf(t, a)) {
				t.Fatal("the blob's bytes are not the archive's")
			}
			r, err := zip.NewReader(bytes.NewReader(got), int64(len(got)))
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range r.File {
				content, err := f.Open()
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, content); err != nil || f.Name != test.members[i].Name {
					t.Errorf("member %q (%v), want %q", f.Name, err, test.members[i].Name)
				}
			}
			if got, want := server.ContentType(t, blobName), "application/zip"; got != want {
				t.Errorf("the blob has the content type %q, want %q", got, want)
			}
		})
	}
}

// straddling are members whose headers lie across the edges of blocks of 128 KiB.
func straddling() []archive.Member {
	const block = 128 << 10
	long := strings.Repeat("n", 60_000)
	return []archive.Member{
		archivetest.Member("a", random(1, block-31-20)),
		archivetest.Member(long, random(2, 5*block)),
		archivetest.Member("c", random(3, 10)),
	}
}

// longNames are members whose directory takes more blocks than there are buffers.
func longNames(count int) []archive.Member {
	var members []archive.Member
	for i := range count {
		members = append(members, archivetest.Member(fmt.Sprintf("%d%s", i, strings.Repeat("n", 60_000)), random(byte(i), 10)))
	}
	return members
}

func TestUpload_replacesWhatTheBlobHeld(t *testing.T) {
	t.Parallel()
	server := azurite.Shared(t)
	first, second := archivetest.New(t, archivetest.Member("a.msix", random(1, 1<<20))), archivetest.New(t, archivetest.Member("b.msix", random(2, 1<<19)))
	for _, a := range []*archive.Archive{first, second} {
		if _, err := upload(t.Context(), t, server.UploadURL(t, "replaced"), a, blob.Options{}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(server.Read(t, "replaced"), bytesOf(t, a)) {
			t.Fatal("the blob's bytes are not the archive's")
		}
	}
}

func TestUpload_plusInTheSignature(t *testing.T) {
	t.Parallel()
	server := azurite.Shared(t)
	a := archivetest.New(t, archivetest.Member("a.msix", random(1, 1000)))
	for i := range 100 {
		name := fmt.Sprintf("plus-%d", i)
		uploadURL := server.UploadURL(t, name)
		if !strings.Contains(uploadURL, "%2B") {
			continue
		}
		if _, err := upload(t.Context(), t, strings.ReplaceAll(uploadURL, "%2B", "+"), a, blob.Options{}); err != nil {
			t.Error(err)
		}
		return
	}
	t.Fatal("no signature has a +")
}

// The Store's own spelling of the signed query is what goes out.
func TestUpload_requests(t *testing.T) {
	t.Parallel()
	const signed = "skoid=0&sp=rwl&sv=2024-05-04&se=2999-01-01T00:00:00Z&sr=b&sig=a%2Fb%2Bc%3d"
	var m memory
	a := archivetest.New(t, archivetest.Member("a.msix", random(1, 300_000)))
	if _, err := upload(t.Context(), t, "https://ingestion.blob.example/ingestion/a%2Fb?"+signed, a, blob.Options{Transport: &m}); err != nil {
		t.Fatal(err)
	}
	if len(m.requests) != 5 {
		t.Errorf("%d requests, want a header, 3 blocks and their list", len(m.requests))
	}
	for _, req := range m.requests {
		if got := req.URL.Query(); req.Method != http.MethodPut || req.URL.Host != "ingestion.blob.example" || req.URL.EscapedPath() != "/ingestion/a%2Fb" ||
			!strings.HasPrefix(req.URL.RawQuery, signed+"&") || (got.Get("comp") != "blocklist" && len(got.Get("blockid")) != 12) {
			t.Errorf("%s %s is not the upload URL with a block or the list", req.Method, req.URL)
		}
		for key, values := range req.URL.Query() {
			if len(values) != 1 {
				t.Errorf("the query %s has %d members %s", req.URL.RawQuery, len(values), key)
			}
		}
		if got := req.Header.Get("Authorization"); got != "" {
			t.Errorf("the blob server got the authorization %q", got)
		}
	}
	typed := false
	// The SDK writes the names of headers in lower case.
	for key, values := range m.requests[len(m.requests)-1].Header {
		typed = typed || strings.EqualFold(key, "x-ms-blob-content-type") && slices.Equal(values, []string{"application/zip"})
	}
	if !typed {
		t.Error("the blob does not have the content type application/zip")
	}
	if !bytes.Equal(m.committed, bytesOf(t, a)) {
		t.Error("the blob's bytes are not the archive's")
	}
}

// The service executes a request under the version of the URL, which may know only one of the checksums.
func TestUpload_checksumOfTheVersion(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ version, want string }{
		"without one":         {"", "Content-MD5"},
		"the oldest":          {"&sv=2014-02-14", "Content-MD5"},
		"last with MD5":       {"&sv=2018-11-09", "Content-MD5"},
		"first with CRC-64":   {"&sv=2019-02-02", "x-ms-content-crc64"},
		"today's":             {"&sv=2024-05-04", "x-ms-content-crc64"},
		"signed for and used": {"&sv=2024-05-04&api-version=2018-11-09", "Content-MD5"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var m memory
			uploadURL := "https://ingestion.blob.example/ingestion/id?sig=c2VjcmV0" + test.version
			if _, err := upload(t.Context(), t, uploadURL, archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: &m}); err != nil {
				t.Fatal(err)
			}
			header := http.Header{}
			for key, values := range m.requests[0].Header {
				header[http.CanonicalHeaderKey(key)] = values
			}
			for _, checksum := range []string{"Content-MD5", "x-ms-content-crc64"} {
				if got, want := header.Get(checksum) != "", checksum == test.want; got != want {
					t.Errorf("the block has %s: %t, want %t", checksum, got, want)
				}
			}
		})
	}
}

func TestUpload_refusedURLs(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"not a URL":         "https://[::1?sig=s3cret",
		"no host":           "https:///ingestion/id?sig=s3cret",
		"a path":            "/ingestion/id?sig=s3cret",
		"over the network":  "http://ingestion.blob.example/ingestion/id?sig=s3cret",
		"not for transfers": "ftp://127.0.0.1/ingestion/id?sig=s3cret",
	}
	for name, uploadURL := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := upload(t.Context(), t, uploadURL, archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: unreachable(t)})
			if err == nil || !strings.HasPrefix(err.Error(), "the upload URL is not ") {
				t.Errorf("got the error %v, want that the URL is refused", err)
			}
		})
	}
}

// unreachable fails the test when a request is sent.
func unreachable(tb testing.TB) transport {
	tb.Helper()
	return func(req *http.Request) (*http.Response, error) {
		tb.Errorf("a request was sent to %s", req.URL.Host)
		return nil, errors.New("unreachable")
	}
}

func TestUpload_tamperedSignature(t *testing.T) {
	t.Parallel()
	server := azurite.Shared(t)
	uploadURL := strings.Replace(server.UploadURL(t, "tampered"), "sp=rw", "sp=racw", 1)
	_, err := upload(t.Context(), t, uploadURL, archivetest.New(t, archivetest.Member("a.msix", random(1, 1000))), blob.Options{})
	refused, ok := errors.AsType[*blob.Error](err)
	if !ok {
		t.Fatalf("got the error %v, want an Error", err)
	}
	if refused.StatusCode != http.StatusForbidden || refused.Code != "AuthorizationFailure" && refused.Code != "AuthenticationFailed" ||
		refused.Message == "" || strings.Contains(refused.Message, "\n") || refused.RequestID == "" {
		t.Errorf("got %+v, want 403 with a code, a line for people and a request id", refused)
	}
	if errors.Is(err, blob.ErrExpired) {
		t.Errorf("%v takes a wrong signature for an expired one", err)
	}
	for _, want := range []string{"upload block 1", "403", refused.Code, refused.Message, refused.RequestID} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error %q does not say %q", err, want)
		}
	}
	if server.Read(t, "tampered") != nil {
		t.Error("something was written")
	}
}

// changing is a file that becomes another one once its first bytes were read.
type changing struct {
	before, after []byte
}

func (c *changing) ReadAt(p []byte, offset int64) (int, error) {
	if offset == 0 {
		return bytes.NewReader(c.before).ReadAt(p, offset)
	}
	return bytes.NewReader(c.after).ReadAt(p, offset)
}

func TestUpload_fileChangedMeanwhile(t *testing.T) {
	t.Parallel()
	server := azurite.Shared(t)
	before := random(1, 1<<20)
	after := bytes.Clone(before)
	after[len(after)-1] ^= 1
	tests := map[string][]byte{
		"other bytes": after,
		"shorter":     before[:1<<19],
		"longer":      append(bytes.Clone(before), 0),
	}
	for name, after := range tests {
		for _, parallel := range widths {
			t.Run(fmt.Sprintf("%s/%d", name, parallel), func(t *testing.T) {
				t.Parallel()
				blobName := fmt.Sprintf("changed-%s-%d", strings.ReplaceAll(name, " ", "-"), parallel)
				former := archivetest.New(t, archivetest.Member("former.msix", random(2, 1000)))
				if _, err := upload(t.Context(), t, server.UploadURL(t, blobName), former, blob.Options{}); err != nil {
					t.Fatal(err)
				}
				m := archivetest.Member("a.msix", before)
				m.Content = &changing{before, after}
				_, err := upload(t.Context(), t, server.UploadURL(t, blobName), archivetest.New(t, archivetest.Member("b.msix", nil), m), blob.Options{Parallel: parallel})
				changed, ok := errors.AsType[*archive.ChangedError](err)
				if !ok || changed.Name != "a.msix" {
					t.Errorf("got the error %v, want a ChangedError of a.msix", err)
				}
				if !bytes.Equal(server.Read(t, blobName), bytesOf(t, former)) {
					t.Error("the blob is not what it was before")
				}
			})
		}
	}
}

// hanging is a file at a server that says nothing any more.
type hanging chan struct{}

func (h hanging) ReadAt([]byte, int64) (int, error) {
	<-h
	return 0, errors.New("closed")
}

// A refused upload is over, whatever is still being read.
func TestUpload_refusedWhileAFileIsRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refusing := transport(func(req *http.Request) (*http.Response, error) {
			return reply(req, http.StatusForbidden, nil, ""), nil
		})
		silent := make(hanging)
		defer close(silent)
		a := archivetest.New(t, archivetest.Member("a.msix", random(1, 300_000)), archive.Member{Name: "b.msix", Content: silent, Size: 1 << 20})
		_, err := upload(t.Context(), t, memoryURL(), a, blob.Options{Transport: refusing})
		if _, ok := errors.AsType[*blob.Error](err); !ok {
			t.Errorf("got the error %v, want the refusal", err)
		}
	})
}

// Whoever waits for the upload gets an answer in time, whatever is still being read.
func TestUpload_canceledWhileAFileIsRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		silent := make(hanging)
		defer close(silent)
		members := []archive.Member{{Name: "a.msix", Content: silent, Size: 1000}}
		// More blocks than wait for their turn, half of them headers, for which nobody needs memory.
		for i := range 60 {
			members = append(members, archivetest.Member(strconv.Itoa(i), random(byte(i), smallBlocks)))
		}
		var m memory
		_, err := upload(ctx, t, memoryURL(), archivetest.New(t, members...), blob.Options{Transport: &m})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got the error %v, want the deadline", err)
		}
	})
}

// An empty list of blocks throws away what is staged, this upload's blocks too.
func TestUpload_clearsOnce(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		http.StatusCreated:   "",
		http.StatusForbidden: "the blob service answered 403 AuthorizationPermissionMismatch",
	} {
		synctest.Test(t, func(t *testing.T) {
			var m memory
			var cleared atomic.Int32
			littered := transport(func(req *http.Request) (*http.Response, error) {
				switch comp, before := req.URL.Query().Get("comp"), cleared.Load() > 0; {
				case comp == "block" && !before:
					time.Sleep(time.Second)
					return reply(req, http.StatusBadRequest, map[string]string{"x-ms-error-code": "InvalidBlobOrBlock"}, ""), nil
				case comp == "blocklist" && (!before || len(m.blocks) < 10):
					cleared.Add(1)
					return reply(req, status, map[string]string{"x-ms-error-code": "AuthorizationPermissionMismatch"}, ""), nil
				}
				return m.Do(req)
			})
			a := archivetest.New(t, archivetest.Member("a.msix", random(1, 1<<20))) // 10 blocks
			_, err := upload(t.Context(), t, memoryURL(), a, blob.Options{Transport: littered, Parallel: 5})
			if want == "" && (err != nil || !bytes.Equal(m.committed, bytesOf(t, a))) {
				t.Errorf("got the error %v, want the archive", err)
			}
			if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("got the error %v, want %q", err, want)
			}
			if got := cleared.Load(); got != 1 {
				t.Errorf("cleared %d times, want once", got)
			}
		})
	}
}

// Another tool may have begun an upload, with ids of another length than these have.
func TestUpload_overBlocksOfAnotherTool(t *testing.T) {
	t.Parallel()
	server := azurite.Shared(t)
	uploadURL := server.UploadURL(t, "foreign-blocks")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, uploadURL+"&comp=block&blockid=Zm9yZWlnbg%3D%3D", strings.NewReader("foreign"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("the other tool's block: %s", resp.Status)
	}
	a := archivetest.New(t, archivetest.Member("a.msix", random(1, 1<<20)))
	log, err := upload(t.Context(), t, uploadURL, a, blob.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log, "InvalidBlobOrBlock") {
		t.Errorf("the block was not in the way:\n%s", log)
	}
	if !bytes.Equal(server.Read(t, "foreign-blocks"), bytesOf(t, a)) {
		t.Error("the blob's bytes are not the archive's")
	}
}

// counting is a file that knows how often each of its bytes was read.
type counting struct {
	data []byte

	mu    sync.Mutex
	reads []int
}

func (c *counting) ReadAt(p []byte, offset int64) (int, error) {
	n, err := bytes.NewReader(c.data).ReadAt(p, offset)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range n {
		c.reads[offset+int64(i)]++
	}
	return n, err
}

// Neither a digest nor a repeated block reads a file again.
func TestUpload_readsEachByteOnce(t *testing.T) {
	t.Parallel()
	var (
		m        memory
		attempts once
	)
	failing := transport(func(req *http.Request) (*http.Response, error) {
		if attempts.first(req) {
			return reply(req, http.StatusInternalServerError, nil, ""), nil
		}
		return m.Do(req)
	})
	data := random(1, 3<<20)
	file := &counting{data: data, reads: make([]int, len(data))}
	planned := archivetest.Member("a.msix", data)
	planned.Content = file
	if _, err := upload(t.Context(), t, memoryURL(), archivetest.New(t, planned), blob.Options{Transport: failing}); err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(file.reads, func(n int) bool { return n != 1 }); i >= 0 {
		t.Errorf("byte %d was read %d times", i, file.reads[i])
	}
	if !bytes.Equal(m.committed, bytesOf(t, archivetest.New(t, archivetest.Member("a.msix", data)))) {
		t.Error("the blob's bytes are not the archive's")
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The test is alone while it measures: those that run in parallel wait for the others.
func TestUpload_boundedMemory(t *testing.T) { //nolint:paralleltest // see above
	const size = 256 << 20
	before, most := heap(), uint64(0)
	var mu sync.Mutex
	discarding := transport(func(req *http.Request) (*http.Response, error) {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		most = max(most, heap())
		return reply(req, http.StatusCreated, nil, ""), nil
	})
	a := archivetest.New(t, archive.Member{Name: "a.msix", Content: archivetest.Zeros(size), Size: size})
	if err := blob.Upload(t.Context(), memoryURL(), a, blob.Options{Transport: discarding}); err != nil {
		t.Fatal(err)
	}
	if used := int64(most) - int64(before); used < 48<<20 || used > 56<<20 {
		t.Errorf("an upload of %d MiB held %d MiB, want six buffers of 8", size>>20, used>>20)
	}
}

func TestUpload_canceled(t *testing.T) {
	t.Parallel()
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	server := azurite.Shared(t)
	returned := make(chan struct{})
	uploadURL := proxyTo(t, server.UploadURL(t, "canceled"), func(_ http.ResponseWriter, r *http.Request) bool {
		// The server has the beginning of a block, and does not answer.
		_, _ = io.ReadFull(r.Body, make([]byte, 1000))
		cancel(cause)
		<-returned
		return true
	})
	_, err := upload(ctx, t, uploadURL, archivetest.New(t, archivetest.Member("a.msix", random(1, 4<<20))), blob.Options{RetryDelay: time.Hour})
	close(returned)
	if !errors.Is(err, cause) {
		t.Errorf("got the error %v, want %v", err, cause)
	}
	if server.Read(t, "canceled") != nil {
		t.Error("something was committed")
	}
}
