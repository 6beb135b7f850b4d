package artifact_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
)

// roundTrip answers without a network, so that time can be a fake one.
type roundTrip func(r *http.Request) *http.Response

func (t roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return t(r), nil }

func answer(status int, header http.Header, body io.Reader) *http.Response {
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(body), ContentLength: -1}
}

func TestPausesGrow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		_, err := artifact.Open(t.Context(), "https://contoso.com/a.msix", artifact.Options{Client: &http.Client{
			Transport: roundTrip(func(*http.Request) *http.Response {
				at = append(at, time.Since(start))
				header := http.Header{}
				if len(at) == 3 {
					header.Set("Retry-After", "30")
				}
				return answer(http.StatusServiceUnavailable, header, strings.NewReader("down"))
			}),
		}})
		wantMessage(t, err, "failed 5 times", "503")
		if got, want := fmt.Sprint(at), "[0s 1s 3s 33s 41s]"; got != want {
			t.Errorf("asked at %s, want %s", got, want)
		}
	})
}

// Whatever a connection brings is progress: only one that brings nothing, again and again, is given up.
func TestAttemptsBeginAnewWithProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size = 30
		var log strings.Builder
		requests := 0
		start := time.Now()
		a, err := artifact.Open(t.Context(), "https://contoso.com/a.msix?"+signature, artifact.Options{
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
			Client: &http.Client{Transport: roundTrip(func(r *http.Request) *http.Response {
				requests++
				if requests%2 == 0 {
					return answer(http.StatusBadGateway, http.Header{}, strings.NewReader(""))
				}
				first, _ := requested(t, r)
				return answer(http.StatusPartialContent, http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", first, size-1, size)}}, strings.NewReader("x"))
			})},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		// Each byte but the last costs a lost connection and a refusal.
		if got, want := requests, 2*size-1; got != want {
			t.Errorf("%d requests, want %d", got, want)
		}
		if got, want := time.Since(start), (size-1)*3*time.Second; got != want {
			t.Errorf("it took %s, want %s", got, want)
		}
		if got := strings.Count(log.String(), "level=WARN"); got != requests-1 {
			t.Errorf("%d warnings of %d repetitions:\n%s", got, requests-1, log.String())
		}
		if !strings.Contains(log.String(), "https://contoso.com/a.msix") || !strings.Contains(log.String(), "502") {
			t.Errorf("the log does not say what failed:\n%s", log.String())
		}
		wantNoSecrets(t, log.String())
	})
}

func TestPauseEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := artifact.Open(ctx, "https://contoso.com/a.msix", artifact.Options{Client: &http.Client{
			Transport: roundTrip(func(*http.Request) *http.Response {
				return answer(http.StatusTooManyRequests, http.Header{"Retry-After": {"60"}}, strings.NewReader(""))
			}),
		}})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 10*time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	})
}

// The log says what an operation waits for, once it takes so long that somebody wonders.
func TestSlowOpeningIsLogged(t *testing.T) {
	t.Parallel()
	for took, logged := range map[time.Duration]bool{2 * time.Second: false, 4 * time.Second: true} {
		t.Run(took.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				open(t, "https://contoso.com/a.msix?"+signature, artifact.Options{
					Logger: slog.New(slog.NewTextHandler(&log, nil)),
					Client: &http.Client{Transport: roundTrip(func(*http.Request) *http.Response {
						time.Sleep(took)
						return answer(http.StatusPartialContent, http.Header{"Content-Range": {"bytes 0-0/1"}}, strings.NewReader("x"))
					})},
				})
				time.Sleep(time.Minute) // A file that is open is not waited for any more.
				synctest.Wait()
				if got := strings.Contains(log.String(), "waiting for the package source to answer\" source=https://contoso.com/a.msix\n"); got != logged {
					t.Errorf("logged %q", log.String())
				}
			})
		})
	}
}

// Silence is a server's fault: the message says so, and not that the reader ended a request.
func TestServerThatStaysSilent(t *testing.T) {
	t.Parallel()
	header := http.Header{"Content-Range": {"bytes 0-9/10"}}
	for name, reply := range map[string]func(r *http.Request) (*http.Response, error){
		"before the reply": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"in the reply": func(r *http.Request) (*http.Response, error) {
			return answer(http.StatusPartialContent, header, endsWith{r.Context()}), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				_, err := artifact.Open(t.Context(), "https://contoso.com/a.msix", artifact.Options{Client: &http.Client{
					Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
						requests++
						return reply(r)
					}),
				}})
				wantMessage(t, err, "failed 5 times: the server went silent for 1m0s")
				if requests != 5 || strings.Contains(err.Error(), "context") {
					t.Errorf("after %d requests: %v", requests, err)
				}
			})
		})
	}
}

// endsWith gives nothing until its context ends.
type endsWith struct{ context.Context }

func (r endsWith) Read([]byte) (int, error) {
	<-r.Done()
	return 0, r.Err()
}

// trickle gives a byte every 50 seconds.
type trickle struct {
	ctx context.Context
	io.Reader
}

func (r trickle) Read(p []byte) (int, error) {
	select {
	case <-time.After(50 * time.Second):
		return r.Reader.Read(p[:1])
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}

// Patience is for silence: a server that is merely slow is waited for.
func TestSlowServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		a, err := artifact.Open(t.Context(), "https://contoso.com/a.msix", artifact.Options{Client: &http.Client{
			Transport: roundTrip(func(r *http.Request) *http.Response {
				requests++
				return answer(http.StatusPartialContent, http.Header{"Content-Range": {"bytes 0-9/10"}}, trickle{r.Context(), strings.NewReader("0123456789")})
			}),
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		p := make([]byte, 10)
		if _, err := a.ReadAt(p, 0); err != nil || string(p) != "0123456789" || requests != 1 {
			t.Errorf("read %q in %d requests, error %v", p, requests, err)
		}
	})
}
