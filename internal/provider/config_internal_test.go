package provider

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

func TestDefaultSettings(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	got := model{}.settings(func(string) (string, bool) { return "", false }, &diags)
	want := settings{endpoint: storeapi.DefaultEndpoint, requestsPerMinute: 20, pollInterval: 30 * time.Second}
	if got != want || len(diags) > 0 {
		t.Errorf("got %+v, %v", got, diags)
	}
}

func TestCredentialErrorsHideSecrets(t *testing.T) {
	t.Parallel()
	const secret = "9f0c-of-a-credential-error"
	redact.Register(secret)
	var diags diag.Diagnostics
	addCredentialError(&diags, errors.New("trying "+secret))
	if detail := diags[0].Detail(); strings.Contains(detail, secret) {
		t.Errorf("it says %q", detail)
	}
}
