package storeapi_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// sentTokens are the Authorization headers of a script's requests.
func sentTokens(s *script) []string {
	var tokens []string
	for _, req := range s.requests {
		tokens = append(tokens, req.Header.Get("Authorization"))
	}
	return tokens
}

func use(c *credential) func(*storeapi.Options) {
	return func(o *storeapi.Options) { o.Credential = c }
}

var unauthorized = step{
	want: "GET " + newPath + "/status", status: 401,
	body: `{"statusCode":401,"message":"APIM: Unauthorized. Access token is missing or invalid."}`,
}

var polled = step{want: "GET " + newPath + "/status", body: statusBody("Certification")}

func TestTokenIsRenewedBeforeItEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		life    time.Duration
		unknown bool
		wait    []time.Duration // before each poll
		want    []string
	}{
		"an hour":         {life: time.Hour, wait: []time.Duration{0, 54 * time.Minute, 2 * time.Minute}, want: []string{"Bearer token-1", "Bearer token-1", "Bearer token-2"}},
		"four hours":      {life: time.Hour, wait: []time.Duration{0, time.Hour, 3 * time.Hour}, want: []string{"Bearer token-1", "Bearer token-2", "Bearer token-3"}},
		"two minutes":     {life: 2 * time.Minute, wait: []time.Duration{0, 30 * time.Second, 31 * time.Second}, want: []string{"Bearer token-1", "Bearer token-1", "Bearer token-2"}},
		"an unknown time": {unknown: true, wait: []time.Duration{0, time.Hour, 24 * time.Hour}, want: []string{"Bearer token-1", "Bearer token-1", "Bearer token-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newScript(t, polled, polled, polled)
				client := newClient(t, store, use(&credential{life: test.life, unknown: test.unknown}))
				for _, wait := range test.wait {
					time.Sleep(wait)
					if _, err := client.SubmissionStatus(t.Context(), newRef); err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(test.want, sentTokens(store)); diff != "" {
					t.Errorf("-want +sent:\n%s", diff)
				}
			})
		})
	}
}

func TestTokenRenewalFails(t *testing.T) {
	t.Parallel()
	t.Run("a good token is used on", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := newScript(t, polled, polled, polled, polled, polled)
			entra := &credential{}
			client := newClient(t, store, use(entra))
			poll := func() error { _, err := client.SubmissionStatus(t.Context(), newRef); return err }
			if err := poll(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(56 * time.Minute)
			entra.err = errReset
			for _, want := range []int{2, 2, 3} { // Entra is not asked again for half a minute.
				if err := poll(); err != nil {
					t.Errorf("got %v although the token is good for four minutes", err)
				}
				if entra.asked != want {
					t.Errorf("Entra was asked %d times, want %d", entra.asked, want)
				}
				time.Sleep(20 * time.Second)
			}
			time.Sleep(5 * time.Minute)
			if err := poll(); storeapi.IsAuth(err) || !errors.Is(err, errReset) {
				t.Errorf("got %v with a token that has ended while nobody answers", err)
			}
			entra.err = nil
			if err := poll(); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff([]string{"Bearer token-1", "Bearer token-1", "Bearer token-1", "Bearer token-1", "Bearer token-2"}, sentTokens(store)); diff != "" {
				t.Errorf("-want +sent:\n%s", diff)
			}
		})
	})
}

func TestTokenIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		entra  *credential
		steps  []step
		want   []string
		status int    // of the error; 0 for success
		text   string // of the error
	}{
		"renewed":                {steps: []step{unauthorized, polled}, want: []string{"Bearer token-1", "Bearer token-2"}},
		"renewed only by claims": {entra: &credential{keeps: true}, steps: []step{unauthorized, polled}, want: []string{"Bearer token-1", "Bearer token-2"}},
		"renewed without claims": {entra: &credential{noClaims: true}, steps: []step{unauthorized, polled}, want: []string{"Bearer token-1", "Bearer token-2"}},
		"renewed once": {
			steps: []step{unauthorized, unauthorized}, want: []string{"Bearer token-1", "Bearer token-2"},
			status: 401, text: "Access token is missing",
		},
		"no other token": {
			entra: &credential{static: true}, steps: []step{unauthorized}, want: []string{"Bearer token-1"},
			status: 401, text: "Access token is missing",
		},
		"renewed once per request": {
			steps: []step{unauthorized, {want: polled.want, status: 503}, unauthorized},
			want:  []string{"Bearer token-1", "Bearer token-2", "Bearer token-2"}, status: 401, text: "Access token is missing",
		},
		"of an application that Partner Center does not know": {
			steps: []step{{want: polled.want, status: 401, body: `{"code":"Unauthorized","message":"Identity cannot be authorized."}`}},
			want:  []string{"Bearer token-1"}, status: 401, text: "Identity cannot be authorized",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newScript(t, test.steps...)
				if test.entra == nil {
					test.entra = &credential{}
				}
				_, err := newClient(t, store, use(test.entra)).SubmissionStatus(t.Context(), newRef)
				if test.status != 0 {
					wantError(t, err, test.status, test.text)
				} else if err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(test.want, sentTokens(store)); diff != "" {
					t.Errorf("-want +sent:\n%s", diff)
				}
			})
		})
	}
	t.Run("with a body", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			put := step{want: "PUT " + newPath, body: submissionBody(newID, "PendingCommit")}
			refused := put
			refused.status = 401
			store := newScript(t, refused, put)
			if _, err := newClient(t, store).UpdateSubmission(t.Context(), &storeapi.Submission{Ref: newRef}); err != nil {
				t.Fatal(err)
			}
			if store.bodies[0] == "" || store.bodies[1] != store.bodies[0] {
				t.Errorf("sent %q, then %q", store.bodies[0], store.bodies[1])
			}
		})
	})
	t.Run("a POST is no doubt", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			post := step{want: "POST " + newPath + "/commit", status: 202, body: statusBody("CommitStarted")}
			refused := post
			refused.status = 401
			if _, err := newClient(t, newScript(t, refused, post)).CommitSubmission(t.Context(), newRef); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("the renewal fails", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			entra := &credential{}
			refused := unauthorized
			refused.then = func() { entra.err = errReset }
			_, err := newClient(t, newScript(t, refused), use(entra)).SubmissionStatus(t.Context(), newRef)
			wantError(t, err, 401, "Access token is missing")
		})
	})
}

