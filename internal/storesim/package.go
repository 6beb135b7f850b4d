package storesim

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

const (
	packageManifest = "AppxManifest.xml"
	bundleManifest  = "AppxMetadata/AppxBundleManifest.xml"
)

// packageFile is what the Store learns from a package file.
type packageFile struct {
	name, publisher, version string
	architecture             string
	bundle                   bool
	languages, capabilities  []string
	families                 []deviceFamily
	inner                    []innerPackage
}

type deviceFamily struct {
	Name       string `xml:"Name,attr"`
	MinVersion string `xml:"MinVersion,attr"`
}

// innerPackage is a package of a bundle; the service lists them in a member that it does not document [store-api 4.1].
type innerPackage struct {
	Version      string `json:"version"`
	Architecture string `json:"architecture"`
}

type manifestXML struct {
	Identity struct {
		Name         string `xml:"Name,attr"`
		Publisher    string `xml:"Publisher,attr"`
		Version      string `xml:"Version,attr"`
		Architecture string `xml:"ProcessorArchitecture,attr"`
	} `xml:"Identity"`
	Families  []deviceFamily `xml:"Dependencies>TargetDeviceFamily"`
	Resources []struct {
		Language string `xml:"Language,attr"`
	} `xml:"Resources>Resource"`
	Capabilities struct {
		All []struct {
			Name string `xml:"Name,attr"`
		} `xml:",any"`
	} `xml:"Capabilities"`
}

type bundleXML struct {
	Identity struct {
		Name      string `xml:"Name,attr"`
		Publisher string `xml:"Publisher,attr"`
		Version   string `xml:"Version,attr"`
	} `xml:"Identity"`
	Packages []struct {
		Type         string `xml:"Type,attr"`
		Version      string `xml:"Version,attr"`
		Architecture string `xml:"Architecture,attr"`
		FileName     string `xml:"FileName,attr"`
	} `xml:"Packages>Package"`
}

// readPackage reads a package, a bundle, or the one of both that an upload holds.
func readPackage(fileName string, content []byte) (*packageFile, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, fmt.Errorf("it is no package: %w", err)
	}
	switch strings.ToLower(path.Ext(fileName)) {
	case ".msix", ".appx":
		return readManifest(archive)
	case ".msixbundle", ".appxbundle":
		return readBundle(archive)
	case ".msixupload", ".appxupload":
		return readUpload(archive)
	default:
		return nil, errors.New("its extension is not one of a package")
	}
}

// readUpload reads the package or bundle at the root of an upload; symbols beside it are no matter.
func readUpload(archive *zip.Reader) (*packageFile, error) {
	for _, file := range archive.File {
		extension := strings.ToLower(path.Ext(file.Name))
		if strings.Contains(file.Name, "/") || !slices.Contains([]string{".msix", ".appx", ".msixbundle", ".appxbundle"}, extension) {
			continue
		}
		content, err := readMember(archive, file.Name)
		if err != nil {
			return nil, err
		}
		return readPackage(file.Name, content)
	}
	return nil, errors.New("it holds no package")
}

func readManifest(archive *zip.Reader) (*packageFile, error) {
	var manifest manifestXML
	if err := readXML(archive, packageManifest, &manifest); err != nil {
		return nil, err
	}
	file := &packageFile{
		name: manifest.Identity.Name, publisher: manifest.Identity.Publisher, version: manifest.Identity.Version,
		architecture: reportedArchitecture(manifest.Identity.Architecture), families: manifest.Families,
	}
	for _, resource := range manifest.Resources {
		if resource.Language != "" {
			file.languages = append(file.languages, strings.ToLower(resource.Language)) // [store-api 4.1]
		}
	}
	for _, capability := range manifest.Capabilities.All {
		file.capabilities = append(file.capabilities, capability.Name)
	}
	return file, nil
}

