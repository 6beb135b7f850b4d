package credential_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// hostile is an Entra whose replies somebody has changed on the way.
func hostile(entra *entratest.Server, change func(*http.Request, *http.Response)) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := entra.InMemory().RoundTrip(req)
		if err == nil {
			change(req, resp)
		}
		return resp, err
	})
}

func isToken(req *http.Request) bool { return strings.HasSuffix(req.URL.Path, "/token") }

func withSecret(entra *entratest.Server) credential.Config {
	return identified(entra, credential.Config{ClientSecret: entratest.ClientSecret})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, scheme := range []string{"http", "https"} {
			for _, path := range []string{"/token", "/openid-configuration", "/github/oidctoken"} {
				t.Run(fmt.Sprint(status, scheme, path), func(t *testing.T) {
					t.Parallel()
					entra := entratest.Start(t)
					var others atomic.Int32
					transport := hostile(entra, func(req *http.Request, resp *http.Response) {
						if req.URL.Hostname() == "other.example" {
							others.Add(1)
						}
						if strings.HasSuffix(req.URL.Path, path) {
							resp.StatusCode = status
							resp.Header.Set("Location", scheme+"://other.example/x?y")
						}
					})
					cfg, argument := withSecret(entra), "client_secret"
					if path == "/github/oidctoken" {
						cfg = identified(entra, credential.Config{OIDCRequestURL: entra.GitHubURL(), OIDCRequestToken: entratest.OIDCRequestToken})
						argument = "oidc_request_url"
					}
					mustFail(t, newCredential(t, cfg, nil, transport), argument,
						strconv.Itoa(status), "a redirect to "+scheme+"://other.example, which is not followed")
					if n := others.Load(); n > 0 {
						t.Errorf("%d requests reached the other host", n)
					}
				})
			}
		}
	}
}

// TestDiscoveryNamesAnotherEndpoint lets the discovery document name where the secret is posted to.
func TestDiscoveryNamesAnotherEndpoint(t *testing.T) {
	t.Parallel()
	for host, sent := range map[string]bool{"http://other.example": false, "http://169.254.169.254": false, "http://127.0.0.1": true} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			entra := entratest.Start(t)
			var reached atomic.Bool
			cred := newCredential(t, withSecret(entra), nil, roundTripper(func(req *http.Request) (*http.Response, error) {
				reached.Store(reached.Load() || req.URL.Scheme == "http")
				resp, err := entra.InMemory().RoundTrip(req)
				if err != nil || isToken(req) {
					return resp, err
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body = io.NopCloser(bytes.NewReader(bytes.ReplaceAll(body, []byte(`"token_endpoint":"`+entra.AuthorityHost()), []byte(`"token_endpoint":"`+host))))
				return resp, err
			}))
			if sent {
				_, _ = cred.GetToken(t.Context(), request)
			} else {
				mustFail(t, cred, "client_secret", host+" is not https")
			}
			if reached.Load() != sent {
				t.Errorf("a request in plain http left: %t, want %t", reached.Load(), sent)
			}
		})
	}
}

type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read.Add(int64(len(p)))
	return len(p), nil
}

func (*endless) Close() error { return nil }

// TestReplyIsTooLarge answers without an end, successes and errors.
func TestReplyIsTooLarge(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400, 503} {
		for _, path := range []string{"/token", "/openid-configuration"} {
			t.Run(fmt.Sprint(status, path), func(t *testing.T) {
				t.Parallel()
				entra := entratest.Start(t)
				body := &endless{}
				cred := newCredential(t, withSecret(entra), nil, hostile(entra, func(req *http.Request, resp *http.Response) {
					if strings.HasSuffix(req.URL.Path, path) {
						resp.StatusCode, resp.Body, resp.ContentLength = status, body, -1
					}
				}))
				mustFail(t, cred, "client_secret", "answered "+strconv.Itoa(status), "more than the 1 MiB that are accepted")
				if n := body.read.Load(); n > 4<<20 {
					t.Errorf("%d bytes were read", n)
				}
			})
		}
	}
}

// TestReplyIsABomb compresses a large reply into a small one.
func TestReplyIsABomb(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	var bomb bytes.Buffer
	packer := gzip.NewWriter(&bomb)
	for range 64 {
		_, _ = packer.Write(make([]byte, 1<<20))
	}
	_ = packer.Close()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	}))
	defer server.Close()
	cfg := withSecret(entra)
	cfg.AuthorityHost = server.URL
	mustFail(t, newCredential(t, cfg, nil, server.Client().Transport), "client_secret", "more than the 1 MiB that are accepted")
}

