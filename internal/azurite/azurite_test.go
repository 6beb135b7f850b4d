package azurite_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/azurite"
)

func TestServer(t *testing.T) {
	t.Parallel()
	server := azurite.Start(t)
	uploadURL := server.UploadURL(t, "present")
	put := func(target string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, target, strings.NewReader("content"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Ms-Blob-Type", "BlockBlob")
		req.Header.Set("Content-Type", "text/plain")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if status := put(strings.Replace(uploadURL, "/present?", "/absent?", 1)); status != http.StatusForbidden {
		t.Errorf("a signature for another blob gave %d, want 403", status)
	}
	if status := put(server.UploadURL(t, "absent", azurite.Expires(time.Now().Add(-time.Minute)))); status != http.StatusForbidden {
		t.Errorf("an expired URL gave %d, want 403", status)
	}
	if status := put(server.UploadURL(t, "older", azurite.Version("2018-11-09"))); status != http.StatusCreated {
		t.Errorf("writing to a URL of an older version gave %d, want 201", status)
	}
	if status := put(uploadURL); status != http.StatusCreated {
		t.Fatalf("writing to the upload URL gave %d, want 201", status)
	}
	if got := server.Read(t, "absent"); got != nil {
		t.Errorf("a blob that was never written holds %q", got)
	}
	if got := string(server.Read(t, "present")); got != "content" {
		t.Errorf("the blob holds %q, want %q", got, "content")
	}
	if got := server.ContentType(t, "present"); got != "text/plain" {
		t.Errorf("the blob has the content type %q, want text/plain", got)
	}
}
