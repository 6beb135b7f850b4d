package storeapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

func TestUploadURLIsSecret(t *testing.T) {
	t.Parallel()
	const address = "https://blob.example/ingestion/g?sv=1&sig=SECRET"
	url := storeapi.NewUploadURL(address)
	if url.Reveal() != address || url.IsZero() {
		t.Errorf("got %q back", url.Reveal())
	}
	if zero := storeapi.NewUploadURL(""); !zero.IsZero() || zero.Reveal() != "" || fmt.Sprint(zero) != "" || zero != (storeapi.UploadURL{}) {
		t.Error("no address is not zero")
	}
	storeapi.NewUploadURL("https://blob.example/ingestion/g?sv=1&sig=known-since-now-41")
	if text := redact.String("got known-since-now-41"); text != "got REDACTED" {
		t.Errorf("a signature that a server repeats alone shows as %q", text)
	}
	submission := storeapi.Submission{FileUploadURL: url}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).InfoContext(t.Context(), "x", "url", url, "submission", submission)
	slog.New(slog.NewJSONHandler(&log, nil)).InfoContext(t.Context(), "x", "url", url, "submission", &submission)
	marshalled, err := json.Marshal(map[string]any{"url": url, "submission": submission})
	if err != nil {
		t.Fatal(err)
	}
	hidden := struct{ s storeapi.Submission }{submission}
	texts := map[string]string{"log": log.String(), "JSON": string(marshalled), "diff": cmp.Diff(url.String(), "")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p"} {
		for name, value := range map[string]any{"": url, "pointer": &url, "submission": submission, "hidden": hidden, "error": fmt.Errorf("%v", url)} {
			texts[verb+" "+name] = fmt.Sprintf(verb, value)
		}
	}
	for name, text := range texts {
		for _, part := range []string{"SECRET", "blob.example", fmt.Sprintf("%x", "SECRET")} {
			if strings.Contains(text, part) {
				t.Errorf("%s shows %s", name, text)
			}
		}
	}
	if text := fmt.Sprintf("%v %s %#v %d %x", url, &url, url, url, url); text != "REDACTED REDACTED REDACTED REDACTED REDACTED" {
		t.Errorf("it prints as %s", text)
	}
	if text := url.LogValue().String(); text != "REDACTED" {
		t.Errorf("it logs as %s", text)
	}
	if !strings.Contains(string(marshalled), `"url":"REDACTED"`) {
		t.Errorf("it marshals as %s", marshalled)
	}
}

// What was read must not show the address either, in whatever form it is held.
func TestReadSubmissionIsSecret(t *testing.T) {
	t.Parallel()
	t.Run("in every verb", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, _, submission := readSubmission(t, submissionBody(newID, "PendingCommit"))
			bytesOfSecret := "83 69 67 82 69 84"
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				for _, value := range []any{submission, *submission, struct{ s storeapi.Submission }{*submission}} {
					text := fmt.Sprintf(verb, value)
					for _, part := range []string{"SECRET", bytesOfSecret, fmt.Sprintf("%x", "SECRET"), "0x53, 0x45, 0x43"} {
						if strings.Contains(text, part) {
							t.Errorf("%s shows %s", verb, text)
						}
					}
				}
			}
		})
	})
}

func TestUploadURLExpires(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	for address, want := range map[string]time.Time{
		"https://h/i?sv=1&se=2026-11-29T10%3A20%3A30Z&sig=SECRET": day.Add(10*time.Hour + 20*time.Minute + 30*time.Second),
		"https://h/i?se=2026-11-29T10:20Z":                        day.Add(10*time.Hour + 20*time.Minute),
		"https://h/i?se=2026-11-29&sig=a+b":                       day,
		"https://h/i?se=2026-11-29T01:00:00%2B01:00":              day,
		"https://h/i?se=tomorrow":                                 {},
		"https://h/i?se=9999-12-31T23:59:59-01:00":                {},
		"https://h/i":                    {},
		"https://h:port/i?se=2026-11-29": {},
		"":                               {},
	} {
		if got := storeapi.NewUploadURL(address).ExpiresAt(); !got.Equal(want) {
			t.Errorf("%q expires at %v, want %v", address, got, want)
		}
	}
}
