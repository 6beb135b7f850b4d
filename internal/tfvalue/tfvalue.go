// Package tfvalue turns what the Store says into Terraform values: what it
// leaves empty is null.
package tfvalue

import (
	"context"
	"math/big"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
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

// Number is a number of the Store, as a configuration has it that writes the same
// digits. types.Float64Value makes another number of 33.3, the binary fraction
// next to it, and a plan shows that as a change.
func Number(f float64) types.Float64 {
	// The digits and the precision are those by which numbers get here from Terraform.
	decimal, _, err := big.ParseFloat(strconv.FormatFloat(f, 'f', -1, 64), 10, 512, big.ToNearestEven)
	if err == nil {
		value, _ := types.Float64Type.ValueFromTerraform(context.Background(), tftypes.NewValue(tftypes.Number, decimal))
		if number, ok := value.(types.Float64); ok {
			return number
		}
	}
	return types.Float64Value(f)
}
