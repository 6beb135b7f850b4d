package workflow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/inspection"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
)

// manyPackages is how many packages a submission has at most, by some accounts
// [store-api 6.3].
const manyPackages = 25

// BaseName is the name that a package has in the submission unless another is
// given. Of a URL it is the end of the path, as people read it.
func BaseName(source string) string {
	if artifact.IsURL(source) {
		name, _, _ := strings.Cut(source, "?")
		name, _, _ = strings.Cut(name, "#")
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
		return path.Base(name)
	}
	return filepath.Base(source)
}

// Inspect reads the packages that have a source: the manifest and, for a local
// file without a given digest, the SHA-256. It fills Manifest, Version and
// SHA256 and returns all that is wrong. want tells which packages to read.
func Inspect(ctx context.Context, inspector *inspection.Inspector, packages []Package, want func(index int, p Package) bool) []*Problem {
	found := make([]*Problem, len(packages))
	var group sync.WaitGroup
	for i := range packages {
		if packages[i].Source != "" && want(i, packages[i]) {
			group.Go(func() { found[i] = inspect(ctx, inspector, i, &packages[i]) })
		}
	}
	group.Wait()
	return slices.DeleteFunc(found, func(p *Problem) bool { return p == nil })
}

func inspect(ctx context.Context, inspector *inspection.Inspector, index int, p *Package) *Problem {
	name := BaseName(p.Source)
	if !msix.HasExtension(name) {
		// Download addresses seldom end in a file's name.
		name = p.FileName
	}
	result, err := inspector.Package(ctx, inspection.Request{Source: p.Source, Header: p.SourceHeader, FileName: name, SHA256: p.SHA256})
	if err == nil {
		p.Manifest, p.SHA256, p.Version = result.Manifest, result.SHA256, result.Manifest.Version.String()
		return nil
	}
	problem := &Problem{Attribute: []any{"packages", index, "source"}, Err: err}
	if large, ok := errors.AsType[*inspection.TooLargeError](err); ok {
		problem.Summary, problem.Detail, problem.Err = "Package is too large", large.Error()+".", nil
	} else if invalid, ok := errors.AsType[*inspection.InvalidError](err); ok {
		problem.Summary, problem.Err = "Not a valid package", invalid.Err
		problem.Detail = fmt.Sprintf("Reading the manifest of %s. Build the package again, or point source at the right file.", invalid.Location)
	} else {
		problem.Summary = "Package cannot be read"
	}
	return problem
}

// CheckSet finds what is wrong with a set of packages as a whole. It looks only
// at what is known: packages without a name or manifest are passed over.
func CheckSet(packages []Package) (errs, warnings []*Problem) {
	names, builds := map[string]int{}, map[string]int{}
	for i, p := range packages {
		if p.FileName != "" {
			errs = append(errs, checkName(packages, i, names)...)
		}
		if p.Manifest != nil {
			errs = append(errs, checkKind(p, i)...)
			errs = append(errs, checkVersion(packages, i, builds)...)
		}
	}
	if len(packages) > manyPackages {
		warnings = append(warnings, &Problem{
			Attribute: []any{"packages"}, Summary: "Many packages",
			Detail: fmt.Sprintf("The submission has %d packages; the Store may refuse more than %d.", len(packages), manyPackages),
		})
	}
	return errs, warnings
}

// checkName looks at one package's name and adds it to those before it.
func checkName(packages []Package, i int, before map[string]int) []*Problem {
	p, blame := packages[i], []any{"packages", i, "file_name"}
	var problems []*Problem
	// Laying out an archive of one member judges its name.
	if _, err := archive.New([]archive.Member{{Name: p.FileName}}); err != nil && p.Source != "" {
		problems = append(problems, &Problem{
			Attribute: blame, Summary: "Not a usable file name",
			Detail: fmt.Sprintf("packages[%d] would be uploaded as %q. Set file_name to another name, such as the last part of this one.", i, p.FileName),
			Err:    err,
		})
	}
	key := strings.ToLower(p.FileName)
	if first, twice := before[key]; twice {
		problems = append(problems, &Problem{
			Attribute: blame, Summary: "Two packages have the same file name",
			Detail: fmt.Sprintf("packages[%d] (%q) and packages[%d] (%q) have the same name for the Store, which ignores the case of letters. "+
				"Give one of them another file_name.", first, packages[first].FileName, i, p.FileName),
		})
	}
	before[key] = i
	return problems
}

// checkKind compares the name with what the package is: the Store refuses a bundle
// by the name of a package, and the other way round [store-api 6.3].
func checkKind(p Package, i int) []*Problem {
	if err := p.Manifest.FitsName(p.FileName); err != nil {
		return []*Problem{{
			Attribute: []any{"packages", i, "file_name"}, Summary: "File name does not fit the package",
			Detail: fmt.Sprintf("packages[%d].file_name is %q: %v.", i, p.FileName, err),
		}}
	}
	return nil
}

// checkVersion looks at the versions in one package file, which the Store
// restricts [store-api 6.3], and adds them to those before it.
func checkVersion(packages []Package, i int, before map[string]int) []*Problem {
	p, blame := packages[i], []any{"packages", i, "source"}
	for _, unit := range units(*p.Manifest) {
		if version := unit.Version; version[3] != 0 || version[0] == 0 {
			return []*Problem{{
				Attribute: blame, Summary: "Store does not accept the package version",
				Detail: fmt.Sprintf("%s has the version %s. The first part must be above 0 and the fourth, which is reserved for the Store, must be 0. "+
					"Change the version in the package's manifest and build the package again.", p.FileName, version),
			}}
		}
	}
	for _, identity := range identities(*p.Manifest) {
		first, known := before[identity]
		if known && first != i {
			return []*Problem{{
				Attribute: blame, Summary: "Two packages have the same version and architecture",
				Detail: fmt.Sprintf("packages[%d] (%s) and packages[%d] (%s) both hold the %s. Packages of one version must differ in architecture, "+
					"and bundles in version.", first, packages[first].FileName, i, p.FileName, identity),
			}}
		}
		before[identity] = i
	}
	return nil
}

// units are what of a file has a version of its own that the Store looks at: a
// package or a bundle, and those in an upload file.
func units(p msix.Package) []msix.Package {
	if p.Kind == msix.KindUpload {
		return p.Contents
	}
	return []msix.Package{p}
}

// identities tell what is in a file from what else the application has. The full
// name of a bundle has no architecture.
func identities(p msix.Package) []string {
	var list []string
	switch p.Kind {
	case msix.KindPackage:
		return []string{"package " + p.Version.String() + " " + p.Architecture}
	case msix.KindBundle:
		list = append(list, "bundle "+p.Version.String())
	case msix.KindUpload:
	}
	for _, inner := range p.Contents {
		list = append(list, identities(inner)...)
	}
	return list
}

// Describe fills the versions of packages that were planned by their digest
// alone, once their files are there, and says then what a plan would have said.
func Describe(ctx context.Context, inspector *inspection.Inspector, packages []Package) error {
	found := Inspect(ctx, inspector, packages, func(_ int, p Package) bool { return p.Version == "" })
	errs, _ := CheckSet(packages)
	if found = append(found, errs...); len(found) > 0 {
		return Problems(found)
	}
	return nil
}
