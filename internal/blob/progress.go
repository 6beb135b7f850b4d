package blob

import (
	"log/slog"
	"sync"
	"time"
)

// quiet is the least time between two lines of progress.
const quiet = 5 * time.Second

// progress tells how far the upload is.
type progress struct {
	logger *slog.Logger
	layout layout

	mu      sync.Mutex
	started time.Time
	told    time.Time
	sent    int64
}

func newProgress(logger *slog.Logger, l layout) *progress {
	return &progress{logger: logger, layout: l}
}

func (p *progress) start() {
	p.started = time.Now()
	p.told = p.started
	p.logger.Info("upload started", "bytes", p.layout.size, "blocks", p.layout.blocks(), "block_size", p.layout.blockSize)
}

// add counts a block that the service has accepted.
func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent += int64(n)
	now := time.Now()
	if now.Sub(p.told) < quiet {
		return
	}
	p.told = now
	taken := now.Sub(p.started)
	left := time.Duration(float64(taken) * float64(p.layout.size-p.sent) / float64(p.sent))
	p.logger.Info("upload in progress", "bytes", p.sent, "of", p.layout.size, "percent", 100*p.sent/p.layout.size,
		"bytes_per_second", rate(p.sent, taken), "left", left.Round(time.Second))
}

func (p *progress) finish() {
	taken := time.Since(p.started)
	p.logger.Info("upload finished", "bytes", p.layout.size, "bytes_per_second", rate(p.layout.size, taken), "took", taken.Round(time.Millisecond))
}

func rate(n int64, taken time.Duration) int64 {
	return int64(float64(n) / max(taken, time.Nanosecond).Seconds())
}
