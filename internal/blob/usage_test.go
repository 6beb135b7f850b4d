package blob_test

import (
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
)

// usage is the most that a benchmark's iterations took of memory and disk. Linux alone tells.
type usage struct {
	b       *testing.B
	written int64
	rss     int64
	heap    uint64
	disk    int64
}

func newUsage(b *testing.B) *usage {
	b.Helper()
	return &usage{b: b}
}

// begin forgets what was used before.
func (u *usage) begin() {
	debug.FreeOSMemory()
	// "5" resets the peak of the resident set: https://docs.kernel.org/filesystems/proc.html.
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600)
	u.written = procValue("/proc/self/io", "write_bytes")
}

func (u *usage) end() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.heap = max(u.heap, m.HeapSys-m.HeapReleased)
	u.rss = max(u.rss, procValue("/proc/self/status", "VmHWM")<<10)
	u.disk = max(u.disk, procValue("/proc/self/io", "write_bytes")-u.written)
}

func (u *usage) report() {
	const mib = 1 << 20
	u.b.ReportMetric(float64(u.heap)/mib, "heap-MiB")
	if runtime.GOOS == "linux" {
		u.b.ReportMetric(float64(u.rss)/mib, "peak-RSS-MiB")
		u.b.ReportMetric(float64(u.disk)/mib, "disk-MiB")
	}
}

// procValue is a number of a file with lines of the form "name: number"; 0 when there is none.
func procValue(path, name string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	match := regexp.MustCompile(`(?m)^` + name + `:\s*(\d+)`).FindSubmatch(text)
	if match == nil {
		return 0
	}
	n, _ := strconv.ParseInt(string(match[1]), 10, 64)
	return n
}
