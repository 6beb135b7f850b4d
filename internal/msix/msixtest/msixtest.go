// Package msixtest makes MSIX and APPX packages, bundles and upload files in memory.
//
// Equal input gives equal bytes, so that a test may state a digest, and a package may be made again
// instead of being stored. Nothing here is signed or runs on Windows: the archives have the members and
// manifests that the Store and package msix look at.
package msixtest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
)

// The identity that a [Manifest] or [BundleManifest] has unless told otherwise.
const (
	DefaultName         = "Contoso.Sample"
	DefaultPublisher    = "CN=Contoso"
	DefaultVersion      = "1.0.0.0"
	DefaultArchitecture = "x64"
	DefaultPayloadSize  = 1024
)

// Absent as [Manifest.Architecture] leaves the attribute out of the manifest, which means neutral.
const Absent = "absent"

// Manifest describes one package. The zero value is a package that the Store would take.
type Manifest struct {
	Name, Publisher, Version string
	// Architecture is x86, x64, arm, arm64, neutral or [Absent].
	Architecture string
	// DeviceFamilies defaults to Windows.Desktop from 10.0.17763.0, tested on 10.0.22621.0.
	DeviceFamilies []DeviceFamily
	// OSMinVersion makes a manifest of Windows 8.x, which has prerequisites in place of device families.
	OSMinVersion string
	// Languages defaults to en-us.
	Languages []string
	// Capabilities defaults to internetClient.
	Capabilities []string
	// ResourceID makes a resource package, which holds translations or images and no program.
	ResourceID string

	// PayloadSize is the number of bytes of the program, [DefaultPayloadSize] if 0.
	PayloadSize int
	// Seed chooses the bytes of the program: other seeds, other digests.
	Seed uint64

	// ManifestXML is written in place of the manifest that the other fields describe.
	ManifestXML []byte
	// NoManifest leaves AppxManifest.xml out.
	NoManifest bool
	// ManifestFirst writes the manifest before the payload. MakeAppx writes it after.
	ManifestFirst bool
	// Signed adds a signature member, as packages outside of the Store have.
	Signed bool
}

// DeviceFamily is a TargetDeviceFamily of a manifest.
type DeviceFamily struct{ Name, MinVersion, MaxVersionTested string }

func (m Manifest) withDefaults() Manifest {
	m.Name = cmp.Or(m.Name, DefaultName)
	m.Publisher = cmp.Or(m.Publisher, DefaultPublisher)
	m.Version = cmp.Or(m.Version, DefaultVersion)
	m.Architecture = cmp.Or(m.Architecture, DefaultArchitecture)
	m.PayloadSize = cmp.Or(m.PayloadSize, DefaultPayloadSize)
	if m.DeviceFamilies == nil && m.OSMinVersion == "" {
		m.DeviceFamilies = []DeviceFamily{{Name: "Windows.Desktop", MinVersion: "10.0.17763.0", MaxVersionTested: "10.0.22621.0"}}
	}
	if m.Languages == nil {
		m.Languages = []string{"en-us"}
	}
	if m.Capabilities == nil {
		m.Capabilities = []string{"internetClient"}
	}
	return m
}

// made are the packages so far. Tests ask for the same few thousands of times, and the race
// detector makes a compressor dear.
var made sync.Map

// Package returns an .msix or .appx file.
func Package(m Manifest) []byte {
	m = m.withDefaults()
	key := fmt.Sprintf("%#v", m)
	content, found := made.Load(key)
	if !found {
		content, _ = made.LoadOrStore(key, build(m))
	}
	archive, _ := content.([]byte)
	return slices.Clone(archive)
}

func build(m Manifest) []byte {
	payload := []Member{
		{Name: "Assets/StoreLogo.png", Content: noise(m.Seed+1, 512)},
		{Name: "Sample.exe", Content: noise(m.Seed, m.PayloadSize)},
	}
	if m.ResourceID != "" {
		payload = []Member{{Name: "resources.pri", Content: noise(m.Seed, m.PayloadSize)}}
	}
	members := payload
	if !m.NoManifest {
		manifest := Member{Name: "AppxManifest.xml", Content: ManifestXML(m), Method: Deflated}
		if m.ManifestFirst {
			members = append([]Member{manifest}, payload...)
		} else {
			members = append(payload, manifest)
		}
	}
	members = append(members,
		Member{Name: "AppxBlockMap.xml", Content: blockMap(members), Method: Deflated},
		Member{Name: "[Content_Types].xml", Content: []byte(packageContentTypes), Method: Deflated},
	)
	if m.Signed {
		members = append(members, Member{Name: "AppxSignature.p7x", Content: noise(m.Seed+2, 1800), Method: Deflated})
	}
	return Archive(members...)
}

// noise has no structure, like the compressed contents of real packages.
func noise(seed uint64, size int) []byte {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	content := make([]byte, size)
	// ChaCha8's Read is documented never to fail.
	_, _ = rand.NewChaCha8(key).Read(content)
	return content
}
