package providerdata_test

import (
	"context"
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
)

type shelf struct {
	Books types.List `tfsdk:"books"`
}

// A model that Read has not completed is no state.
func TestDataSourceThatCannotBeRead(t *testing.T) {
	t.Parallel()
	described := schema.Schema{Attributes: map[string]schema.Attribute{"books": schema.ListAttribute{Computed: true, ElementType: types.StringType}}}
	for name, read := range map[string]func(m *shelf, diags *diag.Diagnostics) error{
		"error":      func(*shelf, *diag.Diagnostics) error { return errors.New("on fire") },
		"diagnostic": func(_ *shelf, diags *diag.Diagnostics) error { diags.AddError("on fire", ""); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := providerdata.DataSource[shelf]{
				Attempt: "reading shelf",
				Read: func(_ context.Context, _ *providerdata.Data, m *shelf, diags *diag.Diagnostics) error {
					m.Books = types.List{}
					return read(m, diags)
				},
			}.New()
			configurable, ok := source.(datasource.DataSourceWithConfigure)
			if !ok {
				t.Fatal("it takes no provider data")
			}
			configurable.Configure(t.Context(), datasource.ConfigureRequest{ProviderData: new(providerdata.Data)}, new(datasource.ConfigureResponse))
			kind := described.Type().TerraformType(t.Context())
			empty := tftypes.NewValue(kind, map[string]tftypes.Value{"books": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, nil)})
			resp := datasource.ReadResponse{State: tfsdk.State{Schema: described, Raw: tftypes.NewValue(kind, nil)}}
			source.Read(t.Context(), datasource.ReadRequest{Config: tfsdk.Config{Schema: described, Raw: empty}}, &resp)
			if resp.Diagnostics.ErrorsCount() != 1 || !resp.State.Raw.IsNull() {
				t.Errorf("the state is %v, %v", resp.State.Raw, resp.Diagnostics)
			}
		})
	}
}
