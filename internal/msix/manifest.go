package msix

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
)

// neutral is the architecture of a package whose manifest names none.
const neutral = "neutral"

// schemas begins the names of all namespaces of manifests, from Windows 8's on.
const schemas = "http://schemas.microsoft.com/appx/"

type identityElement struct {
	XMLName      xml.Name
	Name         string  `xml:"Name,attr"`
	Publisher    string  `xml:"Publisher,attr"`
	Version      string  `xml:"Version,attr"`
	Architecture *string `xml:"ProcessorArchitecture,attr"`
	ResourceID   string  `xml:"ResourceId,attr"`
}

type resourceElement struct {
	Language string `xml:"Language,attr"`
}

type familyElement struct {
	Name             string `xml:"Name,attr"`
	MinVersion       string `xml:"MinVersion,attr"`
	MaxVersionTested string `xml:"MaxVersionTested,attr"`
}

// packageManifest is the part of AppxManifest.xml that matters here. Elements are taken in any namespace, for
// each version of Windows adds one and moves elements to it.
type packageManifest struct {
	XMLName       xml.Name
	Identities    []identityElement `xml:"Identity"`
	ResourceOnly  string            `xml:"Properties>ResourcePackage"`
	Applications  []struct{}        `xml:"Applications>Application"`
	OSMinVersion  string            `xml:"Prerequisites>OSMinVersion"`
	Families      []familyElement   `xml:"Dependencies>TargetDeviceFamily"`
	Resources     []resourceElement `xml:"Resources>Resource"`
	CapabilitySet struct {
		Items []struct {
			Name string `xml:"Name,attr"`
		} `xml:",any"`
	} `xml:"Capabilities"`
}

func (d *directory) readPackage() (*Package, error) {
	f, err := d.find(manifestName)
	if err != nil {
		return nil, err
	}
	var m packageManifest
	if err := d.decode(f, "Package", &m); err != nil {
		return nil, err
	}
	p := &Package{Kind: KindPackage, Architecture: neutral}
	identity, err := d.identity(f.Name, m.XMLName, m.Identities, p)
	if err != nil {
		return nil, err
	}
	// Programs may have a ResourceId too, and old tools leave the property out.
	if m.resourceOnly() || identity.ResourceID != "" && len(m.Applications) == 0 {
		p.Kind = kindResource
	}
	if identity.Architecture != nil {
		p.Architecture = strings.ToLower(*identity.Architecture)
	}
	if p.Architecture == "" {
		return nil, d.fault(nil, "the Identity in %s has an empty ProcessorArchitecture", f.Name)
	}
	p.Architectures = []string{p.Architecture}
	if p.TargetDeviceFamilies, err = d.families(f.Name, m.Families); err != nil {
		return nil, err
	}
	if m.OSMinVersion != "" {
		if p.OSMinVersion, err = parseOSVersion(strings.TrimSpace(m.OSMinVersion)); err != nil {
			return nil, d.fault(err, "the OSMinVersion in %s is wrong", f.Name)
		}
	}
	p.Languages = languages(m.Resources)
	var capabilities []string
	for _, c := range m.CapabilitySet.Items {
		capabilities = append(capabilities, c.Name)
	}
	p.Capabilities = distinct(capabilities)
	return p, nil
}

// resourceOnly reads an XML Schema boolean.
func (m *packageManifest) resourceOnly() bool {
	text := strings.TrimSpace(m.ResourceOnly)
	return text == "true" || text == "1"
}

// identity fills in what packages and bundles have in common.
func (d *directory) identity(file string, root xml.Name, all []identityElement, p *Package) (identityElement, error) {
	// An element of the same name in another namespace is someone's metadata.
	all = slices.DeleteFunc(all, func(e identityElement) bool { return e.XMLName.Space != root.Space })
	if len(all) != 1 {
		return identityElement{}, d.fault(nil, "%s has %d Identity elements, expected one", file, len(all))
	}
	identity := all[0]
	for _, attribute := range []struct{ name, value string }{
		{"Name", identity.Name}, {"Publisher", identity.Publisher}, {"Version", identity.Version},
	} {
		if attribute.value == "" {
			return identityElement{}, d.fault(nil, "the Identity in %s has no %s", file, attribute.name)
		}
	}
	version, err := ParseVersion(identity.Version)
	if err != nil {
		return identityElement{}, d.fault(err, "the Identity in %s has a wrong Version", file)
	}
	p.Name, p.Publisher, p.Version = identity.Name, identity.Publisher, version
	return identity, nil
}

// maxFamilies bounds the device families of one package. Windows has some ten.
const maxFamilies = 100

