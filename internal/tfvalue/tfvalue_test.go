package tfvalue_test

import (
	"math/big"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
)

func TestEmptyIsNull(t *testing.T) {
	t.Parallel()
	if v := tfvalue.Text(storeapi.Status("")); !v.IsNull() {
		t.Errorf("an empty text is %s", v)
	}
	if v := tfvalue.Text(storeapi.StatusRelease); v.ValueString() != "Release" {
		t.Errorf("a text is %s", v)
	}
	if v := tfvalue.Time(time.Time{}); !v.IsNull() {
		t.Errorf("no date is %s", v)
	}
	if v := tfvalue.Time(time.Date(2016, 3, 12, 2, 38, 11, 771810000, time.FixedZone("", 3600))); v.ValueString() != "2016-03-12T01:38:11Z" {
		t.Errorf("a date is %s", v)
	}
}

func TestNumberIsDecimal(t *testing.T) {
	t.Parallel()
	for f, digits := range map[float64]string{0: "0", 100: "100", 12.5: "12.5", 33.3: "33.3", 0.1: "0.1"} {
		// This is how a configuration's number gets here.
		decimal, _, err := big.ParseFloat(digits, 10, 512, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		configured, err := types.Float64Type.ValueFromTerraform(t.Context(), tftypes.NewValue(tftypes.Number, decimal))
		if err != nil {
			t.Fatal(err)
		}
		if got := tfvalue.Number(f); !got.Equal(configured) || got.ValueFloat64() != f {
			t.Errorf("%s became %s", digits, got)
		}
	}
}
