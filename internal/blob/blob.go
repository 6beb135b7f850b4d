// Package blob uploads the archive of a submission to the URL that the Store hands out for it: a block blob in Azure Storage
// behind a shared access signature (SAS) [store-api 7].
//
// Every file is read once. Blocks are filled from the members' files and staged in parallel, each with its checksum, which
// the service verifies; the same buffers pass through the SHA-256 that is compared with the plan and the CRC-32 that the
// archive's headers want. A block that holds a header waits for its member's CRC-32, which is possible because blocks get
// their order only when the list of blocks is committed. If a file turns out to be another one than planned, the list is not
// committed and the blob stays as it was. Memory is bounded by a few buffers, 48 MiB of them unless told otherwise, whatever
// the packages' size.
package blob

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
)

// Options tune an upload. The zero value is good.
type Options struct {
	// Logger gets the progress; nil discards it. It is never told the URL.
	Logger *slog.Logger
	// Transport sends the requests; nil is the SDK's default.
	Transport policy.Transporter
	// RetryDelay is the pause before the first repetition of a request, growing from there; 0 is one second. A Retry-After
	// in the reply takes precedence.
	RetryDelay time.Duration
	// Patience is how long an attempt may stand still, without a byte taken or a reply, before it is given up and repeated;
	// 0 is one minute. It does not limit how long a block may take on a slow line.
	Patience time.Duration
	// BlockSize in bytes; 0 chooses. It is brought into the limits of the service, and to 128 KiB at least.
	BlockSize int64
	// Parallel is how many blocks are on the wire at once, as far as 64 MiB of buffers allow; 0 is 4.
	Parallel int
}

const (
	defaultParallel   = 4
	defaultRetryDelay = time.Second
	defaultPatience   = time.Minute
	// Eight repetitions with pauses that double outlast an outage of six minutes.
	maxRetries = 8
	// maxRetryDelay bounds what the service may ask for: the SDK gives up at once when a Retry-After is longer.
	maxRetryDelay = 10 * time.Minute
)

// ErrExpired says that the upload URL is past its expiry, by the clock or by the service's word. The Store makes a new URL
// only with a new submission [store-api 7].
var ErrExpired = errors.New("the upload URL has expired")

// Upload sends the archive to the URL and commits it there as one blob. What the blob held before is replaced at the end or
// not at all; only what another tool has left half uploaded is cleared away with it. When an upload fails, readings of files
// that are under way are not waited for: closing the files ends them.
//
// Each request is repeated on its own when the connection fails, when the service asks for it (408, 429, 5xx, with
// Retry-After) and when a block arrived damaged. The error is, wrapped, an [archive.ChangedError] when a file is not the
// planned one, [ErrExpired], an [Error] of the service, or the cause of the context's end. None holds the URL's signature.
func Upload(ctx context.Context, uploadURL string, a *archive.Archive, options Options) error {
	target, err := parse(uploadURL)
	if err != nil {
		return err
	}
	layout, err := newLayout(a.Size(), options.BlockSize, target.version)
	if err != nil {
		return err
	}
	logger := options.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	parallel := options.Parallel
	if parallel <= 0 {
		parallel = defaultParallel
	}
	client, err := newClient(target, logger, options)
	if err != nil {
		return fmt.Errorf("prepare the upload: %w", clean(err))
	}
	u := &upload{
		archive:  a,
		target:   target,
		client:   client,
		layout:   layout,
		digest:   a.NewDigest(),
		progress: newProgress(logger, layout),
		sending:  make(chan struct{}, parallel),
	}
	return u.run(ctx, parallel)
}

func newClient(t *target, logger *slog.Logger, options Options) (*blockblob.Client, error) {
	delay, patience := options.RetryDelay, options.Patience
	if delay <= 0 {
		delay = defaultRetryDelay
	}
	if patience <= 0 {
		patience = defaultPatience
	}
	return blockblob.NewClientWithNoCredential(t.url, &blockblob.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport:        options.Transport,
		PerCallPolicies:  []policy.Policy{t},
		PerRetryPolicies: []policy.Policy{&attempts{logger: logger, patience: patience}},
		Retry: policy.RetryOptions{
			MaxRetries:    maxRetries,
			RetryDelay:    delay,
			MaxRetryDelay: maxRetryDelay,
			ShouldRetry:   shouldRetry,
		},
	}})
}
