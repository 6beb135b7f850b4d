package storesim_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestApplication(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	got := s.do(http.MethodGet, "applications/"+s.app, nil).want(t, 200)
	for key, want := range map[string]string{
		"id": "9NBLGGH4R315", "packageIdentityName": "Contoso.Sample", "publisherName": "CN=Contoso", "firstPublishedDate": "2016-03-12T01:38:11.7718100Z",
	} {
		if got.text(key) != want {
			t.Errorf("%s is %q, want %q", key, got.text(key), want)
		}
	}
	// Absent rather than null [store-api 2].
	if _, ok := got.json["pendingApplicationSubmission"]; ok {
		t.Errorf("a member without a value was sent: %s", got.raw)
	}
	if _, ok := got.json["PackageFamilyName"]; !ok {
		t.Errorf("PackageFamilyName is missing: %s", got.raw)
	}
	if got.header.Get("MS-CorrelationId") == "" {
		t.Error("no correlation id")
	}
}

func TestApplicationSubmissions(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	app := s.AddApplication(storesim.Application{ID: "9NBLGGH4R316", LastPublishedSubmissionID: "5", PendingSubmissionID: "6"})
	got := s.do(http.MethodGet, "applications/"+app, nil)
	if got.text("lastPublishedApplicationSubmission", "id") != "5" ||
		got.text("pendingApplicationSubmission", "resourceLocation") != "applications/9NBLGGH4R316/submissions/6" {
		t.Errorf("application %s", got.raw)
	}
}

func TestApplicationRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		id     string
		status int
		code   string
	}{
		"unknown":        {"9NBLGGH4R999", 404, "ResourceNotFound/applicationId"},
		"identity name":  {"Contoso.Sample", 500, "InternalServerError/<nil>"},
		"trailing blank": {"9NBLGGH4R315%20", 403, "<nil>/<nil>"},
		"malformed":      {"Contoso.Other", 403, "<nil>/<nil>"},
		"unsupported":    {"9NBLGGH4R316", 409, "InvalidState/application"},
	}
	s := start(t, storesim.Options{})
	s.UnsupportedApplication(s.AddApplication(storesim.Application{ID: "9NBLGGH4R316"}))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.do(http.MethodGet, "applications/"+test.id, nil).wantError(t, test.status, test.code)
			if test.status == 500 && got.at("innererror", "code") != "UnknownInternalFailure" {
				t.Errorf("no inner error: %s", got.raw)
			}
			s.do(http.MethodGet, "applications/"+test.id+"/listflights", nil).wantError(t, test.status, test.code)
		})
	}
}

func TestAuthorization(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{AccessTokens: []string{"good"}})
	for name, authorization := range map[string]string{"none": "", "empty": "Bearer ", "other": "Bearer bad", "scheme": "Basic good"} {
		header := http.Header{}
		if authorization != "" {
			header.Set("Authorization", authorization)
		}
		got, err := s.send(http.MethodGet, s.URL()+"/v1.0/my/applications", header, nil)
		if err != nil {
			t.Fatal(err)
		}
		// The gateway's shape, not the service's [store-api 1.4].
		if got.status != 401 || got.at("statusCode") != 401.0 || got.text("message") == "" {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}
	s.token = "good"
	s.do(http.MethodGet, "applications", nil).want(t, 200)
	s.AcceptTokens(func(token string) bool { return token == "newer" })
	s.do(http.MethodGet, "applications", nil).want(t, 401)
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	for i := range 11 {
		s.AddApplication(storesim.Application{ID: fmt.Sprintf("9NBLGGH40%03d", i)})
	}
	tests := map[string]struct {
		query    string
		length   int
		nextLink any
	}{
		"ten by default": {"", 10, "applications?skip=10&top=10"},
		"last":           {"?skip=10", 2, nil},
		"own size":       {"?top=5&skip=5", 5, "applications?skip=10&top=5"},
		"exact end":      {"?top=12", 12, nil},
		"beyond":         {"?skip=40", 0, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.do(http.MethodGet, "applications"+test.query, nil).want(t, 200)
			list, _ := got.at("value").([]any)
			if len(list) != test.length || got.at("totalCount") != 12.0 || got.at("@nextLink") != test.nextLink {
				t.Errorf("%d items, totalCount %v, link %v", len(list), got.at("totalCount"), got.at("@nextLink"))
			}
		})
	}
	s.do(http.MethodGet, "applications?top=x", nil).wantError(t, 400, "InvalidParameterValue/top")
	s.do(http.MethodGet, "applications?skip=-1", nil).wantError(t, 400, "InvalidParameterValue/skip")
}

func TestNextLink(t *testing.T) {
	t.Parallel()
	s := start(t, storesim.Options{})
	for range 3 {
		s.AddFlight(s.app, storesim.Flight{})
	}
	list := "applications/" + s.app + "/listflights/?top=2"
	if link := s.do(http.MethodGet, list, nil).text("@nextLink"); link != "applications/"+s.app+"/listflights/?skip=2&top=2" {
		t.Errorf("link %s", link)
	}
	s.SetNextLink(func(string) string { return "" })
	if got := s.do(http.MethodGet, list, nil); got.at("@nextLink") != nil {
		t.Errorf("link sent: %s", got.raw)
	}
	s.SetNextLink(func(link string) string { return "https://elsewhere.example/" + link })
	if link := s.do(http.MethodGet, list, nil).text("@nextLink"); link[:26] != "https://elsewhere.example/" {
		t.Errorf("link %s", link)
	}
}
