package secrecy_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// spellings are the ways in which a service may write down what it was sent.
var spellings = map[string]func(string) string{
	"raw":   func(s string) string { return s },
	"query": url.QueryEscape,
	"query, lower": func(s string) string {
		return strings.NewReplacer("%2B", "%2b", "%2F", "%2f", "%3D", "%3d", "+", "%20").Replace(url.QueryEscape(s))
	},
	"query, twice": func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"base64":       func(s string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + s)) },
	"base64, URL":  func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("u:" + s + ":")) },
	"JSON":         func(s string) string { return inJSON(s, true) },
	"XML":          html.EscapeString,
	"Go":           strconv.Quote,
}

const proxyPassword = "pr0xyPass+41"

// echoing answers every request with the secrets, in the status line, in headers and in the body, alone and under names
// that nobody would look for.
func echoing(t *testing.T, secrets func(*http.Request) []string, spell func(string) string) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		var said []string
		for _, secret := range secrets(r) {
			said = append(said, spell(secret))
		}
		all := strings.Join(said, " ")
		body, err := json.Marshal(map[string]any{
			"code": "Refused", "message": "Refused: " + all, "details": said,
			"error": "refused", "error_description": "Refused: " + all, "correlation_id": said[0],
		})
		if err != nil {
			t.Error(err)
		}
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer connection.Close()
		_, _ = fmt.Fprintf(connection, "HTTP/1.1 403 Refused %s\r\nWWW-Authenticate: %[1]s\r\nx-ms-error-code: %[1]s\r\nMS-CorrelationId: %s\r\n"+
			"Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", all, said[0], len(body), body)
	}
}

// eachSpelling runs a test for each spelling, in a world of its own with a submission to make.
func eachSpelling(t *testing.T, test func(t *testing.T, w *world, spell func(string) string)) {
	t.Helper()
	for name, spell := range spellings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storesim.Options{})
			w.signIn()
			w.configure(secretNotes + policies)
			test(t, w, spell)
		})
	}
}

// TestStoreEchoes has the Store repeat all secrets in each spelling.
func TestStoreEchoes(t *testing.T) {
	t.Parallel()
	eachSpelling(t, func(t *testing.T, w *world, spell func(string) string) {
		t.Helper()
		store := httptest.NewServer(echoing(t, func(r *http.Request) []string {
			_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			return []string{token, entratest.ClientSecret, proxyPassword}
		}, spell))
		t.Cleanup(store.Close)
		w.cli.Export(acctest.Environment{"MSSTORE_ENDPOINT": store.URL, "HTTP_PROXY": "http://user:" + proxyPassword + "@proxy.example:8080", "NO_PROXY": "*"})
		acctest.Says(t, w.fails(t, "plan"), "403 Forbidden", "Refused")
		for file, content := range w.keepsSecrets(t) {
			if form, found := find(content, proxyPassword); found {
				t.Errorf("%s holds the password of the proxy:\n%s", file, around(content, form))
			}
		}
	})
}

// TestSignatureEchoes has the Store and the blob server repeat the signature of the upload URL, alone.
func TestSignatureEchoes(t *testing.T) {
	t.Parallel()
	eachSpelling(t, func(t *testing.T, w *world, spell func(string) string) {
		t.Helper()
		for _, operation := range []storesim.Operation{storesim.UpdateSubmission, storesim.PutBlock} {
			w.once(t, operation, func(storesim.Request) storesim.Action {
				said := "Refused: "
				for what, secret := range w.secrets() {
					if strings.HasPrefix(what, "upload signature") {
						said += spell(secret) + " "
					}
				}
				return storesim.Refuse{Status: http.StatusBadRequest, Code: "InvalidParameterValue", Message: said}
			})
			acctest.Says(t, w.fails(t, "apply", "-auto-approve"), "Refused:")
		}
		w.keepsSecrets(t)
	})
}

// TestEntraEchoes has Entra repeat the client secret in each spelling.
func TestEntraEchoes(t *testing.T) {
	t.Parallel()
	eachSpelling(t, func(t *testing.T, w *world, spell func(string) string) {
		t.Helper()
		entra := httptest.NewTLSServer(echoing(t, func(*http.Request) []string { return []string{entratest.ClientSecret} }, spell))
		t.Cleanup(entra.Close)
		certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: entra.Certificate().Raw})
		w.cli.Export(acctest.Environment{"AZURE_AUTHORITY_HOST": entra.URL, "SSL_CERT_FILE": w.File("hostile.pem", certificate)})
		acctest.Says(t, w.fails(t, "plan"), "Sign-in to Microsoft Entra ID failed", "Refused:")
		w.keepsSecrets(t)
	})
}
