package blob_test

import (
	"archive/zip"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
)

// packageBytes is how much the benchmarks upload: MSSTORE_BENCH_MIB mebibytes, 64 unless told.
func packageBytes(b *testing.B) int64 {
	b.Helper()
	text := os.Getenv("MSSTORE_BENCH_MIB")
	if text == "" {
		return 64 << 20
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n <= 0 {
		b.Fatalf("MSSTORE_BENCH_MIB is %q, want a number of mebibytes", text)
	}
	return n << 20
}

// sink is a server that takes everything and keeps nothing, on the same cores as the client.
type sink struct {
	uploadURL string
	client    *http.Client
}

func newSink(b *testing.B, secure bool) sink {
	b.Helper()
	// Large buffers, used again: the server is to cost as little as it can.
	buffers := make(chan []byte, 16)
	for range cap(buffers) {
		buffers <- make([]byte, 256<<10)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buffer := <-buffers
		defer func() { buffers <- buffer }()
		_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, r.Body, buffer)
		w.WriteHeader(http.StatusCreated)
	}))
	client := &http.Transport{MaxIdleConnsPerHost: 10}
	if secure {
		server.StartTLS()
		trusted := x509.NewCertPool()
		trusted.AddCert(server.Certificate())
		client.TLSClientConfig = &tls.Config{RootCAs: trusted}
	} else {
		server.Start()
	}
	b.Cleanup(server.Close)
	b.Cleanup(client.CloseIdleConnections)
	return sink{uploadURL: server.URL + "/ingestion/id?sv=2024-05-04&sig=c2VjcmV0", client: &http.Client{Transport: client}}
}

// writeFile writes noise, which does not deflate, as packages do not.
func writeFile(b *testing.B, size int64) *os.File {
	b.Helper()
	file, err := os.Create(filepath.Join(b.TempDir(), "package.msix"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { file.Close() })
	noise := random(1, 1<<20)
	for offset := int64(0); offset < size; offset += int64(len(noise)) {
		if _, err := file.Write(noise[:min(int64(len(noise)), size-offset)]); err != nil {
			b.Fatal(err)
		}
	}
	return file
}

// planned is the archive of one package, or of several that share the file, with the digests that planning makes.
func planned(b *testing.B, file *os.File, size int64, count int) *archive.Archive {
	b.Helper()
	members := make([]archive.Member, count)
	each := size / int64(count)
	for i := range members {
		content := io.NewSectionReader(file, int64(i)*each, each)
		members[i] = archive.Member{Name: fmt.Sprintf("%d.msix", i), Content: content, Size: each, SHA256: digest(b, content)}
	}
	return newArchive(b, members...)
}

func digest(b *testing.B, content *io.SectionReader) string {
	b.Helper()
	sum, err := artifact.SHA256(b.Context(), section{content})
	if err != nil {
		b.Fatal(err)
	}
	return sum
}

// section is a part of a file as an artifact.
type section struct{ *io.SectionReader }

func (section) Location() string { return "section" }
func (section) Close() error     { return nil }

// uploadFile is what the SDK does with an archive that is ready: the speed to measure against.
func uploadFile(b *testing.B, s sink, file *os.File) {
	b.Helper()
	client, err := blockblob.NewClientWithNoCredential(s.uploadURL, &blockblob.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: s.client}})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := client.UploadFile(b.Context(), file, &blockblob.UploadFileOptions{BlockSize: 8 << 20, Concurrency: 4}); err != nil {
		b.Fatal(err)
	}
}

// shorter keeps the shortest time that f took: the one that other programs disturbed least.
func shorter(best *time.Duration, f func()) {
	started := time.Now()
	f()
	if taken := time.Since(started); *best == 0 || taken < *best {
		*best = taken
	}
}

// BenchmarkUpload uploads packages from files, digests included, and tells how many times longer that takes than the slower
// of its two limits, measured in the same run: the SHA-256 of the file on one core, and the SDK's upload of a ready archive.
func BenchmarkUpload(b *testing.B) {
	for _, scheme := range []string{"http", "https"} {
		for _, count := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/packages=%d", scheme, count), func(b *testing.B) {
				size := packageBytes(b)
				s, file := newSink(b, scheme == "https"), writeFile(b, size)
				a := planned(b, file, size, count)
				b.SetBytes(a.Size())
				var sha, sdk, ours time.Duration
				use := newUsage(b)
				for b.Loop() {
					b.StopTimer()
					shorter(&sha, func() { digest(b, io.NewSectionReader(file, 0, size)) })
					shorter(&sdk, func() { uploadFile(b, s, file) })
					use.begin()
					b.StartTimer()
					shorter(&ours, func() {
						if err := blob.Upload(b.Context(), s.uploadURL, a, blob.Options{Transport: s.client}); err != nil {
							b.Fatal(err)
						}
					})
					b.StopTimer()
					use.end()
					b.StartTimer()
				}
				use.report()
				b.ReportMetric(sha.Seconds(), "sha256-s")
				b.ReportMetric(sdk.Seconds(), "uploadfile-s")
				b.ReportMetric(ours.Seconds(), "best-s")
				b.ReportMetric(ours.Seconds()/max(sha, sdk).Seconds(), "times-limit")
			})
		}
	}
}

// BenchmarkUpload_large uploads eight times as much, that no disk has to hold.
func BenchmarkUpload_large(b *testing.B) {
	size := 8 * packageBytes(b)
	s := newSink(b, false)
	a := newArchive(b, archive.Member{Name: "large.msix", Content: io.NewSectionReader(repeated(random(1, 1<<20)), 0, size), Size: size})
	b.SetBytes(size)
	use := newUsage(b)
	for b.Loop() {
		use.begin()
		if err := blob.Upload(b.Context(), s.uploadURL, a, blob.Options{Transport: s.client}); err != nil {
			b.Fatal(err)
		}
		use.end()
	}
	use.report()
}

// repeated is a file without an end.
type repeated []byte

func (r repeated) ReadAt(p []byte, offset int64) (int, error) {
	for done := 0; done < len(p); {
		done += copy(p[done:], r[(offset+int64(done))%int64(len(r)):])
	}
	return len(p), nil
}

// BenchmarkPlan makes the digest of a package, which is what a plan costs.
func BenchmarkPlan(b *testing.B) {
	size := packageBytes(b)
	file := writeFile(b, size)
	b.SetBytes(size)
	use := newUsage(b)
	for b.Loop() {
		use.begin()
		digest(b, io.NewSectionReader(file, 0, size))
		use.end()
	}
	use.report()
}

// BenchmarkTemporary is what the upload does without: an archive on the disk, which the SDK then uploads.
func BenchmarkTemporary(b *testing.B) {
	for _, name := range []string{"stored", "deflated"} {
		method := map[string]uint16{"stored": zip.Store, "deflated": zip.Deflate}[name]
		b.Run(name, func(b *testing.B) {
			size := packageBytes(b)
			s, file := newSink(b, false), writeFile(b, size)
			b.SetBytes(size)
			use := newUsage(b)
			for b.Loop() {
				use.begin()
				uploadFile(b, s, temporary(b, io.NewSectionReader(file, 0, size), method))
				use.end()
			}
			use.report()
		})
	}
}

func temporary(b *testing.B, content io.Reader, method uint16) *os.File {
	b.Helper()
	file, err := os.Create(filepath.Join(b.TempDir(), "archive.zip"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { file.Close() })
	w := zip.NewWriter(file)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "package.msix", Method: method})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(f, content); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return file
}
