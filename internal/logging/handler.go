// Package logging carries the log records of the plain Go packages into
// Terraform's log.
package logging

import (
	"context"
	"log/slog"
	"slices"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// New returns a logger that writes to the Terraform log of the context it is
// called with. Every message and value is redacted on the way.
func New() *slog.Logger { return slog.New(&handler{}) }

type handler struct {
	attrs  []slog.Attr
	prefix string
}

// Enabled is always true: Terraform's log filters by level itself.
func (h *handler) Enabled(context.Context, slog.Level) bool { return true }

func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	fields := make(map[string]any, len(h.attrs)+record.NumAttrs())
	add := func(a slog.Attr) bool {
		a = redact.Attr(a)
		fields[h.prefix+a.Key] = a.Value.Resolve().Any()
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	record.Attrs(add)
	message := redact.String(record.Message)
	switch {
	case record.Level >= slog.LevelError:
		tflog.Error(ctx, message, fields)
	case record.Level >= slog.LevelWarn:
		tflog.Warn(ctx, message, fields)
	case record.Level >= slog.LevelInfo:
		tflog.Info(ctx, message, fields)
	case record.Level >= slog.LevelDebug:
		tflog.Debug(ctx, message, fields)
	default:
		tflog.Trace(ctx, message, fields)
	}
	return nil
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{attrs: append(slices.Clip(h.attrs), attrs...), prefix: h.prefix}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{attrs: h.attrs, prefix: h.prefix + name + "."}
}
