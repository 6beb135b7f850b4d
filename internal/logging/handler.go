// Package logging carries the log records of the plain Go packages into
// Terraform's log.
package logging

import (
	"context"
	"log/slog"
	"maps"
	"os"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// New returns a logger that writes to the Terraform log of the context it is
// called with. Every message and value is redacted on the way.
func New() *slog.Logger { return slog.New(&handler{}) }

type handler struct {
	fields map[string]any
	// prefix is that of the groups that are open.
	prefix string
}

// Enabled leaves the choice to Terraform's log, which filters by level itself. Only what
// is below Debug, where records are long, is not even made unless the CLI was asked for
// a log: it hands its environment on.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelDebug || os.Getenv("TF_LOG") != "" || os.Getenv("TF_LOG_PROVIDER") != ""
}

func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	fields := h.copyFields()
	record.Attrs(func(a slog.Attr) bool {
		add(fields, h.prefix, a)
		return true
	})
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
	fields := h.copyFields()
	for _, a := range attrs {
		add(fields, h.prefix, a)
	}
	return &handler{fields: fields, prefix: h.prefix}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{fields: h.fields, prefix: h.prefix + name + "."}
}

func (h *handler) copyFields() map[string]any {
	fields := map[string]any{}
	maps.Copy(fields, h.fields)
	return fields
}

// add puts an attribute among the fields, a group as one field for each member.
func add(fields map[string]any, prefix string, a slog.Attr) {
	a = redact.Attr(a)
	switch a.Value.Kind() {
	case slog.KindGroup:
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range a.Value.Group() {
			add(fields, prefix, member)
		}
	case slog.KindDuration: // Terraform's log would print nanoseconds.
		fields[prefix+a.Key] = a.Value.Duration().String()
	default:
		fields[prefix+a.Key] = a.Value.Any()
	}
}
