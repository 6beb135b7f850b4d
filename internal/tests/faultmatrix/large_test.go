package faultmatrix_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// beyond32 is more bytes than 32 bits can count.
const beyond32 = 1<<32 + 1<<20

// TestPackageBeyond4GiB carries a package whose sizes need ZIP64, inside and in the
// archive around it, through a whole apply. Nearly all of it are holes, in the file
// and in what the blob server keeps, but every byte is read, digested and sent.
func TestPackageBeyond4GiB(t *testing.T) {
	t.Parallel()
	if !testAll() {
		t.Skip("takes a minute; make test-faults does it")
	}
	server := newSparseBlob(t)
	w := acctest.NewWith(t, storesim.Options{
		BlobURL:  func(string, string, string) string { return server.URL + "/ingestion/x?sv=2024-05-04&sp=rwl&sig=x" },
		ReadBlob: func(string) ([]byte, error) { return nil, errors.New("too much to read at once") },
	})
	w.Publish(storesim.Published{})
	path, digest := largePackage(t, w.Dir)
	// The header of what comes behind it has its place beyond 32 bits.
	behind := w.Package("behind.msix", msixtest.Manifest{Architecture: "arm64"})
	tf := start(t, w, provider.Surroundings{})
	release := configuration{{submissionType, arguments{
		"application_id": w.ApplicationID, "flight_id": w.FlightID, "commit": false, "packages": []arguments{{"source": filepath.ToSlash(path)}, {"source": filepath.ToSlash(behind)}},
	}}}
	if _, err := tf.apply(release); err != nil {
		t.Fatal(err)
	}
	tf.settled(release)

	archive, err := zip.NewReader(server, server.size())
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.File) != 2 || archive.File[0].Name != "large.msix" || archive.File[1].Name != "behind.msix" {
		t.Fatalf("the archive holds %d members", len(archive.File))
	}
	if got := archive.File[0].UncompressedSize64; got < beyond32 {
		t.Errorf("the member has %d bytes", got)
	}
	member, err := archive.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, member); err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != digest {
		t.Errorf("the member has the digest %s, want %s", got, digest)
	}
	for tool, arguments := range map[string][]string{
		"unzip":   {"-tqq"},
		"python3": {"-c", "import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip())"},
	} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(tool); err != nil {
				t.Skipf("%s is not installed", tool)
			}
			path := filepath.Join(t.TempDir(), "archive.zip")
			if err := server.write(path); err != nil {
				t.Fatal(err)
			}
			output, err := exec.CommandContext(t.Context(), tool, append(arguments, path)...).CombinedOutput()
			if err != nil {
				t.Errorf("%s refuses the archive: %v\n%s", tool, err, output)
			}
		})
	}
}

// largePackage writes a package with a payload of nothing but zeros.
func largePackage(t *testing.T, dir string) (path, digest string) {
	t.Helper()
	small := msixtest.Package(msixtest.Manifest{})
	from, err := zip.NewReader(bytes.NewReader(small), int64(len(small)))
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "large.msix")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sparse := &sparseWriter{file: file, hash: sha256.New()}
	to := zip.NewWriter(sparse)
	for _, member := range from.File {
		if err := to.Copy(member); err != nil {
			t.Fatal(err)
		}
	}
	payload, err := to.CreateRaw(&zip.FileHeader{
		Name: "payload.bin", Method: zip.Store, CompressedSize64: beyond32, UncompressedSize64: beyond32, CRC32: crcOfZeros(beyond32),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(payload, zeros{}, beyond32); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Truncate(sparse.size); err != nil {
		t.Fatal(err)
	}
	return path, hex.EncodeToString(sparse.hash.Sum(nil))
}

func crcOfZeros(n int64) uint32 {
	hash := crc32.NewIEEE()
	_, _ = io.CopyN(hash, zeros{}, n) // Neither side can fail.
	return hash.Sum32()
}
