package storevalue_test

import (
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storevalue"
)

func TestEmptyIsNull(t *testing.T) {
	t.Parallel()
	if v := storevalue.Text(storeapi.Status("")); !v.IsNull() {
		t.Errorf("an empty text is %s", v)
	}
	if v := storevalue.Text(storeapi.StatusRelease); v.ValueString() != "Release" {
		t.Errorf("a text is %s", v)
	}
	if v := storevalue.Time(time.Time{}); !v.IsNull() {
		t.Errorf("no date is %s", v)
	}
	if v := storevalue.Time(time.Date(2016, 3, 12, 2, 38, 11, 771810000, time.FixedZone("", 3600))); v.ValueString() != "2016-03-12T01:38:11Z" {
		t.Errorf("a date is %s", v)
	}
}
