package blob

import (
	"context"
	"crypto/md5" //nolint:gosec // the only checksum that service versions before 2019-02-02 verify
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"time"

	azblob "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/minio/crc64nvme"
	"golang.org/x/sync/errgroup"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/congestion"
)

// upload is one run of Upload.
type upload struct {
	archive  *archive.Archive
	target   *target
	client   *blockblob.Client
	layout   layout
	memory   *account
	window   *congestion.Window // bounds the blocks in flight
	progress *progress

	digest *archive.Digest // belongs to the digesting goroutine
	count  int             // of the blocks; belongs to the filling goroutine until all are staged
	group  *errgroup.Group
	clear  func() error // see [upload.stage]
}

// block is a part of the archive on its way.
type block struct {
	archive.Part
	index  int
	data   chunks        // nil for a header that waits for its member
	filled chan struct{} // closed once the members' bytes are in data
}

func (u *upload) run(ctx context.Context, logger *slog.Logger) error {
	if err := u.checkExpiry(); err != nil {
		return err
	}
	u.progress = u.newProgress(ctx, logger)
	defer u.progress.watch(ctx)()
	if err := u.stageAll(ctx); err != nil {
		return err
	}
	if err := u.commit(ctx); err != nil {
		return err
	}
	u.progress.finish(ctx)
	return nil
}

// stageAll stages every block and returns the first error, when everything that was under way has ended.
func (u *upload) stageAll(parent context.Context) error {
	group, ctx := errgroup.WithContext(parent)
	u.group = group
	u.clear = sync.OnceValue(func() error {
		_, err := u.client.CommitBlockList(ctx, nil, nil)
		return err
	})
	// Blocks wait here for their turn in the digest. Their memory bounds them; headers, which have none, are small.
	order := make(chan *block, maxChunks)
	group.Go(func() error { return u.digestAll(ctx, order) })
	group.Go(func() error { return u.fillAll(ctx, order) })
	return group.Wait()
}

// fillAll cuts the archive into blocks and has them filled, as many at once as there is memory for: files that come over the
// network are read by many requests.
func (u *upload) fillAll(ctx context.Context, order chan<- *block) error {
	defer close(order)
	for offset := int64(0); offset < u.layout.size; {
		part := u.archive.Cut(offset, u.layout.blockSize(u.window.Limit(), u.memory.share()))
		offset += part.Size
		b := &block{Part: part, index: u.count, filled: make(chan struct{})}
		u.count++
		if b.Needs == 0 {
			data, err := u.memory.take(ctx, b.Size)
			if err != nil {
				return err
			}
			b.data = data
			u.group.Go(func() error { return u.fill(ctx, b) })
		}
		select {
		case order <- b:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// fill reads the members' bytes of a block. What reads over a network may take minutes to fail, and nothing but its owner can
// end it, so an upload that has failed elsewhere leaves it behind, and the memory with it.
func (u *upload) fill(ctx context.Context, b *block) error {
	read := make(chan error, len(b.data))
	for offset, chunk := range b.data.from(b.Offset) {
		go func() { read <- u.archive.ReadContent(chunk, offset) }()
	}
	for range b.data {
		select {
		case err := <-read:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	close(b.filled)
	return nil
}

// collectEvery is after how many blocks the garbage of their requests, some 50 KiB each, is collected. Without being asked
// the collector lets as much garbage gather as there is other memory in use.
const collectEvery = 256

// digestAll takes the blocks through the digest in order and sends them, and headers once their member was digested.
func (u *upload) digestAll(ctx context.Context, order <-chan *block) error {
	var waiting []*block
	for b := range order {
		if b.Needs > 0 {
			u.digest.Skip(b.Size)
			waiting = append(waiting, b)
			continue
		}
		select {
		case <-b.filled:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		for _, chunk := range b.data {
			if err := u.digest.Update(chunk); err != nil {
				return err
			}
		}
		u.frame(b)
		u.group.Go(func() error {
			defer u.memory.give(b.data)
			return u.send(ctx, b)
		})
		for len(waiting) > 0 && waiting[0].Needs <= u.digest.Known() {
			header := waiting[0]
			waiting = waiting[1:]
			header.data = chunks{make([]byte, header.Size)}
			u.frame(header)
			u.group.Go(func() error { return u.send(ctx, header) })
		}
		if b.index%collectEvery == collectEvery-1 {
			runtime.GC()
		}
	}
	return nil
}

// frame completes a block whose members were digested.
func (u *upload) frame(b *block) {
	for offset, chunk := range b.data.from(b.Offset) {
		u.digest.Frame(chunk, offset)
	}
}

// send stages a whole block.
func (u *upload) send(ctx context.Context, b *block) error {
	if err := u.window.Acquire(ctx); err != nil {
		return err
	}
	defer u.window.Release()
	if err := u.checkExpiry(); err != nil {
		return err
	}
	if err := u.stage(ctx, b); err != nil {
		return u.explain(ctx, fmt.Sprintf("upload block %d", b.index+1), err)
	}
	u.progress.sent.Add(b.Size)
	return nil
}

// stage sends a block. The service takes no block whose id has another length than those of blocks that are waiting to be
// committed, and another tool may have left some in a draft that was adopted. An empty list clears them away: until then none
// of this upload can have been taken.
func (u *upload) stage(ctx context.Context, b *block) error {
	put := func() error {
		_, err := u.client.StageBlock(ctx, blockID(b.index), body{io.NewSectionReader(b.data, 0, b.Size)}, &blockblob.StageBlockOptions{
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
func (u *upload) checksum(data chunks) azblob.TransferValidationType {
	if u.layout.hasCRC64() {
		sum := uint64(0)
		for _, chunk := range data {
			sum = crc64nvme.Update(sum, chunk)
		}
		return azblob.TransferValidationTypeCRC64(sum)
	}
	sum := md5.New() //nolint:gosec // see the import
	for _, chunk := range data {
		sum.Write(chunk)
	}
	return azblob.TransferValidationTypeMD5(sum.Sum(nil))
}

// commit makes the staged blocks the blob's content. Repeating it is harmless: it names the same blocks.
func (u *upload) commit(ctx context.Context) error {
	if err := u.checkExpiry(); err != nil {
		return err
	}
	ids := make([]string, u.count)
	for i := range ids {
		ids[i] = blockID(i)
	}
	_, err := u.client.CommitBlockList(ctx, ids, &blockblob.CommitBlockListOptions{
		HTTPHeaders: &azblob.HTTPHeaders{BlobContentType: new("application/zip")},
	})
	if err != nil {
		return u.explain(ctx, fmt.Sprintf("commit the %d uploaded blocks", len(ids)), err)
	}
	return nil
}

func (u *upload) checkExpiry() error {
	if u.target.expiredAt(time.Now()) {
		return fmt.Errorf("%w at %s; a new submission brings a new one", ErrExpired, u.target.expiry.Format(time.RFC3339))
	}
	return nil
}
