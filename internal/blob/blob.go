// Package blob uploads the archive of a submission to the URL that the Store hands out for it: a block blob in Azure Storage
// behind a shared access signature (SAS) [store-api 7].
//
// Every file is read once. Blocks are filled from the members' files, pass through the SHA-256 that is compared with the plan
// and the CRC-32 that the archive's headers want, and are staged in parallel, each with its checksum, which the service
// verifies. The header of a large member is a block of its own, staged after the member whose CRC-32 it holds, which is
// possible because blocks get their order only when the list of blocks is committed. If a file turns out to be another one
// than planned, the list is not committed and the blob stays as it was.
//
// How many blocks are in flight, and how large they are, follows the line to the service. Memory is bounded: all uploads of the
// process share 48 MiB, whatever the packages' size.
package blob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/congestion"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

// Options tune an upload. The zero value is good.
type Options struct {
	// Expiry is when the service begins to refuse the upload URL; zero if unknown. The Store's URLs are good for about a day
	// from the creation of the submission and are not renewed [store-api 7].
	Expiry time.Time
	// Logger gets the progress; nil discards it. It is never told the URL.
	Logger *slog.Logger
	// Transport sends the requests; nil is the SDK's default.
	Transport policy.Transporter
	// RetryDelay is the pause before the first repetition of a request, growing from there; 0 is the SDK's, a second at most. A Retry-After
	// in the reply takes precedence.
	RetryDelay time.Duration
	// Patience is how long an attempt may stand still, without a byte taken or a reply, before it is given up and repeated;
	// 0 is one minute. It does not limit how long a block may take on a slow line.
	Patience time.Duration
	// Memory is shared with other uploads; nil is that of the process.
	Memory *Memory
	// BlockSize in bytes, brought into the limits of the service, and Parallel, how many blocks are in flight at once, are for
	// tests; 0 follows the line.
	BlockSize int64
	Parallel  int
}

const (
	defaultPatience = time.Minute
	// Eight repetitions with pauses that double outlast an outage of five minutes.
	maxRetries = 8
	// maxReply bounds the bodies of the service's replies, in bytes: all are empty or short.
	maxReply = 1 * mib
)

// network is shared by all uploads, whose connections are used again.
var network = sync.OnceValue(func() policy.Transporter {
	return transport.New(transport.Options{MaxReply: maxReply, MaxError: maxReply})
})

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
	target.expiry = options.Expiry
	layout, err := newLayout(a.Size(), a.Members(), options.BlockSize, target.version)
	if err != nil {
		return err
	}
	logger := cmp.Or(options.Logger, slog.New(slog.DiscardHandler))
	window := congestion.NewWindow(options.Parallel)
	client, err := newClient(target, options, &attempts{
		logger: logger, patience: cmp.Or(options.Patience, defaultPatience), window: window,
	})
	if err != nil {
		return fmt.Errorf("prepare the upload: %w", clean(err))
	}
	u := &upload{
		archive: a,
		target:  target,
		client:  client,
		layout:  layout,
		memory:  cmp.Or(options.Memory, processMemory).open(),
		window:  window,
		digest:  a.NewDigest(),
	}
	defer u.memory.close()
	return u.run(ctx, logger)
}

func newClient(t *target, options Options, a *attempts) (*blockblob.Client, error) {
	if options.Transport == nil {
		options.Transport = network()
	}
	return blockblob.NewClientWithNoCredential(t.url, &blockblob.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport:        options.Transport,
		PerCallPolicies:  []policy.Policy{t},
		PerRetryPolicies: []policy.Policy{a},
		Retry: policy.RetryOptions{
			MaxRetries:    maxRetries,
			RetryDelay:    options.RetryDelay,
			MaxRetryDelay: transport.MaxRetryAfter,
			ShouldRetry:   a.shouldRetry,
		},
	}})
}
