package blob_test

import (
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive/archivetest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
)

// slowHandler takes its time for each line after the first.
type slowHandler struct {
	slog.Handler
	begun, ended *atomic.Int32
}

func (h slowHandler) Handle(context.Context, slog.Record) error {
	if h.begun.Add(1) > 1 {
		time.Sleep(time.Minute)
	}
	h.ended.Add(1)
	return nil
}

func (h slowHandler) Enabled(context.Context, slog.Level) bool { return true }

// Terraform's log takes no lines of an operation that is over.
func TestUpload_logsNothingAfterItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refusing := transport(func(*http.Request) (*http.Response, error) {
			time.Sleep(4 * time.Second)
			return nil, http.ErrUseLastResponse
		})
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		var begun, ended atomic.Int32
		err := blob.Upload(ctx, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{
			Transport: refusing, Memory: blob.NewMemory(), Logger: slog.New(slowHandler{slog.DiscardHandler, &begun, &ended}),
		})
		if err == nil || begun.Load() != 2 || ended.Load() != 2 {
			t.Errorf("got the error %v, %d lines begun and %d ended, want the start and one more", err, begun.Load(), ended.Load())
		}
	})
}

// An upload may take no time that a clock can tell.
func TestUpload_atOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		log, err := upload(t.Context(), t, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: &m})
		if err != nil || !regexp.MustCompile(`upload finished" bytes=\d+ bytes_per_second=\d+ took=0s`).MatchString(log) {
			t.Errorf("got the error %v and the log\n%s", err, log)
		}
	})
}

func TestUpload_progress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		slow := transport(func(req *http.Request) (*http.Response, error) {
			time.Sleep(4 * time.Second)
			if req.URL.Query().Get("comp") == "blocklist" {
				time.Sleep(10 * time.Second)
			}
			return m.Do(req)
		})
		// Eight blocks of the same size, whose order does not matter: each holds a member and its header of 31 bytes, and the
		// last one the directory, too.
		var members []archive.Member
		for i := range 8 {
			size := 128<<10 - 31
			if i == 7 {
				size -= 8*47 + 22
			}
			members = append(members, archivetest.Member(strconv.Itoa(i), random(byte(i), size)))
		}
		log, err := upload(t.Context(), t, memoryURL(), archivetest.New(t, members...), blob.Options{Transport: slow, Parallel: 1})
		if err != nil {
			t.Fatal(err)
		}
		want := `level=INFO msg="upload started" bytes=1048576 packages=8 host=ingestion.blob.example
level=INFO msg="upload is waiting until the first block is read and accepted" bytes=1048576
level=INFO msg="upload in progress" bytes=393216 of=1048576 percent=37 bytes_per_second=30247 left=22s
level=INFO msg="upload in progress" bytes=655360 of=1048576 percent=62 bytes_per_second=28493 left=14s
level=INFO msg="upload is waiting until the blocks are committed" bytes=1048576
level=INFO msg="upload is waiting until the blocks are committed" bytes=1048576
level=INFO msg="upload finished" bytes=1048576 bytes_per_second=22795 took=46s
`
		got := regexp.MustCompile(`time=\S+ `).ReplaceAllString(log, "")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the log (-want +got):\n%s", diff)
		}
	})
}
