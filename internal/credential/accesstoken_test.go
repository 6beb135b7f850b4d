package credential_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
)

func TestSignInWithAccessToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// The second one is a JSON web token that says nothing of its end.
		for _, text := range []string{"opaque", "eyJhbGciOiJub25lIn0.e30.c2ln"} {
			token, err := newCredential(t, credential.Config{AccessToken: text}, nil, nil).GetToken(t.Context(), request)
			if err != nil || token.Token != text || time.Until(token.ExpiresOn) < time.Hour {
				t.Errorf("got %+v and error %v, want the token, not about to expire", token, err)
			}
		}

		// {"exp": 946688400}: an hour after the bubble's clock starts.
		const jwt = "eyJhbGciOiJub25lIn0.eyJleHAiOjk0NjY4ODQwMH0.c2ln"
		dated := newCredential(t, credential.Config{AccessToken: jwt}, nil, nil)
		token, err := dated.GetToken(t.Context(), request)
		if err != nil || token.Token != jwt || time.Until(token.ExpiresOn) != time.Hour {
			t.Errorf("got %+v and error %v, want the token for an hour", token, err)
		}
		time.Sleep(time.Hour)
		mustFail(t, dated, "access_token", "access_token expired at 2000-01-01T01:00:00Z", "get a new one, or use a credential that renews itself")

		resolved, err := credential.Resolve(credential.Config{AccessToken: jwt}, env{}.lookup)
		if err != nil {
			t.Fatal(err)
		}
		_, err = resolved.Credential(credential.Options{})
		checkError(t, err, "access_token", "expired at 2000-01-01T01:00:00Z")
	})
}

// FuzzAccessToken looks for tokens that make the reader of expiry dates panic.
func FuzzAccessToken(f *testing.F) {
	for _, token := range []string{"opaque", "eyJhbGciOiJub25lIn0.eyJleHAiOjk0NjY4ODQwMH0.c2ln", "a.b.c", "..", "a.eyJleHAiOi0xfQ.c"} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, text string) {
		resolved, err := credential.Resolve(credential.Config{AccessToken: text}, env{}.lookup)
		if err != nil {
			return
		}
		cred, err := resolved.Credential(credential.Options{})
		if err != nil {
			return
		}
		if token, err := cred.GetToken(t.Context(), request); err == nil && (token.Token != text || !token.ExpiresOn.After(time.Now())) {
			t.Errorf("got %+v", token)
		}
	})
}
