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
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"golang.org/x/sync/errgroup"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive/archivetest"
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

// line is how a server is reached.
type line struct {
	secure bool
	rate   int64         // bytes per second that each connection carries; 0 is unlimited
	delay  time.Duration // before each reply
}

// distant is a line to another continent.
var distant = line{rate: 8_000_000, delay: 50 * time.Millisecond}

// pace reads a body as fast as the line carries it.
func (l line) pace(body io.Reader, buffer []byte) {
	started := time.Now()
	for total := int64(0); ; {
		n, err := body.Read(buffer)
		total += int64(n)
		if err != nil {
			return
		}
		if l.rate > 0 {
			time.Sleep(time.Until(started.Add(time.Duration(total) * time.Second / time.Duration(l.rate))))
		}
	}
}

func newSink(b *testing.B, l line) sink {
	b.Helper()
	// Large buffers, used again: the server is to cost as little as it can.
	buffers := sync.Pool{New: func() any { return make([]byte, 64<<10) }}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buffer, _ := buffers.Get().([]byte)
		defer buffers.Put(buffer) //nolint:staticcheck // what it allocates is small
		l.pace(r.Body, buffer)
		time.Sleep(l.delay)
		w.WriteHeader(http.StatusCreated)
	}))
	client := &http.Transport{MaxIdleConnsPerHost: 100}
	if l.secure {
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
	return archivetest.New(b, members...)
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
func uploadFile(b *testing.B, s sink, file *os.File, options blockblob.UploadFileOptions) {
	b.Helper()
	client, err := blockblob.NewClientWithNoCredential(s.uploadURL, &blockblob.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: s.client}})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := client.UploadFile(b.Context(), file, &options); err != nil {
		b.Fatal(err)
	}
}

// near and far are the options of the SDK that do well on such lines.
var (
	near = blockblob.UploadFileOptions{BlockSize: 8 << 20, Concurrency: 4}
	far  = blockblob.UploadFileOptions{BlockSize: 4 << 20, Concurrency: 16}
)

func upload1(b *testing.B, s sink, a *archive.Archive) {
	b.Helper()
	if err := blob.Upload(b.Context(), s.uploadURL, a, blob.Options{Transport: s.client}); err != nil {
		b.Error(err)
	}
}

// compare measures f beside what limits it, in turn, and prints the medians and by how much f may be, and is, slower than the
// slowest of its limits.
func compare(b *testing.B, allowed float64, f func(), limits map[string]func()) {
	b.Helper()
	took := map[string][]time.Duration{}
	measure := func(name string, f func()) {
		started := time.Now()
		f()
		took[name] = append(took[name], time.Since(started))
	}
	use := newUsage(b)
	for b.Loop() {
		b.StopTimer()
		for name, limit := range limits {
			measure(name, limit)
		}
		use.begin()
		b.StartTimer()
		measure("median", f)
		b.StopTimer()
		use.end()
		b.StartTimer()
	}
	use.report()
	slowest := 0.0
	for name, list := range took {
		slices.Sort(list)
		median := list[len(list)/2].Seconds()
		b.ReportMetric(median, name+"-s")
		if name != "median" {
			slowest = max(slowest, median)
		}
	}
	if slowest > 0 {
		b.ReportMetric(took["median"][len(took["median"])/2].Seconds()/slowest, "times-limit")
		b.ReportMetric(allowed, "allowed")
	}
}

// BenchmarkUpload uploads packages from files to a near server, digests included. What limits it is the SHA-256 of the file on
// one core, and the SDK's upload of a ready archive.
func BenchmarkUpload(b *testing.B) {
	for _, scheme := range []string{"http", "https"} {
		for _, count := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/packages=%d", scheme, count), func(b *testing.B) {
				size := packageBytes(b)
				s, file := newSink(b, line{secure: scheme == "https"}), writeFile(b, size)
				a := planned(b, file, size, count)
				b.SetBytes(a.Size())
				compare(b, 1.25, func() { upload1(b, s, a) }, map[string]func(){
					"sha256":     func() { digest(b, io.NewSectionReader(file, 0, size)) },
					"uploadfile": func() { uploadFile(b, s, file, near) },
				})
			})
		}
	}
}

