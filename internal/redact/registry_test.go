package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

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
	"every rune":  everyUnit,
	"XML":         inXML,
	"HTML":        html.EscapeString,
	"entities":    func(s string) string { return everyRune(s, "&#x%X;") },
	"Go":          func(s string) string { return unquoted(strconv.Quote(s)) },
	"Go, ASCII":   func(s string) string { return unquoted(strconv.QuoteToASCII(s)) },
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

func everyRune(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, format, r)
	}
	return b.String()
}

// everyUnit escapes as JSON does, in units of UTF-16.
func everyUnit(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, `\u%04X`, unit)
	}
	return b.String()
}

func inJSON(s string, escapeHTML bool) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(escapeHTML)
	_ = encoder.Encode(s)
	return unquoted(strings.TrimSpace(b.String()))
}

func unquoted(s string) string { return s[1 : len(s)-1] }

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

// TestEncodings writes random secrets in all pairs of encodings, one in the other, into texts of any shape.
func TestEncodings(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		secret := randomSecret(random)
		redact.Register(secret)
		for outerName, outer := range encodings {
			for innerName, inner := range encodings {
				encoded := outer(inner(secret))
				for range 2 {
					text := fmt.Sprintf(shapes[random.IntN(len(shapes))], encoded)
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

// TestRegister makes values known and reads texts in which no form gives them away.
func TestRegister(t *testing.T) {
	t.Parallel()
	redact.Register("pw1z", "hunterxy", "correctHorseBattery", "x", "abc", "", " spaced-out-41 ", "Bearer opaque-77-token", "Basic dXNlcjpicGFzc3dk", "two  words\n+ more",
		"ends-in-a-line-41\n", "another-41", "in-another-41-and-longer", "smile-\U0001f600-41")
	redact.RegisterURL("https://user:pr%40xy/p@ss@proxy.example:8080")
	redact.RegisterURL("user:pr0xyp4ss@proxy.example:8080")
	redact.RegisterURL("https://h/a?sv=2024-05-04&sig=d3N%2Bnature")
	redact.RegisterURL("https://h/a?page=12&size=1000")
	redact.RegisterURL("https://h/a?k=0123456789-opaque-0123456789")
	redact.RegisterURL("https://h/a?%73ig=escaped-41")
	for name, test := range map[string]struct{ in, want string }{
		"short, a word":            {"got pw1z, twice (pw1z)", "got REDACTED, twice (REDACTED)"},
		"short, in a word":         {"xpw1z pw1zy pw1z_a", "xpw1z pw1zy pw1z_a"},
		"short, escaped around":    {"a%3Dpw1z%26b", "a%3DREDACTED%26b"},
		"letters, a word":          {"got hunterxy.", "got REDACTED."},
		"letters, in a name":       {"client_hunterxy_path", "client_hunterxy_path"},
		"many letters":             {"gotcorrectHorseBatterytoo", "gotREDACTEDtoo"},
		"too short":                {"abc x abc", "abc x abc"},
		"trimmed":                  {"[spaced-out-41]", "[REDACTED]"},
		"after a scheme":           {"got opaque-77-token", "got REDACTED"},
		"of Basic authentication":  {"got bpasswd", "got REDACTED"},
		"white space":              {"got two words more and two%20%20words%0A%2B%20more", "got REDACTED and REDACTED"},
		"proxy":                    {"got pr%40xy/p@ss, pr@xy/p@ss", "got REDACTED, REDACTED"},
		"proxy without scheme":     {"got pr0xyp4ss", "got REDACTED"},
		"signature":                {"got d3N+nature, d3N%2bnature, d3N%252Bnature", "got REDACTED, REDACTED, REDACTED"},
		"query":                    {"got 2024-05-04 in sv=2024-05-04&amp;sig=d3N%2Bnature", "got 2024-05-04 in REDACTED"},
		"plain query":              {"got page=12&size=1000", "got page=12&size=1000"},
		"query of another name":    {"got 0123456789-opaque-0123456789", "got REDACTED"},
		"query of an escaped name": {"got escaped-41", "got REDACTED"},
		"one line of a file":       {"[ends-in-a-line-41]", "[REDACTED]"},
		"one in another":           {"in-another-41-and-longer.", "REDACTED."},
		"far from a semicolon":     {"a &lt; b &lt 0123456789 0123456789 0123456789 opaque-77-token;", "a &lt; b &lt 0123456789 0123456789 0123456789 REDACTED;"},
		"Go's short escapes":       {`\x6fpaque-77-token`, "REDACTED"},
		"Go's long escapes":        {`\U0000006fpaque-77-token smile-\U0001f600-41`, "REDACTED REDACTED"},
		"surrogates of JSON":       {`smile-\ud83d\ude00-41`, "REDACTED"},
		"twice side by side":       {"opaque-77-tokenopaque-77-token", "REDACTED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, redact.String(test.in)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestRegistered redacts what reaches a log.
func TestRegistered(t *testing.T) {
	t.Parallel()
	const secret = "registered/4711"
	redact.Register(secret)
	for name, text := range map[string]string{
		"error":  redact.Error(fmt.Errorf("asking: %w", errors.New("not "+secret))).Error(),
		"text":   redact.Attr(slog.String("a", secret)).String(),
		"header": redact.Attr(slog.Any("a", http.Header{"X": {secret}})).String(),
		"bytes":  redact.Attr(slog.Any("a", []byte(secret))).String(),
		"group":  redact.Attr(slog.Group("a", "b", secret)).String(),
		"struct": redact.Attr(slog.Any("a", struct{ B []string }{[]string{secret}})).String(),
	} {
		if strings.Contains(text, "4711") || !strings.Contains(text, redact.Mark) {
			t.Errorf("%s is %s", name, text)
		}
	}
}

// TestRegistryIsBounded registers more than is remembered.
func TestRegistryIsBounded(t *testing.T) {
	t.Parallel()
	var many redact.Registry
	many.Add("kept%2Fkept-secret")
	for i := range redact.MaxValues + 100 {
		many.Add(fmt.Sprintf("secret-%08d", i))
		if i%1000 == 0 {
			many.Add("kept%2Fkept-secret")
		}
	}
	if n, p := many.Values(), many.Patterns(); n != redact.MaxValues || p != n+1 {
		t.Errorf("%d values and %d patterns are registered, want %d and one more", n, p, redact.MaxValues)
	}
	for text, want := range map[string]string{
		"secret-00000000": "secret-00000000", "secret-00004000": redact.Mark, "kept/kept-secret": redact.Mark,
	} {
		if got := many.Clean(text); got != want {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}

	var large redact.Registry
	for i := range 100 {
		large.Add(fmt.Sprintf("%08d", i) + strings.Repeat("x", 2*redact.MaxValue))
	}
	if n := large.Bytes(); n > redact.MaxBytes {
		t.Errorf("%d bytes are registered, want at most %d", n, redact.MaxBytes)
	}

	var pushed redact.Registry
	pushed.Add("kept%2Fkept-secret")
	pushed.Add(strings.Repeat("x", 2*redact.MaxBytes))
	if got := pushed.Clean("kept/kept-secret"); got != redact.Mark {
		t.Errorf("one large value has pushed out another: got %s", got)
	}
}

// TestDepthIsBounded cleans what could be read as an encoding in an encoding endlessly. It is not parallel, since that would
// count the allocations of others.
func TestDepthIsBounded(t *testing.T) { //nolint:paralleltest // see above
	redact.Register("opaque-77-token")
	text := strings.Repeat("A", 64)
	for range 10 {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	if n := testing.AllocsPerRun(1, func() { redact.String(text) }); n > 500 {
		t.Errorf("%v allocations", n)
	}
}

// TestRegisterMeanwhile registers while others redact; the race detector watches.
func TestRegisterMeanwhile(t *testing.T) {
	t.Parallel()
	var r redact.Registry
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 100 {
				secret := fmt.Sprintf("worker-%d-%d", worker, i)
				r.Add(secret)
				if got := r.Clean("a " + secret); got != "a REDACTED" {
					t.Errorf("%s became %s", secret, got)
				}
			}
		})
	}
	all.Wait()
}

func FuzzRegister(f *testing.F) {
	f.Add("p+ss/w<ör>d=& \"quoted\"\t%", "before ", " after")
	f.Add("a%2Bb%3D0123456789", `{"x":"`, `"}`)
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		// XML and HTML cannot write every character.
		secret = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || r == utf8.RuneError || r > 0xfffd {
				return -1
			}
			return r
		}, secret)), " ")
		if len(secret) < 16 || strings.Contains(before+after, secret) {
			return
		}
		var r redact.Registry
		r.Add(secret)
		for name, encode := range encodings {
			// What stands around belongs to no escape that the secret would go on with.
			text := before + " " + encode(secret) + " " + after
			if clean := r.Clean(text); strings.Contains(clean, encode(secret)) {
				t.Errorf("%q holds %q as %s: %q", text, secret, name, clean)
			}
		}
	})
}
