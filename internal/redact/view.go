package redact

import (
	"bytes"
	"encoding/json"
	"html"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth is how many encodings, one in another, are undone: a query that was escaped twice, in JSON, in JSON in a
// log line, for example.
const maxDepth = 4

// span is a part of the text that was searched first, between two of its bytes.
type span struct{ from, to int32 }

// view is a text with encodings undone. at is the part of the original text that each of its bytes comes from.
type view struct {
	text []byte
	at   []span
}

// newView returns an empty view with room for n bytes.
func newView(n int) view {
	return view{text: make([]byte, 0, n), at: make([]span, 0, n)}
}

// original is the view of a text in which nothing is undone yet.
func original(text string) view {
	v := view{text: []byte(text), at: make([]span, len(text))}
	for i := range v.at {
		v.at[i] = span{int32(i), int32(i) + 1} // Texts are far below 2 GiB.
	}
	return v
}

// part is what the bytes from first to last come from.
func (v view) part(first, last int) span { return span{v.at[first].from, v.at[last].to} }

// add appends bytes that come from a part of the original text.
func (v *view) add(at span, decoded ...byte) {
	for _, c := range decoded {
		v.text, v.at = append(v.text, c), append(v.at, at)
	}
}

// normalized returns v with one space for each run of white space and plus signs. A plus sign stands for a space in a
// query, and messages are put on one line.
func (v view) normalized() view {
	if !slices.ContainsFunc(v.text, isSpace) {
		return v
	}
	one := newView(len(v.text))
	for i := 0; i < len(v.text); i++ {
		first, c := i, v.text[i]
		if isSpace(c) {
			c = ' '
			for i+1 < len(v.text) && isSpace(v.text[i+1]) {
				i++
			}
		}
		one.add(v.part(first, i), c)
	}
	return one
}

func isSpace(c byte) bool {
	return c == ' ' || c == '+' || c >= '\t' && c <= '\r'
}

// unescaped returns v with the escapes of URLs, JSON, Go, XML and HTML undone once, and whether there were any.
func (v view) unescaped() (view, bool) {
	if !bytes.ContainsAny(v.text, `%\&`) {
		return view{}, false
	}
	plain := newView(len(v.text))
	changed := false
	for i := 0; i < len(v.text); {
		decoded, n := unescape(v.text[i:])
		if n == 0 {
			decoded, n = v.text[i:i+1], 1
		} else {
			changed = true
		}
		plain.add(v.part(i, i+n-1), decoded...)
		i += n
	}
	return plain, changed
}

// maxEntity is the length of the longest name of a character in HTML, with & and semicolon.
const maxEntity = 33

// unescape reads the escape that s begins with, and how many bytes it takes; 0 for none.
func unescape(s []byte) (decoded []byte, n int) {
	switch s[0] {
	case '%':
		if text, err := url.PathUnescape(string(s[:min(3, len(s))])); err == nil {
			return []byte(text), 3
		}
	case '\\':
		return unescapeBackslash(s)
	case '&':
		end := bytes.IndexByte(s[:min(len(s), maxEntity)], ';')
		if end < 0 {
			return nil, 0
		}
		entity := string(s[:end+1])
		if text := html.UnescapeString(entity); text != entity {
			return []byte(text), end + 1
		}
	}
	return nil, 0
}

// unescapeBackslash reads the escapes of JSON and Go.
func unescapeBackslash(s []byte) (decoded []byte, n int) {
	if len(s) > 1 && strings.IndexByte("\"'/`", s[1]) >= 0 {
		return s[1:2], 2
	}
	// The longest escapes are those of a character in two halves, such as \ud83d\ude00.
	text := string(s[:min(len(s), 12)])
	var pair string
	if strings.HasPrefix(text, `\u`) && json.Unmarshal([]byte(`"`+text+`"`), &pair) == nil && utf8.RuneCountInString(pair) == 1 {
		return []byte(pair), len(text)
	}
	char, multibyte, rest, err := strconv.UnquoteChar(text, 0)
	switch {
	case err != nil:
		return nil, 0
	case multibyte:
		return utf8.AppendRune(nil, char), len(text) - len(rest)
	default:
		return []byte{byte(char)}, len(text) - len(rest) //nolint:gosec // One byte is what it is.
	}
}

// alphabet is a way to write bytes in characters that stand for a few bits each.
type alphabet struct {
	bits int
	// group is the least number of characters that stand for whole bytes.
	group int
	// values are those of the characters; none for every other.
	values [256]uint8
}

const none = 0xff

func newAlphabet(bits, group int, spellings ...string) *alphabet {
	a := &alphabet{bits: bits, group: group}
	for c := range a.values {
		a.values[c] = none
	}
	for _, characters := range spellings {
		for value, c := range []byte(characters) {
			a.values[c] = uint8(value)
		}
	}
	return a
}

const (
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	digits  = "0123456789"
)

var alphabets = []*alphabet{
	newAlphabet(6, 4, letters+digits+"+/", letters+digits+"-_", letters+digits+" "),
	newAlphabet(4, 2, digits+"abcdef", digits+"ABCDEF"),
}

// decoded yields what each run of characters of base64, or of hex, stands for. What stands before it, such as the "/"
// of a path, may look like a part of the run, so it may begin at each of the characters of a group.
func (v view) decoded() iter.Seq[view] {
	return func(yield func(view) bool) {
		for _, a := range alphabets {
			for from, to := range a.runs(v.text) {
				for skip := range a.group {
					if !yield(a.decode(v, from+skip, to)) {
						return
					}
				}
			}
		}
	}
}

// runs yields where a text consists of characters of the alphabet that are enough for a secret. It may be broken into
// lines.
func (a *alphabet) runs(text []byte) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for from := 0; from < len(text); from++ {
			if a.values[text[from]] == none {
				continue
			}
			to := from + 1
			for next := to; next < len(text); next++ {
				if a.values[text[next]] != none {
					to = next + 1
				} else if text[next] != '\r' && text[next] != '\n' {
					break
				}
			}
			if (to-from)*a.bits >= minLength*8 && !yield(from, to) {
				return
			}
			from = to
		}
	}
}

func (a *alphabet) decode(v view, from, to int) view {
	plain := newView((to - from) * a.bits / 8)
	var held, bits int
	// last is the place of the character before, whose rest a byte begins with.
	last := from
	for i := from; i < to; i++ {
		value := a.values[v.text[i]]
		if value == none {
			continue
		}
		first := last
		if bits == 0 {
			first = i
		}
		held, bits, last = held<<a.bits|int(value), bits+a.bits, i
		if bits >= 8 {
			bits -= 8
			plain.add(v.part(first, i), byte(held>>bits)) //nolint:gosec // No more than eight bits are left.
			held &= 1<<bits - 1
		}
	}
	return plain
}
