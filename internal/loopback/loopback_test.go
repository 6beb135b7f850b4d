package loopback_test

import (
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/loopback"
)

func TestIs(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost":              true,
		"LocalHost":              true,
		"127.0.0.1":              true,
		"127.8.9.10":             true,
		"::1":                    true,
		"::ffff:127.0.0.1":       true,
		"":                       false,
		"localhost.example":      false,
		"127.0.0.1.example":      false,
		"0.0.0.0":                false,
		"10.0.0.1":               false,
		"store.example":          false,
		"[::1]":                  false,
		"169.254.169.254":        false,
		"::ffff:169.254.169.254": false,
	} {
		if got := loopback.Is(host); got != want {
			t.Errorf("%q: got %t, want %t", host, got, want)
		}
	}
}
