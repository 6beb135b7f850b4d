package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive/archivetest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/azurite"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
	transports "github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

// once reports for each block whether this is its first attempt.
type once struct{ seen sync.Map }

func (o *once) first(r *http.Request) bool {
	_, seen := o.seen.LoadOrStore(r.URL.Query().Get("blockid")+r.URL.Query().Get("comp"), true)
	return !seen
}

// widths are numbers of blocks in flight; 0 follows the line.
var widths = []int{0, 1, 2, 5, 32}

// Each request meets the fault once; the second attempt gets through, however many are in flight.
func TestUpload_survives(t *testing.T) {
	t.Parallel()
	tests := map[string]func(w http.ResponseWriter, r *http.Request){
		"a connection lost in the middle of a block": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, 1000)
			panic(http.ErrAbortHandler)
		},
		"a reply lost": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		},
		"throttling": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"an answer before the block was read": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("x-ms-error-code", "ServerBusy")
			w.WriteHeader(http.StatusServiceUnavailable)
		},
		"an internal error": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusInternalServerError)
		},
	}
	server := azurite.Shared(t)
	for name, fault := range tests {
		for _, parallel := range widths {
			t.Run(fmt.Sprintf("%s/%d", name, parallel), func(t *testing.T) {
				t.Parallel()
				var attempts once
				blobName := fmt.Sprintf("%s-%d", strings.ReplaceAll(name, " ", "-"), parallel)
				uploadURL := proxyTo(t, server.UploadURL(t, blobName), func(w http.ResponseWriter, r *http.Request) bool {
					first := attempts.first(r)
					if first {
						fault(w, r)
					}
					return first
				})
				a := archivetest.New(t, archivetest.Member("a.msix", random(1, 3<<20)))
				log, err := upload(t.Context(), t, uploadURL, a, blob.Options{Parallel: parallel})
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(server.Read(t, blobName), bytesOf(t, a)) {
					t.Error("the blob's bytes are not the archive's")
				}
				if !strings.Contains(log, "upload request ") {
					t.Errorf("the log does not tell of the failed requests:\n%s", log)
				}
			})
		}
	}
}

// corrupting flips a bit of each block's first attempt on the way, or of every attempt.
type corrupting struct {
	attempts once
	always   bool
}

func (c *corrupting) Do(req *http.Request) (*http.Response, error) {
	if req.URL.Query().Get("comp") == "block" && (c.attempts.first(req) || c.always) {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		data[len(data)/2] ^= 1
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(data))
	}
	return http.DefaultClient.Do(req)
}

func TestUpload_corruptedOnTheWay(t *testing.T) {
	t.Parallel()
	server := azurite.Shared(t)
	tests := map[string]struct{ version, mismatch string }{
		"CRC-64": {"2024-05-04", "Crc64Mismatch"},
		"MD5":    {"2018-11-09", "Md5Mismatch"},
	}
	for name, test := range tests {
		a := archivetest.New(t, archivetest.Member("a.msix", random(1, 1<<20)))
		for _, parallel := range widths {
			t.Run(fmt.Sprintf("%s once/%d", name, parallel), func(t *testing.T) {
				t.Parallel()
				blobName := fmt.Sprintf("%s-once-%d", name, parallel)
				uploadURL := server.UploadURL(t, blobName, azurite.Version(test.version))
				log, err := upload(t.Context(), t, uploadURL, a, blob.Options{Transport: &corrupting{}, Parallel: parallel})
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(server.Read(t, blobName), bytesOf(t, a)) {
					t.Error("the blob's bytes are not the archive's")
				}
				if got, want := strings.Count(log, test.mismatch), 10; got != want {
					t.Errorf("the service found %d corrupt blocks, want %d:\n%s", got, want, log)
				}
			})
		}
		t.Run(name+" always", func(t *testing.T) {
			t.Parallel()
			uploadURL := server.UploadURL(t, name+"-always", azurite.Version(test.version))
			_, err := upload(t.Context(), t, uploadURL, a, blob.Options{Transport: &corrupting{always: true}})
			refused, ok := errors.AsType[*blob.Error](err)
			if !ok || refused.StatusCode != http.StatusBadRequest || refused.Code != test.mismatch {
				t.Errorf("got the error %v, want 400 %s", err, test.mismatch)
			}
			if server.Read(t, name+"-always") != nil {
				t.Error("something was committed")
			}
		})
	}
}

