package logging_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/logging"
)

func TestLog(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		log  func(context.Context, *slog.Logger)
		want map[string]any
	}{
		"error": {
			func(ctx context.Context, l *slog.Logger) { l.ErrorContext(ctx, "m", "error", errors.New("no")) },
			map[string]any{"@level": "error", "@message": "m error=no"},
		},
		"warning": {
			func(ctx context.Context, l *slog.Logger) { l.WarnContext(ctx, "m") },
			map[string]any{"@level": "warn", "@message": "m"},
		},
		"information": {
			func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "m", "status", 404) },
			map[string]any{"@level": "info", "@message": "m status=404"},
		},
		"debug": {
			func(ctx context.Context, l *slog.Logger) { l.DebugContext(ctx, "m") },
			map[string]any{"@level": "debug", "@message": "m"},
		},
		"duration": {
			func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "m", "took", 1500*time.Millisecond) },
			map[string]any{"@level": "info", "@message": "m took=1.5s"},
		},
		"secrets": {
			func(ctx context.Context, l *slog.Logger) {
				l.With("password", "SECRET").InfoContext(ctx, "to https://h/i?sig=SECRET", "url", "https://h/i?sig=SECRET",
					slog.Group("g", "client_secret", "SECRET"))
			},
			map[string]any{
				"@level":   "info",
				"@message": "to https://h/i?REDACTED password=REDACTED url=https://h/i?REDACTED g.client_secret=REDACTED",
			},
		},
		"groups": {
			func(ctx context.Context, l *slog.Logger) {
				l.With("a", 1).WithGroup("g").With("b", 2).WithGroup("h").InfoContext(ctx, "m", "c", 3, slog.Group("i", "d", time.Second), slog.Group("", "e", 5))
			},
			map[string]any{"@level": "info", "@message": "m a=1 g.b=2 g.h.c=3 g.h.i.d=1s g.h.e=5"},
		},
		"quotes": {
			func(ctx context.Context, l *slog.Logger) {
				l.InfoContext(ctx, "m", "a", "b c", "d", "", "e", `f="g"`, "h", "i\nj", "k", []byte("l"), "m", time.Unix(0, 0).UTC(), "n", []int{1, 2})
			},
			map[string]any{"@level": "info", "@message": `m a="b c" d="" e="f=\"g\"" h="i\nj" k=l m=1970-01-01T00:00:00Z n="[1 2]"`},
		},
		"siblings with room": {
			func(ctx context.Context, l *slog.Logger) {
				parent := l.With("a", 1, "b", 2, "c", 3)
				child := parent.With("d", 4)
				parent.With("e", 5)
				child.InfoContext(ctx, "m")
			},
			map[string]any{"@level": "info", "@message": "m a=1 b=2 c=3 d=4"},
		},
		"siblings": {
			func(ctx context.Context, l *slog.Logger) {
				parent := l.With("a", 1)
				parent.With("b", 2).With("c", 3)
				parent.With("d", 4)
				parent.InfoContext(ctx, "m")
			},
			map[string]any{"@level": "info", "@message": "m a=1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			test.log(tflogtest.RootLogger(t.Context(), &out), logging.New())
			lines, err := tflogtest.MultilineJSONDecode(&out)
			if err != nil || len(lines) != 1 {
				t.Fatalf("got %v, %v", lines, err)
			}
			delete(lines[0], "@module")
			delete(lines[0], "@timestamp")
			if at, _ := lines[0]["@caller"].(string); !strings.Contains(at, "/handler_test.go:") {
				t.Errorf("the caller is %q", at)
			}
			delete(lines[0], "@caller")
			if diff := cmp.Diff(test.want, lines[0]); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestPayload makes a record below Debug, which is a trace for whoever asks the CLI for
// a log.
func TestPayload(t *testing.T) {
	for variable, want := range map[string]string{"TF_LOG": "trace", "TF_LOG_PROVIDER": "trace", "NOTHING": ""} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv("TF_LOG", "")
			t.Setenv("TF_LOG_PROVIDER", "")
			t.Setenv(variable, "TRACE")
			var out bytes.Buffer
			logging.New().Log(tflogtest.RootLogger(t.Context(), &out), slog.LevelDebug-4, "m")
			lines, err := tflogtest.MultilineJSONDecode(&out)
			if err != nil {
				t.Fatal(err)
			}
			if want == "" && len(lines) > 0 || want != "" && (len(lines) != 1 || lines[0]["@level"] != want) {
				t.Errorf("got %v, want the level %q", lines, want)
			}
		})
	}
}
