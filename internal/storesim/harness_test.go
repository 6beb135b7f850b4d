package storesim_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// store is a simulator with one application, and a plain HTTP client of it.
type store struct {
	*storesim.Sim

	t      *testing.T
	client *http.Client
	token  string
	app    string
}

func start(t *testing.T, opts storesim.Options) *store {
	t.Helper()
	sim, err := storesim.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	// A connection of its own for each request: Go's client hides closed connections from reads by repeating them.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return &store{Sim: sim, t: t, client: client, token: "token", app: sim.AddApplication(storesim.Application{})}
}

// answer is a reply with its JSON decoded.
type answer struct {
	status int
	header http.Header
	raw    []byte
	json   map[string]any
}

// path is the API path of a flight, or of something below one of its submissions.
func (s *store) path(flight string, more ...string) string {
	p := "applications/" + s.app + "/flights/" + flight
	if len(more) > 0 {
		p += "/submissions/" + strings.Join(more, "/")
	}
	return p
}

// do sends an API request; a body that is not nil goes as JSON.
func (s *store) do(method, path string, body any) answer {
	s.t.Helper()
	got, err := s.try(method, path, body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return got
}

func (s *store) try(method, path string, body any) (answer, error) {
	s.t.Helper()
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Authorization": {"Bearer " + s.token}}
	var content []byte
	switch body := body.(type) {
	case nil:
	case string:
		content = []byte(body)
	default:
		var err error
		if content, err = json.Marshal(body); err != nil {
			s.t.Fatal(err)
		}
	}
	return s.send(method, s.URL()+"/v1.0/my/"+path, header, content)
}

func (s *store) send(method, url string, header http.Header, body []byte) (answer, error) {
	s.t.Helper()
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, url, reader)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header = header
	response, err := s.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	raw, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return answer{}, err
	}
	got := answer{status: response.StatusCode, header: response.Header, raw: raw}
	_ = json.Unmarshal(raw, &got.json)
	return got, nil
}

// blob sends a request to the blob endpoint.
func (s *store) blob(method, url string, header map[string]string, body []byte) answer {
	s.t.Helper()
	h := http.Header{}
	for name, value := range header {
		h.Set(name, value)
	}
	got, err := s.send(method, strings.ReplaceAll(url, "+", "%2B"), h, body)
	if err != nil {
		s.t.Fatalf("%s blob: %v", method, err)
	}
	return got
}

func (s *store) upload(url string, content []byte) {
	s.t.Helper()
	if got := s.blob(http.MethodPut, url, map[string]string{"x-ms-blob-type": "BlockBlob"}, content); got.status != http.StatusCreated {
		s.t.Fatalf("upload: %d %s", got.status, got.raw)
	}
}

// want fails the test unless the reply has the status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.raw)
	}
	return a
}

// wantError also compares the error's code and target, written as "code/target".
func (a answer) wantError(t *testing.T, status int, codeTarget string) answer {
	t.Helper()
	a.want(t, status)
	if got := fmt.Sprintf("%v/%v", a.json["code"], a.json["target"]); got != codeTarget {
		t.Fatalf("error %s, want %s: %s", got, codeTarget, a.raw)
	}
	return a
}

// at reads a value deep in the JSON; members by name, elements by number.
func (a answer) at(keys ...any) any {
	var value any = a.json
	for _, key := range keys {
		switch key := key.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[key]
		case int:
			list, _ := value.([]any)
			if key >= len(list) {
				return nil
			}
			value = list[key]
		}
	}
	return value
}

func (a answer) text(keys ...any) string {
	text, _ := a.at(keys...).(string)
	return text
}

type file struct {
	name    string
	content []byte
}

func zipOf(files ...file) []byte {
	var buffer bytes.Buffer
	w := zip.NewWriter(&buffer)
	for _, f := range files {
		member, err := w.CreateHeader(&zip.FileHeader{Name: f.name})
		if err == nil {
			_, err = member.Write(f.content)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}

// manifest makes a package of Contoso.Sample; the options are pairs of old and new text in its manifest.
func manifest(version, architecture string, replace ...string) []byte {
	text := `<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10" xmlns:rescap="urn:rescap">
  <Identity Name="Contoso.Sample" Publisher="CN=Contoso" Version="` + version + `" ProcessorArchitecture="` + architecture + `"/>
  <Dependencies><TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.17763.0" MaxVersionTested="10.0.19041.0"/></Dependencies>
  <Resources><Resource Language="en-us"/><Resource Scale="200"/></Resources>
  <Capabilities><Capability Name="internetClient"/><rescap:Capability Name="runFullTrust"/></Capabilities>
</Package>`
	return zipOf(
		file{"AppxManifest.xml", []byte(strings.NewReplacer(replace...).Replace(text))},
		file{"payload.bin", []byte("payload " + version + architecture)},
	)
}

func bundle(version string, architectures ...string) []byte {
	var text strings.Builder
	text.WriteString(`<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle"><Identity Name="Contoso.Sample" Publisher="CN=Contoso" Version="` + version + `"/><Packages>`)
	var files []file
	for _, architecture := range architectures {
		name := "Sample_" + architecture + ".msix"
		fmt.Fprintf(&text, `<Package Type="application" Version="%s" Architecture="%s" FileName="%s"/>`, version, architecture, name)
		files = append(files, file{name, manifest(version, architecture)})
	}
	text.WriteString(`<Package Type="resource" Version="` + version + `" FileName="absent.msix"/></Packages></Bundle>`)
	return zipOf(append(files, file{"AppxMetadata/AppxBundleManifest.xml", []byte(text.String())})...)
}

// entry is a package entry of an update.
func entry(fileName, fileStatus, id string) map[string]any {
	return map[string]any{"fileName": fileName, "fileStatus": fileStatus, "id": id}
}

// update is the body of an update.
func update(entries ...map[string]any) map[string]any {
	if entries == nil {
		entries = []map[string]any{}
	}
	return map[string]any{"flightPackages": entries, "targetPublishMode": "Immediate"}
}

// submit commits the flight's first draft with the package a.msix and returns its id.
func (s *store) submit(flight string, content []byte) string {
	s.t.Helper()
	return s.submitFiles(flight, file{"a.msix", content})
}

func (s *store) submitFiles(flight string, files ...file) string {
	s.t.Helper()
	id := s.do(http.MethodGet, s.path(flight), nil).want(s.t, 200).text("pendingFlightSubmission", "id")
	var entries []map[string]any
	for _, f := range files {
		entries = append(entries, entry(f.name, "PendingUpload", ""))
	}
	reply := s.do(http.MethodPut, s.path(flight, id), update(entries...)).want(s.t, 200)
	s.upload(reply.text("fileUploadUrl"), zipOf(files...))
	s.do(http.MethodPost, s.path(flight, id, "commit"), nil).want(s.t, 202)
	return id
}

// follow reads the status until it is one that does not change, and returns all that were seen.
func (s *store) follow(flight, id string) []string {
	s.t.Helper()
	var seen []string
	for range 30 {
		status := s.do(http.MethodGet, s.path(flight, id, "status"), nil).want(s.t, 200).text("status")
		if len(seen) == 0 || seen[len(seen)-1] != status {
			seen = append(seen, status)
		}
		if status == storesim.StatusPublished || strings.HasSuffix(status, "Failed") {
			return seen
		}
	}
	return seen
}

func sha(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
