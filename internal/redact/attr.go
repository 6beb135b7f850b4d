package redact

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
)

var secretKey = regexp.MustCompile(`(?i)^(?:(?:proxy-)?authorization|cookie|set-cookie|.*(?:secret|password|token)|` + secretNames + `)$`)

// Attr returns a with a value without credentials, for the handlers that write log lines. The whole value goes if the
// key names a credential; otherwise credentials are taken out of texts, errors, groups, and whatever prints as text.
func Attr(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	if secretKey.MatchString(a.Key) && a.Value.Kind() != slog.KindGroup {
		return slog.String(a.Key, Mark)
	}
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, String(a.Value.String()))
	case slog.KindGroup:
		members := a.Value.Group()
		clean := make([]slog.Attr, len(members))
		for i, member := range members {
			clean[i] = Attr(member)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(clean...)}
	case slog.KindAny:
		return slog.Attr{Key: a.Key, Value: anyValue(a.Value)}
	default: // Numbers, times and durations hold no credentials.
		return a
	}
}

// anyValue leaves a value as it is unless its text holds a credential: handlers print some values better than %v does.
func anyValue(v slog.Value) slog.Value {
	var text string
	switch x := v.Any().(type) {
	case error:
		text = x.Error()
	case http.Header:
		return slog.AnyValue(header(x))
	case []byte:
		text = string(x)
	default:
		text = fmt.Sprintf("%+v", x)
	}
	if clean := String(text); clean != text {
		return slog.StringValue(clean)
	}
	return v
}

func header(h http.Header) http.Header {
	clean := make(http.Header, len(h))
	for name, values := range h {
		for _, value := range values {
			if secretKey.MatchString(name) {
				value = Mark
			}
			clean[name] = append(clean[name], String(value))
		}
	}
	return clean
}
