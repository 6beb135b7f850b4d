package flightsubmission_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

const artifactToken = "artifact-store-token"

// artifactStore serves one package to whoever has the token, and counts the
// bytes that it sends. It asks for none if the CLI has no write-only arguments to
// give it by.
type artifactStore struct {
	*httptest.Server

	asks    bool
	content []byte
	sent    atomic.Int64
}

func newArtifactStore(t *testing.T, content []byte) *artifactStore {
	t.Helper()
	s := &artifactStore{asks: acctest.Has(t, acctest.Ephemeral), content: content}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.asks && r.Header.Get("X-Artifact-Token") != artifactToken {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		w.Header().Set("ETag", `"1"`)
		http.ServeContent(&countingWriter{w, &s.sent}, r, "", time.Time{}, bytes.NewReader(s.content))
	}))
	t.Cleanup(s.Close)
	return s
}

type countingWriter struct {
	http.ResponseWriter

	sent *atomic.Int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.sent.Add(int64(len(p)))
	return w.ResponseWriter.Write(p)
}

// packages is the packages argument for what lies at the path of the store.
func (s *artifactStore) packages(path, digest, token string) string {
	headers := ""
	if s.asks {
		headers = fmt.Sprintf(`source_headers = { "X-Artifact-Token" = %q }`, token)
	}
	return fmt.Sprintf(`packages = [{
    source = "%s/%s"
    sha256 = %q
    %s
  }]`, s.URL, path, digest, headers)
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func TestPackageFromURL(t *testing.T) {
	t.Parallel()
	content := msixtest.Package(msixtest.Manifest{PayloadSize: 24 << 20})
	store := newArtifactStore(t, content)
	w := acctest.Published(t)
	var planned, applied int64
	w.Run(t,
		acctest.Step{
			Config:       w.Submission(store.packages("builds/1/app.msix?sig=secret", digestOf(content), artifactToken), `wait_for = "publish"`),
			PlanOnly:     true,
			NonEmptyPlan: true,
		},
		acctest.Step{
			PreConfig:   func() { planned = store.sent.Load() },
			Config:      w.Submission(store.packages("builds/1/app.msix?sig=secret", digestOf(content), artifactToken), `wait_for = "publish"`),
			StateChecks: isPublished(),
		},
		acctest.Step{
			PreConfig: func() { applied = store.sent.Load() - planned },
			// The same bytes at another address are no other content.
			Config: w.Submission(store.packages("builds/copy/app.msix", digestOf(content), artifactToken), `wait_for = "publish"`),
			PlanChecks: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
			},
		},
	)
	if planned == 0 || planned > 1<<20 {
		t.Errorf("planning read %d bytes of a package of %d", planned, len(content))
	}
	// The step plans some times besides.
	if least := int64(len(content)); applied < least || applied > least+1<<20 {
		t.Errorf("applying read %d bytes of a package of %d", applied, len(content))
	}
	holds(t, w, "app.msix 1.0.0.0")
	events(t, w, storesim.EventCreated, 1)
	events(t, w, storesim.EventUploaded, 1)
}

func TestPackageFromURLRefused(t *testing.T) {
	t.Parallel()
	content := msixtest.Package(msixtest.Manifest{})
	store := newArtifactStore(t, content)
	for name, tt := range map[string]struct {
		digest, token string
		says          []string
	}{
		"without the token":   {digestOf(content), "wrong", []string{"Package cannot be read", "builds/1/app.msix", "401"}},
		"with another digest": {digestOf([]byte("other")), artifactToken, []string{"Package file is not the one that was planned", "sha256", digestOf(content)[:16]}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.token != artifactToken {
				acctest.Requires(t, acctest.Ephemeral)
			}
			w := acctest.Published(t)
			w.Run(t,
				acctest.Step{
					Config:      w.Submission(store.packages("builds/1/app.msix?sig=secret", tt.digest, tt.token)),
					ExpectError: tt.says,
				},
			)
			events(t, w, storesim.EventCommitted, 0)
		})
	}
}
