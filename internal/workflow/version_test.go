package workflow_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// The versions and architectures that count are those of the packages in a file.
func TestVersionsInsideOfFiles(t *testing.T) {
	t.Parallel()
	x64, arm64 := msixtest.Manifest{}, msixtest.Manifest{Architecture: "arm64"}
	bundle := func(version string, packages ...msixtest.Manifest) []byte {
		return msixtest.Bundle(msixtest.BundleManifest{Version: version, Packages: packages})
	}
	upload := func(packages ...msixtest.Manifest) []byte {
		var members []msixtest.Member
		for _, m := range packages {
			members = append(members, msixtest.Member{Name: msixtest.PackageFileName(m), Content: msixtest.Package(m)})
		}
		return msixtest.Archive(members...)
	}
	const version, twice = "Store does not accept the package version", "Two packages have the same version and architecture"
	for name, test := range map[string]struct {
		files map[string][]byte
		want  string
		says  string
	}{
		"an upload file with a revision below its highest": {
			map[string][]byte{"a.msixupload": upload(msixtest.Manifest{Version: "1.0.0.7"}, msixtest.Manifest{Version: "2.0.0.0", Architecture: "arm64"})},
			version, "1.0.0.7",
		},
		"an upload file with fitting versions": {
			map[string][]byte{"a.msixupload": upload(msixtest.Manifest{Version: "1.0.0.0"}, msixtest.Manifest{Version: "2.0.0.0", Architecture: "arm64"})},
			"", "",
		},
		"a bundle and a package of one of its architectures": {
			map[string][]byte{"a.msixbundle": bundle("1.0.0.0", x64, arm64), "b.msix": msixtest.Package(arm64)},
			twice, "package 1.0.0.0 arm64",
		},
		"an upload file and a package that is in it": {
			map[string][]byte{"a.msix": msixtest.Package(x64), "b.msixupload": upload(arm64, x64)},
			twice, "package 1.0.0.0 x64",
		},
		"two bundles of one version": {
			map[string][]byte{"a.msixbundle": bundle("1.0.0.0", x64), "b.msixbundle": bundle("1.0.0.0", arm64)},
			twice, "bundle 1.0.0.0",
		},
		"two bundles of two versions": {
			map[string][]byte{"a.msixbundle": bundle("1.0.0.0", x64), "b.msixbundle": bundle("2.0.0.0", arm64)},
			"", "",
		},
		"a bundle and a package of another architecture": {
			map[string][]byte{"a.msixbundle": bundle("1.0.0.0", x64), "b.msix": msixtest.Package(arm64)},
			"", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var packages []workflow.Package
			for _, file := range []string{"a.msix", "a.msixbundle", "a.msixupload", "b.msix", "b.msixbundle", "b.msixupload"} {
				if content, ok := test.files[file]; ok {
					manifest, err := msix.Read(file, bytes.NewReader(content), int64(len(content)))
					if err != nil {
						t.Fatal(err)
					}
					packages = append(packages, workflow.Package{Source: file, FileName: file, Manifest: manifest})
				}
			}
			problems, _ := workflow.CheckSet(packages)
			switch {
			case test.want == "" && len(problems) > 0:
				t.Errorf("got %v, want nothing", problems)
			case test.want != "" && (len(problems) != 1 || problems[0].Summary != test.want || !strings.Contains(problems[0].Detail, test.says)):
				t.Errorf("got %v, want %q with %q", problems, test.want, test.says)
			}
		})
	}
}
