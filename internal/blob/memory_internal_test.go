package blob

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
)

// However many uploads there are, all of them go on, and together they hold no more than the limit, but one block each.
func TestMemory(t *testing.T) {
	t.Parallel()
	const limit, block = 12, 2
	for _, uploads := range []int{1, 2, 5, 10, 40} {
		m := newMemory(limit)
		var held, most atomic.Int64
		var group sync.WaitGroup
		for range uploads {
			group.Go(func() {
				a := m.open()
				defer a.close()
				var blocks sync.WaitGroup
				for range 100 {
					list, err := a.take(t.Context(), block*chunkSize)
					if err != nil {
						t.Error(err)
						return
					}
					for now := held.Add(block); ; {
						if before := most.Load(); now <= before || most.CompareAndSwap(before, now) {
							break
						}
					}
					blocks.Go(func() {
						list[0][0]++
						held.Add(-block)
						a.give(list)
					})
				}
				blocks.Wait()
			})
		}
		group.Wait()
		if got := most.Load(); got > int64(limit+block*uploads) {
			t.Errorf("%d uploads held %d chunks, want at most %d and one block each", uploads, got, limit)
		}
		if m.used != 0 || m.uploads != 0 || len(m.free) != 0 {
			t.Errorf("after %d uploads %d chunks are in use and %d are free", uploads, m.used, len(m.free))
		}
	}
}

// An upload that comes later gets its share from those that had all of it.
func TestMemory_isShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(4)
		first := m.open()
		var lists []chunks
		for range 4 {
			list, err := first.take(t.Context(), chunkSize)
			if err != nil {
				t.Fatal(err)
			}
			lists = append(lists, list)
		}
		second := m.open()
		if _, err := second.take(t.Context(), chunkSize); err != nil {
			t.Fatal(err)
		}
		if first.share() != 2 || second.share() != 2 {
			t.Errorf("shares of %d and %d chunks, want 2", first.share(), second.share())
		}
		var taken atomic.Int32
		go func() {
			if _, err := second.take(t.Context(), chunkSize); err == nil {
				taken.Add(1)
			}
		}()
		first.give(lists[0])
		synctest.Wait()
		if taken.Load() != 0 {
			t.Error("the second upload got memory above the limit")
		}
		first.give(lists[1])
		synctest.Wait()
		if taken.Load() != 1 {
			t.Error("the second upload did not get its share")
		}
	})
}

// An upload leaves the others their share, even if they do not use it.
func TestMemory_leavesAShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(4)
		first, second := m.open(), m.open()
		if _, err := first.take(t.Context(), 2*chunkSize); err != nil {
			t.Fatal(err)
		}
		waits := func(ctx context.Context) chan error {
			ended := make(chan error, 1)
			go func() {
				_, err := first.take(ctx, chunkSize)
				ended <- err
			}()
			synctest.Wait()
			if len(ended) != 0 {
				t.Error("the first upload got memory above its share")
			}
			return ended
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("interrupted")
		ended := waits(ctx)
		cancel(cause)
		if err := <-ended; !errors.Is(err, cause) {
			t.Errorf("got the error %v, want %v", err, cause)
		}
		ended = waits(t.Context())
		second.close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// What an upload held when it failed is free again.
func TestMemory_ofAFailedUpload(t *testing.T) {
	t.Parallel()
	m := newMemory(4)
	first, second := m.open(), m.open()
	if _, err := first.take(t.Context(), 2*chunkSize); err != nil {
		t.Fatal(err)
	}
	first.close()
	if m.used != 0 || second.share() != 4 {
		t.Errorf("%d chunks are in use and the share is %d, want 0 and 4", m.used, second.share())
	}
}

func TestMemory_isUsedAgain(t *testing.T) {
	t.Parallel()
	a := newMemory(4).open()
	var before []byte
	for range 2 {
		list, err := a.take(t.Context(), chunkSize)
		if err != nil {
			t.Fatal(err)
		}
		if before != nil && &before[0] != &list[0][0] {
			t.Error("got another chunk, want the one that was given back")
		}
		before = list[0]
		a.give(list)
	}
}

// asking looks at the memory with each request, and refuses it.
type asking func()

func (a asking) Do(req *http.Request) (*http.Response, error) {
	a()
	return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}

// Uploads share the memory of the process, and take part in it no longer than they run.
func TestUpload_takesPartInTheMemory(t *testing.T) {
	t.Parallel()
	content, err := archive.New([]archive.Member{{Name: "a.msix", Content: bytes.NewReader(make([]byte, 1000)), Size: 1000}})
	if err != nil {
		t.Fatal(err)
	}
	const uploadURL = "https://ingestion.blob.example/ingestion/id?sv=2024-05-04&sig=c2VjcmV0"
	taken := make(chan int, 1)
	ask := asking(func() {
		processMemory.mu.Lock()
		defer processMemory.mu.Unlock()
		taken <- processMemory.uploads
	})
	if err := Upload(t.Context(), uploadURL, content, Options{Transport: ask}); err == nil || <-taken == 0 {
		t.Errorf("got the error %v of an upload that has no part in the memory of the process", err)
	}
	m := NewMemory()
	if err := Upload(t.Context(), uploadURL, content, Options{Transport: asking(func() {}), Memory: m}); err == nil || m.uploads != 0 {
		t.Errorf("got the error %v and %d uploads, want a refusal and none", err, m.uploads)
	}
}

func TestMemory_chunks(t *testing.T) {
	t.Parallel()
	a := newMemory(8).open()
	for _, size := range []int64{1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize} {
		list, err := a.take(t.Context(), size)
		if err != nil {
			t.Fatal(err)
		}
		if got := list.size(); got != size {
			t.Errorf("got %d bytes, want %d", got, size)
		}
		a.give(list)
	}
}
