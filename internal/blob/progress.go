package blob

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	// firstLine is how long an upload may take without a line of progress, and nextLine is the time between two.
	firstLine = 3 * time.Second
	nextLine  = 10 * time.Second
)

// progress tells how far the upload is.
type progress struct {
	logger  *slog.Logger
	size    int64
	started time.Time
	sent    atomic.Int64 // bytes that the service has accepted
}

func (u *upload) newProgress(ctx context.Context, logger *slog.Logger) *progress {
	logger.InfoContext(ctx, "upload started", "bytes", u.layout.size, "packages", u.archive.Members(), "host", u.target.host)
	return &progress{logger: logger, size: u.layout.size, started: time.Now()}
}

// watch tells of the progress until the function that it returns is called. Lines come whether there is progress or not.
func (p *progress) watch(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for pause := firstLine; ; pause = nextLine {
			select {
			case <-time.After(pause):
				p.tell(ctx)
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

func (p *progress) tell(ctx context.Context) {
	taken := time.Since(p.started)
	switch sent := p.sent.Load(); sent {
	case 0:
		p.logger.InfoContext(ctx, "upload is waiting until the first block is read and accepted", "bytes", p.size)
	case p.size:
		p.logger.InfoContext(ctx, "upload is waiting until the blocks are committed", "bytes", p.size)
	default:
		left := time.Duration(float64(taken) * float64(p.size-sent) / float64(sent))
		p.logger.InfoContext(ctx, "upload in progress", "bytes", sent, "of", p.size, "percent", 100*sent/p.size,
			"bytes_per_second", rate(sent, taken), "left", left.Round(time.Second))
	}
}

func (p *progress) finish(ctx context.Context) {
	taken := time.Since(p.started)
	p.logger.InfoContext(ctx, "upload finished", "bytes", p.size, "bytes_per_second", rate(p.size, taken), "took", taken.Round(time.Millisecond))
}

func rate(n int64, taken time.Duration) int64 {
	return int64(float64(n) / max(taken, time.Nanosecond).Seconds())
}
