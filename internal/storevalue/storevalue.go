// Package storevalue turns what the Store says into Terraform values: what it
// leaves empty is null.
package storevalue

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Text is a string of the Store.
func Text[S ~string](s S) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(string(s))
}

// Time is a date of the Store in RFC 3339 format.
func Time(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format(time.RFC3339))
}
