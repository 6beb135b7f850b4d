package flightsubmission_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

// unusable are packages that the Store would refuse, or that are none.
func unusable(t *testing.T, w *acctest.World) []check {
	t.Helper()
	set := func(packages ...arguments) arguments {
		list := make([]any, 0, len(packages))
		for _, p := range packages {
			list = append(list, p)
		}
		return flight(w).With(arguments{"packages": list})
	}
	one := func(source string) arguments { return set(arguments{"source": source}) }
	good := w.Package("good.msix", msixtest.Manifest{})
	arm := w.Package("arm.msix", msixtest.Manifest{Architecture: "arm64", Seed: 1})
	return []check{
		{
			name: "a missing file", arguments: one(filepath.ToSlash(filepath.Join(w.Dir, "missing.msix"))),
			attribute: "packages[0].source", summary: "Package cannot be read", says: []string{"missing.msix", "does not exist"},
		},
		{
			name: "a directory", arguments: one(directory(t, w)),
			attribute: "packages[0].source", summary: "Package cannot be read", says: []string{"folder.msix", "directory"},
		},
		{
			name: "an empty file", arguments: one(w.File("empty.msix", nil)),
			attribute: "packages[0].source", summary: "Package cannot be read", says: []string{"empty.msix", "empty"},
		},
		{
			name: "a file of more than 25 GB", arguments: one(sparse(t, w, 25<<30+1)),
			attribute: "packages[0].source", summary: "Package is too large", says: []string{"sparse.msix", "26843545601 bytes", "25 GB"},
		},
		{
			name: "a package by the name of a bundle", arguments: set(arguments{"source": good, "file_name": "good.msixbundle"}),
			attribute: "packages[0].file_name", summary: "File name does not fit the package", says: []string{`packages[0].file_name is "good.msixbundle"`, "name it good.msix"},
		},
		{
			name: "a text", arguments: one(w.File("text.msix", []byte("The package is on the build server.\n"))),
			attribute: "packages[0].source", summary: "Not a valid package", says: []string{"text.msix", "ZIP", "Build the package again"},
		},
		{
			name: "half a package", arguments: one(w.File("half.msix", msixtest.Package(msixtest.Manifest{})[:900])),
			attribute: "packages[0].source", summary: "Not a valid package", says: []string{"half.msix", "ZIP"},
		},
		{
			name: "an archive without manifest", arguments: one(w.File("bare.msix", msixtest.Package(msixtest.Manifest{NoManifest: true}))),
			attribute: "packages[0].source", summary: "Not a valid package", says: []string{"bare.msix", "AppxManifest.xml"},
		},
		{
			name: "a manifest that is no XML", arguments: one(w.File("torn.msix", msixtest.Package(msixtest.Manifest{ManifestXML: []byte("<Package><Identity")}))),
			attribute: "packages[0].source", summary: "Not a valid package", says: []string{"torn.msix", "AppxManifest.xml"},
		},
		{
			name: "a manifest without version", arguments: one(w.File("unversioned.msix", msixtest.Package(msixtest.Manifest{
				ManifestXML: []byte(`<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10"><Identity Name="a" Publisher="b"/></Package>`),
			}))),
			attribute: "packages[0].source", summary: "Not a valid package", says: []string{"unversioned.msix", "version"},
		},
		{
			name: "a package called bundle", arguments: one(w.File("misnamed.msixbundle", msixtest.Package(msixtest.Manifest{}))),
			attribute: "packages[0].source", summary: "Not a valid package", says: []string{"misnamed.msixbundle", "promises a bundle, but this is a package"},
		},
		{
			name: "an upload file that holds nothing", arguments: one(w.File("hollow.msixupload", msixtest.Archive(msixtest.Member{Name: "readme.txt", Content: []byte("x")}))),
			attribute: "packages[0].source", summary: "Not a valid package", says: []string{"hollow.msixupload"},
		},
		{
			name: "a fourth part of the version", arguments: one(w.Package("revision.msix", msixtest.Manifest{Version: "1.2.3.4"})),
			attribute: "packages[0].source", summary: "Store does not accept the package version", says: []string{"revision.msix", "1.2.3.4", "the fourth"},
		},
		{
			name: "a version of zero", arguments: one(w.Package("zero.msix", msixtest.Manifest{Version: "0.9.0.0"})),
			attribute: "packages[0].source", summary: "Store does not accept the package version", says: []string{"zero.msix", "0.9.0.0", "above 0"},
		},
		{
			name: "one version and architecture twice", arguments: set(
				arguments{"source": good}, arguments{"source": arm}, arguments{"source": w.Package("again.msix", msixtest.Manifest{Seed: 2})}),
			attribute: "packages[2].source", summary: "Two packages have the same version and architecture",
			says: []string{"packages[0] (good.msix)", "packages[2] (again.msix)", "package 1.0.0.0 x64"},
		},
		{
			name: "one name twice", arguments: set(arguments{"source": good}, arguments{"source": arm, "file_name": "good.msix"}),
			attribute: "packages[1].file_name", summary: "Two packages have the same file name", says: []string{`packages[0] ("good.msix") and packages[1] ("good.msix")`},
		},
		{
			name: "one name twice but for its case", arguments: set(arguments{"source": good}, arguments{"source": arm, "file_name": "GOOD.msix"}),
			attribute: "packages[1].file_name", summary: "Two packages have the same file name",
			says: []string{`packages[0] ("good.msix")`, `packages[1] ("GOOD.msix")`, "case"},
		},
		{
			name: "a name outside of the archive", arguments: set(arguments{"source": good, "file_name": "../good.msix"}),
			attribute: "packages[0].file_name", summary: "Not a usable file name", says: []string{"packages[0]", `"../good.msix"`, `path element ".."`},
		},
		{
			name: "a name of Windows", arguments: set(arguments{"source": good, "file_name": `C:\out\good.msix`}),
			attribute: "packages[0].file_name", summary: "Not a usable file name", says: []string{"packages[0]", "is absolute"},
		},
		{
			name: "one name uploaded and kept", arguments: set(arguments{"source": good}, arguments{"file_name": "good.msix"}),
			attribute: "packages[1].file_name", summary: "Two packages have the same file name", says: []string{`packages[0] ("good.msix") and packages[1] ("good.msix")`},
		},
		{
			name: "another identity name", arguments: one(w.Package("foreign.msix", msixtest.Manifest{Name: "Fabrikam.Sample"})),
			attribute: "packages[0].source", summary: "Package belongs to another application",
			says: []string{"foreign.msix", `identity name "Fabrikam.Sample"`, w.ApplicationID, `"Contoso.Sample"`},
		},
		{
			name: "another publisher", arguments: one(w.Package("test-signed.msix", msixtest.Manifest{Publisher: "CN=Test"})),
			attribute: "packages[0].source", summary: "Package belongs to another application",
			says: []string{"test-signed.msix", `publisher "CN=Test"`, w.ApplicationID, `"CN=Contoso"`},
		},
		{
			name: "the second of two packages from elsewhere", arguments: set(
				arguments{"source": good}, arguments{"source": w.Package("stray.msix", msixtest.Manifest{Name: "Fabrikam.Sample", Version: "2.0.0.0"})}),
			attribute: "packages[1].source", summary: "Package belongs to another application", says: []string{"stray.msix", "Fabrikam.Sample"},
		},
		{
			name: "a package that the flight does not have", arguments: set(arguments{"source": good}, arguments{"file_name": "gone.msix"}),
			attribute: "packages[1].file_name", summary: "Flight has no such package", says: []string{w.FlightID, `"gone.msix"`, "Set source"},
		},
		{
			name: "a kept package in another case", arguments: set(arguments{"file_name": "OLD.msix"}),
			attribute: "packages[0].file_name", summary: "Flight has no such package", says: []string{`"OLD.msix"`},
		},
	}
}

