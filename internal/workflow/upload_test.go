package workflow_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// artifacts serves a package at any path. The second request for one, and every
// later one, goes to later if there is one for its path.
func artifacts(t *testing.T, content []byte, later map[string]http.HandlerFunc) *httptest.Server {
	t.Helper()
	counts := map[string]*atomic.Int32{}
	for path := range later {
		counts[path] = &atomic.Int32{}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if reply, ok := later[r.URL.Path]; ok && counts[r.URL.Path].Add(1) > 1 {
			reply(w, r)
			return
		}
		w.Header().Set("ETag", `"1"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	t.Cleanup(server.Close)
	return server
}

// The package that fails is the one that is blamed, and a file that is another one
// is told from one that cannot be read.
func TestUploadBlamesThePackage(t *testing.T) {
	t.Parallel()
	content := msixtest.Package(msixtest.Manifest{PayloadSize: 300_000})
	missing := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }
	changed := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPreconditionFailed) }
	server := artifacts(t, content, map[string]http.HandlerFunc{"/changed.msix": changed, "/missing.msix": missing})
	good := filepath.Join(t.TempDir(), "good.msix")
	if err := os.WriteFile(good, content, 0o600); err != nil {
		t.Fatal(err)
	}
	remote := func(name string) workflow.Package {
		return workflow.Package{Source: server.URL + "/" + name + "?sig=" + name, FileName: name}
	}
	other := workflow.Package{Source: good, FileName: "good.msix", SHA256: strings.Repeat("0", 64)}
	for name, test := range map[string]struct {
		packages []workflow.Package
		blamed   any
		summary  string
		says     string
	}{
		"a URL whose file changed": {
			[]workflow.Package{remote("a.msix"), remote("b.msix"), remote("changed.msix")},
			2,
			"Package file is not the one that was planned", "changed.msix has changed since the plan",
		},
		"a URL whose file went": {
			[]workflow.Package{remote("a.msix"), remote("missing.msix")},
			1,
			"Packages could not be uploaded", "status 404",
		},
		"a file with another digest": {
			[]workflow.Package{remote("a.msix"), other},
			1,
			"Package file is not the one that was planned", "its sha256 is not the digest",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &workflow.Workflow{Logger: slog.New(slog.DiscardHandler), Upload: readAll}
			err := w.SendPackages(t.Context(), indexed(test.packages), &storeapi.Submission{})
			problem, ok := errors.AsType[*workflow.Problem](err)
			if !ok {
				t.Fatalf("got %v, want a problem", err)
			}
			if diff := cmp.Diff([]any{"packages", test.blamed, "source"}, problem.Attribute); diff != "" {
				t.Errorf("the blame (-want +got):\n%s", diff)
			}
			if problem.Summary != test.summary || !strings.Contains(problem.Error(), test.says) || strings.Contains(problem.Error(), "sig=") {
				t.Errorf("got %q, want %q and %q without a signature", problem.Error(), test.summary, test.says)
			}
		})
	}
}

// A source is read as the configuration says, with its headers, and let go of afterwards.
func TestUploadReadsSources(t *testing.T) {
	t.Parallel()
	content := msixtest.Package(msixtest.Manifest{PayloadSize: 300_000})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Token") != "hush" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("ETag", `"1"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "b.msix")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	w := &workflow.Workflow{Logger: slog.New(slog.DiscardHandler), Upload: readAll}
	err := w.SendPackages(t.Context(), indexed([]workflow.Package{
		{Source: server.URL + "/a.msix", SourceHeader: http.Header{"X-Token": {"hush"}}, FileName: "a.msix"},
		{Source: file, FileName: "b.msix"},
	}), &storeapi.Submission{})
	if err != nil {
		t.Error(err)
	}
	if open := openFiles(t); slices.Contains(open, file) {
		t.Errorf("%s is still open", file)
	}
}

// openFiles are the paths of what the process has open; nothing on systems that do not list it.
func openFiles(t *testing.T) []string {
	t.Helper()
	const list = "/proc/self/fd"
	entries, err := os.ReadDir(list)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, e := range entries {
		if path, err := os.Readlink(filepath.Join(list, e.Name())); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}

// indexed gives packages their places in the configuration.
func indexed(packages []workflow.Package) []workflow.Package {
	for i := range packages {
		packages[i].Index = i
	}
	return packages
}

// readAll reads an archive like an upload.
func readAll(_ context.Context, _ storeapi.UploadURL, content *archive.Archive) error {
	data := make([]byte, content.Size())
	if err := content.ReadContent(data, 0); err != nil {
		return err
	}
	return content.NewDigest().Update(data)
}
