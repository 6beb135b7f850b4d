// Package msix reads what MSIX and APPX packages, bundles and upload files say of themselves.
//
// All of them are ZIP archives. Only the end of the archive and its manifests are read, some ten
// kilobytes of a file that may have 25 GB, so a package can be looked at over a network. The exception is a
// package that an upload file compresses once more, as Visual Studio does: it is read whole. Nothing that a
// file claims is believed before it is checked: manifests and directories have upper limits, and memory
// does not grow with the file.
package msix

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// MaxSize is the size in bytes of the largest package or bundle that the Store takes: its "25 GB", read in favour of
// the user [store-api 6.3].
const MaxSize = 25 << 30

// Kind tells what sort of file was read.
type Kind string

// The kinds of files that the Store takes.
const (
	// KindPackage is an .msix or .appx: one app for one architecture.
	KindPackage Kind = "package"
	// KindBundle is an .msixbundle or .appxbundle: the packages of one app for several architectures and
	// languages.
	KindBundle Kind = "bundle"
	// KindUpload is an .msixupload or .appxupload: a bundle, or packages, with debugging symbols.
	KindUpload Kind = "upload file"

	// kindResource is a package without a program, which the Store takes inside of a bundle only.
	kindResource Kind = "resource package"
)

// extensions in the order in which messages list them [store-api 6.3].
var extensions = []struct {
	suffix string
	kind   Kind
}{
	{".msix", KindPackage},
	{".msixbundle", KindBundle},
	{".msixupload", KindUpload},
	{".appx", KindPackage},
	{".appxbundle", KindBundle},
	{".appxupload", KindUpload},
}

// Extensions returns the file name extensions that the Store takes, lower-case and with the dot.
func Extensions() []string {
	suffixes := make([]string, 0, len(extensions))
	for _, e := range extensions {
		suffixes = append(suffixes, e.suffix)
	}
	return suffixes
}

// HasExtension reports whether name ends in one of [Extensions], in any case of letters.
func HasExtension(name string) bool {
	_, ok := kindOf(name)
	return ok
}

func (k Kind) extensions() []string {
	var suffixes []string
	for _, e := range extensions {
		if e.kind == k {
			suffixes = append(suffixes, e.suffix)
		}
	}
	return suffixes
}

func kindOf(name string) (Kind, bool) {
	suffix := strings.ToLower(path.Ext(name))
	for _, e := range extensions {
		if e.suffix == suffix {
			return e.kind, true
		}
	}
	return "", false
}

// FitsName returns an error unless the extension of name is one that the Store takes for p's kind [store-api 6.3]. The
// families .msix and .appx are alike: a package is a .msix or an .appx, in any case of letters, whatever made it.
func (p *Package) FitsName(name string) error { return p.Kind.fitsName(name) }

func (k Kind) fitsName(name string) error {
	promised, known := kindOf(name)
	switch {
	case !known:
		return fmt.Errorf("the extension %s promises nothing that the Store takes, but this is %s: expected %s",
			quote(path.Ext(name)), k.phrase(), strings.Join(k.extensions(), " or "))
	case promised != k:
		return fmt.Errorf("the extension %s promises %s, but this is %s: name it %s", path.Ext(name), promised.phrase(), k.phrase(), renamed(name, k))
	}
	return nil
}

// Package is the content of a manifest.
type Package struct {
	Kind Kind
	// Name and Publisher are the identity, such as Contoso.Sample and CN=Contoso. The Store demands that
	// they are the ones reserved for the application.
	Name, Publisher string
	// Version is the package's own. A bundle has one besides those of its packages; an upload file has none
	// and gives the highest of its contents.
	Version Version
	// Architecture is lower-case, such as x64 or neutral, and empty for a file of several.
	Architecture string
	// Architectures are those of all programs in the file, sorted.
	Architectures []string
	// TargetDeviceFamilies are those of all programs in the file, in the order of the manifests. Where
	// several programs name one family, the range of versions covers them all.
	TargetDeviceFamilies []DeviceFamily
	// OSMinVersion is the lowest Windows that a package made for Windows 8.x runs on. Such packages know no
	// device families. It is zero for all others.
	OSMinVersion Version
	// Languages are lower-case BCP 47 tags, such as en-us, in the order of the manifests.
	Languages []string
	// Capabilities are the names declared, device capabilities included. Those of a bundle that is
	// compressed inside of a large upload file are not known.
	Capabilities []string
	// Contents are the programs in a bundle, without its resource packages, or the packages or the bundle in
	// an upload file.
	Contents []Package
}