func directory(t *testing.T, w *acctest.World) string {
	t.Helper()
	name := filepath.Join(w.Dir, "folder.msix")
	if err := os.Mkdir(name, 0o700); err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(name)
}

// sparse makes a file of this size that takes no room.
func sparse(t *testing.T, w *acctest.World, size int64) string {
	t.Helper()
	name := filepath.Join(w.Dir, "sparse.msix")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, size); err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(name)
}

func TestUnusablePackages(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	refuses(t, w, unusable(t, w))
}

// TestRefusalsInCLI puts every wrong configuration into one, for a person sees
// what a CLI prints.
func TestRefusalsInCLI(t *testing.T) {
	t.Parallel()
	for name, checks := range map[string]func(*testing.T, *acctest.World) []check{
		"arguments": func(_ *testing.T, w *acctest.World) []check { return impossible(w) },
		"packages":  unusable,
		"store":     forbidden,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			list := checks(t, w)
			var config strings.Builder
			for i, c := range list {
				config.WriteString(c.arguments.Block(fmt.Sprintf(`resource %q "c%d"`, typeName, i)))
			}
			printed := w.ServedCLI(w.Config(config.String())).Refusals("plan")
			for i, c := range list {
				if _, given := c.arguments["notes_for_certification_wo"]; given && !acctest.Has(t, acctest.Ephemeral) {
					// Nothing else is looked at.
					c.summary, c.says = "WriteOnly Attribute Not Allowed", []string{"notes_for_certification_wo"}
				}
				block := printed.About(fmt.Sprintf("%s.c%d", typeName, i))
				if block == "" {
					t.Errorf("%s: nothing is printed", c.name)
					continue
				}
				for _, words := range append([]string{c.summary}, c.says...) {
					if !strings.Contains(block, strings.Join(strings.Fields(words), " ")) {
						t.Errorf("%s: %q is not printed:\n%s", c.name, words, block)
					}
				}
			}
			w.OnlyReads()
		})
	}
}
