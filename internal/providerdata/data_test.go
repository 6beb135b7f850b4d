package providerdata_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
)

func TestConfigure(t *testing.T) {
	t.Parallel()
	data := new(providerdata.Data)
	for name, test := range map[string]struct {
		given  any
		want   *providerdata.Data
		errors int
	}{
		"validation":     {nil, nil, 0},
		"configured":     {data, data, 0},
		"something else": {providerdata.Data{WarnOnly: true}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r providerdata.ForResource
			var ofResource resource.ConfigureResponse
			r.Configure(t.Context(), resource.ConfigureRequest{ProviderData: test.given}, &ofResource)
			var a providerdata.ForAction
			var ofAction action.ConfigureResponse
			a.Configure(t.Context(), action.ConfigureRequest{ProviderData: test.given}, &ofAction)
			if r.Data != test.want || a.Data != test.want {
				t.Errorf("the resource has %p, the action %p, want %p", r.Data, a.Data, test.want)
			}
			if ofResource.Diagnostics.ErrorsCount() != test.errors || ofAction.Diagnostics.ErrorsCount() != test.errors {
				t.Errorf("%v, %v", ofResource.Diagnostics, ofAction.Diagnostics)
			}
		})
	}
}

// TestBegin begins operations with and without an argument timeouts.
func TestBegin(t *testing.T) {
	t.Parallel()
	failed := diag.Diagnostics{diag.NewErrorDiagnostic("before", "")}
	timeout := func(diags ...diag.Diagnostic) providerdata.Timeout {
		return func(_ context.Context, usual time.Duration) (time.Duration, diag.Diagnostics) { return usual, diags }
	}
	for name, test := range map[string]struct {
		data    *providerdata.Data
		before  diag.Diagnostics
		timeout providerdata.Timeout // nil: there is no such argument
		ok      bool
		limit   time.Duration
		errors  int
	}{
		"operation":                    {new(providerdata.Data), nil, timeout(), true, time.Minute, 0},
		"operation without a client":   {nil, nil, timeout(), false, time.Minute, 1},
		"operation after an error":     {new(providerdata.Data), failed, timeout(), false, time.Minute, 1},
		"operation of unusable limits": {new(providerdata.Data), nil, timeout(failed...), false, time.Minute, 1},
		"read":                         {new(providerdata.Data), nil, nil, true, providerdata.ReadTimeout, 0},
		"read without a client":        {nil, nil, nil, false, providerdata.ReadTimeout, 1},
		"read after an error":          {nil, failed, nil, false, providerdata.ReadTimeout, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diags := slices.Clone(test.before)
			begin := func() (context.Context, context.CancelFunc, bool) {
				if test.timeout == nil {
					return test.data.BeginRead(t.Context(), &diags)
				}
				return test.data.Begin(t.Context(), test.timeout, time.Minute, &diags)
			}
			ctx, cancel, ok := begin()
			defer cancel()
			if ok != test.ok || diags.ErrorsCount() != test.errors {
				t.Errorf("it begins: %t, %v", ok, diags)
			}
			if deadline, bounded := ctx.Deadline(); !bounded || time.Until(deadline) > test.limit || time.Until(deadline) < test.limit-time.Minute/2 {
				t.Errorf("it may take %s, want %s", time.Until(deadline), test.limit)
			}
		})
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	bad := list.ListResult{DisplayName: "bad", Diagnostics: diag.Diagnostics{diag.NewErrorDiagnostic("cannot be read", "")}}
	results := slices.Values([]list.ListResult{{DisplayName: "a"}, {DisplayName: "b"}, bad, {DisplayName: "c"}})
	for name, test := range map[string]struct {
		data  *providerdata.Data
		limit int64
		take  int
		want  []string
	}{
		"up to an error":   {new(providerdata.Data), 0, 9, []string{"a", "b", "bad"}},
		"up to the limit":  {new(providerdata.Data), 1, 9, []string{"a"}},
		"up to the reader": {new(providerdata.Data), 0, 2, []string{"a", "b"}},
		"without a client": {nil, 0, 9, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := providerdata.ForListResource{ForResource: providerdata.ForResource{Data: test.data}}
			var got []string
			for result := range head(l.Stream(list.ListRequest{Limit: test.limit}, nil, results), test.take) {
				got = append(got, result.DisplayName)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// head are the first n results.
func head(results iter.Seq[list.ListResult], n int) iter.Seq[list.ListResult] {
	return func(push func(list.ListResult) bool) {
		for result := range results {
			if n--; !push(result) || n == 0 {
				return
			}
		}
	}
}
