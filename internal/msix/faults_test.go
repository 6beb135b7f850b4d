package msix_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

func utf16Bytes(text string, order binary.AppendByteOrder) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return b
}

// manifested is a package with changes to its manifest, each of them an old text and its replacement.
func manifested(changes ...string) []byte {
	manifest := string(msixtest.ManifestXML(msixtest.Manifest{}))
	for change := range slices.Chunk(changes, 2) {
		if !strings.Contains(manifest, change[0]) {
			panic("the manifest does not have " + change[0])
		}
		manifest = strings.Replace(manifest, change[0], change[1], 1)
	}
	return msixtest.Package(msixtest.Manifest{ManifestXML: []byte(manifest)})
}

// endNumber is the archive with one number of its end changed: 12 is where the size of the directory is, 16 its
// place, 10 the number of members.
func endNumber(archive []byte, at, difference int) []byte {
	archive = slices.Clone(archive)
	end := archive[len(archive)-22+at:]
	if at == 10 {
		binary.LittleEndian.PutUint16(end, uint16(int(binary.LittleEndian.Uint16(end))+difference))
	} else {
		binary.LittleEndian.PutUint32(end, uint32(int(binary.LittleEndian.Uint32(end))+difference))
	}
	return archive
}

// resourceAsApplication is a bundle that calls its only resource package a program.
func resourceAsApplication() []byte {
	return msixtest.Archive(
		msixtest.Member{Name: "x64.msix", Content: msixtest.Package(msixtest.Manifest{ResourceID: "language-fr"})},
		bundleManifest(application("")),
	)
}

// bundleManifest is the manifest of a bundle of the given Package elements.
func bundleManifest(elements string) msixtest.Member {
	return msixtest.Member{Name: "AppxMetadata/AppxBundleManifest.xml", Content: []byte(
		`<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle"><Identity Name="Contoso.Sample" Publisher="CN=Contoso" Version="1.0.0.0"/>` +
			`<Packages>` + elements + `</Packages></Bundle>`)}
}

// bundled is a bundle of one good package, with a Package element of one's own.
func bundled(element string) []byte {
	return msixtest.Archive(
		msixtest.Member{Name: "x64.msix", Content: msixtest.Package(msixtest.Manifest{})},
		bundleManifest(element),
	)
}

func application(attributes string) string {
	return `<Package Type="application" Version="1.0.0.0" Architecture="x64" FileName="x64.msix" ` + attributes + `/>`
}

type fault struct {
	name, file string
	content    []byte
	// want are parts of the message: what was expected, what was found.
	want []string
	// member is the package inside of the file that is blamed.
	member string
}

