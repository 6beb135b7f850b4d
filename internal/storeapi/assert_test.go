package storeapi_test

import (
	"encoding/json"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// wantError checks that err is a *storeapi.Error with a status and that its text holds a part.
func wantError(t *testing.T, err error, status int, part string) {
	t.Helper()
	e, ok := errors.AsType[*storeapi.Error](err)
	if !ok {
		t.Fatalf("got error %v, want an *Error", err)
	}
	if e.StatusCode != status {
		t.Errorf("got status %d in %q, want %d", e.StatusCode, err, status)
	}
	if !strings.Contains(err.Error(), part) {
		t.Errorf("got %q, want %q in it", err, part)
	}
	if strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), "token-") {
		t.Errorf("%q leaks a secret", err)
	}
}

// dialError is the error of a connection that was never made.
func dialError() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// members gives the members of an object; of several with one name, the last.
func members(t *testing.T, text string) map[string]json.RawMessage {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "\xef\xbb\xbf")), &m); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return m
}