func TestUpload_waitsAsToldTo(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		synctest.Test(t, func(t *testing.T) {
			var (
				m        memory
				attempts once
			)
			busy := transport(func(req *http.Request) (*http.Response, error) {
				if attempts.first(req) && req.URL.Query().Get("comp") == "block" {
					return reply(req, status, map[string]string{"Retry-After": "300"}, ""), nil
				}
				return m.Do(req)
			})
			started := time.Now()
			if _, err := upload(t.Context(), t, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", random(1, 1000))), blob.Options{Transport: busy}); err != nil {
				t.Fatal(err)
			}
			if got, want := time.Since(started), 300*time.Second; got != want {
				t.Errorf("after %d the upload took %s, want %s", status, got, want)
			}
		})
	}
}

// A service that wants to be left alone for an hour is not what an apply waits for.
func TestUpload_doesNotWaitForever(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := transport(func(req *http.Request) (*http.Response, error) {
			return reply(req, http.StatusServiceUnavailable, map[string]string{"Retry-After": "3600"}, ""), nil
		})
		started := time.Now()
		_, err := upload(t.Context(), t, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: down})
		if err == nil || !strings.Contains(err.Error(), "Retry-After: 3600") || time.Since(started) != 0 {
			t.Errorf("got the error %v after %s, want the pause that was asked for, at once", err, time.Since(started))
		}
	})
}

func TestUpload_waitsAboutASecondByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			m        memory
			attempts once
		)
		failing := transport(func(req *http.Request) (*http.Response, error) {
			if attempts.first(req) && req.URL.Query().Get("comp") == "block" {
				return reply(req, http.StatusInternalServerError, nil, ""), nil
			}
			return m.Do(req)
		})
		started := time.Now()
		if err := blob.Upload(t.Context(), memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: failing, Memory: blob.NewMemory()}); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(started).Round(time.Second); got != time.Second {
			t.Errorf("the upload took %s, want about 1s", got)
		}
	})
}

func TestUpload_stalledConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			m        memory
			attempts once
		)
		stalling := transport(func(req *http.Request) (*http.Response, error) {
			if !attempts.first(req) {
				return m.Do(req)
			}
			if req.URL.Query().Get("comp") == "block" {
				// A slow line is no stalled one.
				for range 3 {
					time.Sleep(50 * time.Second)
					if _, err := req.Body.Read(make([]byte, 10)); err != nil {
						return nil, err
					}
				}
			}
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		a := archivetest.New(t, archivetest.Member("a.msix", random(1, 1000)))
		started := time.Now()
		log, err := upload(t.Context(), t, memoryURL(), a, blob.Options{Transport: stalling})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(m.committed, bytesOf(t, a)) {
			t.Error("the blob's bytes are not the archive's")
		}
		// The block and the list stall for a minute each, after what was still moving.
		if got := time.Since(started).Round(time.Second); got != 150*time.Second+time.Minute+time.Minute {
			t.Errorf("the upload took %s, want 4m30s", got)
		}
		if got := strings.Count(log, "the connection stood still for 1m0s"); got != 2 {
			t.Errorf("the log tells of %d stalled connections, want 2:\n%s", got, log)
		}
	})
}

func TestUpload_givesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var attempts atomic.Int32
		down := transport(func(req *http.Request) (*http.Response, error) {
			attempts.Add(1)
			return reply(req, http.StatusServiceUnavailable, map[string]string{"x-ms-error-code": "ServerBusy", "x-ms-request-id": "id"},
				"<?xml version=\"1.0\"?><Error><Code>ServerBusy</Code><Message>Busy.\nRequestId:id\nTime:now</Message></Error>"), nil
		})
		_, err := upload(t.Context(), t, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: down, RetryDelay: time.Second})
		if err == nil || err.Error() != "upload block 1: the blob service answered 503 ServerBusy: Busy. (request id)" {
			t.Errorf("got the error %v", err)
		}
		if got := attempts.Load(); got != 9 {
			t.Errorf("%d attempts, want 9", got)
		}
	})
}

