package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Limits of what is remembered. An hour of requests to the Store, each with a new upload URL, stays below them.
const (
	maxValues = 4096
	maxBytes  = 4 << 20
	// maxValue bounds a single secret, so that one reply cannot push out all others.
	maxValue = 64 << 10
)

const (
	// minLength is the length of the shortest secret, in bytes, that is known by value. A shorter one would blank
	// letters and syllables of every sentence.
	minLength = 4
	// minAnywhere is the length from which on a secret is found within a word as well.
	minAnywhere = 8
	// minLetters is the same for a secret that consists of letters alone and could be a word of a sentence.
	minLetters = 16
)

// known are the secrets of this process.
var known registry

// Register makes values known as secrets: [String], [Error] and [Attr] replace them from now on, as they are and in
// every usual encoding. White space around a value does not count, and a value such as "Bearer abc" makes "abc" known
// too. A value with fewer than four bytes is ignored; one that could be a word of a sentence is replaced only where it
// stands as a word. The oldest values are forgotten when there are more than 4096.
func Register(values ...string) {
	for _, value := range values {
		for _, secret := range withCredentials(value) {
			known.add(secret)
		}
	}
}

// RegisterURL makes known what is secret in an address: the password of its user and, if a part of its query is or
// could be a credential, that part and the query as a whole. The address of a proxy may lack its scheme.
func RegisterURL(address string) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	beforeQuery, query, _ := strings.Cut(address, "?")
	query, _, _ = strings.Cut(query, "#")
	if _, authority, ok := strings.Cut(beforeQuery, "://"); ok {
		// A password may hold any character that nobody escaped; the last @ is before the host.
		if at := strings.LastIndexByte(authority, '@'); at >= 0 {
			_, password, _ := strings.Cut(authority[:at], ":")
			Register(password)
		}
	}
	secret := false
	for member := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(member, "=")
		if decoded, err := url.QueryUnescape(name); err == nil {
			name = decoded
		}
		// Nobody knows every name. What is long is no page number.
		if secretKey.MatchString(name) || len(value) >= 24 {
			secret = true
			Register(value)
		}
	}
	if secret {
		Register(query)
	}
}

// withCredentials returns a value and the credentials within it: the token of a value of the header Authorization, and
// the password of Basic authentication.
func withCredentials(value string) []string {
	value = strings.TrimSpace(value)
	secrets := []string{value}
	scheme, token, two := strings.Cut(value, " ")
	token = strings.TrimSpace(token)
	if !two || len(token) < minAnywhere || strings.ContainsAny(token, " \t\r\n") {
		return secrets
	}
	secrets = append(secrets, token)
	if strings.EqualFold(scheme, "Basic") {
		if decoded, err := base64.StdEncoding.DecodeString(token); err == nil {
			_, password, _ := strings.Cut(string(decoded), ":")
			secrets = append(secrets, password)
		}
	}
	return secrets
}

// registry finds the secrets that it knows in text. The zero value knows none.
type registry struct {
	mu sync.RWMutex
	// values are the secrets, the one that was registered last at the end.
	values []string
	bytes  int
	// patterns are what is looked for, by their first four bytes.
	patterns map[uint32][]pattern
	// mayBegin tells fast that no pattern begins with two bytes. It may promise too much once secrets were forgotten.
	mayBegin [1 << 16]bool
}

// pattern is a secret as it stands in normalized text: as it was registered, or with its escapes undone.
type pattern struct {
	secret string // the value that it belongs to
	text   []byte
	// word says that the pattern counts only where it stands as a word.
	word bool
}

func (r *registry) add(secret string) {
	if len(secret) > maxValue {
		secret = secret[:maxValue]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.values, secret); i >= 0 {
		r.values = append(slices.Delete(r.values, i, i+1), secret)
		return
	}
	r.values = append(r.values, secret)
	r.bytes += len(secret)
	for len(r.values) > maxValues || r.bytes > maxBytes {
		r.forgetOldest()
	}
	if r.patterns == nil {
		r.patterns = map[uint32][]pattern{}
	}
	for _, p := range patternsOf(secret) {
		key := begin(p.text)
		r.patterns[key] = append(r.patterns[key], p)
		r.mayBegin[uint16(key)] = true //nolint:gosec // The first two of four bytes.
	}
}

func (r *registry) forgetOldest() {
	oldest := r.values[0]
	r.values = slices.Delete(r.values, 0, 1)
	r.bytes -= len(oldest)
	for _, p := range patternsOf(oldest) {
		key := begin(p.text)
		rest := slices.DeleteFunc(r.patterns[key], func(other pattern) bool { return other.secret == oldest })
		if len(rest) == 0 {
			delete(r.patterns, key)
		} else {
			r.patterns[key] = rest
		}
	}
}

// patternsOf undoes the escapes of a secret as those of a text are undone, because a secret such as a query holds
// escapes itself: where the text around it was escaped once more, both are undone together.
func patternsOf(secret string) []pattern {
	var all []pattern
	v := original(secret)
	for range maxDepth + 1 {
		text := v.normalized().text
		if len(text) >= minLength {
			alphabetic := len(bytes.Trim(text, letters)) == 0
			all = append(all, pattern{
				secret: secret, text: text,
				word: len(text) < minAnywhere || alphabetic && len(text) < minLetters,
			})
		}
		next, changed := v.unescaped()
		if !changed {
			break
		}
		v = next
	}
	return all
}

func begin(text []byte) uint32 { return binary.LittleEndian.Uint32(text) }

// clean returns s with every known secret replaced.
func (r *registry) clean(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.values) == 0 {
		return s
	}
	f := finder{registry: r}
	f.search(original(s), maxDepth)
	if len(f.found) == 0 {
		return s
	}
	slices.SortFunc(f.found, func(a, b span) int { return int(a.from - b.from) })
	var b strings.Builder
	end := int32(0)
	for i, at := range f.found {
		// What touches the one before shares its mark.
		if i == 0 || at.from > end {
			b.WriteString(s[end:at.from])
			b.WriteString(Mark)
		}
		end = max(end, at.to)
	}
	b.WriteString(s[end:])
	return b.String()
}

// finder collects where a text holds secrets.
type finder struct {
	registry *registry
	found    []span
}

// search looks for secrets in v, in what is written in it in base64 or hex, and in v with its escapes undone, in any
// combination up to the depth.
func (f *finder) search(v view, depth int) {
	f.match(v.normalized())
	if depth == 0 {
		return
	}
	for decoded := range v.decoded() {
		f.search(decoded, depth-1)
	}
	if plain, changed := v.unescaped(); changed {
		f.search(plain, depth-1)
	}
}

func (f *finder) match(v view) {
	for i := 0; i+minLength <= len(v.text); i++ {
		key := begin(v.text[i:])
		if !f.registry.mayBegin[uint16(key)] { //nolint:gosec // The first two of four bytes.
			continue
		}
		for _, p := range f.registry.patterns[key] {
			end := i + len(p.text)
			if !bytes.HasPrefix(v.text[i:], p.text) || p.word && (wordAt(v.text, i-1) || wordAt(v.text, end)) {
				continue
			}
			f.found = append(f.found, v.part(i, end-1))
		}
	}
}

func wordAt(text []byte, i int) bool {
	if i < 0 || i >= len(text) {
		return false
	}
	c := text[i]
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}
