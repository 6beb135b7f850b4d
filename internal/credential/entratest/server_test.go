package entratest_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
)

// form is a token request that the server grants.
func form(change func(url.Values)) url.Values {
	f := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {entratest.ClientID},
		"client_secret": {entratest.ClientSecret}, "scope": {entratest.Scope},
	}
	if change != nil {
		change(f)
	}
	return f
}

// send returns the answer's status, AADSTS code and access token.
func send(t *testing.T, client *http.Client, req *http.Request) (status, code int, accessToken string) {
	t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Codes       []int  `json:"error_codes"`
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err == nil && len(answer.Codes) > 0 {
		code = answer.Codes[0]
	}
	return resp.StatusCode, code, answer.AccessToken
}

func tokenRequest(t *testing.T, entra *entratest.Server, tenant string, f url.Values) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		entra.AuthorityHost()+"/"+tenant+"/oauth2/v2.0/token", strings.NewReader(f.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

func TestTokenEndpointIsParticular(t *testing.T) {
	t.Parallel()
	assert := func(assertion string) func(url.Values) {
		return func(f url.Values) {
			f.Del("client_secret")
			f.Set("client_assertion", assertion)
			f.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		}
	}
	tests := map[string]struct {
		tenant string
		change func(url.Values)
		want   int
	}{
		"all right":                    {entratest.TenantID, nil, 0},
		"wrong tenant":                 {"other", nil, 90002},
		"wrong grant":                  {entratest.TenantID, func(f url.Values) { f.Set("grant_type", "password") }, 70003},
		"wrong application":            {entratest.TenantID, func(f url.Values) { f.Set("client_id", "other") }, 700016},
		"scope with a slash":           {entratest.TenantID, func(f url.Values) { f.Set("scope", "https://manage.devcenter.microsoft.com//.default") }, 500011},
		"wrong secret":                 {entratest.TenantID, func(f url.Values) { f.Set("client_secret", "other") }, 7000215},
		"neither secret nor assertion": {entratest.TenantID, func(f url.Values) { f.Del("client_secret") }, 7000218},
		"foreign assertion":            {entratest.TenantID, assert("e30.e30.e30"), 700213},
		"unknown certificate":          {entratest.TenantID, assert("eyJ4NXQjUzI1NiI6InVua25vd24ifQ.e30.e30"), 700027},
		"assertion that is none":       {entratest.TenantID, assert("none"), 50027},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entra := entratest.Start(t)
			_, code, accessToken := send(t, &http.Client{Transport: entra.Transport()}, tokenRequest(t, entra, tt.tenant, form(tt.change)))
			if code != tt.want || entra.Valid(accessToken) != (tt.want == 0) {
				t.Errorf("code %d and token %q, want code %d", code, accessToken, tt.want)
			}
		})
	}
}

func TestOtherEndpointsAreParticular(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	const machine = "http://169.254.169.254/metadata/identity/oauth2/token?resource=https://manage.devcenter.microsoft.com"
	bearer := http.Header{"Authorization": {"Bearer " + entratest.OIDCRequestToken}}
	tests := map[string]struct {
		method, url string
		header      http.Header
		want        int
	}{
		"GitHub":                      {http.MethodGet, entra.GitHubURL() + "&audience=api://AzureADTokenExchange", bearer, 200},
		"GitHub, wrong audience":      {http.MethodGet, entra.GitHubURL() + "&audience=other", bearer, 400},
		"GitHub, no bearer":           {http.MethodGet, entra.GitHubURL() + "&audience=api://AzureADTokenExchange", nil, 401},
		"Pipelines":                   {http.MethodPost, entra.PipelinesURL() + "?api-version=7.1&serviceConnectionId=" + entratest.ServiceConnectionID, bearer, 200},
		"Pipelines, no connection":    {http.MethodPost, entra.PipelinesURL() + "?api-version=7.1", bearer, 200},
		"Pipelines, wrong connection": {http.MethodPost, entra.PipelinesURL() + "?api-version=7.1&serviceConnectionId=other", bearer, 400},
		"Pipelines, no bearer":        {http.MethodPost, entra.PipelinesURL(), http.Header{"X-Tfs-Fedauthredirect": {"Suppress"}}, 401},
		"machine":                     {http.MethodGet, machine, http.Header{"Metadata": {"true"}}, 200},
		"machine, wrong resource":     {http.MethodGet, machine + ".evil", http.Header{"Metadata": {"true"}}, 400},
		"machine, no header":          {http.MethodGet, machine, nil, 400},
		"App Service, no header":      {http.MethodGet, entra.AppServiceURL() + "?resource=https://manage.devcenter.microsoft.com", nil, 401},
		"nothing there":               {http.MethodGet, entra.AuthorityHost() + "/nothing", nil, 404},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), tt.method, tt.url, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header = tt.header.Clone()
			if status, _, _ := send(t, &http.Client{Transport: entra.Transport()}, req); status != tt.want {
				t.Errorf("status %d, want %d", status, tt.want)
			}
		})
	}
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	entra.SetTokenLifetime(time.Minute)
	synctest.Test(t, func(t *testing.T) {
		_, _, accessToken := send(t, &http.Client{Transport: entra.InMemory()}, tokenRequest(t, entra, entratest.TenantID, form(nil)))
		if !entra.Valid(accessToken) {
			t.Error("a new token is not valid")
		}
		time.Sleep(time.Minute)
		if entra.Valid(accessToken) {
			t.Error("an expired token is valid")
		}
	})
}

func TestCertificateIsEnoughToTrustTheServer(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(entra.CertificatePEM()) {
		t.Fatal("no certificate")
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}}}
	defer client.CloseIdleConnections()
	if status, _, _ := send(t, client, tokenRequest(t, entra, entratest.TenantID, form(nil))); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
}