func (d *directory) families(file string, elements []familyElement) ([]DeviceFamily, error) {
	if len(elements) > maxFamilies {
		return nil, d.fault(nil, "%s claims more than %d target device families", file, maxFamilies)
	}
	var families []DeviceFamily
	for _, e := range elements {
		if e.Name == "" {
			return nil, d.fault(nil, "a TargetDeviceFamily in %s has no Name", file)
		}
		lowest, err := ParseVersion(e.MinVersion)
		if err != nil {
			return nil, d.fault(err, "TargetDeviceFamily %s in %s has a wrong MinVersion", quote(e.Name), file)
		}
		highest, err := ParseVersion(e.MaxVersionTested)
		if err != nil {
			return nil, d.fault(err, "TargetDeviceFamily %s in %s has a wrong MaxVersionTested", quote(e.Name), file)
		}
		families = append(families, DeviceFamily{Name: e.Name, MinVersion: lowest, MaxVersionTested: highest})
	}
	return families, nil
}

// languages are those of resources in the spelling of the Store [store-api 4.1].
func languages(resources []resourceElement) []string {
	var names []string
	for _, r := range resources {
		names = append(names, strings.ToLower(r.Language))
	}
	return distinct(names)
}

// distinct joins lists and leaves out what is empty or was there before. A manifest may have a hundred thousand names.
func distinct(lists ...[]string) []string {
	var names []string
	known := map[string]bool{"": true}
	for _, name := range slices.Concat(lists...) {
		if !known[name] {
			known[name] = true
			names = append(names, name)
		}
	}
	return names
}

// decode reads a manifest whose root element must be the one named.
func (d *directory) decode(f *zip.File, root string, manifest any) error {
	content, err := d.readManifest(f)
	if err != nil {
		return err
	}
	if content, err = toUTF8(content); err != nil {
		return d.fault(err, "%s is not well-formed", f.Name)
	}
	found, err := harmless(content)
	if err != nil {
		return d.fault(err, "%s is not well-formed", f.Name)
	}
	if found.Local != root || !strings.HasPrefix(found.Space, schemas) {
		return d.fault(nil, "%s has the root element %s in namespace %s, expected %s in a namespace below %s",
			f.Name, quote(found.Local), quote(found.Space), root, schemas)
	}
	if err := newDecoder(content).Decode(manifest); err != nil {
		return d.fault(err, "%s is not a manifest", f.Name)
	}
	return nil
}

// toUTF8 reads UTF-16 by its byte order mark. Windows' own tools write UTF-8, whose mark a decoder skips, its editors sometimes UTF-16.
func toUTF8(content []byte) ([]byte, error) {
	var order func([]byte) uint16
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")):
		order = binary.LittleEndian.Uint16
	case bytes.HasPrefix(content, []byte("\xfe\xff")):
		order = binary.BigEndian.Uint16
	default:
		return content, nil
	}
	if len(content)%2 != 0 {
		return nil, errors.New("it is UTF-16 with half a character at the end")
	}
	units := make([]uint16, 0, len(content)/2)
	for pair := range slices.Chunk(content[2:], 2) {
		units = append(units, order(pair))
	}
	return []byte(string(utf16.Decode(units))), nil
}

func newDecoder(content []byte) *xml.Decoder {
	decoder := xml.NewDecoder(bytes.NewReader(content))
	decoder.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		// What is UTF-16 was converted before, and the declaration inside still says so.
		if strings.EqualFold(label, "utf-16") || strings.EqualFold(label, "us-ascii") {
			return in, nil
		}
		return nil, encodingError(label)
	}
	return decoder
}

// encodingError names an encoding that is not read.
type encodingError string

func (e encodingError) Error() string {
	return "it is encoded as " + quote(string(e)) + ", expected UTF-8"
}

// maxDepth bounds the memory of the decoder's stack. Manifests are some ten elements deep.
const maxDepth = 100

// harmless refuses what a manifest never has and a decoder may choke on.
func harmless(content []byte) (root xml.Name, err error) {
	decoder := newDecoder(content)
	depth := 0
	for {
		token, err := decoder.Token()
		encoding, unread := errors.AsType[encodingError](err)
		switch {
		case errors.Is(err, io.EOF) && root.Local == "":
			return root, errors.New("there is no element in it")
		case errors.Is(err, io.EOF):
			return root, nil
		case unread:
			return root, encoding
		case err != nil:
			return root, err
		}
		switch element := token.(type) {
		case xml.Directive:
			return root, errors.New("it has a document type declaration")
		case xml.StartElement:
			if depth == 0 && root.Local != "" {
				return root, errors.New("it has two root elements")
			}
			if depth == 0 {
				root = element.Name
			}
			if depth++; depth > maxDepth {
				return root, fmt.Errorf("its elements are more than %d deep", maxDepth)
			}
		case xml.EndElement:
			depth--
		}
	}
}
