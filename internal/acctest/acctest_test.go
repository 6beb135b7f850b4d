package acctest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// recorder is a test that keeps its complaints, and ends when it is told to.
type recorder struct {
	testing.TB

	complaints []string
	cleanups   []func()
}

func (r *recorder) Errorf(format string, args ...any) {
	r.complaints = append(r.complaints, fmt.Sprintf(format, args...))
}

func (r *recorder) Cleanup(f func()) { r.cleanups = append([]func(){f}, r.cleanups...) }

// Whatever a test looks at itself, it fails when a client misbehaves.
func TestWorldChecksItsClients(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ method, path, body, complaint string }{
		"violation": {http.MethodGet, "nowhere", "", "violation"},
		"loss":      {http.MethodPut, "applications/%s/flights/%s/submissions/%s", `{"flightPackages":[]}`, "isSeekEnabled"},
		"nothing":   {http.MethodGet, "applications/%s/flights/%s/submissions/%s", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{TB: t}
			w := acctest.NewWith(r, storesim.Options{})
			id, _ := w.Pending()
			path := test.path
			if strings.Contains(path, "%s") {
				path = fmt.Sprintf(path, w.ApplicationID, w.FlightID, id)
			}
			request, err := http.NewRequestWithContext(t.Context(), test.method, w.Sim.URL()+"/v1.0/my/"+path, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header = http.Header{"Authorization": {"Bearer " + acctest.Token}, "Content-Type": {"application/json"}}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			for _, cleanup := range r.cleanups {
				cleanup()
			}
			if got := strings.Join(r.complaints, "\n"); (got == "") != (test.complaint == "") || !strings.Contains(got, test.complaint) {
				t.Errorf("complaints %q", got)
			}
		})
	}
}
