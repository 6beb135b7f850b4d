package blob_test

import (
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
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
		// Eight blocks of the same size, whose order does not matter: each holds a member and its header of 31 bytes, and the
		// last one the directory, too.
		var members []archive.Member
		for i := range 8 {
			size := 128<<10 - 31
			if i == 7 {
				size -= 8*47 + 22
			}
			members = append(members, member(strconv.Itoa(i), random(byte(i), size)))
		}
		log, err := upload(t.Context(), t, memoryURL(), newArchive(t, members...), blob.Options{Transport: slow, Parallel: 1})
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
