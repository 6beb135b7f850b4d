package workflow_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/inspection"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func inspect(ctx context.Context, packages ...workflow.Package) []*workflow.Problem {
	return workflow.Inspect(ctx, inspection.New(artifact.Options{}), packages, func(int, workflow.Package) bool { return true })
}

// Only a package that was read can be told that it is none.
func TestPackageThatCannotBeReadIsNotCalledInvalid(t *testing.T) {
	t.Parallel()
	interrupted := errors.New("interrupted")
	content := msixtest.Package(msixtest.Manifest{PayloadSize: 300_000})
	for name, test := range map[string]struct {
		reply http.HandlerFunc
		want  string
	}{
		"changed meanwhile": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPreconditionFailed) }, "changed while it was read"},
		"signature expired": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "status 403"},
		"interrupted":       {nil, "interrupted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if test.reply == nil {
				test.reply = func(_ http.ResponseWriter, r *http.Request) {
					cancel(interrupted)
					<-r.Context().Done()
				}
			}
			server := artifacts(t, content, map[string]http.HandlerFunc{"/app.msix": test.reply})
			problems := inspect(ctx, workflow.Package{Source: server.URL + "/app.msix?sig=secret", FileName: "app.msix"})
			if len(problems) != 1 {
				t.Fatalf("%d problems, want one", len(problems))
			}
			text := problems[0].Error()
			if problems[0].Summary != "Package cannot be read" || !strings.Contains(text, test.want) || strings.Contains(text, "Build the package again") {
				t.Errorf("got %q, want that it cannot be read: %q", text, test.want)
			}
		})
	}
}

// An upload file whose package is compressed is decompressed whole, which Ctrl-C
// must be able to end for a local file, too.
func TestReadingALocalPackageEndsWithItsContext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.msixupload")
	if err := os.WriteFile(path, msixtest.Upload("app.msix", msixtest.Package(msixtest.Manifest{}), msixtest.Deflated), 0o600); err != nil {
		t.Fatal(err)
	}
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(interrupted)
	problems := inspect(ctx, workflow.Package{Source: path, FileName: "app.msixupload", SHA256: strings.Repeat("0", 64)})
	if len(problems) != 1 || problems[0].Summary != "Package cannot be read" || !errors.Is(problems[0], interrupted) {
		t.Errorf("got %v, want that it cannot be read", problems)
	}
}

func TestBaseName(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"https://contoso.com/a/My%20App.msix?sig=a/b":  "My App.msix",
		"https://contoso.com/a/%C3%9Cber.msix#top":     "Über.msix",
		"https://contoso.com/o/folder%2FApp.msix?x":    "App.msix",
		"https://contoso.com/a/100%25.msix":            "100%.msix",
		"https://contoso.com/a/50%.msix":               "50%.msix",
		filepath.Join("out", "My%20App.msix"):          "My%20App.msix",
		"https://contoso.com/a/%2e%2e%2f%2e%2e%2fevil": "evil",
	} {
		if got := workflow.BaseName(source); got != want {
			t.Errorf("the base name of %s is %q, want %q", source, got, want)
		}
	}
}

// What a plan could not look at is judged when it is there.
func TestDescribeRefusesWhatAPlanRefuses(t *testing.T) {
	t.Parallel()
	content := msixtest.Package(msixtest.Manifest{Version: "1.2.3.4"})
	source := msixtest.WriteFile(t, t.TempDir(), "app.msix", content)
	packages := []workflow.Package{{Source: source, FileName: "app.msix"}}
	err := workflow.Describe(t.Context(), inspection.New(artifact.Options{}), packages)
	if err == nil || !strings.Contains(err.Error(), "Store does not accept the package version") || packages[0].Version != "1.2.3.4" {
		t.Errorf("got %v, version %q", err, packages[0].Version)
	}
}
