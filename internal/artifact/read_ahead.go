package artifact

import (
	"slices"
	"sync"
)

// How small reads are turned into larger requests. A manifest is found by a handful of reads close to each other; a file
// that is read from start to end should not take a request for each buffer.
const (
	// directRead is from how many bytes on a read is a request of its own.
	directRead = 512 << 10
	// minPage is the size of the first page of a sequence, and longSequence that of the page from which on the ones behind it
	// are asked for before they are read.
	minPage      = 128 << 10
	longSequence = 512 << 10
	// ahead is how many bytes are asked for before they are read, in large pages for a near server and small ones for a
	// distant one.
	ahead      = 8 << 20
	smallAhead = 256 << 10
	// maxPages bounds the memory: two readers in sequence each need what is ahead of them.
	maxPages = 2 * ahead
)

// page is a run of the file's bytes. It is complete, or failed, once done is closed; a page without the channel is complete.
type page struct {
	offset     int64
	data       []byte
	sequential bool // the pages behind it are asked for before they are read
	err        error
	done       chan struct{}
}

func (p *page) end() int64 { return p.offset + int64(len(p.data)) }

// readAhead keeps the pages that were read last, the latest at the end.
type readAhead struct {
	mutex sync.Mutex
	list  []*page
}

// at returns the page that holds the byte at off, and those that the caller has to fill. Up to so many requests are expected to
// be under way at once.
func (ra *readAhead) at(off, size int64, requests int) (found *page, fresh []*page) {
	ra.mutex.Lock()
	defer ra.mutex.Unlock()
	// Twice as many as there are places for: only a window that is full can tell whether more places would help.
	length := max(smallAhead, int64(ahead/(2*requests)))
	if i := slices.IndexFunc(ra.list, func(p *page) bool { return p.offset <= off && off < p.end() }); i >= 0 {
		found = ra.list[i]
		ra.list = append(slices.Delete(ra.list, i, i+1), found)
	} else {
		found = ra.begin(off, size, length)
		fresh = append(fresh, found)
	}
	if !found.sequential {
		return found, fresh
	}
	for next := found.end(); next < min(size, found.end()+ahead); {
		i := slices.IndexFunc(ra.list, func(p *page) bool { return p.offset == next })
		if i < 0 {
			p := ra.add(next, min(length, size-next))
			p.sequential = true
			fresh = append(fresh, p)
			next = p.end()
			continue
		}
		next = ra.list[i].end()
	}
	return found, fresh
}

// begin makes a page for a byte that none holds. Those of a sequence grow up to a length.
func (ra *readAhead) begin(off, size, length int64) *page {
	grown, sequential := int64(minPage), false
	for _, p := range ra.list {
		if p.end() == off {
			grown = max(grown, min(length, 2*int64(len(p.data))))
			sequential = sequential || p.sequential || len(p.data) >= min(longSequence, int(length))
		}
	}
	// Directories and manifests are at the end, and so are those of the last package in a bundle.
	from := min(off, max(0, size-minPage))
	p := ra.add(from, min(grown, size-from))
	p.sequential = sequential
	return p
}

// add makes a page and drops those that were not used for longest. Whoever waits for one of them still gets it.
func (ra *readAhead) add(offset, length int64) *page {
	p := &page{offset: offset, data: make([]byte, length), done: make(chan struct{})}
	ra.list = append(ra.list, p)
	held := 0
	for i, other := range slices.Backward(ra.list) {
		if held += len(other.data); held > maxPages {
			ra.list = slices.Delete(ra.list, 0, i+1)
			break
		}
	}
	return p
}

func (ra *readAhead) drop(p *page) {
	ra.mutex.Lock()
	defer ra.mutex.Unlock()
	ra.list = slices.DeleteFunc(ra.list, func(other *page) bool { return other == p })
}

// readPage copies what the page at off holds, which may be less than is asked for.
func (r *remote) readPage(p []byte, off int64) (int, error) {
	pg, fresh := r.readAhead.at(off, r.size, r.window.Limit())
	for _, f := range fresh {
		go func() {
			defer close(f.done)
			if _, f.err = r.fetch(f.data, f.offset); f.err != nil {
				r.readAhead.drop(f)
			}
		}()
	}
	if pg.done != nil {
		<-pg.done // It does not outlast the context, which ends every request.
	}
	if pg.err != nil {
		return 0, pg.err
	}
	return copy(p, pg.data[off-pg.offset:]), nil
}