// TestAskedPause lets Entra ask for pauses.
func TestAskedPause(t *testing.T) {
	t.Parallel()
	for header, logged := range map[string]string{ // "" where it is not waited for
		"2": "no pause", "3": "pause=3s", "7": "pause=7s", "600": "pause=10m0s",
		"601": "", "999999": "", "99999999999999999999": "", "Wed, 21 Oct 2099 07:28:00 GMT": "",
	} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			entra := entratest.Start(t)
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				busy := 1
				resolved, err := credential.Resolve(withSecret(entra), env(nil).lookup)
				if err != nil {
					t.Fatal(err)
				}
				cred, err := resolved.Credential(credential.Options{
					Logger: slog.New(slog.NewTextHandler(&log, nil)),
					Transport: hostile(entra, func(req *http.Request, resp *http.Response) {
						if isToken(req) && busy > 0 {
							busy--
							resp.StatusCode = http.StatusTooManyRequests
							resp.Header.Set("Retry-After", header)
						}
					}),
				})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				if logged == "" {
					mustGoUnanswered(t, cred, "client_secret", "asks for a pause of more than ten minutes (Retry-After: "+header[:3])
					if waited := time.Since(began); waited > 0 {
						t.Errorf("waited %v", waited)
					}
					return
				}
				mustSignIn(t, entra, cred)
				if waited := time.Since(began) / time.Second; strconv.Itoa(int(waited)) != header {
					t.Errorf("waited %d seconds, want %s", waited, header)
				}
				if got := strings.Contains(log.String(), logged); got != (logged != "no pause") || !got && log.Len() > 0 {
					t.Errorf("logged %q, want %s", log.String(), logged)
				}
			})
		})
	}
}

// TestNobodyAnswers counts how long a person waits for the message.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for name, test := range map[string]struct {
		fail   func(*http.Request) error
		says   string
		within time.Duration
	}{
		"refused":        {func(*http.Request) error { return refused }, "refused the connection", 6 * time.Second},
		"proxy refused":  {func(*http.Request) error { return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: refused} }, "refused the connection", 6 * time.Second},
		"unknown name":   {func(*http.Request) error { return &net.DNSError{IsNotFound: true} }, "is unknown to the name server", 6 * time.Second},
		"reset":          {func(*http.Request) error { return fmt.Errorf("x: %w", syscall.ECONNRESET) }, "no reply from login.microsoftonline.com: connection reset by peer", 6 * time.Second},
		"silent":         {func(req *http.Request) error { <-req.Context().Done(); return req.Context().Err() }, "did not answer within 15s", 40 * time.Second},
		"closed at once": {func(*http.Request) error { return io.EOF }, "no reply from login.microsoftonline.com: EOF", 6 * time.Second},
	} {
		for _, machine := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, machine %t", name, machine), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					cfg, argument := credential.Config{TenantID: "t", ClientID: "c", ClientSecret: "hush"}, "client_secret"
					says, within := []string{test.says}, test.within
					if machine {
						cfg, argument = credential.Config{UseMSI: new(true), ClientID: t.Name()}, "use_msi"
						says = []string{strings.ReplaceAll(test.says, "login.microsoftonline.com", "169.254.169.254"), "managed identities exist on Azure machines only"}
						within += 6 * time.Second
					}
					began := time.Now()
					mustGoUnanswered(t, newCredential(t, cfg, nil, roundTripper(func(req *http.Request) (*http.Response, error) {
						return nil, test.fail(req)
					})), argument, says...)
					if waited := time.Since(began); waited > within {
						t.Errorf("it took %v, want at most %v", waited, within)
					}
				})
			})
		}
	}
}

// TestUntrustedCertificate asks a server whose certificate nobody signed.
func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	mustFail(t, newCredential(t, withSecret(entra), nil, nil), "client_secret", "has a certificate that this machine does not trust")
	if n := len(entra.Requests()); n > 0 {
		t.Errorf("%d requests left", n)
	}
}

// TestUntrustedCertificateEndsAtOnce asks once: a second later it will not be trusted, either.
func TestUntrustedCertificateEndsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		cred := newCredential(t, credential.Config{TenantID: "t", ClientID: "c", ClientSecret: "hush"}, nil, roundTripper(func(*http.Request) (*http.Response, error) {
			requests++
			return nil, &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
		}))
		began := time.Now()
		mustFail(t, cred, "client_secret", "has a certificate that this machine does not trust")
		if waited := time.Since(began); requests != 1 || waited != 0 {
			t.Errorf("%d requests in %v", requests, waited)
		}
	})
}

func TestTimeOfSignInIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		silent := roundTripper(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		cred := newCredential(t, credential.Config{TenantID: "t", ClientID: "c", ClientSecret: "hush"}, nil, silent)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := cred.GetToken(ctx, request)
		checkError(t, err, "client_secret", "the time for it was over; before that, login.microsoftonline.com did not answer")
		if !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "context") {
			t.Errorf("error is %v", err)
		}
	})
}

