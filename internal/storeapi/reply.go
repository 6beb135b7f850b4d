package storeapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/wirejson"
)

const (
	headerAuthorization    = "Authorization"
	headerCorrelation      = "CorrelationId"
	headerReplyCorrelation = "MS-CorrelationId"

	// maxMessage and maxForeign bound, in bytes, what an error repeats of the Store's own message, and of a body that
	// is not the Store's.
	maxMessage = 2000
	maxForeign = 300
)

// reply is the body of a successful reply, or an element of the list in one.
type reply struct {
	body          json.RawMessage
	correlationID string
}

// correlationID is what the Store's support finds a reply by: its own id, else the one that we sent [store-api 1.3].
func correlationID(resp *http.Response) string {
	if id := resp.Header.Get(headerReplyCorrelation); id != "" || resp.Request == nil {
		return id
	}
	return resp.Request.Header.Get(headerCorrelation)
}

// replyError makes the error of a reply that is not a success. It requires nothing of the body, which may be the
// Store's, that of the gateway before it, Entra's, empty, HTML or plain text [store-api 1.4, 2.1].
func replyError(r *request, resp *http.Response) *Error {
	e := newError(r, nil)
	e.StatusCode, e.CorrelationID = resp.StatusCode, resp.Header.Get(headerReplyCorrelation)
	body, err := runtime.Payload(resp)
	if err == nil {
		e.describe(bytes.TrimSpace(trimBOM(body)))
	}
	e.CorrelationID = cmp.Or(e.CorrelationID, correlationID(resp))
	return e
}

// describe takes from a body what it says.
func (e *Error) describe(body []byte) {
	if o, err := wirejson.ParseObject(body); err == nil {
		e.readMembers(o)
	}
	if e.Message == "" && e.Code == "" {
		e.Message = foreignText(body)
	}
}

func (e *Error) readMembers(o wirejson.Object) {
	// OData and Entra put their members, or their code, under "error".
	if inner := o.Find("error"); !wirejson.IsNull(inner) {
		if wrapped, err := wirejson.ParseObject(inner); err == nil {
			o = wrapped
		} else {
			e.Code = textOf(inner)
		}
	}
	member := func(name string) string { return textOf(o.Find(name)) }
	e.Code = cmp.Or(e.Code, member("code"))
	e.Message = cmp.Or(member("message"), member("error_description"))
	e.Target = member("target")
	e.CorrelationID = cmp.Or(e.CorrelationID, member("activityId"), member("correlation_id"))
	said := []string{e.Message}
	for _, name := range []string{"details", "data"} {
		said = append(said, elementTexts(o.Find(name))...)
	}
	if inner, err := wirejson.ParseObject(o.Find("innererror")); err == nil {
		said = append(said, sentence(inner))
	}
	e.Message = join(said)
}

// elementTexts tells what is in details or data, which hold texts according to one client, objects according to another
// [store-api 2.1].
func elementTexts(list json.RawMessage) []string {
	elements, err := wirejson.Elements(list)
	if err != nil {
		return nil
	}
	var said []string
	for _, element := range elements {
		if o, err := wirejson.ParseObject(element); err == nil {
			said = append(said, sentence(o))
		} else {
			said = append(said, textOf(element))
		}
	}
	return said
}

// sentence says what an object with a code and a message says.
func sentence(o wirejson.Object) string {
	code, message := textOf(o.Find("code")), textOf(o.Find("message"))
	if code != "" && message != "" {
		return code + ": " + message
	}
	return code + message
}

// textOf gives the text of a string or a number, cleaned; whatever else a member holds says nothing to people.
func textOf(value json.RawMessage) string {
	if wirejson.IsNull(value) {
		return ""
	}
	s, err := wirejson.Text(value)
	if err != nil {
		return ""
	}
	return plainText(s)
}

// plainText makes a line of a server's text that may be shown.
func plainText(s string) string { return shorten(redact.String(collapse(s)), maxMessage) }

// join puts together what is not said twice.
func join(said []string) string {
	var text string
	for _, s := range said {
		switch {
		case s == "" || strings.Contains(text, s):
		case text == "":
			text = s
		default:
			text += "; " + s
		}
	}
	return shorten(text, maxMessage)
}

var (
	htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	htmlNoise = regexp.MustCompile(`(?is)<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>`)
)

// foreignText makes a line of a body that is not JSON; of a page it is the title.
func foreignText(body []byte) string {
	text := strings.ToValidUTF8(string(body), "")
	if strings.HasPrefix(text, "<") {
		if title := htmlTitle.FindStringSubmatch(text); title != nil && strings.TrimSpace(title[1]) != "" {
			text = title[1]
		} else {
			text = htmlNoise.ReplaceAllString(text, " ")
		}
		text = html.UnescapeString(text)
	}
	return shorten(redact.String(collapse(text)), maxForeign)
}

// collapse makes one line of s, without what a terminal would act on.
func collapse(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// shorten cuts s after at most limit bytes, between characters.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "…"
}
