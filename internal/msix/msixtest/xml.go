package msixtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

const (
	declaration = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

	packageContentTypes = `<?xml version="1.0" encoding="UTF-8"?>` +
		`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="exe" ContentType="application/x-msdownload"/>` +
		`<Default Extension="png" ContentType="image/png"/>` +
		`<Default Extension="pri" ContentType="application/octet-stream"/>` +
		`<Default Extension="xml" ContentType="application/vnd.ms-appx.manifest+xml"/>` +
		`<Override PartName="/AppxBlockMap.xml" ContentType="application/vnd.ms-appx.blockmap+xml"/></Types>`

	bundleContentTypes = `<?xml version="1.0" encoding="UTF-8"?>` +
		`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="msix" ContentType="application/vnd.ms-appx"/>` +
		`<Default Extension="xml" ContentType="application/vnd.ms-appx.bundlemanifest+xml"/>` +
		`<Override PartName="/AppxBlockMap.xml" ContentType="application/vnd.ms-appx.blockmap+xml"/></Types>`
)

// ManifestXML returns the AppxManifest.xml of a package: UTF-8 with a byte order mark, as Visual Studio writes it.
func ManifestXML(m Manifest) []byte {
	if m.ManifestXML != nil {
		return m.ManifestXML
	}
	m = m.withDefaults()
	var b bytes.Buffer
	b.WriteString("\ufeff" + declaration)
	if m.OSMinVersion == "" {
		b.WriteString(`<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10"` +
			` xmlns:rescap="http://schemas.microsoft.com/appx/manifest/foundation/windows10/restrictedcapabilities"` +
			` IgnorableNamespaces="rescap">` + "\n")
	} else {
		b.WriteString(`<Package xmlns="http://schemas.microsoft.com/appx/2010/manifest">` + "\n")
	}
	fmt.Fprintf(&b, `  <Identity Name="%s" Publisher="%s" Version="%s"`, escape(m.Name), escape(m.Publisher), escape(m.Version))
	if m.Architecture != Absent {
		fmt.Fprintf(&b, ` ProcessorArchitecture="%s"`, escape(m.Architecture))
	}
	if m.ResourceID != "" {
		fmt.Fprintf(&b, ` ResourceId="%s"`, escape(m.ResourceID))
	}
	b.WriteString("/>\n  <Properties><DisplayName>Sample</DisplayName><PublisherDisplayName>Contoso</PublisherDisplayName>" +
		"<Logo>Assets\\StoreLogo.png</Logo>")
	if m.ResourceID != "" {
		b.WriteString("<ResourcePackage>true</ResourcePackage>")
	}
	b.WriteString("</Properties>\n")
	writeResources(&b, "  ", m.Languages)
	if m.OSMinVersion != "" {
		fmt.Fprintf(&b, "  <Prerequisites><OSMinVersion>%s</OSMinVersion><OSMaxVersionTested>%[1]s</OSMaxVersionTested></Prerequisites>\n",
			escape(m.OSMinVersion))
	}
	writeFamilies(&b, "  ", "", m.DeviceFamilies)
	if m.ResourceID == "" {
		b.WriteString(`  <Applications><Application Id="App" Executable="Sample.exe" EntryPoint="Windows.FullTrustApplication"/></Applications>` + "\n")
		writeCapabilities(&b, m.Capabilities)
	}
	b.WriteString("</Package>\n")
	return b.Bytes()
}

func writeResources(b *bytes.Buffer, indent string, languages []string) {
	fmt.Fprintf(b, "%s<Resources>\n", indent)
	for _, language := range languages {
		fmt.Fprintf(b, "%s  <Resource Language=\"%s\"/>\n", indent, escape(language))
	}
	fmt.Fprintf(b, "%s</Resources>\n", indent)
}

func writeFamilies(b *bytes.Buffer, indent, prefix string, families []DeviceFamily) {
	if len(families) == 0 {
		return
	}
	fmt.Fprintf(b, "%s<%sDependencies>\n", indent, prefix)
	for _, family := range families {
		fmt.Fprintf(b, "%s  <%sTargetDeviceFamily Name=\"%s\" MinVersion=\"%s\" MaxVersionTested=\"%s\"/>\n",
			indent, prefix, escape(family.Name), escape(family.MinVersion), escape(family.MaxVersionTested))
	}
	fmt.Fprintf(b, "%s</%sDependencies>\n", indent, prefix)
}

// restricted capabilities live in a namespace of their own, which a reader must not trip over.
var restricted = []string{"runFullTrust", "broadFileSystemAccess"}

func writeCapabilities(b *bytes.Buffer, capabilities []string) {
	b.WriteString("  <Capabilities>\n")
	for _, capability := range capabilities {
		prefix := ""
		if slices.Contains(restricted, capability) {
			prefix = "rescap:"
		}
		fmt.Fprintf(b, "    <%sCapability Name=\"%s\"/>\n", prefix, escape(capability))
	}
	b.WriteString("  </Capabilities>\n")
}

// blockMap lists the SHA-256 of every 64 KiB of the members, with Windows' path separators.
func blockMap(members []Member) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="no"?>` + "\n" +
		`<BlockMap xmlns="http://schemas.microsoft.com/appx/2010/blockmap" HashMethod="http://www.w3.org/2001/04/xmlenc#sha256">`)
	for _, member := range members {
		fmt.Fprintf(&b, `<File Name="%s" Size="%d" LfhSize="%d">`,
			escape(strings.ReplaceAll(member.Name, "/", `\`)), len(member.Content), localHeaderSize(member.Name))
		for block := range slices.Chunk(member.Content, 64<<10) {
			sum := sha256.Sum256(block)
			fmt.Fprintf(&b, `<Block Hash="%s"`, base64.StdEncoding.EncodeToString(sum[:]))
			if member.Method == Deflated {
				fmt.Fprintf(&b, ` Size="%d"`, len(deflate(block, false)))
			}
			b.WriteString("/>")
		}
		b.WriteString("</File>")
	}
	b.WriteString("</BlockMap>")
	return b.Bytes()
}

func escape(s string) string {
	var b strings.Builder
	// A strings.Builder accepts every write.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
