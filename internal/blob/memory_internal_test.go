package blob

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
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
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("interrupted")
		cancel(cause)
		if _, err := first.take(ctx, chunkSize); !errors.Is(err, cause) {
			t.Errorf("the first upload got the error %v, want that it waits above its share", err)
		}
	})
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
