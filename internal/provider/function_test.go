package provider_test

import (
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

// OpenTofu sends null as an argument without a value.
func TestArgumentWithoutValueIsNull(t *testing.T) {
	t.Parallel()
	value := func(v tftypes.Value) *tfprotov6.DynamicValue {
		encoded, err := tfprotov6.NewDynamicValue(v.Type(), v)
		if err != nil {
			t.Fatal(err)
		}
		return &encoded
	}
	stage := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"percentage": tftypes.Number}}
	list := tftypes.Tuple{ElementTypes: []tftypes.Type{stage}}
	stages, err := tfprotov6.NewDynamicValue(tftypes.DynamicPseudoType, tftypes.NewValue(list, []tftypes.Value{
		tftypes.NewValue(stage, map[string]tftypes.Value{"percentage": tftypes.NewValue(tftypes.Number, 5)}),
	}))
	if err != nil {
		t.Fatal(err)
	}
	for name, null := range map[string]*tfprotov6.DynamicValue{
		"empty": {}, "missing": nil, "null": value(tftypes.NewValue(tftypes.String, nil)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, err := acctest.StartProtocol(t).CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{
				Name: "staged_percentage", Arguments: []*tfprotov6.DynamicValue{&stages, null, value(tftypes.NewValue(tftypes.String, "2026-03-02T09:00:00Z"))},
			})
			if err != nil || reply.Error != nil {
				t.Fatalf("%v %+v", err, reply.Error)
			}
			result, err := reply.Result.Unmarshal(tftypes.Number)
			var percentage big.Float
			if err == nil {
				err = result.As(&percentage)
			}
			if got, _ := percentage.Float64(); err != nil || got != 5 {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
