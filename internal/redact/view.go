package redact

import (
	"bytes"
	"html"
	"iter"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how many encodings, one in another, are undone: a query that was escaped twice, in JSON, in JSON in a
// log line, for example.
const maxDepth = 4

// view is a text with an encoding undone. It knows which part of the original text each of its bytes comes from.
type view struct {
	text []byte
	// from and to are nil where the text is the original one.
	from, to []int32
}

func (v view) start(i int) int {
	if v.from == nil {
		return i
	}
	return int(v.from[i])
}

func (v view) end(i int) int {
	if v.to == nil {
		return i + 1
	}
	return int(v.to[i])
}

// newView returns an empty view with room for n bytes.
func newView(n int) view {
	return view{text: make([]byte, 0, n), from: make([]int32, 0, n), to: make([]int32, 0, n)}
}

// add appends bytes that come from the part of source between two of its bytes.
func (v *view) add(source view, first, last int, decoded ...byte) {
	for _, c := range decoded {
		v.text = append(v.text, c)
		v.from = append(v.from, int32(source.start(first))) //nolint:gosec // Texts are far below 2 GiB.
		v.to = append(v.to, int32(source.end(last)))        //nolint:gosec // Texts are far below 2 GiB.
	}
}

// normalized returns v with one space for each run of white space and plus signs. A plus sign stands for a space in a
// query, and messages are put on one line.
func (v view) normalized() view {
	spaces, runs := false, false
	for i, c := range v.text {
		if isSpace(c) {
			spaces = true
			runs = runs || i > 0 && isSpace(v.text[i-1])
		}
	}
	if !spaces {
		return v
	}
	text := bytes.Clone(v.text)
	for i, c := range text {
		if isSpace(c) {
			text[i] = ' '
		}
	}
	if !runs {
		return view{text: text, from: v.from, to: v.to}
	}
	one := newView(len(text))
	for i := 0; i < len(text); i++ {
		first := i
		for text[i] == ' ' && i+1 < len(text) && text[i+1] == ' ' {
			i++
		}
		one.add(v, first, i, text[i])
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
			plain.add(v, i, i, v.text[i])
			i++
			continue
		}
		plain.add(v, i, i+n-1, decoded...)
		changed = true
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
		if r, ok := hexRune(s, 1, 2); ok {
			return []byte{byte(r)}, 3 //nolint:gosec // Two digits are a byte.
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

func unescapeBackslash(s []byte) (decoded []byte, n int) {
	if len(s) < 2 {
		return nil, 0
	}
	switch s[1] {
	case '"', '\'', '\\', '/', '`':
		return s[1:2], 2
	case 'a', 'b', 'f', 'n', 'r', 't', 'v':
		return []byte{map[byte]byte{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}[s[1]]}, 2
	case 'x':
		if r, ok := hexRune(s, 2, 2); ok {
			return []byte{byte(r)}, 4 //nolint:gosec // Two digits are a byte.
		}
	case 'u':
		r, ok := hexRune(s, 2, 4)
		if !ok {
			return nil, 0
		}
		if utf16.IsSurrogate(r) && len(s) > 7 && s[6] == '\\' && s[7] == 'u' {
			if low, ok := hexRune(s, 8, 4); ok {
				return utf8.AppendRune(nil, utf16.DecodeRune(r, low)), 12
			}
		}
		return utf8.AppendRune(nil, r), 6
	case 'U':
		if r, ok := hexRune(s, 2, 8); ok {
			return utf8.AppendRune(nil, r), 10
		}
	}
	return nil, 0
}

func hexRune(s []byte, at, digits int) (rune, bool) {
	if len(s) < at+digits {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[at:at+digits]), 16, 31)
	return rune(n), err == nil
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

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

var alphabets = []*alphabet{
	newAlphabet(6, 4, letters+"+/", letters+"-_", letters+" "),
	newAlphabet(4, 2, "0123456789abcdef", "0123456789ABCDEF"),
}

// decoded yields what each run of characters of base64, or of hex, stands for. What stands before it, such as the "/"
// of a path, may look like a part of the run, so it may begin at each of the characters of a group.
func (v view) decoded() iter.Seq[view] {
	return func(yield func(view) bool) {
		for _, a := range alphabets {
			for run := range a.runs(v.text) {
				for skip := range a.group {
					if !yield(a.decode(v, span{run.from + skip, run.to})) {
						return
					}
				}
			}
		}
	}
}

// runs yields where a text consists of characters of the alphabet that are enough for a secret. It may be broken into
// lines.
func (a *alphabet) runs(text []byte) iter.Seq[span] {
	return func(yield func(span) bool) {
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
			if (to-from)*a.bits >= minLength*8 && !yield(span{from, to}) {
				return
			}
			from = to
		}
	}
}

func (a *alphabet) decode(v view, run span) view {
	plain := newView((run.to - run.from) * a.bits / 8)
	var held, bits int
	// last is the place of the character before, whose rest a byte begins with.
	last := run.from
	for i := run.from; i < run.to; i++ {
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
			plain.add(v, first, i, byte(held>>bits)) //nolint:gosec // No more than eight bits are left.
			held &= 1<<bits - 1
		}
	}
	return plain
}
