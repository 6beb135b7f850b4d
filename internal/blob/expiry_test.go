package blob_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive/archivetest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
)

func TestUpload_expiredBefore(t *testing.T) {
	t.Parallel()
	uploadURL := "https://ingestion.blob.example/ingestion/id?sv=2024-05-04&se=2020-01-02T03:04:05Z&sig=c2VjcmV0"
	data := random(1, 1000)
	file := &counting{data: data, reads: make([]int, len(data))}
	planned := archivetest.Member("a.msix", data)
	planned.Content = file
	_, err := upload(t.Context(), t, uploadURL, archivetest.New(t, planned), blob.Options{Transport: unreachable(t)})
	if !errors.Is(err, blob.ErrExpired) || !strings.Contains(err.Error(), "2020-01-02T03:04:05Z") {
		t.Errorf("got the error %v, want ErrExpired and when", err)
	}
	if file.reads[0] != 0 {
		t.Error("the file was read, as if it could still be sent")
	}
}

func TestUpload_expiresMeanwhile(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pace   time.Duration
		blocks int
	}{
		"between blocks":    {25 * time.Minute, 3},
		"before the commit": {6 * time.Minute, 10},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var m memory
				slow := transport(func(req *http.Request) (*http.Response, error) {
					// The line is slow, but it moves.
					for left := test.pace; left > 0; left -= 50 * time.Second {
						time.Sleep(min(left, 50*time.Second))
						_, _ = req.Body.Read(nil)
					}
					return m.Do(req)
				})
				a := archivetest.New(t, archivetest.Member("a.msix", random(1, 1<<20))) // 10 blocks
				_, err := upload(t.Context(), t, memoryURL(), a, blob.Options{Transport: slow, Parallel: 1})
				if !errors.Is(err, blob.ErrExpired) {
					t.Errorf("got the error %v, want ErrExpired", err)
				}
				if len(m.requests) != test.blocks || m.committed != nil {
					t.Errorf("%d requests, committed: %t, want %d blocks and no commit", len(m.requests), m.committed != nil, test.blocks)
				}
			})
		})
	}
}

// The service's clock decides, and this one may be slow.
func TestUpload_expiredByTheServicesClock(t *testing.T) {
	t.Parallel()
	const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request.
RequestId:1
Time:2026</Message></Error>`
	for skew, want := range map[time.Duration]bool{0: false, 2 * time.Hour: true} {
		refusing := transport(func(req *http.Request) (*http.Response, error) {
			return reply(req, http.StatusForbidden, map[string]string{
				"Date":            time.Now().Add(skew).UTC().Format(http.TimeFormat),
				"x-ms-error-code": "AuthenticationFailed",
			}, body), nil
		})
		_, err := upload(t.Context(), t, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: refusing})
		if got := errors.Is(err, blob.ErrExpired); got != want {
			t.Errorf("with the service's clock %s ahead: got %v, expired: %t, want %t", skew, err, got, want)
		}
		if refused, ok := errors.AsType[*blob.Error](err); !ok || refused.Message != "Server failed to authenticate the request." {
			t.Errorf("got the error %v, want what the service said", err)
		}
	}
}
