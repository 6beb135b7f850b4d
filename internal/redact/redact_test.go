package redact_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// jwt is three short members in the form of a JSON Web Token; it signs nothing.
const jwt = "eyJhbGciOiJub25l.eyJzdWIiOiJuYW1l.c2lnbmF0dXJl"

func TestString(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ in, want string }{
		"nothing":         {"reading flight: 404 Not Found", "reading flight: 404 Not Found"},
		"empty":           {"", ""},
		"sas":             {"Put \"https://a.blob.core.windows.net/i/g?sv=2024-05-04&se=x&sr=b&sp=rwl&sig=a%2Fb%3D\": refused", "Put \"https://a.blob.core.windows.net/i/g?REDACTED\": refused"},
		"sas plus":        {"https://h/i/g?sig=a+b/c==&comp=block end", "https://h/i/g?REDACTED end"},
		"sas upper":       {"HTTPS://H/I?SIG=abc", "HTTPS://H/I?REDACTED"},
		"sas in json":     {`{"fileUploadUrl":"https://h/i?sv=1\u0026sig=abc\u0026se=2","x":1}`, `{"fileUploadUrl":"https://h/i?REDACTED","x":1}`},
		"two addresses":   {"https://h/a?sig=1 https://h/b?sig=2", "https://h/a?REDACTED https://h/b?REDACTED"},
		"amazon":          {"https://s3/x.msix?X-Amz-Credential=AKIA&X-Amz-Signature=ab", "https://s3/x.msix?REDACTED"},
		"google":          {"https://gcs/x.msix?X-Goog-Signature=ab", "https://gcs/x.msix?REDACTED"},
		"plain query":     {"https://h/a?top=10&skip=20", "https://h/a?top=10&skip=20"},
		"design":          {"https://h/a?design=modern", "https://h/a?design=modern"},
		"jwt in query":    {"https://h/a?q=" + jwt, "https://h/a?REDACTED"},
		"relative sas":    {"/i/g?sv=1&sig=abc&se=2", "/i/g?sv=1&sig=REDACTED&se=2"},
		"escaped pair":    {"next=%3Fa%3D1&sig%3Dabc", "next=%3Fa%3D1&sig%3DREDACTED"},
		"nested":          {"https://h/login?next=https%3A%2F%2Fblob%2Fi%3Fsv%3D1%26sig%3DSECRET", "https://h/login?REDACTED"},
		"nested first":    {"https://h/login?next=https%3A%2F%2Fblob%2Fi%3Fsig%3DSECRET", "https://h/login?REDACTED"},
		"nested twice":    {"https://h/login?next=https%253A%252F%252Fblob%252Fi%253Fsv%253D1%2526sig%253DSECRET", "https://h/login?REDACTED"},
		"nested alone":    {"went to https%3A%2F%2Fblob%2Fi%3Fsv%3D1%26sig%3DSECRET today", "went to https%3A%2F%2Fblob%2Fi%3Fsv%3D1%26sig%3DREDACTED today"},
		"json alone":      {`/i?sv=1\u0026sig=SECRET"`, `/i?sv=1\u0026sig=REDACTED"`},
		"json in json":    {`{\"url\":\"/i?sv=1\\u0026sig=SECRET\"}`, `{\"url\":\"/i?sv=1\\u0026sig=REDACTED"}`},
		"html":            {"https://h/i?sv=1&amp;sig=SECRET", "https://h/i?REDACTED"},
		"struct":          {"{ClientID:x ClientSecret:SECRET Endpoint:https://h}", "{ClientID:x ClientSecret:REDACTED Endpoint:https://h}"},
		"struct pointer":  {"&{Password:SECRET}", "&{Password:REDACTED}"},
		"sentence":        {"the assertion: a token, the password: none", "the assertion: a token, the password: none"},
		"escaped design":  {"https://h/a?next=%2Fdesign%3Dmodern", "https://h/a?next=%2Fdesign%3Dmodern"},
		"odd password":    {"https://user:p@ss@host/x?a=b", "https://REDACTED@host/x?a=b"},
		"address behind":  {"https://host/x mail me@host", "https://host/x mail me@host"},
		"user":            {"Get \"https://user:pass@host/x\": no", "Get \"https://REDACTED@host/x\": no"},
		"bearer":          {"Authorization: Bearer abc.def-123", "Authorization: REDACTED"},
		"bearer alone":    {"sent bearer abc.def-123 to it", "sent bearer REDACTED to it"},
		"bearer prose":    {"Bearer authentication is required", "Bearer authentication is required"},
		"basic":           {"authorization: Basic dXNlcjpwYXNz", "authorization: REDACTED"},
		"header map":      {"map[Authorization:[Bearer abc1defgh] Accept:[x]]", "map[Authorization:[REDACTED] Accept:[x]]"},
		"jwt":             {"token " + jwt + " refused", "token REDACTED refused"},
		"form":            {"grant_type=client_credentials&client_id=1&client_secret=s%26x&scope=y", "grant_type=client_credentials&client_id=1&client_secret=REDACTED&scope=y"},
		"assertion":       {"client_assertion=abc&client_assertion_type=urn", "client_assertion=REDACTED&client_assertion_type=urn"},
		"json secret":     {`{"access_token": "ab\"c", "n":1}`, `{"access_token": "REDACTED", "n":1}`},
		"escaped json":    {`"{\"client_secret\":\"abc\"}"`, `"{\"client_secret\":"REDACTED"}"`},
		"signature said":  {"signature: a+b/c9=, see there", "signature: REDACTED, see there"},
		"password said":   {"the password: hunter22 is wrong", "the password: REDACTED is wrong"},
		"password, words": {"the password: required here", "the password: required here"},
		"spaced equals":   {"sig = a+b/c9=", "sig = REDACTED"},
		"element":         {"<Error><Signature>a b</Signature></Error>", "<Error><Signature>REDACTED</Signature></Error>"},
		"element, named":  {`<x:Signature type="a">ab</x:Signature>`, `<x:Signature type="a">REDACTED</x:Signature>`},
		"escaped element": {"&lt;Signature&gt;ab&lt;/Signature&gt;", "&lt;Signature&gt;REDACTED&lt;/Signature&gt;"},
		"element in JSON": {`\u003cSignature\u003eab\u003c/Signature\u003e`, `\u003cSignature\u003eREDACTED\u003c/Signature\u003e`},
		"list":            {`sig=["ab"]`, `sig=["REDACTED"]`},
		"printed list":    {`map[sig:[ab]]`, `map[sig:[REDACTED`},
		"JSON list":       {`{"sig": [ "ab" ]}`, `{"sig": [ "REDACTED" ]}`},
		"any token":       {"?private-token=abc&job_token=abc", "?private-token=REDACTED&job_token=REDACTED"},
		"page":            {"https://h/a?$skiptoken=abc", "https://h/a?$skiptoken=abc"},
		"bare signature":  {"got Zm9yIHRlc3Rpbmcgb25seSBmb3IgdGVzdGluZyBvbmw= instead", "got REDACTED instead"},
		"escaped bare":    {"got Zm9yIHRlc3Rpbmcgb25seSBmb3IgdGVzdGluZyBvbmw%3D instead", "got REDACTED instead"},
		"client secret":   {"got abc8Q~0123456789abcdefghijklmnopqrstuv", "got REDACTED"},
		"hash":            {"sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
		"entra guidance":  {"AADSTS7000215: Invalid client secret provided.", "AADSTS7000215: Invalid client secret provided."},
		"token file":      {"read the OIDC token: /var/run/token1 does not exist", "read the OIDC token: /var/run/token1 does not exist"},
		"token missing":   {"APIM: Unauthorized. Access token is missing or invalid.", "APIM: Unauthorized. Access token is missing or invalid."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, redact.String(test.in)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	if redact.Error(nil) != nil {
		t.Error("nil became an error")
	}
	if clean := errors.New("nothing to hide"); redact.Error(clean) != clean { //nolint:errorlint // The very same value is wanted.
		t.Error("a clean error was wrapped")
	}
	cause := errors.New("connection refused")
	err := redact.Error(fmt.Errorf("uploading: %w", &url.Error{Op: "Put", URL: "https://h/i?sig=SECRET", Err: cause}))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(verb, err); strings.Contains(text, "SECRET") || !strings.Contains(text, "https://h/i?REDACTED") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if _, ok := errors.AsType[*url.Error](err); !ok {
		t.Error("the *url.Error is lost")
	}
}

type stringer struct{ s string }

func (s stringer) String() string { return s.s }

// later makes its value when it is logged.
type later struct{ s string }

func (l later) LogValue() slog.Value { return slog.StringValue(l.s) }

func TestAttr(t *testing.T) {
	t.Parallel()
	const sas, cleanSAS = "https://h/i?sig=SECRET", "https://h/i?REDACTED"
	for name, test := range map[string]struct {
		in   slog.Attr
		want string
	}{
		"text":         {slog.String("url", sas), "url=" + cleanSAS},
		"number":       {slog.Int("status", 404), "status=404"},
		"key":          {slog.String("client_secret", "SECRET"), "client_secret=REDACTED"},
		"header key":   {slog.String("Authorization", "SECRET"), "Authorization=REDACTED"},
		"token number": {slog.Int("token", 42), "token=REDACTED"},
		"error":        {slog.Any("error", &url.Error{Op: "Put", URL: sas, Err: errors.New("no")}), `error=Put "` + cleanSAS + `": no`},
		"stringer":     {slog.Any("at", stringer{sas}), "at=" + cleanSAS},
		"made later":   {slog.Any("at", later{sas}), "at=" + cleanSAS},
		"struct":       {slog.Any("at", struct{ URL string }{sas}), "at={URL:" + cleanSAS + "}"},
		"bytes":        {slog.Any("body", []byte(sas)), "body=" + cleanSAS},
		"clean any":    {slog.Any("ids", []int{1, 2}), "ids=[1 2]"},
		"group":        {slog.Group("g", slog.String("url", sas), slog.String("password", "SECRET")), "g=[url=" + cleanSAS + " password=REDACTED]"},
		"header": {
			slog.Any("header", http.Header{"Authorization": {"SECRET"}, "Location": {sas}}),
			"header=map[Authorization:[REDACTED] Location:[" + cleanSAS + "]]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, redact.Attr(test.in).String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// inUser leaves out what ends the user of an address.
func inUser(r rune) rune {
	if strings.ContainsRune("\"'<>{}/?#", r) {
		return -1
	}
	return r
}

func FuzzString(f *testing.F) {
	for _, seed := range []string{
		"https://h/i?sig=abc", "Bearer abc.def", "client_secret=a&b", `{"password":"x"}`, "https://u:p@h/", jwt, "a?b\\u0026sig=1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := redact.String(s)
		if twice := redact.String(once); twice != once {
			t.Errorf("not stable: %q, then %q", once, twice)
		}
		const secret = "Zm9yIHRlc3Rpbmcgb25seQ"
		before := strings.Join(strings.Fields(s), "")
		if strings.Contains(s, "?") || strings.Contains(s, secret) {
			return
		}
		for _, text := range []string{
			"https://h/i?" + before + "&sig=" + secret,
			before + "&sig=" + secret,
			before + "& Bearer " + secret + "1",
			"https://h/login?next=" + before + "%26sig%3D" + secret,
			before + "%2526sig%253D" + secret,
			before + `\u0026sig=` + secret,
			"https://user:" + strings.Map(inUser, before) + "@" + secret + "@host/",
			"{A:" + before + " ClientSecret:" + secret + "}",
		} {
			if clean := redact.String(text); strings.Contains(clean, secret) {
				t.Errorf("%q leaks from %q", clean, text)
			}
		}
	})
}