// DeviceFamily is a sort of device that a package is made for, such as Windows.Desktop.
type DeviceFamily struct {
	Name string
	// MinVersion is the lowest version of the family that the package installs on.
	MinVersion Version
	// MaxVersionTested is the highest that it was tested on.
	MaxVersionTested Version
}

// Read reads the manifests of the package file in r, which is size bytes long. The extension of name says what
// the file should be, and name is what errors call it; it may be a path.
//
// Every error is an [*Error]. Errors of r are wrapped in it.
func Read(name string, r io.ReaderAt, size int64) (*Package, error) {
	s := source{file: name, name: path.Base(strings.ReplaceAll(name, `\`, "/")), r: r, size: size, limits: newLimits()}
	if !HasExtension(name) {
		return nil, s.fault(nil, "the extension is %s, expected one of %s",
			quote(path.Ext(s.name)), strings.Join(Extensions(), " "))
	}
	p, err := s.read(KindPackage, KindBundle, KindUpload)
	if err == nil && p.Kind == kindResource {
		return nil, s.fault(nil, "it is a resource package: it holds translations or images and no program, and the Store takes it inside of a bundle only. "+
			"Give the bundle that it belongs to, which makeappx bundle makes")
	}
	return p, err
}

// read demands that the source is of one of the kinds, and of the one that its name promises.
func (s source) read(allowed ...Kind) (*Package, error) {
	d, err := s.open()
	if err != nil {
		return nil, err
	}
	promised, named := kindOf(s.name)
	found, err := d.kind(promised)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(allowed, found) {
		return nil, s.fault(nil, "it is a nested %s, expected %s", found, join(allowed))
	}
	if named {
		if err := found.fitsName(s.name); err != nil {
			return nil, s.fault(nil, "%s", err.Error())
		}
	}
	switch found {
	case KindPackage:
		return d.readPackage()
	case KindBundle:
		return d.readBundle()
	default:
		return d.readUpload()
	}
}

// renamed gives name the extension of kind, and keeps to the older or newer family of extensions.
func renamed(name string, kind Kind) string {
	stem, suffixes := strings.TrimSuffix(name, path.Ext(name)), kind.extensions()
	if strings.HasPrefix(strings.ToLower(path.Ext(name)), ".appx") {
		return stem + suffixes[1]
	}
	return stem + suffixes[0]
}

func (k Kind) phrase() string {
	if k == KindUpload {
		return "an " + string(k)
	}
	return "a " + string(k)
}

func join(kinds []Kind) string {
	words := make([]string, 0, len(kinds))
	for _, k := range kinds {
		words = append(words, k.phrase())
	}
	return strings.Join(words, " or ")
}

// Error says what is wrong with a package file.
type Error struct {
	// File is the name given to [Read].
	File string
	// Member is the package inside of the file that the fault is in, empty for the file itself. Of a package in
	// a bundle in an upload file both are named, separated by a slash.
	Member string
	// Fault says what was expected and what was found.
	Fault string
	// Err is the cause, if there is one besides the file's contents.
	Err error
}

func (e *Error) Error() string {
	where := "package file " + e.File
	if e.Member != "" {
		where += ", in " + e.Member
	}
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", where, e.Fault, e.Err)
	}
	return where + ": " + e.Fault
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// fault makes an error of this source.
func (s source) fault(err error, format string, args ...any) error {
	return &Error{File: s.file, Member: s.member, Fault: fmt.Sprintf(format, args...), Err: err}
}

// quote shows text from a file, which may be long or hold control characters.
func quote(text string) string {
	const most = 80
	if runes := []rune(text); len(runes) > most {
		return fmt.Sprintf("%q and %d characters more", string(runes[:most]), len(runes)-most)
	}
	return fmt.Sprintf("%q", text)
}
