package provider

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

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
