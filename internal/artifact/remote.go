package artifact

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/congestion"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

// firstRange is large enough for the start of an archive and costs no more than a single byte.
const firstRange = 4 << 10

// remote reads a file behind an address by range requests. It never holds more of it than a few pages.
type remote struct {
	address  *url.URL
	location string
	header   http.Header
	// Redirects are followed here and not by an http.Client, which would send most headers to other hosts, and the
	// whole address, with its signature, as the referrer.
	transport http.RoundTripper
	window    *congestion.Window
	logger    *slog.Logger
	delay     time.Duration
	patience  time.Duration

	// ctx is that of Open: a ReaderAt has no place for one, and the artifact lives as long as the operation.
	ctx   context.Context
	close context.CancelCauseFunc

	size      int64
	entity    entity
	opened    bool // the first bytes were read
	readAhead readAhead
}

// network has a connection of its own for each request that is under way: it is connections that distant servers are slow on.
var network = sync.OnceValue(func() http.RoundTripper {
	own := transport.NewNetwork()
	own.ForceAttemptHTTP2 = false
	own.Protocols = new(http.Protocols)
	own.Protocols.SetHTTP1(true)
	return own
})

func openRemote(ctx context.Context, text string, options Options) (*remote, error) {
	address, err := parseAddress(text)
	if err != nil {
		return nil, err
	}
	r := &remote{
		address: address, location: location(address), header: options.Header, transport: network(), window: congestion.NewWindow(0),
		logger: cmp.Or(options.Logger, slog.New(slog.DiscardHandler)),
		delay:  cmp.Or(options.RetryDelay, time.Second), patience: cmp.Or(options.Patience, time.Minute),
	}
	if err := checkHeader(r.header); err != nil {
		return nil, r.fault(err, "opening it")
	}
	if options.Client != nil && options.Client.Transport != nil {
		r.transport = options.Client.Transport
	}
	r.ctx, r.close = context.WithCancelCause(ctx)

	defer transport.Announce(ctx, r.logger, func() string { return "waiting for the package source to answer" }, "source", r.location)()
	// A request for the first bytes is allowed wherever the file may be read; one that asks for the size only (HEAD) is
	// refused by stores that sign addresses for a method.
	start := make([]byte, firstRange)
	n, err := r.fetch(start, 0)
	if err != nil {
		r.close(err)
		return nil, err
	}
	r.opened = true
	r.readAhead.list = []*page{{data: start[:n]}}
	return r, nil
}

// Size implements [Artifact].
func (r *remote) Size() int64 { return r.size }

// Location implements [Artifact].
func (r *remote) Location() string { return r.location }

// String keeps what the address and the headers hold out of logs.
func (r *remote) String() string { return r.location }

// GoString keeps what the address and the headers hold out of logs.
func (r *remote) GoString() string { return r.location }

// Close ends the requests that are under way.
func (r *remote) Close() error {
	r.close(fs.ErrClosed)
	return nil
}

// ReadAt implements [io.ReaderAt]. Reads of half a megabyte or more are one request straight into p. Smaller
// ones are answered from pages, which are read ahead.
func (r *remote) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, r.fault(nil, "reading at byte %d", off)
	}
	wanted := min(int64(len(p)), r.size-off)
	done := int64(0)
	for done < wanted {
		if err := r.ended(); err != nil {
			return int(done), r.fault(err, "reading at byte %d", off+done)
		}
		rest := p[done:wanted]
		var n int
		var err error
		if len(rest) >= directRead {
			n, err = r.fetch(rest, off+done)
		} else {
			n, err = r.readPage(rest, off+done)
		}
		done += int64(n)
		if err != nil {
			return int(done), err
		}
	}
	if done < int64(len(p)) {
		return int(done), io.EOF
	}
	return int(done), nil
}

// ended says why nothing more can be read.
func (r *remote) ended() error {
	if r.ctx.Err() == nil {
		return nil
	}
	return context.Cause(r.ctx)
}

// fault never tells a credential that a server or a proxy repeats.
func (r *remote) fault(err error, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if err != nil {
		return fmt.Errorf("package source %s: %s: %w", r.location, what, redact.Error(err))
	}
	return fmt.Errorf("package source %s: %s", r.location, what)
}

func (r *remote) changed(format string, args ...any) error {
	return &ChangedError{Location: r.location, Change: redact.String(fmt.Sprintf(format, args...))}
}
