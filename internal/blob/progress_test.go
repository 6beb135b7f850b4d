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
			time.Sleep(2 * time.Second)
			return m.Do(req)
		})
		a := newArchive(t, member("a.msix", random(1, 1<<20-200))) // 8 blocks of 128 KiB, the last one 90 bytes shorter
		log, err := upload(t.Context(), t, memoryURL(), a, blob.Options{Transport: slow, Parallel: 1})
		if err != nil {
			t.Fatal(err)
		}
		want := `level=INFO msg="upload started" bytes=1048486 blocks=8 block_size=131072
level=INFO msg="upload in progress" bytes=393216 of=1048486 percent=37 bytes_per_second=65536 left=10s
level=INFO msg="upload in progress" bytes=786432 of=1048486 percent=75 bytes_per_second=65536 left=4s
level=INFO msg="upload finished" bytes=1048486 bytes_per_second=58249 took=18s
`
		got := regexp.MustCompile(`time=\S+ `).ReplaceAllString(log, "")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the log (-want +got):\n%s", diff)
		}
	})
}