// TestEntraIsBusyForEver has Entra ask for one long pause after the other.
func TestEntraIsBusyForEver(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	synctest.Test(t, func(t *testing.T) {
		cred := newCredential(t, withSecret(entra), nil, hostile(entra, func(_ *http.Request, resp *http.Response) {
			resp.StatusCode = http.StatusTooManyRequests
			resp.Header.Set("Retry-After", "600")
		}))
		began := time.Now()
		_, err := cred.GetToken(t.Context(), request)
		checkError(t, err, "client_secret", "the time for it was over")
		if waited := time.Since(began); waited != 15*time.Minute || !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "context") {
			t.Errorf("after %v the error is %v", waited, err)
		}
	})
}

// TestMachineIsRefused is told by whoever answers at the metadata service's address.
func TestMachineIsRefused(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	cred := newCredential(t, credential.Config{UseMSI: new(true), ClientID: "refused"}, nil, hostile(entra, func(_ *http.Request, resp *http.Response) {
		resp.StatusCode, resp.Status, resp.Body = http.StatusForbidden, "403 "+entratest.ClientSecret, http.NoBody
	}))
	mustGoUnanswered(t, cred, "use_msi", "http://169.254.169.254/metadata/identity/oauth2/token answered 403 Forbidden", "check that this machine has a managed identity", "NO_PROXY")
}

// TestReplyAfterBlip has an attempt that nobody answers, and a refusal by Entra.
func TestReplyAfterBlip(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	entra.Refuse(7000222, "expired")
	synctest.Test(t, func(t *testing.T) {
		var blips atomic.Int32
		cred := newCredential(t, withSecret(entra), nil, roundTripper(func(req *http.Request) (*http.Response, error) {
			if blips.Add(1) == 1 {
				return nil, io.EOF
			}
			return entra.InMemory().RoundTrip(req)
		}))
		mustFail(t, cred, "client_secret", "AADSTS7000222: expired")
	})
}

// TestBlipsFarApart has two attempts that nobody answers, with replies in between that take their time.
func TestBlipsFarApart(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		mustSignIn(t, entra, newCredential(t, withSecret(entra), nil, roundTripper(func(req *http.Request) (*http.Response, error) {
			requests++
			if requests == 1 || requests == 3 {
				return nil, io.EOF
			}
			time.Sleep(10 * time.Second)
			return entra.InMemory().RoundTrip(req)
		})))
		if requests != 4 {
			t.Errorf("%d requests, want each of two repeated once", requests)
		}
	})
}

// closer counts the bodies that are open.
type closer struct {
	io.Reader
	open *atomic.Int32
}

func (c closer) Close() error {
	c.open.Add(-1)
	return nil
}

// TestRepliesAreClosed lets connections be used again.
func TestRepliesAreClosed(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	entra.FailNext(1)
	synctest.Test(t, func(t *testing.T) {
		var open, replies atomic.Int32
		mustSignIn(t, entra, newCredential(t, withSecret(entra), nil, hostile(entra, func(_ *http.Request, resp *http.Response) {
			open.Add(1)
			replies.Add(1)
			resp.Body = closer{resp.Body, &open}
		})))
		if open.Load() != 0 || replies.Load() != 3 {
			t.Errorf("%d of %d replies stayed open", open.Load(), replies.Load())
		}
	})
}

// TestPauseWithoutLogger asks for a pause that the log would mention.
func TestPauseWithoutLogger(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	entra.FailNext(1)
	synctest.Test(t, func(t *testing.T) {
		mustSignIn(t, entra, newCredential(t, withSecret(entra), nil, hostile(entra, func(_ *http.Request, resp *http.Response) {
			if resp.StatusCode == http.StatusServiceUnavailable {
				resp.Header.Set("Retry-After", "7")
			}
		})))
	})
}

// TestForgottenSecretsAreLearnedAgain pushes a secret out of those that redact remembers, as a long run does.
func TestForgottenSecretsAreLearnedAgain(t *testing.T) { //nolint:paralleltest // Others' secrets are pushed out, too.
	entra := entratest.Start(t)
	const secret = "learned-and-forgotten-8"
	cred := newCredential(t, identified(entra, credential.Config{ClientSecret: secret}), nil, entra.Transport())
	known := func() bool { return !strings.Contains(redact.String("it is "+secret), secret) }
	for i := 0; known() && i < 10_000; i++ {
		redact.Register(fmt.Sprintf("filler-%d-of-the-tests", i))
	}
	if known() {
		t.Fatal("nothing is forgotten")
	}
	_, _ = cred.GetToken(t.Context(), request)
	if !known() {
		t.Error("a sign-in with the secret does not make it known again")
	}
}

