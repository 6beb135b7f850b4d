package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

const (
	// attempts is how often a range is asked for without a byte in return before its failure is the file's. The pauses
	// outlast an outage of two minutes.
	attempts = 8
	// openAttempts is the same for a file that nothing was read of yet: a plan does not wait for minutes.
	openAttempts = 5
	// maxPause bounds the pauses that no server asked for.
	maxPause     = time.Minute
	maxRedirects = 10
)

// temporaryError is a failure that the same request may not meet again.
type temporaryError struct {
	err error
	// pause is what the server asked for, 0 if nothing.
	pause time.Duration
}

func (e *temporaryError) Error() string { return e.err.Error() }

func (e *temporaryError) Unwrap() error { return e.err }

func temporary(format string, args ...any) error {
	return &temporaryError{err: fmt.Errorf(format, args...)}
}

// fetch fills p with the bytes from off on. The first one, made by Open, gets fewer if the file is shorter than p. What a
// connection brought before it was lost stays, and the next request begins behind it.
func (r *remote) fetch(p []byte, off int64) (int, error) {
	done := 0
	pause, attempt := r.delay, 1
	for {
		n, err := r.get(p[done:], off+int64(done))
		done += n
		if r.size > 0 {
			p = p[:min(int64(len(p)), r.size-off)]
		}
		if err == nil && done == len(p) {
			return done, nil
		}
		if err == nil && n > 0 {
			// A server may send less than it is asked for.
			continue
		}
		trouble, again := errors.AsType[*temporaryError](err)
		if ended := r.ended(); ended != nil {
			return done, r.fault(ended, "reading at byte %d", off+int64(done))
		}
		if n > 0 {
			pause, attempt = r.delay, 1
		}
		limit := openAttempts
		if r.opened {
			limit = attempts
		}
		if !again || attempt == limit {
			return done, r.explain(err, off+int64(done), attempt)
		}
		r.rest(max(pause, trouble.pause), err)
		attempt++
		pause = min(2*pause, maxPause)
	}
}

// rest waits before a request is repeated.
func (r *remote) rest(pause time.Duration, reason error) {
	r.logger.WarnContext(r.ctx, "package source failed, asking again", "source", r.location, "error", redact.Error(reason), "pause", pause)
	select {
	case <-time.After(pause):
	case <-r.ctx.Done():
	}
}

func (r *remote) explain(err error, off int64, attempt int) error {
	if _, ok := errors.AsType[*ChangedError](err); ok {
		return err
	}
	if attempt > 1 {
		return r.fault(err, "reading at byte %d failed %d times", off, attempt)
	}
	return r.fault(err, "reading at byte %d", off)
}

var errSilent = errors.New("the server went silent")

// get makes one request and reads its reply, when the window has a place for it.
func (r *remote) get(p []byte, off int64) (int, error) {
	if err := r.window.Acquire(r.ctx); err != nil {
		return 0, err
	}
	defer r.window.Release()
	started := time.Now()
	n, err := r.exchange(p, off)
	if _, overloaded := errors.AsType[*temporaryError](err); overloaded {
		r.window.Failed(time.Since(started))
	} else if err == nil {
		r.window.Succeeded(int64(n), time.Since(started))
	}
	return n, err
}

func (r *remote) exchange(p []byte, off int64) (n int, err error) {
	ctx, cancel := context.WithCancelCause(r.ctx)
	defer cancel(nil)
	watch := time.AfterFunc(r.patience, func() { cancel(errSilent) })
	defer watch.Stop()

	reply, err := r.ask(ctx, off, int64(len(p)))
	if err != nil {
		return 0, r.silence(ctx, err)
	}
	defer reply.Body.Close()
	length, err := r.accept(reply, off, int64(len(p)))
	if err != nil {
		return 0, err
	}
	for n < length {
		read, err := reply.Body.Read(p[n:length])
		n += read
		if read > 0 {
			watch.Reset(r.patience)
		}
		if err != nil && n < length {
			return n, r.silence(ctx, temporary("the connection was lost after %d of %d bytes: %w", n, length, unexpected(err)))
		}
	}
	// Reading the end of the reply lets the connection be used again, and finds the server that does not keep to its word.
	if extra, _ := reply.Body.Read(make([]byte, 1)); extra > 0 {
		return 0, fmt.Errorf("the server sent more than the %d bytes that it announced", length)
	}
	return n, nil
}

// unexpected is the error of a read that brought too little.
func unexpected(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// silence names the reason if the request was given up for want of bytes.
func (r *remote) silence(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errSilent) {
		return temporary("%w for %s", errSilent, r.patience)
	}
	return err
}

// ask sends the request, to wherever redirects lead.
func (r *remote) ask(ctx context.Context, off, length int64) (*http.Response, error) {
	target := r.address
	for range maxRedirects {
		request := (&http.Request{Method: http.MethodGet, URL: target, Host: target.Host, Header: http.Header{}}).WithContext(ctx)
		// The headers are meant for the address that they were given with, and for none that a server chooses.
		if target == r.address {
			for name, values := range r.header {
				request.Header[http.CanonicalHeaderKey(name)] = values
			}
		}
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", off, off+length-1))
		// Ranges of a file that is compressed on the way would be ranges of something else.
		request.Header.Set("Accept-Encoding", "identity")
		if r.entity.strong() {
			request.Header.Set("If-Match", r.entity.tag)
		}
		reply, err := r.transport.RoundTrip(request)
		if err != nil {
			return nil, r.connection(err)
		}
		if !transport.IsRedirect(reply.StatusCode) {
			return reply, nil
		}
		discard(reply)
		next, err := follow(target, reply)
		if err != nil {
			return nil, err
		}
		target = next
	}
	return nil, fmt.Errorf("it redirects more than %d times", maxRedirects)
}

// discard reads the little that comes with a redirect, so that the connection can be used again.
func discard(reply *http.Response) {
	defer reply.Body.Close()
	// What is wrong with a page that nobody reads does not matter.
	_, _ = io.CopyN(io.Discard, reply.Body, 4<<10)
}

// follow never repeats the new address in an error, which is mostly a signed one.
func follow(from *url.URL, reply *http.Response) (*url.URL, error) {
	next, err := from.Parse(reply.Header.Get("Location"))
	switch {
	case err != nil || reply.Header.Get("Location") == "":
		return nil, fmt.Errorf("it redirects (status %d) to no address that can be understood", reply.StatusCode)
	case from.Scheme == "https" && next.Scheme != "https":
		return nil, fmt.Errorf("it redirects from https to %s, which would show what is sent to everyone on the way", location(next))
	}
	if err := allowed(next); err != nil {
		return nil, fmt.Errorf("it redirects to %s: %w", location(next), err)
	}
	return next, nil
}

// connection tells a server that cannot be reached now from one that never will. A host that has answered exists, whatever a
// name server says for a moment.
func (r *remote) connection(err error) error {
	if transport.IsPermanent(err) || r.size == 0 && transport.IsUnreachable(err) {
		return err
	}
	return &temporaryError{err: err}
}
