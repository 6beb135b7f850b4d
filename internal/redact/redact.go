// Package redact takes credentials out of text that people will read: log lines, errors, state.
//
// It knows the secrets of this process by value: whoever learns one calls [Register] or [RegisterURL]. What nobody
// registered it knows by form: addresses that carry a signature, as those of Azure Blob Storage do [store-api 7],
// bearer tokens, JSON Web Tokens, and secrets in form, JSON and XML bodies. Code that holds a secret should rather not
// print it at all; this package is for text that somebody else wrote, such as the *url.Error of a failed request, which
// spells out the whole address.
package redact

import (
	"regexp"
	"slices"
	"strings"
)

// Mark stands where a credential was.
const Mark = "REDACTED"

// secretNames match the query, form, JSON and header names whose values are credentials. The bare names of Azure
// ("sig"), Amazon and Google ("…-Signature", "…-Credential") signed addresses are among them, because packages and
// artifacts may come from any of these.
const secretNames = `sig|signature|x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential)` +
	`|client_?secret|client_?assertion|client_?certificate_?password|password|passwd|pwd` +
	`|(?:access|refresh|id|oidc|oidc_?request|request|bearer|private|sas)_?token|api_?key|assertion`

// pairNames are more names, which are words of sentences too.
const pairNames = secretNames + `|(?:[a-z]+[_-])*token`

var (
	// A query goes on to the first character that cannot be in one. A backslash can here: JSON writes & as \u0026.
	urlQuery = regexp.MustCompile(`(?i)\b(https?://[^\s"'<>{}?#]*)\?[^\s"'<>{}]*`)
	// A password may hold an @ that nobody escaped; the last one is before the host.
	urlUser = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)[^\s"'<>{}/?#]+@`)

	// The name must not go on to the left, or "design=" would hold a "sig=". An address in another's query is escaped, as
	// often as it was passed on, and JSON writes & as \u0026: these end in what looks like a part of the name. The colon
	// is that of a printed struct; in a sentence a space follows it.
	pair = regexp.MustCompile(`(?i)(^|[^a-z0-9_-]|%(?:25)*[0-9a-f]{2}|\\u[0-9a-f]{4})(` + pairNames + `)(=|%(?:25)*3D|\\u003d|:)([\[(]*)[^\s&"'<>{}\[(;,][^\s&"'<>{};,]*`)
	// As a sentence or a header has it, with a space behind the colon: a value only if it does not read as a word.
	spaced  = regexp.MustCompile(`(?i)(^|[^a-z0-9_-])(` + secretNames + `)(\s*[:=]\s+|\s+[:=])([^\s&"'<>{}\[\](),;]{6,})`)
	element = regexp.MustCompile(`(?i)((?:<|&lt;|\\u003c)(?:[a-z0-9]+:)?(?:` + secretNames + `)(?:\s[^<>]*?)?(?:>|&gt;|\\u003e))[^<>&\\]+`)
	// The value of a JSON member or of a printed Go map or struct, quoted, alone or first of a list.
	quoted = regexp.MustCompile(`(?i)(["']?\b(?:` + secretNames + `)\\?["']?\s*[:=]\s*[\[({]*\s*)(?:\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|'[^']*')`)

	authorization = regexp.MustCompile(`(?i)\b((?:proxy-)?authorization["']?\s*[:=]\s*["'\[]*)(?:[a-z]+ +)?[^\s"'\],;]+`)
	bearer        = regexp.MustCompile(`(?i)\b(bearer\s+)([a-z0-9._~+/=-]{8,})`)
	jwt           = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?`)
	// What a storage service signs with and an application signs in with, alone: 32 or 64 bytes in base64, and the form
	// that Entra gives to client secrets.
	bare  = regexp.MustCompile(`(^|[^A-Za-z0-9+/=])(?:[A-Za-z0-9+/]{43}(?:=|%3[Dd])|[A-Za-z0-9+/]{86}(?:==|%3[Dd]%3[Dd]))|[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}`)
	prose = regexp.MustCompile(`^[A-Za-z-]+[.]?$`)
)

// rule takes one form of credentials out of a text.
type rule struct {
	// needs are what the text holds, in lower case, one of them at least, where the rule finds something. Most texts hold
	// none, and looking for a word takes a hundredth of the time that an expression takes.
	needs []string
	apply func(string) string
}

// nameWords are parts of secretNames and pairNames, one in each name.
var nameWords = []string{"sig", "credential", "token", "secret", "assertion", "passw", "pwd", "private", "key"}

var rules = []rule{
	{[]string{"@"}, replace(urlUser, "${1}"+Mark+"@")},
	{[]string{"?"}, withoutSignedQueries},
	{nameWords, replace(pair, "${1}${2}${3}${4}"+Mark)},
	{nameWords, replace(element, "${1}"+Mark)},
	{nameWords, withoutSpaced},
	{nameWords, replace(quoted, `${1}"`+Mark+`"`)},
	{[]string{"authorization"}, replace(authorization, "${1}"+Mark)},
	{[]string{"bearer"}, withoutBearer},
	{[]string{"=", "%3d", "q~"}, replace(bare, "${1}"+Mark)},
	{[]string{"eyj"}, replace(jwt, Mark)},
}

// String returns s with its credentials replaced by [Mark]. An address keeps its scheme, host and path; its query goes
// as a whole as soon as one member of it is a credential, because what surrounds a signature helps to forge another.
func String(s string) string {
	s = known.clean(s)
	lower := strings.ToLower(s)
	holds := func(part string) bool { return strings.Contains(lower, part) }
	for _, r := range rules {
		if slices.ContainsFunc(r.needs, holds) {
			s = r.apply(s)
		}
	}
	return s
}

func replace(form *regexp.Regexp, by string) func(string) string {
	return func(s string) string { return form.ReplaceAllString(s, by) }
}

func withoutSignedQueries(s string) string {
	return urlQuery.ReplaceAllStringFunc(s, func(u string) string {
		address, query, _ := strings.Cut(u, "?")
		if query == Mark || !signed(query) {
			return u
		}
		return address + "?" + Mark
	})
}

func withoutSpaced(s string) string {
	return spaced.ReplaceAllStringFunc(s, func(m string) string {
		parts := spaced.FindStringSubmatch(m)
		if !strings.ContainsAny(parts[4], "0123456789+/=%~") {
			return m
		}
		return parts[1] + parts[2] + parts[3] + Mark
	})
}

func withoutBearer(s string) string {
	return bearer.ReplaceAllStringFunc(s, func(m string) string {
		parts := bearer.FindStringSubmatch(m)
		// "Bearer authentication" is a phrase, and no token consists of letters alone.
		if prose.MatchString(parts[2]) {
			return m
		}
		return parts[1] + Mark
	})
}

func signed(query string) bool { return pair.MatchString(query) || jwt.MatchString(query) }

// Error returns err with a text without credentials. errors.Is and errors.As see through it, so whoever takes the
// original out has to redact its text again. It returns err itself if there is nothing to hide, and nil for nil.
func Error(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	clean := String(text)
	if clean == text {
		return err
	}
	return &redactedError{text: clean, err: err}
}

type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Unwrap() error { return e.err }

// GoString keeps %#v from printing what Error hides.
func (e *redactedError) GoString() string { return e.text }
