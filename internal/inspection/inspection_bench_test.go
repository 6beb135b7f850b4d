package inspection_test

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/inspection"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

// BenchmarkTenFlights inspects one package for ten flights at once, and tells how many times longer that takes than for one
// flight in the same run. The limit is 1.3. The package has MSSTORE_BENCH_MIB mebibytes, 64 unless told.
func BenchmarkTenFlights(b *testing.B) {
	mebibytes := 64
	if text := os.Getenv("MSSTORE_BENCH_MIB"); text != "" {
		var err error
		if mebibytes, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	path := filepath.Join(b.TempDir(), "app.msix")
	if err := os.WriteFile(path, msixtest.Package(msixtest.Manifest{PayloadSize: mebibytes << 20}), 0o600); err != nil {
		b.Fatal(err)
	}
	plan := func(flights int) time.Duration {
		started := time.Now()
		inspector := inspection.New(artifact.Options{})
		var group sync.WaitGroup
		for range flights {
			group.Go(func() {
				if _, err := inspector.Package(b.Context(), inspection.Request{Source: path, FileName: "app.msix"}); err != nil {
					b.Error(err)
				}
			})
		}
		group.Wait()
		return time.Since(started)
	}
	var one, ten time.Duration
	for b.Loop() {
		one += plan(1)
		ten += plan(10)
	}
	b.ReportMetric(one.Seconds()/float64(b.N), "one-flight-s")
	b.ReportMetric(ten.Seconds()/float64(b.N), "ten-flights-s")
	b.ReportMetric(ten.Seconds()/one.Seconds(), "times-one")
	b.ReportMetric(1.3, "limit")
}
