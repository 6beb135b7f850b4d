package storeapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// asked answers every request with the same body and keeps the addresses.
type asked struct {
	body      string
	addresses []string
}

// RoundTrip implements http.RoundTripper.
func (a *asked) RoundTrip(req *http.Request) (*http.Response, error) {
	a.addresses = append(a.addresses, req.URL.String())
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body)), Request: req}, nil
}

// Whatever a link says, the token goes to the list that was asked for and nowhere else.
func FuzzNextLink(f *testing.F) {
	for _, link := range []string{
		"", "applications/" + appID + "/listflights?skip=1", "applications/" + appID + "/listflights/?skip=1", "//evil.example/x",
		"https://evil.example/v1.0/my/", "http://me@127.0.0.1:1/v1.0/my/x", "../../x", "%2e%2e/%2e%2e/x", "..%2f..%2fx", `..\..\x`,
		"/v1.0/my/../../x", "?skip=1", "#x", "http:x", "javascript:x", "\x00", "http://127.0.0.1:1/v1.0/my/applications/" + appID + "/listflights",
	} {
		f.Add(link)
	}
	f.Fuzz(func(t *testing.T, link string) {
		text, err := json.Marshal(link)
		if err != nil {
			t.Fatal(err)
		}
		store := &asked{body: `{"value":[{"flightId":"a"}],"@nextLink":` + string(text) + `}`}
		_, err = newClient(t, store).Flights(t.Context(), appID)
		if link != "" && err == nil {
			t.Error("a list that repeats itself has an end")
		}
		if err != nil && (strings.ContainsAny(err.Error(), "\n\x00\x1b") || len(err.Error()) > 3000) {
			t.Errorf("the error is %q", err)
		}
		for _, address := range store.addresses {
			path, _, _ := strings.Cut(address, "?")
			if want := "http://127.0.0.1:1/v1.0/my/" + appPath + "/listflights"; !strings.EqualFold(strings.TrimSuffix(path, "/"), want) {
				t.Errorf("link %q was followed to %s", link, address)
			}
		}
	})
}

func FuzzUploadURL(f *testing.F) {
	for _, address := range []string{
		"", "https://blob.example/i?se=2026-11-28T12:00:00Z&sig=SECRET", "https://blob.example/i?se=2026-11-28T12:00Z", "?se=2026-11-28", "%", "?se=9999-12-31T23:59:59-23:59",
	} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		url := storeapi.NewUploadURL(address)
		if url.Reveal() != address || url.IsZero() != (address == "") {
			t.Errorf("%q became %q", address, url.Reveal())
		}
		if text := fmt.Sprintf("%v%s%#v%+v", url, url, url, storeapi.Submission{FileUploadURL: url}); address != "" && !strings.HasPrefix(text, "REDACTEDREDACTEDREDACTED") {
			t.Errorf("it prints as %s", text)
		}
		if _, err := url.ExpiresAt().MarshalText(); err != nil {
			t.Errorf("%q expires at a time that cannot be written: %v", address, err)
		}
	})
}

// A date that was read can be written, in whatever form it goes on.
func FuzzDate(f *testing.F) {
	for _, date := range []string{
		"", "2030-01-01T00:00:00Z", "1601-01-01T00:00:00.0000000Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.9999999-00:01", "9999-12-31T23:59:59+14:00",
		"0000-01-01T00:00:00Z", "2030-01-01T00:00:00", "2030-02-30T00:00:00Z", "soon", "2030-01-01T00:00:00.123456789123Z", "10000-01-01T00:00:00Z",
	} {
		f.Add(date, int64(0))
	}
	f.Add("2030-01-01T00:00:00Z", int64(math.MaxInt64))
	f.Add("2030-01-01T00:00:00Z", int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, date string, unix int64) {
		text, err := json.Marshal(date)
		if err != nil {
			t.Fatal(err)
		}
		store := &echo{body: withID(`{"targetPublishDate":` + string(text) + `}`)}
		client := newClient(t, store)
		submission, err := client.Submission(t.Context(), newRef)
		if err != nil {
			wantError(t, err, 0, "is after the year 9999")
			return
		}
		if _, err := submission.TargetPublishDate.MarshalJSON(); err != nil {
			t.Errorf("%q was read as a date that cannot be written: %v", date, err)
		}
		submission.TargetPublishDate = time.Unix(unix, 0)
		if _, err := client.UpdateSubmission(t.Context(), submission); err != nil {
			wantError(t, err, 0, "member targetPublishDate: the Store takes dates of the years")
			return
		}
		sent := &echo{body: store.sent}
		again, err := newClient(t, sent).Submission(t.Context(), newRef)
		if err != nil || !again.TargetPublishDate.Equal(time.Unix(unix, 0)) {
			t.Errorf("%v was sent as %s", time.Unix(unix, 0), store.sent)
		}
	})
}

// A percentage that was read is finite and goes back as it came; another one arrives as it was meant.
func FuzzNumber(f *testing.F) {
	for _, number := range []string{"25", "25.0", "1e2", `"25"`, "-0", "1e400", `"0x10"`, `"Inf"`, `"1_000"`, "null", `""`, "1E-7", `"1e2"`, "[]", "true", `" 1"`} {
		f.Add(number, 12.5)
	}
	f.Fuzz(func(t *testing.T, number string, other float64) {
		if !json.Valid([]byte(number)) {
			return
		}
		store := &echo{body: withID(`{"packageDeliveryOptions":{"packageRollout":{"packageRolloutPercentage":` + number + `}}}`)}
		client := newClient(t, store)
		submission, err := client.Submission(t.Context(), newRef)
		if err != nil {
			wantError(t, err, 0, "packageRolloutPercentage: not a number")
			return
		}
		rollout := &submission.PackageDeliveryOptions.PackageRollout
		if math.IsNaN(rollout.Percentage) || math.IsInf(rollout.Percentage, 0) {
			t.Errorf("%s was read as %v", number, rollout.Percentage)
		}
		if _, err := client.UpdateSubmission(t.Context(), submission); err != nil {
			t.Fatal(err)
		}
		if want := `"packageRolloutPercentage":` + compact(t, json.RawMessage(number)); !strings.Contains(store.sent, want) {
			t.Errorf("sent %s, want %s in it", store.sent, want)
		}
		rollout.Percentage = other
		if _, err := client.UpdateSubmission(t.Context(), submission); err != nil {
			wantError(t, err, 0, "is not a number that can be sent")
			return
		}
		again, err := newClient(t, &echo{body: store.sent}).Submission(t.Context(), newRef)
		if err != nil || again.PackageDeliveryOptions.PackageRollout.Percentage != other {
			t.Errorf("%v was sent as %s", other, store.sent)
		}
	})
}
