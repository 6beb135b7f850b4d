package packagemanifest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/packagemanifest"
)

func texts(values ...string) knownvalue.Check {
	checks := make([]knownvalue.Check, 0, len(values))
	for _, v := range values {
		checks = append(checks, knownvalue.StringExact(v))
	}
	return knownvalue.ListExact(checks)
}

// call is an output of what the function gives.
func call(output, path string) string {
	return acctest.Block(fmt.Sprintf("output %q", output), fmt.Sprintf("value = provider::msstore::package_manifest(%q)", path))
}

func TestPackageManifest(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	bundled := msixtest.Bundle(msixtest.BundleManifest{
		Version: "2.0.0.0", Packages: []msixtest.Manifest{{Architecture: "x64"}, {Architecture: "arm64"}},
	})
	both := knownvalue.ListExact([]knownvalue.Check{
		knownvalue.ObjectPartial(map[string]knownvalue.Check{"architectures": texts("x64")}),
		knownvalue.ObjectPartial(map[string]knownvalue.Check{"architectures": texts("arm64")}),
	})
	packed := msixtest.Archive(msixtest.Member{
		Name: "AppxManifest.xml", Content: msixtest.ManifestXML(msixtest.Manifest{}), Method: msixtest.Deflated, Unfinished: true,
	})
	config := ""
	var checks []statecheck.StateCheck
	for output, test := range map[string]struct {
		path string
		want map[string]knownvalue.Check
	}{
		"package": {w.Package("app.msix", msixtest.Manifest{Version: "1.2.3.0"}), map[string]knownvalue.Check{
			"kind": knownvalue.StringExact("package"), "name": knownvalue.StringExact("Contoso.Sample"), "publisher": knownvalue.StringExact("CN=Contoso"),
			"version": knownvalue.StringExact("1.2.3.0"), "architectures": texts("x64"), "contents": knownvalue.ListSizeExact(0),
			"languages": texts("en-us"), "capabilities": texts("internetClient"), "os_min_version": knownvalue.Null(),
			"target_device_families": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
				"name": knownvalue.StringExact("Windows.Desktop"), "min_version": knownvalue.StringExact("10.0.17763.0"),
				"max_version_tested": knownvalue.StringExact("10.0.22621.0"),
			})}),
		}},
		"bundle": {w.File("all.msixbundle", bundled), map[string]knownvalue.Check{
			"kind": knownvalue.StringExact("bundle"), "version": knownvalue.StringExact("2.0.0.0"), "architectures": texts("arm64", "x64"), "contents": both,
		}},
		"upload": {w.File("all.msixupload", msixtest.Upload("all.msixbundle", bundled, msixtest.Deflated)), map[string]knownvalue.Check{
			"kind": knownvalue.StringExact("upload file"), "version": knownvalue.StringExact("2.0.0.0"), "architectures": texts("arm64", "x64"), "contents": both,
		}},
		"old": {w.Package("old.appx", msixtest.Manifest{OSMinVersion: "6.3.0"}), map[string]knownvalue.Check{
			"os_min_version": knownvalue.StringExact("6.3.0.0"), "target_device_families": knownvalue.ListSizeExact(0),
		}},
		"packed": {w.File("packed.msix", packed), map[string]knownvalue.Check{"name": knownvalue.StringExact("Contoso.Sample")}},
	} {
		config += call(output, test.path)
		checks = append(checks, statecheck.ExpectKnownOutputValue(output, knownvalue.ObjectPartial(test.want)))
	}
	w.Run(t, acctest.Step{Config: w.Calling(config), StateChecks: checks})
}

func TestPackageManifestRefused(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	refusals := w.ServedCLI(w.Calling(call("bare", w.File("bare.msixbundle", msixtest.Bundle(msixtest.BundleManifest{NoManifest: true}))) +
		call("french", w.Package("french.msix", msixtest.Manifest{ResourceID: "language-fr"})) +
		call("broken", w.File("broken.msix", []byte("nothing"))))).Refusals("plan")
	for output, want := range map[string]string{
		"bare": "it is a bundle without its manifest", "french": "it is a resource package", "broken": "broken.msix",
	} {
		acctest.Says(t, refusals.About(output), want)
	}
}

// A URL may be signed, and the CLI repeats an argument's error word for word.
func TestPackageManifestOfURL(t *testing.T) {
	t.Parallel()
	path := types.StringValue("https://contoso.com/app.msix?sig=3ecr3t")
	req := function.RunRequest{Arguments: function.NewArgumentsData([]attr.Value{path})}
	resp := function.RunResponse{Result: function.NewResultData(types.DynamicUnknown())}
	packagemanifest.New().Run(t.Context(), req, &resp)
	if resp.Error == nil || !strings.Contains(resp.Error.Error(), "expected the path of a local file") || strings.Contains(resp.Error.Error(), "3ecr3t") {
		t.Errorf("got %v, want a refusal without the signature", resp.Error)
	}
}