func faults() []fault {
	good := msixtest.Package(msixtest.Manifest{PayloadSize: 100_000})
	goodBundle := msixtest.Bundle(msixtest.BundleManifest{})
	manifest := func(content string) []byte {
		return msixtest.Package(msixtest.Manifest{ManifestXML: []byte(content)})
	}
	member := func(m msixtest.Member) []byte {
		m.Name = "AppxManifest.xml"
		if m.Content == nil {
			m.Content = msixtest.ManifestXML(msixtest.Manifest{})
		}
		return msixtest.Archive(m)
	}
	return []fault{
		{name: "extension", file: "Sample.zip", content: good, want: []string{`the extension is ".zip", expected one of .msix .msixbundle`}},
		{name: "no extension", file: "Sample", content: good, want: []string{`the extension is ""`}},
		{name: "empty", file: "a.msix", content: []byte{}, want: []string{"it is empty, expected a ZIP archive"}},
		{name: "one byte", file: "a.msix", content: []byte("x"), want: []string{`begins with "x"`}},
		{name: "text", file: "a.msix", content: []byte("hello, world"), want: []string{`no ZIP archive, it begins with "hell"`}},
		{name: "web page", file: "a.msix", content: []byte("<!DOCTYPE html><title>Sign in</title>"), want: []string{"begins like a web page"}},
		{name: "LFS pointer", file: "a.msix", content: []byte("version https://git-lfs.github.com/spec/v1\noid sha256:1"), want: []string{"Git LFS pointer"}},
		{name: "program", file: "a.msix", content: append([]byte("MZ\x90\x00"), make([]byte, 500)...), want: []string{"a Windows program"}},
		{name: "encrypted package", file: "a.appx", content: append([]byte("EXPH"), make([]byte, 500)...), want: []string{"an encrypted package", "in plain"}},
		{name: "cut off", file: "a.msix", content: good[:len(good)/2], want: []string{"no end", fmt.Sprintf("cut off at %d bytes", len(good)/2)}},
		{name: "end cut off", file: "a.msix", content: good[:len(good)-1], want: []string{"no end"}},
		{name: "bytes in front", file: "a.msix", content: slices.Concat([]byte("#!/bin/sh\n"), good), want: []string{"central directory has another size or place", "begin at byte"}},
		{name: "directory smaller than it is", file: "a.msix", content: endNumber(good, 12, -1), want: []string{"central directory has another size or place"}},
		{name: "directory larger than it is", file: "a.msix", content: endNumber(good, 12, 1), want: []string{"central directory has another size or place"}},
		{name: "directory said to be before its place", file: "a.msix", content: endNumber(good, 16, -1), want: []string{"central directory has another size or place"}},
		{name: "directory said to be after its place", file: "a.msix", content: endNumber(good, 16, 1), want: []string{"central directory has another size or place"}},
		{name: "no directory at the place claimed", file: "a.msix", content: endNumber(endNumber(good, 12, 1), 16, -1), want: []string{"central directory is damaged", "no list of the members"}},
		{name: "wrong number of members", file: "a.msix", content: endNumber(good, 10, 1), want: []string{"central directory is damaged"}},
		{name: "start missing", file: "a.msix", content: good[1000:], want: []string{"central directory has another size or place than the archive claims", "Bytes were lost", "Download the file again"}},
		{name: "archive without members", file: "a.msix", content: msixtest.Archive(), want: []string{"does not hold an AppxManifest.xml", "found an archive without members"}},
		{name: "no manifest", file: "a.msix", content: msixtest.Package(msixtest.Manifest{NoManifest: true}), want: []string{"does not hold an AppxManifest.xml", `found "Assets/StoreLogo.png"`, "and others"}},
		{name: "manifest in a folder", file: "a.msix", content: msixtest.Archive(msixtest.Member{Name: "App/AppxManifest.xml"}), want: []string{"does not hold an AppxManifest.xml", `found "App/AppxManifest.xml"`, "not the folder"}},
		{name: "bundle without its manifest", file: "a.msixbundle", content: msixtest.Bundle(msixtest.BundleManifest{NoManifest: true}), want: []string{"a bundle without its manifest", "no AppxMetadata/AppxBundleManifest.xml", "makeappx bundle"}},
		{name: "bundle without its manifest named upload", file: "a.appxupload", content: msixtest.Bundle(msixtest.BundleManifest{NoManifest: true}), want: []string{"a bundle without its manifest"}},
		{name: "bundle without its manifest named package", file: "a.msix", content: msixtest.Bundle(msixtest.BundleManifest{NoManifest: true}), want: []string{"a bundle without its manifest"}},
		{name: "bundle without its manifest in upload", file: "a.msixupload", content: msixtest.Upload("b.msixbundle", msixtest.Bundle(msixtest.BundleManifest{NoManifest: true}), msixtest.Deflated), want: []string{"a bundle without its manifest"}, member: "b.msixbundle"},
		{name: "zipped packages named bundle", file: "a.appxbundle", content: msixtest.Archive(msixtest.Member{Name: "b.appx", Content: good}), want: []string{"a bundle without its manifest", `it holds "b.appx"`, "merely zipped"}},
		{name: "resource package", file: "a.msix", content: msixtest.Package(msixtest.Manifest{ResourceID: "language-fr"}), want: []string{"a resource package", "inside of a bundle only", "Give the bundle"}},
		{name: "resource package without an id", file: "a.msix", content: manifested("</Properties>", "<ResourcePackage> 1 </ResourcePackage></Properties>"), want: []string{"a resource package"}},
		{name: "resource package of older tools", file: "a.appx", content: manifested("</Properties>", "</Properties><Applications/>", `Version="1.0.0.0"`, `Version="1.0.0.0" ResourceId="scale-200"`, "<Application ", "<Formerly "), want: []string{"a resource package"}},
		{name: "resource packages in upload", file: "a.msixupload", content: msixtest.Upload("b.msix", msixtest.Package(msixtest.Manifest{ResourceID: "language-fr"}), msixtest.Stored), want: []string{"holds resource packages only", `"b.msix"`}},
		{name: "resource package listed as application", file: "a.msixbundle", content: resourceAsApplication(), want: []string{"a resource package, but the bundle lists it as an application"}, member: "x64.msix"},
		{name: "no bundle manifest", file: "a.msixbundle", content: msixtest.Archive(msixtest.Member{Name: "a.txt"}), want: []string{"does not hold an AppxMetadata/AppxBundleManifest.xml", `found "a.txt"`}},
		{name: "both manifests", file: "a.msix", content: msixtest.Archive(
			msixtest.Member{Name: "AppxManifest.xml"}, msixtest.Member{Name: "AppxMetadata/AppxBundleManifest.xml"},
		), want: []string{"both AppxManifest.xml and AppxMetadata/AppxBundleManifest.xml"}},
		{name: "two manifests", file: "a.msix", content: msixtest.Archive(
			msixtest.Member{Name: "AppxManifest.xml"}, msixtest.Member{Name: "appxmanifest.XML"},
		), want: []string{`two members of the name "AppxManifest.xml"`}},
		{name: "bundle named package", file: "a.msix", content: goodBundle, want: []string{"the extension .msix promises a package, but this is a bundle: name it a.msixbundle"}},
		{name: "package named bundle", file: "a.APPXBUNDLE", content: good, want: []string{"promises a bundle, but this is a package: name it a.appx"}},
		{name: "package named upload", file: "a.msixupload", content: good, want: []string{"promises an upload file, but this is a package: name it a.msix"}},
		{name: "upload named package", file: "a.msix", content: msixtest.Upload("b.msix", good, msixtest.Stored), want: []string{`a ZIP archive that holds "b.msix"`, "unpack it", "one bundle or the packages of one app at its root", "name it a.msixupload"}},

		{name: "manifest encrypted", file: "a.msix", content: member(msixtest.Member{Encrypted: true}), want: []string{`"AppxManifest.xml" is encrypted`, "in plain"}},
		{name: "manifest by LZMA", file: "a.msix", content: member(msixtest.Member{Method: 14}), want: []string{"compressed by method 14, expected stored or deflated"}},
		{name: "unfinished manifest damaged", file: "a.msix", content: member(msixtest.Member{Method: msixtest.Deflated, Unfinished: true, WrongChecksum: true}), want: []string{"do not have the size and CRC-32"}},
		{name: "unfinished manifest without checksum", file: "a.msix", content: member(msixtest.Member{Method: msixtest.Deflated, Unfinished: true, NoChecksum: true}), want: []string{"do not have the size and CRC-32"}},
		{name: "unfinished manifest shorter than stated", file: "a.msix", content: member(msixtest.Member{Method: msixtest.Deflated, Unfinished: true, ClaimedSize: 2000}), want: []string{"do not have the size and CRC-32"}},
		{name: "unfinished manifest longer than stated", file: "a.msix", content: member(msixtest.Member{Method: msixtest.Deflated, Unfinished: true, ClaimedSize: 10}), want: []string{"do not have the size and CRC-32"}},
		{name: "manifest damaged", file: "a.msix", content: member(msixtest.Member{WrongChecksum: true}), want: []string{"do not have the size and CRC-32"}},
		{name: "manifest longer than stated", file: "a.msix", content: member(msixtest.Member{ClaimedSize: 10, Method: msixtest.Deflated}), want: []string{"do not have the size and CRC-32"}},
		{name: "manifest shorter than stated", file: "a.msix", content: member(msixtest.Member{ClaimedSize: 100_000}), want: []string{"do not have the size and CRC-32"}},
		{name: "manifest claims to be huge", file: "a.msix", content: member(msixtest.Member{ClaimedSize: 5 << 20}), want: []string{"has 5242880 bytes, expected at most 4194304"}},
		{name: "manifest is huge", file: "a.msix", content: member(msixtest.Member{Content: make([]byte, 5<<20)}), want: []string{"has 5242880 bytes, expected at most 4194304"}},
		{name: "manifest is huge and hides it", file: "a.msix", content: member(msixtest.Member{Content: make([]byte, 5<<20), Method: msixtest.Deflated, ClaimedSize: 4 << 20}), want: []string{"do not have the size and CRC-32"}},
		{name: "not deflated", file: "a.msix", content: func() []byte {
			archive := member(msixtest.Member{Method: msixtest.Deflated})
			archive[30+len("AppxManifest.xml")] = 0xff
			return archive
		}(), want: []string{`"AppxManifest.xml" is damaged`}},
		{name: "name leads out", file: "a.msix", content: msixtest.Archive(msixtest.Member{Name: "../../etc/passwd"}), want: []string{`"../../etc/passwd" leads out`}},
		{name: "encoded name leads out", file: "a.msix", content: msixtest.Archive(msixtest.Member{Name: "a/%2e%2E%5cb"}), want: []string{"leads out"}},
		{name: "absolute name", file: "a.msix", content: msixtest.Archive(msixtest.Member{Name: "/AppxManifest.xml"}), want: []string{"leads out"}},
		{name: "drive in name", file: "a.msix", content: msixtest.Archive(msixtest.Member{Name: `C:\AppxManifest.xml`}), want: []string{"leads out"}},
		{name: "long name", file: "a.msix", content: msixtest.Archive(msixtest.Member{Name: "../" + strings.Repeat("é", 20_000)}), want: []string{"leads out"}},

		{name: "manifest without content", file: "a.msix", content: manifest(""), want: []string{"AppxManifest.xml is not well-formed: there is no element in it"}},
		{name: "not XML", file: "a.msix", content: manifest("Name: Sample"), want: []string{"there is no element in it"}},
		{name: "XML cut off", file: "a.msix", content: manifest(`<Package xmlns="http://schemas.microsoft.com/appx/2010/manifest"><Identity`), want: []string{"not well-formed", "unexpected EOF"}},
		{name: "other root", file: "a.msix", content: manifest(`<html xmlns="http://www.w3.org/1999/xhtml"/>`), want: []string{`root element "html" in namespace "http://www.w3.org/1999/xhtml", expected Package`}},
		{name: "no namespace", file: "a.msix", content: manifest("<Package/>"), want: []string{`namespace "", expected Package in a namespace below http://schemas.microsoft.com/appx/`}},
		{name: "two roots", file: "a.msix", content: manifest("<Package/><Package/>"), want: []string{"two root elements"}},
		{name: "other encoding", file: "a.msix", content: manifested(`encoding="utf-8"`, `encoding="windows-1252"`), want: []string{`is not well-formed: it is encoded as "windows-1252", expected UTF-8`}},
		{name: "bytes that are not UTF-8", file: "a.msix", content: manifested("Contoso.Sample", "Contoso\xff"), want: []string{"invalid UTF-8"}},
		{name: "half a UTF-16 character", file: "a.msix", content: manifest("\xff\xfe<\x00a"), want: []string{"half a character"}},
		{name: "UTF-16 without mark", file: "a.msix", content: manifest(string(utf16Bytes("<Package/>", binary.LittleEndian))), want: []string{"not well-formed"}},
		{name: "entities that multiply", file: "a.msix", content: manifest(`<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><Package>&c;</Package>`), want: []string{"document type declaration"}},
		{name: "entity from a file", file: "a.msix", content: manifest(`<!DOCTYPE a SYSTEM "file:///etc/passwd"><Package/>`), want: []string{"document type declaration"}},
		{name: "unknown entity", file: "a.msix", content: manifest(`<Package>&secret;</Package>`), want: []string{"invalid character entity &secret;"}},
		{name: "deep elements", file: "a.msix", content: manifest(strings.Repeat("<a>", 200_000)), want: []string{"more than 100 deep"}},

		{name: "no identity", file: "a.msix", content: manifested("<Identity", "<Identitas"), want: []string{"has 0 Identity elements, expected one"}},
		{name: "identity in a foreign namespace", file: "a.msix", content: manifested("<Identity", "<rescap:Identity"), want: []string{"has 0 Identity elements, expected one"}},
		{name: "two identities", file: "a.msix", content: manifested("<Properties>", `<Identity Name="a"/><Properties>`), want: []string{"has 2 Identity elements, expected one"}},
		{name: "no name", file: "a.msix", content: manifested(`Name="Contoso.Sample"`, ""), want: []string{"Identity in AppxManifest.xml has no Name"}},
		{name: "no publisher", file: "a.msix", content: manifested(`Publisher="CN=Contoso"`, ""), want: []string{"has no Publisher"}},
		{name: "no version", file: "a.msix", content: manifested(`Version="1.0.0.0"`, ""), want: []string{"has no Version"}},
		{name: "wrong version", file: "a.msix", content: manifested(`Version="1.0.0.0"`, `Version="1.0.0"`), want: []string{"wrong Version", `version "1.0.0" has 3 parts, expected four`}},
		{name: "empty architecture", file: "a.msix", content: manifested(`Architecture="x64"`, `Architecture=""`), want: []string{"empty ProcessorArchitecture"}},
		{name: "family without name", file: "a.msix", content: manifested(`Name="Windows.Desktop"`, ""), want: []string{"TargetDeviceFamily in AppxManifest.xml has no Name"}},
		{name: "wrong lowest version", file: "a.msix", content: manifested("10.0.17763.0", "10.0.x.0"), want: []string{`TargetDeviceFamily "Windows.Desktop"`, "wrong MinVersion", `is "x"`}},
		{name: "wrong tested version", file: "a.msix", content: manifested("10.0.22621.0", "10"), want: []string{"wrong MaxVersionTested", "has 1 parts"}},
		{name: "wrong version of Windows 8", file: "a.appx", content: msixtest.Package(msixtest.Manifest{OSMinVersion: "8"}), want: []string{"OSMinVersion", "has 1 part, expected two to four"}},

		{name: "bundle without packages", file: "a.msixbundle", content: bundled(""), want: []string{"lists 0 packages and none of type application"}},
		{name: "bundle of resources", file: "a.msixbundle", content: bundled(`<Package Version="1.0.0.0" FileName="x64.msix"/>`), want: []string{"lists 1 packages and none of type application"}},
		{name: "package missing in bundle", file: "a.msixbundle", content: bundled(`<Package Type="application" Version="1.0.0.0" FileName="b.msix" Offset="12"/>`), want: []string{`"b.msix" is missing`}},
		{name: "flat bundle", file: "a.msixbundle", content: bundled(`<Package Type="application" Version="1.0.0.0" FileName="b.msix"/>`), want: []string{`"b.msix" lies beside the bundle`}},
		{name: "package of other size in bundle", file: "a.msixbundle", content: bundled(application(`Size="1"`)), want: []string{`"x64.msix" has `, `and the Size "1" in AppxMetadata`}},
		{name: "size is no number", file: "a.msixbundle", content: bundled(application(`Size="-1"`)), want: []string{`and the Size "-1" in AppxMetadata`}},
		{name: "other version in bundle", file: "a.msixbundle", content: bundled(strings.Replace(application(""), "1.0.0.0", "1.0.1.0", 1)), want: []string{`it is "Contoso.Sample" by "CN=Contoso" 1.0.0.0 x64, but the bundle says "Contoso.Sample" by "CN=Contoso" 1.0.1.0 x64`}, member: "x64.msix"},
		{name: "other architecture in bundle", file: "a.msixbundle", content: bundled(strings.Replace(application(""), "x64", "x86", 1)), want: []string{"1.0.0.0 x64, but the bundle says", "1.0.0.0 x86"}, member: "x64.msix"},
		{name: "other name in bundle", file: "a.msixbundle", content: msixtest.Bundle(msixtest.BundleManifest{Packages: []msixtest.Manifest{{Name: "Contoso.Other"}}}), want: []string{`it is "Contoso.Other"`, `but the bundle says "Contoso.Sample"`}, member: "Contoso.Other_1.0.0.0_x64.msix"},
		{name: "other publisher in bundle", file: "a.msixbundle", content: msixtest.Bundle(msixtest.BundleManifest{Packages: []msixtest.Manifest{{Publisher: "CN=Other"}}}), want: []string{`by "CN=Other"`, `the bundle says "Contoso.Sample" by "CN=Contoso"`}, member: "Contoso.Sample_1.0.0.0_x64.msix"},
		{name: "wrong version in bundle", file: "a.msixbundle", content: bundled(strings.Replace(application(""), "1.0.0.0", "1", 1)), want: []string{`"x64.msix" has a wrong Version`}},
		{name: "wrong family in bundle", file: "a.msixbundle", content: msixtest.Bundle(msixtest.BundleManifest{Packages: []msixtest.Manifest{{DeviceFamilies: []msixtest.DeviceFamily{{Name: "a"}}}}}), want: []string{"wrong MinVersion", "AppxBundleManifest.xml"}},
		{name: "too many applications", file: "a.msixbundle", content: bundled(strings.Repeat(application(""), 101)), want: []string{"more than 100 applications"}},
		{name: "compressed package in bundle", file: "a.msixbundle", content: msixtest.Bundle(msixtest.BundleManifest{Method: msixtest.Deflated}), want: []string{"is compressed, expected stored"}},
		{name: "broken package in bundle", file: "a.msixbundle", content: msixtest.Bundle(msixtest.BundleManifest{Packages: []msixtest.Manifest{{NoManifest: true}}}), want: []string{"does not hold an AppxManifest.xml"}, member: "Contoso.Sample_1.0.0.0_x64.msix"},
		{name: "encrypted package in bundle", file: "a.msixbundle", content: msixtest.Archive(
			msixtest.Member{Name: "x64.msix", Content: good, Encrypted: true},
			msixtest.Member{Name: "AppxMetadata/AppxBundleManifest.xml", Content: []byte(
				`<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle"><Identity Name="a" Publisher="b" Version="1.0.0.0"/><Packages>` + application("") + `</Packages></Bundle>`)},
		), want: []string{`"x64.msix" is encrypted`}},
		{name: "package twice in bundle", file: "a.msixbundle", content: msixtest.Bundle(msixtest.BundleManifest{Packages: make([]msixtest.Manifest, 2)}), want: []string{`two members of the name "Contoso.Sample_1.0.0.0_x64.msix"`}},
		{name: "bundle of no one", file: "a.msixbundle", content: msixtest.Bundle(msixtest.BundleManifest{ManifestXML: []byte(`<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle"/>`)}), want: []string{"AppxBundleManifest.xml has 0 Identity elements"}},
		{name: "two bundle manifests", file: "a.msixbundle", content: msixtest.Archive(
			msixtest.Member{Name: "AppxMetadata/AppxBundleManifest.xml"}, msixtest.Member{Name: `AppxMetadata\AppxBundleManifest.xml`},
		), want: []string{`two members of the name "AppxMetadata/AppxBundleManifest.xml"`}},
		{name: "bundle in bundle", file: "a.msixbundle", content: msixtest.Archive(
			msixtest.Member{Name: "x64.msix", Content: goodBundle},
			msixtest.Member{Name: "AppxMetadata/AppxBundleManifest.xml", Content: []byte(
				`<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle"><Identity Name="a" Publisher="b" Version="1.0.0.0"/><Packages>` + application("") + `</Packages></Bundle>`)},
		), want: []string{"a nested bundle, expected a package"}, member: "x64.msix"},
		{name: "wrong bundle root", file: "a.msixbundle", content: msixtest.Bundle(msixtest.BundleManifest{ManifestXML: []byte("<Package/>")}), want: []string{`root element "Package"`, "expected Bundle"}},

		{name: "upload of symbols", file: "a.msixupload", content: msixtest.Archive(msixtest.Member{Name: "a.appxsym"}), want: []string{"does not hold a package or a bundle at its root", `found "a.appxsym"`}},
		{name: "package in a folder of an upload", file: "a.msixupload", content: msixtest.Archive(msixtest.Member{Name: "out/a.msix", Content: good}), want: []string{"at its root", `found "out/a.msix"`}},
		{name: "package twice in upload", file: "a.msixupload", content: msixtest.Archive(
			msixtest.Member{Name: "b.msix", Content: good}, msixtest.Member{Name: "B.MSIX", Content: good},
		), want: []string{`two members of the name "b.msix"`}},
		{name: "upload in upload", file: "a.msixupload", content: msixtest.Upload("b.msixupload", msixtest.Upload("a.msix", good, 0), 0), want: []string{"a nested upload file, expected a package or a bundle"}, member: "b.msixupload"},
		{name: "misnamed bundle in upload", file: "a.msixupload", content: msixtest.Upload("b.msix", goodBundle, msixtest.Deflated), want: []string{"promises a package, but this is a bundle"}, member: "b.msix"},
		{name: "broken package in bundle in upload", file: "a.msixupload", content: msixtest.Upload("b.msixbundle",
			msixtest.Bundle(msixtest.BundleManifest{Packages: []msixtest.Manifest{{NoManifest: true}}}), msixtest.Deflated), want: []string{"does not hold"}, member: "b.msixbundle/Contoso.Sample_1.0.0.0_x64.msix"},
		{name: "bundle and package in upload", file: "a.msixupload", content: msixtest.Archive(
			msixtest.Member{Name: "a.msix", Content: good}, msixtest.Member{Name: "b.msixbundle", Content: goodBundle},
		), want: []string{`"a.msix" and "b.msixbundle" at its root, expected one bundle or packages only`}},
		{name: "encrypted package in upload", file: "a.msixupload", content: msixtest.Archive(msixtest.Member{Name: "a.msix", Content: good, Encrypted: true}), want: []string{`"a.msix" is encrypted`}},
		{name: "stored package in upload past the end", file: "a.msixupload", content: msixtest.Archive(
			msixtest.Member{Name: "a.msix", Content: good, ClaimedSize: 1 << 30, ClaimedPackedSize: 1 << 30},
		), want: []string{`"a.msix" is said to have 1073741824 bytes from byte 36 on, but there are only `}},
		{name: "two publishers in upload", file: "a.msixupload", content: msixtest.Archive(
			msixtest.Member{Name: "a.msix", Content: good},
			msixtest.Member{Name: "b.msix", Content: msixtest.Package(msixtest.Manifest{Publisher: "CN=Other"})},
		), want: []string{"packages of two apps", `"CN=Contoso"`, `"CN=Other"`}},
		{name: "two apps in upload", file: "a.msixupload", content: msixtest.Archive(
			msixtest.Member{Name: "a.msix", Content: good},
			msixtest.Member{Name: "b.msix", Content: msixtest.Package(msixtest.Manifest{Name: "Contoso.Other"})},
		), want: []string{"packages of two apps", `"Contoso.Sample"`, `"Contoso.Other"`}},
		{name: "damaged package in upload", file: "a.msixupload", content: msixtest.Archive(
			msixtest.Member{Name: "a.msix", Content: good, Method: msixtest.Deflated, WrongChecksum: true},
		), want: []string{`"a.msix" is damaged`}},
		{name: "stored package in upload of two sizes", file: "a.msixupload", content: msixtest.Archive(
			msixtest.Member{Name: "a.msix", Content: good, ClaimedSize: 1 << 30},
		), want: []string{`"a.msix" is stored and said to have 1073741824 bytes`}},
		{name: "bomb in upload", file: "a.msixupload", content: msixtest.Archive(
			msixtest.Member{Name: "a.msix", Content: make([]byte, 9<<20), Method: msixtest.Deflated},
		), want: []string{`"a.msix" has 9437184 bytes compressed to`, "which no package can be"}},
		{name: "package over the Store's limit in upload", file: "a.msixupload", content: msixtest.Archive(
			msixtest.Member{Name: "a.msix", Content: good, Method: msixtest.Deflated, ClaimedSize: 26 << 30},
		), want: []string{"has 27917287424 bytes, expected at most 26843545600"}},
	}
}

