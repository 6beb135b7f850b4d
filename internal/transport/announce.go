package transport

import (
	"context"
	"log/slog"
	"time"
)

// quietWait is how long something may be waited for without a line in the log.
const quietWait = 3 * time.Second

// Announce says in the log what is waited for once that has lasted for three seconds. What it returns ends the wait, once,
// and with it the line: nothing is logged afterwards.
func Announce(ctx context.Context, logger *slog.Logger, what func() string, args ...any) (done func()) {
	said := make(chan struct{})
	timer := time.AfterFunc(quietWait, func() {
		defer close(said)
		logger.InfoContext(ctx, what(), args...)
	})
	return func() {
		if !timer.Stop() {
			<-said
		}
	}
}