// readBundle takes what the bundle's manifest lacks from the application packages inside.
func readBundle(archive *zip.Reader) (*packageFile, error) {
	var manifest bundleXML
	if err := readXML(archive, bundleManifest, &manifest); err != nil {
		return nil, err
	}
	file := &packageFile{
		name: manifest.Identity.Name, publisher: manifest.Identity.Publisher, version: manifest.Identity.Version, bundle: true,
	}
	for _, p := range manifest.Packages {
		if p.Type == "resource" {
			continue
		}
		content, err := readMember(archive, p.FileName)
		if err != nil {
			return nil, err
		}
		inner, err := readPackage(p.FileName, content)
		if err != nil {
			return nil, fmt.Errorf("%s in it: %w", p.FileName, err)
		}
		file.inner = append(file.inner, innerPackage{Version: p.Version, Architecture: reportedArchitecture(p.Architecture)})
		file.languages = union(file.languages, inner.languages)
		file.capabilities = union(file.capabilities, inner.capabilities)
		file.families = union(file.families, inner.families)
	}
	if len(file.inner) == 0 {
		return nil, errors.New("the bundle holds no application package")
	}
	file.architecture = file.inner[0].Architecture
	for _, inner := range file.inner {
		if inner.Architecture != file.architecture {
			file.architecture = reportedArchitecture("")
		}
	}
	return file, nil
}

// reportedArchitecture writes "neutral" in another casing than manifests do, which nobody should rely on.
func reportedArchitecture(architecture string) string {
	if architecture == "" || strings.EqualFold(architecture, "neutral") {
		return "Neutral"
	}
	return architecture
}

func union[T comparable](list, more []T) []T {
	for _, item := range more {
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

func readXML(archive *zip.Reader, name string, into any) error {
	content, err := readMember(archive, name)
	if err != nil {
		return err
	}
	if err := xml.Unmarshal(content, into); err != nil {
		return fmt.Errorf("%s is not a manifest: %w", name, err)
	}
	return nil
}

// readMember also checks the member's CRC-32, as reading to the end does. A stream without a final block counts as whole if
// all of its bytes are there [store-api 6.3].
func readMember(archive *zip.Reader, name string) ([]byte, error) {
	for _, file := range archive.File {
		// Some bundlers write the separators of Windows.
		if strings.ReplaceAll(file.Name, `\`, "/") != name {
			continue
		}
		reader, err := file.Open()
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", name, err)
		}
		content, err := io.ReadAll(reader)
		err = errors.Join(err, reader.Close())
		whole := uint64(len(content)) == file.UncompressedSize64 && crc32.ChecksumIEEE(content) == file.CRC32
		if errors.Is(err, io.ErrUnexpectedEOF) && whole {
			err = nil
		}
		return content, err
	}
	return nil, fmt.Errorf("%s is missing", name)
}

// checkVersion says what the Store has against a version: four parts up to 65535, the first above 0 and the last 0
// [store-api 6.3].
func checkVersion(version string) error {
	parts := strings.Split(version, ".")
	if len(parts) != 4 {
		return fmt.Errorf("version %q does not have four parts", version)
	}
	numbers := make([]uint64, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return fmt.Errorf("version %s has a part that is not a number up to 65535", version)
		}
		numbers[i] = n
	}
	if numbers[0] == 0 {
		return fmt.Errorf("version %s begins with 0", version)
	}
	if numbers[3] != 0 {
		return fmt.Errorf("version %s does not end in 0: the fourth part is reserved for the Store", version)
	}
	return nil
}

// fill copies what a package file says into the entry, where that says nothing yet.
func (p *storePackage) fill(file *packageFile) {
	defaultTo(&p.Version, file.version)
	defaultTo(&p.Architecture, file.architecture)
	if p.Languages == nil {
		p.Languages = file.languages
	}
	if p.Capabilities == nil {
		p.Capabilities = file.capabilities
	}
	for _, family := range file.families {
		if p.minOSVersion == "" || p.minOSVersion > family.MinVersion {
			p.minOSVersion = family.MinVersion
		}
	}
	if p.TargetDeviceFamilies == nil {
		for _, family := range file.families {
			p.TargetDeviceFamilies = append(p.TargetDeviceFamilies, family.Name+" min version "+family.MinVersion)
		}
	}
	defaultTo(&p.TargetPlatform, "Windows10")
	p.inner = file.inner
}

// fullName stands for the package full name: what makes two files the same package [store-api 6.3]. All bundles of a version
// have the same one, whatever the architectures inside.
func (p *storePackage) fullName(app *application) string {
	architecture := strings.ToLower(p.Architecture)
	if len(p.inner) > 0 {
		architecture = "neutral_~"
	}
	return app.seed.IdentityName + "_" + p.Version + "_" + architecture
}
