package flightsubmission_test

import (
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestKeepPreviousPackages(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	old := func(name string, m msixtest.Manifest) storesim.Package {
		return storesim.Package{FileName: name, Content: msixtest.Package(m)}
	}
	w.Publish(storesim.Published{Packages: []storesim.Package{
		old("v9.msix", msixtest.Manifest{Version: "0.9.0.0"}),
		old("v10.msix", msixtest.Manifest{Version: "0.10.0.0"}),
		old("arm.msix", msixtest.Manifest{Version: "0.1.0.0", Architecture: "arm64"}),
	}})
	config := w.Submission(acctest.Packages(w.Package("new.msix", msixtest.Manifest{Version: "1.0.0.0"})), `keep_previous_packages = 1`, `wait_for = "publish"`)
	w.Run(t,
		acctest.Step{
			Config: config,
			Check:  func() { holds(t, w, "new.msix 1.0.0.0", "v10.msix 0.10.0.0", "arm.msix 0.1.0.0") },
		},
		acctest.Step{
			PreConfig: func() { w.Package("new.msix", msixtest.Manifest{Version: "1.1.0.0"}) },
			Config:    config,
			Check:     func() { holds(t, w, "new.msix 1.1.0.0", "new.msix 1.0.0.0", "arm.msix 0.1.0.0") },
		},
	)
}