func TestReadFaults(t *testing.T) {
	t.Parallel()
	for _, test := range faults() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, err := read(test.file, test.content)
			fault, ok := errors.AsType[*msix.Error](err)
			if !ok {
				t.Fatalf("read %v, error %v, want an *msix.Error", p, err)
			}
			if p != nil {
				t.Errorf("an error and a package: %v", p)
			}
			if fault.File != test.file || fault.Member != test.member {
				t.Errorf("the error blames %q in %q", fault.Member, fault.File)
			}
			message := err.Error()
			if !strings.HasPrefix(message, "package file "+test.file) || len(message) > 700 {
				t.Errorf("%d characters: %s", len(message), message)
			}
			for _, want := range test.want {
				if !strings.Contains(message, want) {
					t.Errorf("message %q\nlacks %q", message, want)
				}
			}
		})
	}
}

// failing gives an error from the given offset on.
type failing struct {
	r    io.ReaderAt
	from int64
	to   int64
	err  error
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off < f.to && off+int64(len(p)) > f.from {
		return 0, f.err
	}
	return f.r.ReadAt(p, off)
}

// A file that cannot be read is not called a bad package, and the cause stays to be found.
func TestReadPassesOnErrors(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection lost")
	content := msixtest.Package(msixtest.Manifest{ManifestFirst: true, PayloadSize: 200_000})
	size := int64(len(content))
	for name, r := range map[string]failing{
		"manifest": {from: 0, to: 1000},
		"end":      {from: size - 1000, to: size},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r.r, r.err = bytes.NewReader(content), lost
			_, err := msix.Read("Sample.msix", r, size)
			if _, ok := errors.AsType[*msix.Error](err); !ok || !errors.Is(err, lost) {
				t.Errorf("error %v, want an *msix.Error that wraps the cause", err)
			}
		})
	}
	t.Run("directory", func(t *testing.T) {
		t.Parallel()
		var members []msixtest.Member
		for i := range 3000 {
			members = append(members, msixtest.Member{Name: fmt.Sprintf("Assets/Image%09d.png", i)})
		}
		content := msixtest.Archive(members...)
		size := int64(len(content))
		_, err := msix.Read("Sample.msix", failing{r: bytes.NewReader(content), err: lost, from: size - 100_000, to: size - 90_000}, size)
		if _, ok := errors.AsType[*msix.Error](err); !ok || !errors.Is(err, lost) {
			t.Errorf("error %v, want an *msix.Error that wraps the cause", err)
		}
	})
	t.Run("beginning of what is no archive", func(t *testing.T) {
		t.Parallel()
		_, err := msix.Read("Sample.msix", failing{r: bytes.NewReader(make([]byte, size)), err: lost, from: 0, to: 100}, size)
		if _, ok := errors.AsType[*msix.Error](err); !ok || !errors.Is(err, lost) {
			t.Errorf("error %v, want an *msix.Error that wraps the cause", err)
		}
	})
	t.Run("shorter than said", func(t *testing.T) {
		t.Parallel()
		_, err := msix.Read("Sample.msix", bytes.NewReader(content[:size-100]), size)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("error %v, want an unexpected end", err)
		}
	})
	t.Run("negative size", func(t *testing.T) {
		t.Parallel()
		if _, err := msix.Read("Sample.msix", bytes.NewReader(content), -1); err == nil {
			t.Error("no error")
		}
	})
}

