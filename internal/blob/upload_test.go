package blob_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/azurite"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
)

func TestUpload(t *testing.T) {
	t.Parallel()
	server := azurite.Shared(t)
	content := make([]byte, 20<<20)
	rand.NewChaCha8([32]byte{1}).Read(content)
	sum := sha256.Sum256(content)
	a, err := archive.New([]archive.Member{
		{Name: "a.msix", Content: bytes.NewReader(content), Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])},
		{Name: "b.msix", Content: bytes.NewReader(content[:100]), Size: 100},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := blob.Upload(t.Context(), server.UploadURL(t, "a"), a, blob.Options{RetryDelay: time.Millisecond, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))}); err != nil {
		t.Fatal(err)
	}
	got := server.Read(t, "a")
	zr, err := zip.NewReader(bytes.NewReader(got), int64(len(got)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := zr.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(b, content) {
		t.Fatal(err)
	}
}
