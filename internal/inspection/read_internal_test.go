package inspection

import (
	"context"
	"errors"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

// An upload file that compresses its package is decompressed whole: minutes of work
// that nobody waits for once its readers have left. A file does not end by itself.
func TestReadingAFileEndsWithItsContext(t *testing.T) {
	t.Parallel()
	const name = "app.msixupload"
	path := msixtest.WriteFile(t, t.TempDir(), name, msixtest.Upload("app.msix", msixtest.Package(msixtest.Manifest{}), msixtest.Deflated))
	content, err := artifact.Open(t.Context(), path, artifact.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(interrupted)
	if _, err := readManifest(ctx, name, content); !errors.Is(err, interrupted) {
		t.Errorf("got %v, want the interruption", err)
	}
}