// TestLearnedSecretsAreKnown asks what the process takes for secrets, which no form gives away.
func TestLearnedSecretsAreKnown(t *testing.T) {
	t.Parallel()
	entra := entratest.Start(t)
	known := func(what, secret string) {
		t.Helper()
		if text := redact.String("it is " + secret); text != "it is "+redact.Mark {
			t.Errorf("the %s is not known: %q", what, text)
		}
	}
	opaque := hostile(entra, func(req *http.Request, resp *http.Response) {
		switch {
		case isToken(req):
			resp.Body = io.NopCloser(strings.NewReader(`{"access_token":"learned-access-1","token_type":"Bearer","expires_in":3600}`))
		case strings.Contains(req.URL.Path, "github"):
			resp.StatusCode, resp.Body = http.StatusOK, io.NopCloser(strings.NewReader(`{"value":"learned-oidc-2"}`))
		}
	})
	if _, err := newCredential(t, withSecret(entra), nil, opaque).GetToken(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	known("access token", "learned-access-1")
	cfg := identified(entra, credential.Config{OIDCRequestURL: entra.GitHubURL() + "&key=learned-0123456789-query", OIDCRequestToken: "learned-request-3"})
	cred := newCredential(t, cfg, nil, opaque)
	known("OIDC request token", "learned-request-3")
	known("OIDC request URL", "learned-0123456789-query")
	_, _ = cred.GetToken(t.Context(), request)
	known("OIDC token", "learned-oidc-2")
	newCredential(t, identified(entra, credential.Config{ClientSecret: "learned-secret-4"}), nil, opaque)
	known("client secret", "learned-secret-4")
	newCredential(t, identified(entra, credential.Config{OIDCToken: "learned-given-5"}), nil, opaque)
	known("given OIDC token", "learned-given-5")
	newCredential(t, credential.Config{AccessToken: "learned-given-6"}, nil, opaque)
	known("given access token", "learned-given-6")
	newCredential(t, identified(entra, credential.Config{
		ClientCertificatePath: "testdata/plain.pem", ClientCertificatePassword: "learned-password-7",
	}), nil, opaque)
	known("certificate password", "learned-password-7")
}

// TestPageInsteadOfReply is what a captive portal gives.
func TestPageInsteadOfReply(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"<html>" + entratest.ClientSecret, `{"access_token":"tok.en-hush`, ""} {
		entra := entratest.Start(t)
		cred := newCredential(t, withSecret(entra), nil, hostile(entra, func(_ *http.Request, resp *http.Response) {
			resp.Body = io.NopCloser(strings.NewReader(body))
		}))
		mustFail(t, cred, "client_secret", "answered 200 OK with something else than JSON")
	}
	entra := entratest.Start(t)
	cred := newCredential(t, withSecret(entra), nil, hostile(entra, func(req *http.Request, resp *http.Response) {
		if isToken(req) {
			resp.Body = io.NopCloser(strings.NewReader(`{"access_token":5,"x":"tok.en-hush"}`))
		}
	}))
	mustGoUnanswered(t, cred, "client_secret", ": a reply is JSON, but not of the form that Entra gives")
}

// TestSecretsInEveryEncoding lets Entra repeat the secret in all that it says.
func TestSecretsInEveryEncoding(t *testing.T) {
	t.Parallel()
	const secret = entratest.ClientSecret
	for name, echo := range map[string]string{
		"raw": secret, "query": url.QueryEscape(secret), "twice": url.QueryEscape(url.QueryEscape(secret)), "quoted": fmt.Sprintf("%q", secret),
		"base64": base64.StdEncoding.EncodeToString([]byte("client:" + secret)),
	} {
		for _, where := range []string{"description", "error", "correlation", "status", "header"} {
			t.Run(name+" "+where, func(t *testing.T) {
				t.Parallel()
				entra := entratest.Start(t)
				cred := newCredential(t, withSecret(entra), nil, hostile(entra, func(_ *http.Request, resp *http.Response) {
					said := map[string]string{"description": "no", "error": "e", "correlation": "c"}
					said[where] = "is " + echo + " it?"
					body := fmt.Sprintf(`{"error":%q,"error_description":%q,"error_codes":[7000215],"correlation_id":%q}`, said["error"], said["description"], said["correlation"])
					if where == "status" || where == "header" {
						body = "no JSON " + echo
					}
					resp.StatusCode, resp.Status = http.StatusUnauthorized, "401 "+echo
					resp.Header.Set("WWW-Authenticate", echo)
					resp.Body = io.NopCloser(strings.NewReader(body))
				}))
				err := fails(t, cred, "client_secret")
				if strings.Contains(err.Error(), echo) {
					t.Errorf("%q holds the secret as %s", err, name)
				}
			})
		}
	}
}
