// Package logging carries the log entries of the plain Go packages into Terraform's log.
//
// The CLI takes the fields of a line apart and prints them in random order, so they are a part of the message here, in
// the order of the call. It shows nothing that is logged without the context of an operation.
package logging

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// New returns a logger that writes to the Terraform log of the context that it is called with. Every message and value
// is redacted on the way.
func New() *slog.Logger { return slog.New(&handler{}) }

type handler struct {
	// fields are those of all entries, each as key=value.
	fields []string
	// prefix is that of the groups that are open.
	prefix string
}

// Enabled leaves the choice to Terraform's log, which filters by level itself. Only what is below Debug, where entries
// are long, is not even made unless the CLI was asked for a log: it hands its environment on.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelDebug || os.Getenv("TF_LOG") != "" || os.Getenv("TF_LOG_PROVIDER") != ""
}

func (h *handler) Handle(ctx context.Context, entry slog.Record) error {
	words := append([]string{redact.String(entry.Message)}, h.fields...)
	entry.Attrs(func(a slog.Attr) bool {
		words = appendField(words, h.prefix, a)
		return true
	})
	message, at := strings.Join(words, " "), caller(entry)
	switch {
	case entry.Level >= slog.LevelError:
		tflog.Error(ctx, message, at)
	case entry.Level >= slog.LevelWarn:
		tflog.Warn(ctx, message, at)
	case entry.Level >= slog.LevelInfo:
		tflog.Info(ctx, message, at)
	case entry.Level >= slog.LevelDebug:
		tflog.Debug(ctx, message, at)
	default:
		tflog.Trace(ctx, message, at)
	}
	return nil
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	fields := slices.Clone(h.fields)
	for _, a := range attrs {
		fields = appendField(fields, h.prefix, a)
	}
	return &handler{fields: fields, prefix: h.prefix}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{fields: h.fields, prefix: h.prefix + name + "."}
}

// caller replaces what Terraform's log takes for the origin of every line, this package.
func caller(entry slog.Record) map[string]any {
	frame, _ := runtime.CallersFrames([]uintptr{entry.PC}).Next()
	return map[string]any{"@caller": frame.File + ":" + strconv.Itoa(frame.Line)}
}

// appendField appends an attribute as key=value, a group as one such field for each member.
func appendField(fields []string, prefix string, a slog.Attr) []string {
	a = redact.Attr(a)
	if a.Value.Kind() != slog.KindGroup {
		return append(fields, prefix+a.Key+"="+text(a.Value))
	}
	if a.Key != "" {
		prefix += a.Key + "."
	}
	for _, member := range a.Value.Group() {
		fields = appendField(fields, prefix, member)
	}
	return fields
}

func text(v slog.Value) string {
	s := v.String()
	switch {
	case v.Kind() == slog.KindTime:
		s = v.Time().Format(time.RFC3339)
	case v.Kind() == slog.KindAny:
		s = anyText(v.Any())
	}
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r == ' ' || r == '"' || r == '=' || !strconv.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

func anyText(value any) string {
	if b, ok := value.([]byte); ok {
		return string(b)
	}
	return fmt.Sprintf("%+v", value)
}