func TestUpload_replyThatIsNotTheService(t *testing.T) {
	t.Parallel()
	proxy := transport(func(req *http.Request) (*http.Response, error) {
		return reply(req, http.StatusProxyAuthRequired, nil, "<html><p>Who are you?"), nil
	})
	_, err := upload(t.Context(), t, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: proxy})
	if err == nil || err.Error() != "upload block 1: the blob service answered 407" {
		t.Errorf("got the error %v", err)
	}
}

// The text of a failed connection has the whole URL in it.
func TestUpload_noServer(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	uploadURL := "http://" + listener.Addr().String() + "/ingestion/id?sv=2024-05-04&sig=c2VjcmV0"
	log, err := upload(t.Context(), t, uploadURL, archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{})
	if err == nil || !strings.Contains(err.Error(), "upload block 1: dial tcp") {
		t.Errorf("got the error %v, want the failed connection", err)
	}
	if !strings.Contains(log, "dial tcp") {
		t.Errorf("the log does not tell of the failed connection:\n%s", log)
	}
}

func TestUpload_untrustedServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.StartTLS()
	defer server.Close()
	// A repetition would not end in the time of the test.
	_, err := upload(t.Context(), t, server.URL+"/ingestion/id?sv=2024-05-04&sig=c2VjcmV0", archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{RetryDelay: time.Hour})
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got the error %v, want the untrusted certificate", err)
	}
}

// A connection whose server replied early goes on reading, when the memory of the block may hold another one.
func TestUpload_bodyOfAnAttemptThatIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		var former io.ReadCloser
		early := transport(func(req *http.Request) (*http.Response, error) {
			if former == nil {
				former = req.Body
				return reply(req, http.StatusServiceUnavailable, nil, ""), nil
			}
			if n, err := former.Read(make([]byte, 10)); n != 0 || err == nil || errors.Is(err, io.EOF) {
				t.Errorf("read %d bytes with the error %v, want none", n, err)
			}
			return m.Do(req)
		})
		if _, err := upload(t.Context(), t, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: early, Parallel: 1}); err != nil {
			t.Error(err)
		}
	})
}

// Whoever cancels the upload reads of no failures that come of it.
func TestUpload_canceledInAnAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		silent := transport(func(req *http.Request) (*http.Response, error) {
			cancel(cause)
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		log, err := upload(ctx, t, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: silent})
		if !errors.Is(err, cause) || strings.Contains(log, "failed") {
			t.Errorf("got the error %v and the log\n%s\nwant the cause alone", err, log)
		}
	})
}

// What is told of a failure may repeat the upload URL.
func TestUpload_failuresRepeatTheURL(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]transport{
		"the service": func(req *http.Request) (*http.Response, error) {
			return reply(req, http.StatusForbidden, nil, "<Error><Message>No signature at "+html.EscapeString(req.URL.String())+"</Message></Error>"), nil
		},
		"a proxy": func(req *http.Request) (*http.Response, error) {
			return nil, &transports.ProxyError{Host: req.URL.String(), StatusCode: http.StatusProxyAuthRequired}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := upload(t.Context(), t, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: answer}); err == nil || !strings.Contains(err.Error(), "ingestion.blob.example") {
				t.Errorf("got the error %v, want what was said", err)
			}
		})
	}
}

func TestUpload_canceledBetweenAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		down := transport(func(req *http.Request) (*http.Response, error) {
			return reply(req, http.StatusServiceUnavailable, map[string]string{"Retry-After": "100"}, ""), nil
		})
		started := time.Now()
		_, err := upload(ctx, t, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: down})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(started) != time.Minute {
			t.Errorf("got the error %v after %s, want the deadline after 1m0s", err, time.Since(started))
		}
	})
}
