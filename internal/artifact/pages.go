package artifact

import (
	"context"
	"slices"
	"sync"
)

// How small reads are turned into larger requests. A manifest is found by a handful of reads close to each other; a file
// that is read from start to end should not take a request for each buffer.
const (
	// directRead is the longest read that goes through pages, in bytes.
	directRead = 1 << 20
	// minPage and maxPage are the sizes of the first and the largest page of a sequence.
	minPage = 128 << 10
	maxPage = 4 << 20
	// keptPages bounds the memory: several readers in sequence each need the page they are in.
	keptPages = 4 * maxPage
)

// page is a run of the file's bytes. It is complete, or failed, once done is closed; a page without the channel is complete.
type page struct {
	offset int64
	data   []byte
	err    error
	done   chan struct{}
}

func (p *page) end() int64 { return p.offset + int64(len(p.data)) }

// pages are those read last, the latest at the end.
type pages struct {
	mutex sync.Mutex
	list  []*page
}

// at returns the page that holds the byte at off, and true if the caller has to fill it.
func (ps *pages) at(off, size int64) (*page, bool) {
	ps.mutex.Lock()
	defer ps.mutex.Unlock()
	length := int64(minPage)
	for i, p := range ps.list {
		if p.offset <= off && off < p.end() {
			ps.list = append(slices.Delete(ps.list, i, i+1), p)
			return p, false
		}
		if p.end() == off {
			length = max(length, min(maxPage, 2*int64(len(p.data))))
		}
	}
	// Directories and manifests are at the end, and so are those of the last package in a bundle.
	from := min(off, max(0, size-minPage))
	p := &page{offset: from, data: make([]byte, min(length, size-from)), done: make(chan struct{})}
	ps.add(p)
	return p, true
}

func (ps *pages) keep(p *page) {
	ps.mutex.Lock()
	defer ps.mutex.Unlock()
	ps.add(p)
}

// add drops the pages that were not used for longest. Whoever waits for one of them still gets it.
func (ps *pages) add(p *page) {
	ps.list = append(ps.list, p)
	held := 0
	for i, kept := range slices.Backward(ps.list) {
		if held += len(kept.data); held > keptPages {
			ps.list = slices.Delete(ps.list, 0, i+1)
			return
		}
	}
}

func (ps *pages) drop(p *page) {
	ps.mutex.Lock()
	defer ps.mutex.Unlock()
	ps.list = slices.DeleteFunc(ps.list, func(kept *page) bool { return kept == p })
}

// readPage copies what the page at off holds, which may be less than is asked for.
func (r *remote) readPage(p []byte, off int64) (int, error) {
	pg, mine := r.pages.at(off, r.size)
	if mine {
		if _, pg.err = r.fetch(pg.data, pg.offset); pg.err != nil {
			r.pages.drop(pg)
		}
		close(pg.done)
	}
	if pg.done != nil {
		select {
		case <-pg.done:
		case <-r.ctx.Done():
			return 0, r.fault(context.Cause(r.ctx), "reading at byte %d", off)
		}
	}
	if pg.err != nil {
		return 0, pg.err
	}
	return copy(p, pg.data[off-pg.offset:]), nil
}
