package flightsubmission_test

import (
	"net/url"
	"path"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/azurite"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// A real blob server stands where Azure Storage does: it enforces the upload
// URL's signature and verifies each block's checksum, and the Store opens what
// it has stored.
func TestUploadToBlobServer(t *testing.T) {
	t.Parallel()
	blobs := azurite.Shared(t)
	w := acctest.NewWith(t, storesim.Options{
		BlobURL: func(_, _, submission string) string { return blobs.UploadURL(t, submission) },
		ReadBlob: func(uploadURL string) ([]byte, error) {
			u, err := url.Parse(uploadURL)
			if err != nil {
				return nil, err
			}
			return blobs.Read(t, path.Base(u.Path)), nil
		},
	})
	w.Publish(storesim.Published{})
	config := w.Submission(acctest.Packages(
		w.Package("app_x64.msix", msixtest.Manifest{PayloadSize: 20 << 20}), w.Package("app_arm64.msix", msixtest.Manifest{Architecture: "arm64"}),
	), `wait_for = "publish"`)
	w.Run(t, acctest.Step{Config: config, StateChecks: isPublished()})
	holds(t, w, "app_x64.msix 1.0.0.0", "app_arm64.msix 1.0.0.0")
}
