package provider_test

import (
	"fmt"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

func manifest(version string) msixtest.Manifest { return msixtest.Manifest{Version: version} }

// submission is a configuration of one submission that is awaited until it is
// published.
func submission(w *acctest.World, name, source string) string {
	return fmt.Sprintf(`
resource "msstore_flight_submission" %q {
  application_id = %q
  flight_id      = %q
  packages       = [{ source = %q }]
  wait_for       = "publish"
}
`, name, w.ApplicationID, w.FlightID, source)
}
