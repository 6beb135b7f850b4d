package artifact

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

// quoted is how many characters of a server's header a message repeats.
const quoted = 100

// entity tells one content of an address from the next.
type entity struct{ tag, modified string }

// strong reports whether equal tags mean equal bytes. Weak ones may not be compared by the server.
func (e entity) strong() bool { return e.tag != "" && !strings.HasPrefix(e.tag, "W/") }

// accept checks that a reply holds what was asked for, and returns how many bytes it has. The first reply settles the size
// and the identity of the file.
func (r *remote) accept(reply *http.Response, off, length int64) (int, error) {
	if err := r.status(reply); err != nil {
		return 0, err
	}
	if coding := reply.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return 0, fmt.Errorf("the server sends it encoded as %.*q though asked for it as it is", quoted, coding)
	}
	first, last, size, err := contentRange(reply.Header.Get("Content-Range"))
	if err != nil {
		return 0, err
	}
	found := entity{tag: reply.Header.Get("ETag"), modified: reply.Header.Get("Last-Modified")}
	if err := r.same(found, size); err != nil {
		return 0, err
	}
	if first != off || last >= off+length {
		return 0, fmt.Errorf("the server sent bytes %d to %d, asked for %d to %d", first, last, off, off+length-1)
	}
	announced := last - first + 1
	if reply.ContentLength >= 0 && reply.ContentLength != announced {
		return 0, fmt.Errorf("the server sends %d bytes and calls them bytes %d to %d, which is %d", reply.ContentLength, first, last, announced)
	}
	if r.size == 0 {
		r.size, r.entity = size, found
	}
	return int(announced), nil
}

// same compares with the first reply. What a server leaves out is not held against it: the digest decides in the end.
func (r *remote) same(found entity, size int64) error {
	known := r.entity
	switch {
	case r.size == 0:
		return nil
	case size != r.size:
		return r.changed("it had %d bytes and has %d now", r.size, size)
	case known.tag != "" && found.tag != "":
		if found.tag != known.tag {
			return r.changed("its entity tag was %.*s and is %.*s now", quoted, known.tag, quoted, found.tag)
		}
	case known.modified != "" && found.modified != "" && found.modified != known.modified:
		return r.changed("it was last modified %.*s and now %.*s", quoted, known.modified, quoted, found.modified)
	}
	return nil
}

// status turns all but a part of the file into an error that says what to do.
func (r *remote) status(reply *http.Response) error {
	status := strings.TrimSpace(fmt.Sprintf("%d %s", reply.StatusCode, http.StatusText(reply.StatusCode)))
	switch code := reply.StatusCode; {
	case code == http.StatusPartialContent:
		return nil
	case code == http.StatusOK && reply.ContentLength == 0, code == http.StatusRequestedRangeNotSatisfiable && r.size == 0:
		return fmt.Errorf("the file is empty (status %s)", status)
	case code == http.StatusOK && strings.HasPrefix(reply.Header.Get("Content-Type"), "text/html"):
		return fmt.Errorf("the server sent a web page (status %s), perhaps to sign in: check the request headers", status)
	case code == http.StatusOK:
		return fmt.Errorf("the server does not answer range requests (status %s instead of 206), by which packages are read: "+
			"use an artifact store that does, or download the file and give its path", status)
	case code == http.StatusPreconditionFailed && r.size > 0:
		return r.changed("the server no longer has entity tag %.*s", quoted, r.entity.tag)
	case code == http.StatusRequestedRangeNotSatisfiable:
		return r.changed("it had %d bytes and has fewer now (status %s)", r.size, status)
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return fmt.Errorf("the server refuses it (status %s): check the request headers and, if the address is signed, that it has not expired", status)
	case code == http.StatusNotFound, code == http.StatusGone:
		return fmt.Errorf("there is no such file (status %s), or the request headers do not entitle to see it", status)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= http.StatusInternalServerError:
		pause, err := transport.TakeRetryAfter(reply, time.Now())
		if err != nil {
			return err
		}
		return &temporaryError{err: fmt.Errorf("the server cannot send it now (status %s)", status), pause: pause}
	default:
		return fmt.Errorf("the server answers with status %s, expected 206", status)
	}
}

// contentRange reads the header of that name, such as bytes 0-4095/372416.
func contentRange(value string) (first, last, size int64, err error) {
	rest, ok := strings.CutPrefix(value, "bytes ")
	span, total, cut := strings.Cut(rest, "/")
	from, to, dash := strings.Cut(span, "-")
	if ok && cut && dash {
		numbers := [3]int64{}
		for i, text := range []string{from, to, total} {
			number, err := strconv.ParseUint(strings.TrimSpace(text), 10, 63)
			ok = ok && err == nil
			numbers[i] = int64(number)
		}
		first, last, size = numbers[0], numbers[1], numbers[2]
	}
	if !ok || !cut || !dash || first > last || last >= size {
		return 0, 0, 0, fmt.Errorf("the server describes what it sends as %.*q, expected such as %q", quoted, value, "bytes 0-4095/372416")
	}
	return first, last, size, nil
}
