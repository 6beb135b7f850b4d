package msix_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

// FuzzRead feeds files of every kind, mended and broken, under every extension.
func FuzzRead(f *testing.F) {
	small := msixtest.Manifest{PayloadSize: 1}
	bundle := msixtest.Bundle(msixtest.BundleManifest{Packages: []msixtest.Manifest{small, {Architecture: "x86", PayloadSize: 1}, {ResourceID: "fr", PayloadSize: 1}}})
	f.Add(uint8(0), msixtest.Package(small))
	f.Add(uint8(1), bundle)
	f.Add(uint8(2), msixtest.Upload("a.msix", msixtest.Package(small), msixtest.Deflated))
	f.Add(uint8(2), msixtest.Upload("a.msixbundle", bundle, msixtest.Stored))
	f.Add(uint8(3), msixtest.Package(msixtest.Manifest{PayloadSize: 1, OSMinVersion: "6.2"}))
	for _, fault := range faults() {
		if len(fault.content) > 8<<10 {
			continue
		}
		for i := range msix.Extensions() {
			f.Add(uint8(i), fault.content)
		}
	}
	f.Fuzz(func(t *testing.T, extension uint8, content []byte) {
		extensions := msix.Extensions()
		name := "fuzz" + extensions[int(extension)%len(extensions)]
		p, err := read(name, content)
		if err != nil {
			if fault, ok := errors.AsType[*msix.Error](err); !ok || fault.File != name || fault.Fault == "" {
				t.Errorf("error %#v", err)
			}
			return
		}
		if p.Name == "" || p.Publisher == "" || len(p.Architectures) == 0 || !slices.IsSorted(p.Architectures) {
			t.Errorf("read %+v without an error", p)
		}
		if (p.Kind == msix.KindPackage) != (len(p.Contents) == 0) {
			t.Errorf("a %s with %d contents", p.Kind, len(p.Contents))
		}
		if (len(p.Architectures) == 1) != (p.Architecture != "") {
			t.Errorf("architecture %q of %q", p.Architecture, p.Architectures)
		}
	})
}
