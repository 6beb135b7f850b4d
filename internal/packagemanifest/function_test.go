package packagemanifest_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
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

func TestPackageManifest(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	bundled := msixtest.Bundle(msixtest.BundleManifest{
		Version: "2.0.0.0", Packages: []msixtest.Manifest{{Architecture: "x64"}, {Architecture: "arm64"}},
	})
	bundle := w.File("all.msixbundle", bundled)
	call := func(path string) string {
		return w.Calling(fmt.Sprintf("output \"manifest\" {\n  value = provider::msstore::package_manifest(%q)\n}\n", path))
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps: []resource.TestStep{
			{
				Config: call(w.Package("app.msix", msixtest.Manifest{Version: "1.2.3.0"})),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("manifest", knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"kind": knownvalue.StringExact("package"), "name": knownvalue.StringExact("Contoso.Sample"), "publisher": knownvalue.StringExact("CN=Contoso"),
					"version": knownvalue.StringExact("1.2.3.0"), "architectures": texts("x64"), "contents": knownvalue.ListSizeExact(0),
					"languages": texts("en-us"), "capabilities": texts("internetClient"), "os_min_version": knownvalue.Null(),
					"target_device_families": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
						"name": knownvalue.StringExact("Windows.Desktop"), "min_version": knownvalue.StringExact("10.0.17763.0"),
						"max_version_tested": knownvalue.StringExact("10.0.22621.0"),
					})}),
				}))},
			},
			{
				Config: call(bundle),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("manifest", knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"kind": knownvalue.StringExact("bundle"), "version": knownvalue.StringExact("2.0.0.0"), "architectures": texts("arm64", "x64"),
					"contents": knownvalue.ListExact([]knownvalue.Check{
						knownvalue.ObjectPartial(map[string]knownvalue.Check{"architectures": texts("x64")}),
						knownvalue.ObjectPartial(map[string]knownvalue.Check{"architectures": texts("arm64")}),
					}),
				}))},
			},
			{
				Config: call(w.File("all.msixupload", msixtest.Upload("all.msixbundle", bundled, msixtest.Deflated))),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("manifest", knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"kind": knownvalue.StringExact("upload file"), "version": knownvalue.StringExact("2.0.0.0"), "architectures": texts("arm64", "x64"),
					"contents": knownvalue.ListExact([]knownvalue.Check{
						knownvalue.ObjectPartial(map[string]knownvalue.Check{"architectures": texts("x64")}),
						knownvalue.ObjectPartial(map[string]knownvalue.Check{"architectures": texts("arm64")}),
					}),
				}))},
			},
			{
				Config: call(w.Package("old.appx", msixtest.Manifest{OSMinVersion: "6.3.0"})),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("manifest", knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"os_min_version": knownvalue.StringExact("6.3.0.0"), "target_device_families": knownvalue.ListSizeExact(0),
				}))},
			},
			{
				Config: call(w.File("packed.msix", msixtest.Archive(msixtest.Member{
					Name: "AppxManifest.xml", Content: msixtest.ManifestXML(msixtest.Manifest{}), Method: msixtest.Deflated, Unfinished: true,
				}))),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("manifest", knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"name": knownvalue.StringExact("Contoso.Sample"),
				}))},
			},
			{
				Config:      call(w.File("bare.msixbundle", msixtest.Bundle(msixtest.BundleManifest{NoManifest: true}))),
				ExpectError: acctest.Phrase("it is a bundle without its manifest"),
			},
			{
				Config:      call(w.Package("french.msix", msixtest.Manifest{ResourceID: "language-fr"})),
				ExpectError: acctest.Phrase("it is a resource package"),
			},
			{Config: call(w.File("broken.msix", []byte("nothing"))), ExpectError: regexp.MustCompile(`broken\.msix`)},
			{Config: `output "manifest" { value = "" }`},
		},
	})
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
