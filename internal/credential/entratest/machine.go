package entratest

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	metadataPath   = "/metadata/identity/oauth2/token"
	appServicePath = "/appservice/token"

	// AppServiceHeader is the value of IDENTITY_HEADER on App Service.
	AppServiceHeader = "identity-header-of-the-host"
)

// AppServiceURL is the value of IDENTITY_ENDPOINT on App Service.
func (s *Server) AppServiceURL() string { return s.server.URL + appServicePath }

func (s *Server) issueVirtualMachine(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Metadata") != "true" {
		http.Error(w, "required metadata header not specified", http.StatusBadRequest)
		return
	}
	s.issueManagedIdentity(w, r)
}

func (s *Server) issueAppService(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Identity-Header") != AppServiceHeader {
		http.Error(w, "bad identity header", http.StatusUnauthorized)
		return
	}
	s.issueManagedIdentity(w, r)
}

func (s *Server) issueManagedIdentity(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if resource := strings.TrimSuffix(Scope, "/.default"); query.Get("resource") != resource {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_resource", "error_description": "no such resource"})
		return
	}
	if s.refusal != nil {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": s.refusal.message})
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"access_token": s.newToken(),
		"client_id":    query.Get("client_id"),
		"expires_in":   strconv.Itoa(int(s.lifetime.Seconds())),
		"expires_on":   strconv.FormatInt(time.Now().Add(s.lifetime).Unix(), 10),
		"resource":     query.Get("resource"),
		"token_type":   "Bearer",
	})
}

// InstallAzureCLI puts an az first on the PATH of the test, signed in and handing out one token of
// the server's. It returns the file into which the az writes its arguments, a line for each call.
func (s *Server) InstallAzureCLI(tb testing.TB) string {
	tb.Helper()
	s.mu.Lock()
	text, expires := s.newToken(), time.Now().Add(s.lifetime)
	s.mu.Unlock()
	return installAzureCLI(tb, fmt.Sprintf(`printf '%%s' '{"accessToken":"%s","expires_on":%d,"expiresOn":"%s","tokenType":"Bearer"}'`,
		text, expires.Unix(), expires.Format("2006-01-02 15:04:05.000000")))
}

// InstallSignedOutAzureCLI puts an az first on the PATH of the test that nobody is signed in to.
func InstallSignedOutAzureCLI(tb testing.TB) {
	tb.Helper()
	installAzureCLI(tb, `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`)
}

func installAzureCLI(tb testing.TB, command string) string {
	tb.Helper()
	dir := tb.TempDir()
	calls := filepath.Join(dir, "calls")
	script := fmt.Sprintf("#!/bin/sh\necho \"$@\" >> '%s'\n%s\n", calls, command)
	if err := os.WriteFile(filepath.Join(dir, "az"), []byte(script), 0o700); err != nil {
		tb.Fatal(err)
	}
	tb.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return calls
}
