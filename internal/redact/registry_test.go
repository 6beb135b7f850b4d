package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// encodings are the ways in which others write a text down.
var encodings = map[string]func(string) string{
	"raw":         func(s string) string { return s },
	"query":       url.QueryEscape,
	"path":        url.PathEscape,
	"lower hex":   func(s string) string { return lowerEscapes(url.QueryEscape(s)) },
	"%20":         func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") },
	"every byte":  func(s string) string { return everyByte(s, "%%%02x") },
	"JSON":        func(s string) string { return inJSON(s, true) },
	"plain JSON":  func(s string) string { return inJSON(s, false) },
	"JSON slash":  func(s string) string { return strings.ReplaceAll(inJSON(s, true), "/", `\/`) },
	"every rune":  everyRune,
	"XML":         inXML,
	"HTML":        html.EscapeString,
	"entities":    func(s string) string { return everyByte(s, "&#x%X;") },
	"Go":          func(s string) string { return strings.Trim(strconv.Quote(s), `"`) },
	"Go, ASCII":   func(s string) string { return strings.Trim(strconv.QuoteToASCII(s), `"`) },
	"base64":      func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"raw base64":  func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) },
	"URL base64":  func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 at 1": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("u:" + s + "-")) },
	"base64 at 2": func(s string) string { return base64.URLEncoding.EncodeToString([]byte("us:er:" + s + "--")) },
	"base64 at 0": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("user: " + s + ".")) },
	"MIME":        func(s string) string { return lines(base64.StdEncoding.EncodeToString([]byte("user:" + s))) },
	"hex":         func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":         func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"plus lost":   func(s string) string { return strings.ReplaceAll(s, "+", " ") },
}

func lowerEscapes(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == '%' {
			copy(b[i:], strings.ToLower(string(b[i:i+3])))
		}
	}
	return string(b)
}

func everyByte(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func everyRune(s string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, `\u%04X`, r)
	}
	return b.String()
}

func inJSON(s string, escapeHTML bool) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(escapeHTML)
	_ = encoder.Encode(s)
	return strings.Trim(b.String(), "\"\n")
}

func inXML(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

func lines(s string) string {
	var b strings.Builder
	for part := range slices.Chunk([]byte(s), 20) {
		b.Write(part)
		b.WriteString("\r\n")
	}
	return b.String()
}

// shapes are texts that a secret stands in.
var shapes = []string{
	"%s", "the service said %s, which is wrong", "glued%sglued", `{"message":"%s"}`, "<Error>%s</Error>", "[%s]", "a=%s&b=c", "'%s'", "/path/%s/more",
	"x %s\nand %[1]s again", "100%% of it: %s",
}

const printable = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_.~!*'();:@&?#[]{}<>\"\\ %,$|^`"

// randomSecret begins and ends with what no encoding trims, and is nothing that an escape before it could go on with.
func randomSecret(random *rand.Rand) string {
	b := []byte("s")
	for range 9 + random.IntN(50) {
		b = append(b, printable[random.IntN(len(printable))])
	}
	return string(append(b, "Zq7"...))
}

// TestEncodings writes random secrets in all pairs of encodings, one in the other, into texts of all shapes.
func TestEncodings(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		secret := randomSecret(random)
		redact.Register(secret)
		for outerName, outer := range encodings {
			for innerName, inner := range encodings {
				encoded := outer(inner(secret))
				for _, shape := range shapes {
					text := fmt.Sprintf(shape, encoded)
					clean := redact.String(text)
					if i, leaked := leak(clean, secret); leaked {
						t.Errorf("%s in %s: %q holds the secret %q as %s: %q", innerName, outerName, text, secret, i, clean)
					}
					if !strings.Contains(clean, redact.Mark) {
						t.Errorf("%s in %s: %q became %q without a mark", innerName, outerName, text, clean)
					}
				}
			}
		}
	}
}

// leak tells in which encoding a text holds the middle of a secret.
func leak(text, secret string) (string, bool) {
	for name, encode := range encodings {
		// What is around a secret in base64 is mixed with its first and last characters.
		form := strings.TrimRight(encode(secret), "=\r\n")
		if len(form) > 14 {
			form = form[6 : len(form)-6]
		}
		if len(form) > 8 && strings.Contains(text, form) {
			return name, true
		}
	}
	return "", false
}