// What stands before a member is not where the archive says.
func TestReadMemberElsewhere(t *testing.T) {
	t.Parallel()
	content := msixtest.Archive(msixtest.Member{Name: "AppxManifest.xml", Content: msixtest.ManifestXML(msixtest.Manifest{})})
	copy(content, "XX")
	if _, err := read("a.msix", content); err == nil || !strings.Contains(err.Error(), `member "AppxManifest.xml" is damaged`) {
		t.Errorf("error %v, want damage", err)
	}
}

// Errors call a file by the name it was given, and its new name is one without the folder.
func TestReadFileInAFolder(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{`C:\build\`, "/build/"} {
		_, err := read(folder+"a.msixbundle", msixtest.Package(msixtest.Manifest{}))
		if err == nil || !strings.Contains(err.Error(), "package file "+folder+"a.msixbundle: ") || !strings.HasSuffix(err.Error(), "name it a.msix") {
			t.Errorf("error %v, want both names", err)
		}
	}
}

func TestReadListsAFewMembers(t *testing.T) {
	t.Parallel()
	var members []msixtest.Member
	for i := range 5 {
		members = append(members, msixtest.Member{Name: strconv.Itoa(i) + ".txt"})
	}
	content := msixtest.Archive(members...)
	_, err := msix.Read("Sample.msix", bytes.NewReader(content), int64(len(content)))
	if err == nil || !strings.Contains(err.Error(), `found "0.txt", "1.txt", "2.txt" and others`) {
		t.Errorf("error %v, want the names of three members", err)
	}
}

// Whoever sets GODEBUG for other programs has Go's reader of archives refuse names that Windows takes.
func TestReadJudgesNames(t *testing.T) { //nolint:paralleltest // the environment is the process's
	t.Setenv("GODEBUG", "zipinsecurepath=0")
	for name, fault := range map[string]string{`Assets\Logo.png`: "", "../Logo.png": "leads out of the package"} {
		content := msixtest.Archive(
			msixtest.Member{Name: "AppxManifest.xml", Content: msixtest.ManifestXML(msixtest.Manifest{})}, msixtest.Member{Name: name})
		_, err := msix.Read("Sample.msix", bytes.NewReader(content), int64(len(content)))
		if fault == "" && err != nil || fault != "" && (err == nil || !strings.Contains(err.Error(), fault)) {
			t.Errorf("member %s: error %v, want %q", name, err, fault)
		}
	}
}

// ended is an archive whose end claims what is given.
func ended(members, size, offset uint64, content []byte) []byte {
	end64 := make([]byte, 56)
	copy(end64, "PK\x06\x06")
	binary.LittleEndian.PutUint64(end64[4:], 44)
	binary.LittleEndian.PutUint64(end64[24:], members)
	binary.LittleEndian.PutUint64(end64[32:], members)
	binary.LittleEndian.PutUint64(end64[40:], size)
	binary.LittleEndian.PutUint64(end64[48:], offset)
	locator := make([]byte, 20)
	copy(locator, "PK\x06\x07")
	binary.LittleEndian.PutUint64(locator[8:], uint64(len(content)))
	binary.LittleEndian.PutUint32(locator[16:], 1)
	end := []byte("PK\x05\x06\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00")
	return bytes.Join([][]byte{content, end64, locator, end}, nil)
}

// endedBefore has more bytes between the two parts of its end.
func endedBefore(between []byte, members, size, offset uint64, content []byte) []byte {
	whole := ended(members, size, offset, content)
	return slices.Insert(whole, len(content)+56, between...)
}

// What an archive claims about itself decides over memory only after it was found plausible. This test measures the
// process's allocations, so it runs alone.
func TestReadBoundsMemory(t *testing.T) { //nolint:paralleltest,tparallel // see above
	zeros := make([]byte, 64<<20)
	header := []byte("PK\x01\x02" + strings.Repeat("\x00", 42))
	headers := bytes.Repeat(header, 1_400_000)
	// The comment of the first header is the end of the central directory, so that a reader of headers does not stop there.
	covering := slices.Clone(header)
	covering[32] = 56
	for _, test := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"members", ended(1<<40, 0, 0, nil), "claims 1099511627776 members, at most 262144 are read"},
		{"members that the size allows", ended(1_400_000, 0, 0, zeros), "claims 1400000 members"},
		{"directory", ended(1, 1<<60, 0, nil), "claims a directory of 1152921504606846976 bytes"},
		{"place of the directory", ended(1, 100, 1<<63, nil), "with 100 bytes it would begin at byte -100 and not at byte 9223372036854775807"},
		{"manifest that hides its size", msixtest.Archive(msixtest.Member{
			Name: "AppxManifest.xml", Content: zeros, Method: msixtest.Deflated, ClaimedSize: 1000,
		}), "do not have the size and CRC-32"},
		{"more headers than claimed", endedBefore(headers, uint64(1_400_001%65536), 46, 0, covering), "longer than the 46 bytes that the archive claims"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := read("Sample.msix", test.content)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
				t.Errorf("allocated %d bytes", used)
			}
		})
	}
}

// A ZIP64 end of central directory may be said to lie anywhere.
func TestReadZIP64EndElsewhere(t *testing.T) {
	t.Parallel()
	for offset, want := range map[uint64]string{
		1 << 63: "said to be at byte 9223372036854775807 of 198, cannot be read",
		1 << 40: "said to be at byte 1099511627776 of 198, cannot be read",
		190:     "said to be at byte 190 of 198, cannot be read",
		50:      "the ZIP64 end of central directory is not at byte 50, where the archive's end says",
	} {
		content := ended(1, 1, 0, make([]byte, 100))
		binary.LittleEndian.PutUint64(content[100+56+8:], offset)
		if _, err := read("Sample.msix", content); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("offset %d: error %v, want %q", offset, err, want)
		}
	}
}

// A bundle may hold the same costly package again and again. What may be read of one file is for all that is in it.
func TestReadBoundsWhatIsInside(t *testing.T) {
	t.Parallel()
	manifest := msixtest.Member{Name: "AppxManifest.xml", Content: msixtest.ManifestXML(msixtest.Manifest{}), Method: msixtest.Deflated}
	var wide []msixtest.Member
	for i := range 200 {
		wide = append(wide, msixtest.Member{Name: strconv.Itoa(i), Comment: strings.Repeat(" ", 60_000)})
	}
	// The true number of members, and a multiple of 65536 that package zip does not notice.
	small := msixtest.Archive(manifest)
	end := small[len(small)-22:]
	many := ended(1+2*65536, uint64(binary.LittleEndian.Uint32(end[12:])), uint64(binary.LittleEndian.Uint32(end[16:])), small[:len(small)-22])
	for want, inner := range map[string][]byte{
		"directory of ": msixtest.Archive(append(wide, manifest)...),
		"131073 members, at most 262144 are read in one file": many,
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			members := []msixtest.Member{{}}
			elements := ""
			for i := range 3 {
				name := fmt.Sprintf("x64-%d.msix", i)
				members = append(members, msixtest.Member{Name: name, Content: inner})
				elements += strings.Replace(application(""), "x64.msix", name, 1)
				members[0] = bundleManifest(elements)
				_, err := read("Sample.msixbundle", msixtest.Archive(members...))
				if i == 0 && err != nil {
					t.Fatalf("a single such package: %v", err)
				}
				if i == 2 && (err == nil || !strings.Contains(err.Error(), want)) {
					t.Errorf("error %v, want %q", err, want)
				}
			}
		})
	}
}