// BenchmarkUpload_distant uploads to a server that takes 8 MB/s from each connection and replies after 50 ms. What limits it is
// the SDK's upload of a ready archive with sixteen blocks of 4 MiB in flight.
func BenchmarkUpload_distant(b *testing.B) {
	size := packageBytes(b)
	s, file := newSink(b, distant), writeFile(b, size)
	a := planned(b, file, size, 1)
	b.SetBytes(a.Size())
	compare(b, 1.15, func() { upload1(b, s, a) }, map[string]func(){"uploadfile": func() { uploadFile(b, s, file, far) }})
}

// BenchmarkUpload_ten uploads ten packages at once, each a tenth of the bytes, to ten blobs. What limits it on a near line is
// what limits one upload of all of them, and on a distant one the SDK's upload of all of them.
func BenchmarkUpload_ten(b *testing.B) {
	for name, l := range map[string]line{"near": {}, "distant": distant} {
		b.Run(name, func(b *testing.B) {
			size := packageBytes(b)
			s, file := newSink(b, l), writeFile(b, size)
			a := planned(b, file, size/10, 1)
			b.SetBytes(10 * a.Size())
			limits := map[string]func(){"uploadfile": func() { uploadFile(b, s, file, far) }}
			allowed := 1.15
			if name == "near" {
				allowed = 1.25
				limits = map[string]func(){"one-upload": func() { upload1(b, s, planned(b, file, size, 1)) }}
			}
			compare(b, allowed, func() {
				var group sync.WaitGroup
				for range 10 {
					group.Go(func() { upload1(b, s, a) })
				}
				group.Wait()
			}, limits)
		})
	}
}

// BenchmarkUpload_distantSource uploads a package from an artifact store behind a distant line to a near server. What limits it
// is to fetch the package by sixteen ranges of 4 MiB at once, and nothing else.
func BenchmarkUpload_distantSource(b *testing.B) {
	size := packageBytes(b)
	noise := repeated(random(1, 1<<20))
	buffers := sync.Pool{New: func() any { return make([]byte, 64<<10) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buffer, _ := buffers.Get().([]byte)
		defer buffers.Put(buffer) //nolint:staticcheck // what it allocates is small
		var first, last int64
		_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &first, &last)
		last = min(last, size-1)
		time.Sleep(distant.delay)
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, last, size))
		w.Header().Set("Content-Length", strconv.FormatInt(last-first+1, 10))
		w.WriteHeader(http.StatusPartialContent)
		distant.pace(io.TeeReader(io.NewSectionReader(noise, first, last-first+1), w), buffer)
	}))
	b.Cleanup(server.Close)
	s := newSink(b, line{})
	b.SetBytes(size)
	compare(b, 1.15, func() {
		source, err := artifact.Open(b.Context(), server.URL, artifact.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer source.Close()
		upload1(b, s, archivetest.New(b, archive.Member{Name: "a.msix", Content: source, Size: size}))
	}, map[string]func(){"download": func() { download(b, server.URL, size) }})
}

// download fetches a file by sixteen ranges of 4 MiB at once.
func download(b *testing.B, address string, size int64) {
	b.Helper()
	const part = 4 << 20
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	defer client.CloseIdleConnections()
	var group errgroup.Group
	group.SetLimit(16)
	for offset := int64(0); offset < size; offset += part {
		group.Go(func() error {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
			if err != nil {
				return err
			}
			req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", offset, offset+part-1))
			resp, err := client.Do(req)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			_, err = io.Copy(io.Discard, resp.Body)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkUpload_large uploads eight times as much, that no disk has to hold.
func BenchmarkUpload_large(b *testing.B) {
	for name, l := range map[string]line{"near": {}, "distant": distant} {
		b.Run(name, func(b *testing.B) {
			size := 8 * packageBytes(b)
			s := newSink(b, l)
			a := archivetest.New(b, archive.Member{Name: "large.msix", Content: io.NewSectionReader(repeated(random(1, 1<<20)), 0, size), Size: size})
			b.SetBytes(size)
			compare(b, 0, func() { upload1(b, s, a) }, nil)
		})
	}
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
			s, file := newSink(b, line{}), writeFile(b, size)
			b.SetBytes(size)
			use := newUsage(b)
			for b.Loop() {
				use.begin()
				uploadFile(b, s, temporary(b, io.NewSectionReader(file, 0, size), method), near)
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
