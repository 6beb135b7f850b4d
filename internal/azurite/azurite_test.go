package azurite_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/azurite"
)

func TestServer(t *testing.T) {
	t.Parallel()
	server := azurite.Start(t)
	if got := server.Read(t, "absent"); got != nil {
		t.Errorf("a blob that was never written holds %q", got)
	}
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
	if status := put(uploadURL); status != http.StatusCreated {
		t.Fatalf("writing to the upload URL gave %d, want 201", status)
	}
	if got := string(server.Read(t, "present")); got != "content" {
		t.Errorf("the blob holds %q, want %q", got, "content")
	}
	if got := server.ContentType(t, "present"); got != "text/plain" {
		t.Errorf("the blob has the content type %q, want text/plain", got)
	}
}
