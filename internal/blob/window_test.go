package blob_test

import (
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive/archivetest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/congestion"
)

// How many blocks are in flight follows what became of those before them.
func TestUpload_followsTheLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer transport // to the first attempt of each block
		widest bool      // as many blocks in flight as there can be
	}{
		"a line that takes more": {func(req *http.Request) (*http.Response, error) { return reply(req, http.StatusCreated, nil, ""), nil }, true},
		"a service that is busy": {func(req *http.Request) (*http.Response, error) {
			return reply(req, http.StatusServiceUnavailable, nil, ""), nil
		}, false},
		"a line that loses its bytes": {func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "write", Err: syscall.ECONNRESET}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var (
					attempts       once
					mu             sync.Mutex
					inFlight, most int
				)
				distant := transport(func(req *http.Request) (*http.Response, error) {
					mu.Lock()
					inFlight++
					most = max(most, inFlight)
					mu.Unlock()
					time.Sleep(time.Second)
					mu.Lock()
					inFlight--
					mu.Unlock()
					if _, err := io.Copy(io.Discard, req.Body); err != nil {
						return nil, err
					}
					if req.URL.Query().Get("comp") == "block" && attempts.first(req) {
						return test.answer(req)
					}
					return reply(req, http.StatusCreated, nil, ""), nil
				})
				const size = 300 << 20
				a := archivetest.New(t, archive.Member{Name: "a.msix", Content: archivetest.Zeros(size), Size: size})
				options := blob.Options{Transport: distant, Memory: blob.NewMemory(), RetryDelay: time.Second}
				if err := blob.Upload(t.Context(), memoryURL(), a, options); err != nil {
					t.Fatal(err)
				}
				if widest := most == congestion.MaxLimit; widest != test.widest {
					t.Errorf("up to %d blocks in flight, want %d: %t", most, congestion.MaxLimit, test.widest)
				}
			})
		})
	}
}
