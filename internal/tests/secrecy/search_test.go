package secrecy_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// forms are the ways in which a text can be written: it is told in each of them.
func forms(text string) []string {
	spelled := []string{
		text, url.QueryEscape(text), url.PathEscape(text), html.EscapeString(text), strconv.Quote(text), strconv.QuoteToASCII(text),
		hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))), fmt.Sprintf("%d", []byte(text)),
		strings.ReplaceAll(text, "+", " "), strings.ReplaceAll(text, "+", "%2B"),
		strings.ReplaceAll(inJSON(text, true), "/", `\/`), inXML(text), lowerEscapes(url.QueryEscape(text)), lowerEscapes(url.QueryEscape(url.QueryEscape(text))),
		strings.ReplaceAll(url.QueryEscape(text), "+", "%20"), lowerEscapes(strings.ReplaceAll(url.QueryEscape(text), "+", "%20")),
	}
	for _, form := range slices.Clone(spelled[:3]) {
		spelled = append(spelled, url.QueryEscape(form), inJSON(form, true), inJSON(form, false), inJSON(inJSON(form, true), true))
	}
	for _, form := range slices.Clone(spelled) {
		spelled = append(spelled, inBase64(form)...)
	}
	var all []string
	for _, form := range spelled {
		form = strings.Trim(form, `"[]`)
		all = append(all, form[max(0, len(form)-tail):])
	}
	return shortest(all)
}

// shortest leaves out what holds another one of them: that is found in its place.
func shortest(all []string) []string {
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	var kept []string
	for _, form := range all {
		if !slices.ContainsFunc(kept, func(shorter string) bool { return strings.Contains(form, shorter) }) {
			kept = append(kept, form)
		}
	}
	return kept
}

// tail is how many characters from the end of a secret are looked for: enough to be
// no accident, and as much as is found fast. The beginnings of tokens are alike.
const tail = 48

func inJSON(text string, escapeHTML bool) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(escapeHTML)
	if err := encoder.Encode(text); err != nil {
		panic(err) // Any text can be encoded.
	}
	return strings.Trim(b.String(), "\"\n")
}

func inXML(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		panic(err) // Any text can be encoded.
	}
	return b.String()
}

var escape = regexp.MustCompile("%[0-9A-F]{2}")

func lowerEscapes(text string) string { return escape.ReplaceAllStringFunc(text, strings.ToLower) }

// inBase64 is what is left of the text in the encoding of something longer that
// holds it: that depends on where it begins there, modulo 3.
func inBase64(text string) []string {
	var all []string
	for offset := range 3 {
		// As many characters at either end are mixed with what is around.
		standard := base64.RawStdEncoding.EncodeToString(append(make([]byte, offset), text...))
		begin, end := (offset*8+5)/6, len(standard)
		if (offset+len(text))%3 != 0 {
			end--
		}
		standard = standard[begin:end]
		all = append(all, standard, strings.NewReplacer("+", "-", "/", "_").Replace(standard))
	}
	return all
}

// find tells in which form a text holds a secret, if it does.
func find(content []byte, secret string) (form string, found bool) {
	return findAny(content, forms(secret))
}

func findAny(content []byte, forms []string) (form string, found bool) {
	for _, form := range forms {
		if bytes.Contains(content, []byte(form)) {
			return form, true
		}
	}
	return "", false
}

// left is everything that a run left behind, by what it is: files by their names,
// and the members of the ones that are archives, as plans are.
func left(t *testing.T, folders ...string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(path)
			all[path] = content
			unpack(t, all, path, content)
			if archive, zipErr := zip.NewReader(bytes.NewReader(content), int64(len(content))); zipErr == nil {
				unzip(t, all, path, archive)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func unzip(t *testing.T, all map[string][]byte, path string, archive *zip.Reader) {
	t.Helper()
	for _, member := range archive.File {
		reader, err := member.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		all[path+"!"+member.Name] = content
		unpack(t, all, path+"!"+member.Name, content)
	}
}

var private = regexp.MustCompile(`"private":\s*"([^"]+)"`)

// unpack adds the private state of what is a state: the provider's values by their
// keys, each in base64, and all of them in base64 once more.
func unpack(t *testing.T, all map[string][]byte, path string, state []byte) {
	t.Helper()
	if !strings.HasSuffix(path, "tfstate") {
		return
	}
	for _, found := range private.FindAllSubmatch(state, -1) {
		outer, err := base64.StdEncoding.DecodeString(string(found[1]))
		var values map[string][]byte
		if err == nil {
			err = json.Unmarshal(outer, &values)
		}
		if err != nil {
			t.Fatalf("the private state in %s: %v", path, err)
		}
		for key, value := range values {
			all[path+"!private "+key] = value
		}
	}
}

// TestFind plants a secret in every way in which a leak could write it.
func TestFind(t *testing.T) {
	t.Parallel()
	const secret = `p+ss/w<ör>d=& "quoted"` + "\t%"
	address := "https://blob.example/x?sv=1&sig=" + url.QueryEscape(secret)
	texts := map[string]string{
		"plain":              "the " + secret + " of it",
		"in a query":         "GET " + address,
		"in a query, quoted": fmt.Sprintf("%q", address),
		"in a path":          "/" + url.PathEscape(secret) + "/x",
		"in JSON":            inJSON("a"+secret, true),
		"in plain JSON":      inJSON("a"+secret, false),
		"in JSON in JSON":    inJSON(inJSON(address, true), true),
		"twice escaped":      url.QueryEscape(address),
		"as Go has it":       fmt.Sprintf("%q", secret),
		"as Go has it, %+q":  fmt.Sprintf("%+q", secret),
		"as bytes":           fmt.Sprintf("%d", []byte("a"+secret+"b")),
		"in hex":             fmt.Sprintf("%x", "a"+secret),
		"in HEX":             fmt.Sprintf("%X", "a"+secret),
		"in HTML":            html.EscapeString(secret),
		"in XML":             inXML(secret),
		"in JSON, slashes":   strings.ReplaceAll(inJSON(secret, true), "/", `\/`),
		"in a query, lower":  lowerEscapes(address),
		"in a query, %20":    strings.ReplaceAll(address, "+", "%20"),
		"twice, lower":       lowerEscapes(url.QueryEscape(address)),
	}
	for offset := range 3 {
		around := strings.Repeat("x", offset) + secret + "yz"
		texts[fmt.Sprintf("in base64 at %d", offset)] = base64.StdEncoding.EncodeToString([]byte(around))
		texts[fmt.Sprintf("in base64 for URLs at %d", offset)] = base64.URLEncoding.EncodeToString([]byte(around))
		texts[fmt.Sprintf("in JSON in base64 at %d", offset)] = base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", offset) + inJSON(secret, true)))
		texts[fmt.Sprintf("in an address in base64 at %d", offset)] = base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", offset) + address))
	}
	for name, text := range texts {
		if _, found := find([]byte(text), secret); !found {
			t.Errorf("%s it is not found: %s", name, text)
		}
		if form, found := find([]byte(text), "another p+ss/wörd"); found {
			t.Errorf("%s there is something that is not there: %s", name, form)
		}
	}
}
