package storesim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// direct calls the simulator without a connection, whose timing would look like new code paths to the fuzzer.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(request *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	inbound := request.Clone(request.Context())
	if inbound.Body == nil {
		inbound.Body = http.NoBody
	}
	inbound.Header.Set("Content-Length", strconv.FormatInt(request.ContentLength, 10))
	d.handler.ServeHTTP(recorder, inbound)
	return recorder.Result(), nil
}

// FuzzUpdate sends any body as an update: it is taken or refused as the client's mistake, and the submission can be read
// and sent back afterwards.
func FuzzUpdate(f *testing.F) {
	f.Add([]byte(`{"flightPackages":[{"fileName":"a.msix","fileStatus":"PendingUpload","id":null}],"targetPublishMode":"Manual"}`))
	f.Add([]byte(`{"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":true,"packageRolloutPercentage":12.5}}}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s := start(t, storesim.Options{})
		s.client.Transport = direct{s.Sim}
		flight := s.AddFlight(s.app, storesim.Flight{})
		state, _ := s.Flight(s.app, flight)
		path := s.path(flight, state.PendingSubmissionID)
		if got := s.do(http.MethodPut, path, string(body)); got.status != 200 && got.status != 400 {
			t.Fatalf("status %d: %s", got.status, got.raw)
		}
		got := s.do(http.MethodGet, path, nil).want(t, 200)
		if !json.Valid(got.raw) {
			t.Fatalf("body %s", got.raw)
		}
		s.do(http.MethodPut, path, string(got.raw)).want(t, 200)
	})
}

// FuzzFailureFilter asks for failures by any name, which finds this one, and by any filter, which is understood or refused.
func FuzzFailureFilter(f *testing.F) {
	f.Add("O'Hara")
	f.Add("failureName eq 'a' or (market ne '')")
	f.Fuzz(func(t *testing.T, text string) {
		s := start(t, storesim.Options{})
		s.client.Transport = direct{s.Sim}
		s.AddFailureHits(s.app, storesim.FailureHit{FailureName: text}, storesim.FailureHit{FailureName: text + "'"})
		got := s.hits("filter", "failureName eq '"+strings.ReplaceAll(text, "'", "''")+"'").want(t, 200)
		if got.at("TotalCount") != 1.0 {
			t.Fatalf("found %s", got.raw)
		}
		if got := s.hits("filter", text); got.status != 200 && got.status != 400 {
			t.Fatalf("status %d: %s", got.status, got.raw)
		}
	})
}

// FuzzPackage reads anything as a package: it has a manifest, or it is refused.
func FuzzPackage(f *testing.F) {
	f.Add("a.msix", manifest("1.0.0.0", "x64"))
	f.Add("a.msixbundle", bundle("1.0.0.0", "x64", "x86"))
	f.Add("a.msixupload", zipOf(file{"a.msix", manifest("1.0.0.0", "x64")}))
	f.Add("a.appx", []byte("PK"))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		if architecture, err := storesim.ReadArchitecture(name, content); (err == nil) != (architecture != "") {
			t.Errorf("architecture %q, %v", architecture, err)
		}
	})
}
