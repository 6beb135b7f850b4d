package blob_test

import (
	"net/http"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
)

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
		a := newArchive(t, member("a.msix", random(1, 1<<20-200))) // a header, and 8 blocks of 128 KiB at most
		log, err := upload(t.Context(), t, memoryURL(), a, blob.Options{Transport: slow, Parallel: 1})
		if err != nil {
			t.Fatal(err)
		}
		want := `level=INFO msg="upload started" bytes=1048486 packages=1 host=ingestion.blob.example
level=INFO msg="upload is waiting until the first block is read and accepted" bytes=1048486
level=INFO msg="upload in progress" bytes=393216 of=1048486 percent=37 bytes_per_second=30247 left=22s
level=INFO msg="upload in progress" bytes=655360 of=1048486 percent=62 bytes_per_second=28493 left=14s
level=INFO msg="upload in progress" bytes=917540 of=1048486 percent=87 bytes_per_second=27804 left=5s
level=INFO msg="upload is waiting until the blocks are committed" bytes=1048486
level=INFO msg="upload finished" bytes=1048486 bytes_per_second=20969 took=50s
`
		got := regexp.MustCompile(`time=\S+ `).ReplaceAllString(log, "")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the log (-want +got):\n%s", diff)
		}
	})
}
