package blob

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the only checksum that service versions before 2019-02-02 verify
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	azblob "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/minio/crc64nvme"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
)

// upload is one run of Upload.
type upload struct {
	archive  *archive.Archive
	target   *target
	client   *blockblob.Client
	layout   layout
	digest   *archive.Digest // belongs to the digesting goroutine
	progress *progress
	sending  chan struct{} // a place for each block on the wire

	free  chan []byte
	group *group
	clear func() error // see [upload.stage]
}

// block is a part of the archive on its way.
type block struct {
	index  int
	offset int64
	data   []byte
	needs  int           // members to digest before the block is whole
	filled chan struct{} // closed once the members' bytes are in data
	users  atomic.Int32  // who still wants data: the digest and the request
}

// group runs goroutines until one of them fails, which ends the others.
type group struct {
	sync.WaitGroup
	fail context.CancelCauseFunc
}

func (g *group) do(f func() error) {
	g.Go(func() {
		if err := f(); err != nil {
			g.fail(err)
		}
	})
}

func (u *upload) run(ctx context.Context, parallel int) error {
	if err := u.checkExpiry(); err != nil {
		return err
	}
	count := u.layout.buffers(parallel)
	u.free = make(chan []byte, count)
	for range min(count, u.layout.blocks()) {
		_, length := u.layout.block(0)
		u.free <- make([]byte, length)
	}
	if err := u.stageAll(ctx, count); err != nil {
		return err
	}
	return u.commit(ctx)
}

// stageAll stages every block and returns the first error, when everything that was under way has ended.
func (u *upload) stageAll(parent context.Context, buffers int) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	u.group = &group{fail: cancel}
	u.clear = sync.OnceValue(func() error {
		_, err := u.client.CommitBlockList(ctx, nil, nil)
		return err
	})
	u.progress.start()

	// Full blocks wait here for their turn in the digest, never more than there are buffers.
	order := make(chan *block, buffers)
	u.group.do(func() error { return u.digestAll(ctx, order) })
	u.group.do(func() error { return u.fillAll(ctx, order) })
	u.group.Wait()
	return context.Cause(ctx)
}

// fillAll hands out the buffers to the blocks in order. Files are read concurrently, as more than one reading is on the way
// when they come over the network.
func (u *upload) fillAll(ctx context.Context, order chan<- *block) error {
	defer close(order)
	for index := range u.layout.blocks() {
		var data []byte
		select {
		case data = <-u.free:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		offset, length := u.layout.block(index)
		b := &block{index: index, offset: offset, data: data[:length], filled: make(chan struct{})}
		b.needs = u.archive.Needs(offset, length)
		b.users.Store(2)
		order <- b
		u.group.do(func() error {
			if err := u.fill(ctx, b); err != nil {
				return err
			}
			close(b.filled)
			if b.needs > 0 {
				return nil
			}
			return u.send(ctx, b)
		})
	}
	return nil
}

// fill reads the members' bytes of a block. What reads over a network may take minutes to fail, and nothing but its owner can
// end it, so an upload that has failed elsewhere leaves it behind, and the buffer with it.
func (u *upload) fill(ctx context.Context, b *block) error {
	read := make(chan error, 1)
	go func() { read <- u.archive.ReadContent(b.data, b.offset) }()
	select {
	case err := <-read:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// collectEvery is after how many blocks the garbage of their requests, some 50 KiB each, is collected. The buffers are most of
// the heap, and without being asked the collector lets as much garbage gather as there is heap: for 8 GiB the peak would be
// 116 MiB instead of 84. It costs a few milliseconds for each 2 GiB.
const collectEvery = 256

// digestAll takes the blocks through the digest in order and sends those that waited for its results.
func (u *upload) digestAll(ctx context.Context, order <-chan *block) error {
	var waiting []*block
	for b := range order {
		select {
		case <-b.filled:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := u.digest.Update(b.data); err != nil {
			return err
		}
		if b.needs > 0 {
			waiting = append(waiting, b)
		}
		u.release(b)
		if b.index%collectEvery == collectEvery-1 {
			runtime.GC()
		}
		for len(waiting) > 0 && waiting[0].needs <= u.digest.Known() {
			whole := waiting[0]
			waiting = waiting[1:]
			u.digest.Frame(whole.data, whole.offset)
			u.group.do(func() error { return u.send(ctx, whole) })
		}
	}
	return nil
}

// release gives a block's buffer to the next block when nobody wants it any more.
func (u *upload) release(b *block) {
	if b.users.Add(-1) == 0 {
		u.free <- b.data[:cap(b.data)]
	}
}

// send stages a whole block.
func (u *upload) send(ctx context.Context, b *block) error {
	select {
	case u.sending <- struct{}{}:
		defer func() { <-u.sending }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := u.checkExpiry(); err != nil {
		return err
	}
	if err := u.stage(ctx, b); err != nil {
		return u.explain(ctx, fmt.Sprintf("upload block %d of %d", b.index+1, u.layout.blocks()), err)
	}
	u.progress.add(len(b.data))
	u.release(b)
	return nil
}

// stage sends a block. The service takes no block whose id has another length than those of blocks that are waiting to be
// committed, and another tool may have left some in a draft that was adopted. An empty list clears them away: until then none
// of this upload can have been taken.
func (u *upload) stage(ctx context.Context, b *block) error {
	put := func() error {
		_, err := u.client.StageBlock(ctx, u.layout.id(b.index), body{bytes.NewReader(b.data)}, &blockblob.StageBlockOptions{
			TransactionalValidation: u.checksum(b.data),
		})
		return err
	}
	err := put()
	if !bloberror.HasCode(err, bloberror.InvalidBlobOrBlock) {
		return err
	}
	if err := u.clear(); err != nil {
		return err
	}
	return put()
}

// checksum is what the service compares with the block that it received.
func (u *upload) checksum(data []byte) azblob.TransferValidationType {
	if u.layout.hasCRC64() {
		return azblob.TransferValidationTypeCRC64(crc64nvme.Checksum(data))
	}
	sum := md5.Sum(data) //nolint:gosec // see the import
	return azblob.TransferValidationTypeMD5(sum[:])
}

// commit makes the staged blocks the blob's content. Repeating it is harmless: it names the same blocks.
func (u *upload) commit(ctx context.Context) error {
	if err := u.checkExpiry(); err != nil {
		return err
	}
	ids := make([]string, u.layout.blocks())
	for i := range ids {
		ids[i] = u.layout.id(i)
	}
	_, err := u.client.CommitBlockList(ctx, ids, &blockblob.CommitBlockListOptions{
		HTTPHeaders: &azblob.HTTPHeaders{BlobContentType: new("application/zip")},
	})
	if err != nil {
		return u.explain(ctx, fmt.Sprintf("commit the %d uploaded blocks", len(ids)), err)
	}
	u.progress.finish()
	return nil
}

func (u *upload) checkExpiry() error {
	if u.target.expiredAt(time.Now()) {
		return fmt.Errorf("%w at %s; a new submission brings a new one", ErrExpired, u.target.expiry.Format(time.RFC3339))
	}
	return nil
}
