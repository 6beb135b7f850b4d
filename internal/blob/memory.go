package blob

import (
	"context"
	"sync"
)

const (
	mib = 1 << 20
	// chunkSize is the unit in which memory is handed out, in bytes, and in which packages are read.
	chunkSize = mib
	// maxChunks bounds what the uploads of the process hold at once.
	maxChunks = 48
)

// processMemory is what the uploads of the process share.
var processMemory = NewMemory()

// Memory bounds what the uploads that share it hold at once, to 48 MiB. It hands out chunks, to each upload as many as to any
// other. One that holds nothing always gets what it asks for, so that each goes on whatever the others do.
type Memory struct {
	mu      sync.Mutex
	limit   int // chunks
	used    int
	uploads int
	free    [][]byte
	changed *sync.Cond // tells those who wait to look again
}

// NewMemory makes a Memory that nobody shares yet.
func NewMemory() *Memory { return newMemory(maxChunks) }

func newMemory(chunks int) *Memory {
	m := &Memory{limit: chunks}
	m.changed = sync.NewCond(&m.mu)
	return m
}

// account is what one upload holds.
type account struct {
	memory *Memory
	held   int
}

// open lets an upload take part.
func (m *Memory) open() *account {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uploads++
	return &account{memory: m}
}

// close ends an upload. What it still holds belongs to readings of files that were not waited for, and is never used again.
func (a *account) close() {
	m := a.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uploads--
	m.used -= a.held
	a.held = 0
	if m.uploads == 0 {
		m.free = nil
	}
	m.changed.Broadcast()
}

// share is how many chunks the upload may hold now besides its first block.
func (a *account) share() int {
	a.memory.mu.Lock()
	defer a.memory.mu.Unlock()
	return a.memory.share()
}

func (m *Memory) share() int { return m.limit / m.uploads }

// announce makes those who wait look again. With the lock, it cannot come between a look and the wait that follows.
func (m *Memory) announce() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changed.Broadcast()
}

// take waits for memory of so many bytes, in chunks that are all full but the last one.
func (a *account) take(ctx context.Context, size int64) (chunks, error) {
	m := a.memory
	count := int((size + chunkSize - 1) / chunkSize)
	defer context.AfterFunc(ctx, m.announce)()
	m.mu.Lock()
	defer m.mu.Unlock()
	for a.held > 0 && (a.held+count > m.share() || m.used+count > m.limit) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		m.changed.Wait()
	}
	a.held += count
	m.used += count
	list := make(chunks, count)
	for i := range list {
		if last := len(m.free) - 1; last >= 0 {
			list[i], m.free = m.free[last], m.free[:last]
		} else {
			list[i] = make([]byte, chunkSize)
		}
	}
	list[count-1] = list[count-1][:size-int64(count-1)*chunkSize]
	return list, nil
}

// give puts chunks back.
func (a *account) give(list chunks) {
	m := a.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	a.held -= len(list)
	m.used -= len(list)
	for _, chunk := range list {
		m.free = append(m.free, chunk[:chunkSize])
	}
	m.changed.Broadcast()
}