// slowCredential takes a second for each token and counts how many are asked for at a time.
type slowCredential struct {
	credential
	busy sync.Mutex
	t    *testing.T
}

func (c *slowCredential) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if !c.busy.TryLock() {
		c.t.Error("two tokens are asked for at a time")
	} else {
		defer c.busy.Unlock()
	}
	time.Sleep(time.Second)
	if err := ctx.Err(); err != nil {
		return azcore.AccessToken{}, err
	}
	return c.credential.GetToken(ctx, options)
}

func TestTokenIsShared(t *testing.T) {
	t.Parallel()
	t.Run("by all requests", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			entra := &slowCredential{t: t}
			client := newClient(t, always{status: http.StatusOK, body: statusBody("Published")}, func(o *storeapi.Options) { o.Credential = entra })
			pollAll(t, client, 10)
			if entra.given != 1 {
				t.Errorf("%d tokens were fetched", entra.given)
			}
		})
	})
	t.Run("also after one who gives up", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			entra := &slowCredential{t: t}
			client := newClient(t, always{status: http.StatusOK, body: statusBody("Published")}, func(o *storeapi.Options) { o.Credential = entra })
			short, cancel := context.WithTimeout(t.Context(), time.Second/2)
			defer cancel()
			var group sync.WaitGroup
			defer group.Wait()
			group.Go(func() {
				if _, err := client.SubmissionStatus(short, newRef); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
			synctest.Wait()
			if _, err := client.SubmissionStatus(t.Context(), newRef); err != nil {
				t.Error(err)
			}
		})
	})
	// azcore's policy does not interrupt who waits for the token of another request, whose fetch has a deadline.
	t.Run("and waited for no longer than its fetch takes", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			entra := &slowCredential{t: t}
			client := newClient(t, always{status: http.StatusOK, body: statusBody("Published")}, func(o *storeapi.Options) { o.Credential = entra })
			var group sync.WaitGroup
			defer group.Wait()
			group.Go(func() { pollAll(t, client, 1) })
			synctest.Wait()
			short, cancel := context.WithTimeout(t.Context(), time.Second/2)
			defer cancel()
			start := time.Now()
			_, err := client.SubmissionStatus(short, newRef)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
				t.Errorf("got %v after %v", err, time.Since(start))
			}
		})
	})
}

func TestCredentialSeesNoneOfOurRetryRules(t *testing.T) {
	t.Parallel()
	t.Run("commit", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var seen any
			spy := contextSpy{look: func(ctx context.Context) { seen = ctx.Value(spyKey{}) }}
			client := newClient(t, always{status: http.StatusAccepted, body: statusBody("CommitStarted")}, func(o *storeapi.Options) { o.Credential = spy })
			if _, err := client.CommitSubmission(context.WithValue(t.Context(), spyKey{}, 1), newRef); err != nil {
				t.Fatal(err)
			}
			if seen != nil {
				t.Error("the credential sees the values of the request's context")
			}
		})
	})
}

type spyKey struct{}

type contextSpy struct {
	look func(context.Context)
	// ends is set if there is no token once the context has ended.
	ends bool
}

func (s contextSpy) GetToken(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	s.look(ctx)
	if s.ends {
		return azcore.AccessToken{}, ctx.Err()
	}
	return azcore.AccessToken{Token: "token-1"}, nil
}

func TestTokenThatDoesNotCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		client := newClient(t, newScript(t), func(o *storeapi.Options) {
			o.Credential = contextSpy{look: func(ctx context.Context) { <-ctx.Done() }, ends: true}
			o.AttemptTimeout = time.Minute
		})
		_, err := client.SubmissionStatus(t.Context(), newRef)
		wantError(t, err, 0, "no access token within 1m0s")
		if took := time.Since(start); took != time.Minute || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v got %v", took, err)
		}
	})
}
