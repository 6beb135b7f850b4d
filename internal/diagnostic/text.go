package diagnostic

import (
	"context"
	"os"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// ownWords replace what libraries say to programmers.
var ownWords = strings.NewReplacer(
	" (Client.Timeout exceeded while awaiting headers)", "",
	"net/http: request canceled while waiting for connection", "no connection in time",
	"net/http: request canceled", "no reply in time",
	"net/http: TLS handshake timeout", "no answer in time",
	os.ErrDeadlineExceeded.Error(), "no answer in time",
	context.DeadlineExceeded.Error(), "the operation ran out of time",
	context.Canceled.Error(), "the run was cancelled",
)

// timeLayout is what package time says of a text that is no time: it quotes the layout.
var timeLayout = regexp.MustCompile(`parsing time ("(?:[^"\\]|\\.)*")(?: as "(?:[^"\\]|\\.)*": cannot parse "(?:[^"\\]|\\.)*" as "(?:[^"\\]|\\.)*"|: [a-z ]+ out of range|: extra text: "(?:[^"\\]|\\.)*")`)

// plain returns a text that holds no secret and no words of a library.
func plain(text string) string {
	text = timeLayout.ReplaceAllString(redact.String(text), "$1 is not a time such as 2026-12-24T09:00:00Z")
	return ownWords.Replace(text)
}

// sentence gives a text that stands alone a capital letter and a full stop.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

// named puts the attribute in front of a text that does not name it, as users write it: packages[0].source.
func named(at path.Path, text string) string {
	name := at.String()
	mention := regexp.MustCompile(`(^|[^\w.\]])` + regexp.QuoteMeta(name) + `($|[^\w])`)
	if mention.MatchString(text) {
		return text
	}
	return name + ": " + text
}
