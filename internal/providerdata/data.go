// Package providerdata holds what the configured provider hands to its
// resources and data sources.
package providerdata

import (
	"context"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// Data is shared by everything in one provider process.
type Data struct {
	Client   *storeapi.Client
	Workflow *workflow.Workflow
	Owned    *Owned
}

// ForResource is embedded by resources, and configures them.
type ForResource struct {
	// Data is nil as long as the provider is not configured: validation and plans
	// with unknown credentials run without a client.
	Data *Data
}

// Configure implements resource.ResourceWithConfigure.
func (r *ForResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.Data = from(req.ProviderData, &resp.Diagnostics)
}

// ForDataSource is embedded by data sources, and configures them.
type ForDataSource struct {
	// Data is nil as long as the provider is not configured; see [Data.Ready].
	Data *Data
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *ForDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.Data = from(req.ProviderData, &resp.Diagnostics)
}

func from(providerData any, diags *diag.Diagnostics) *Data {
	if providerData == nil {
		return nil
	}
	data, ok := providerData.(*Data)
	if !ok {
		diags.AddError("Unexpected provider data",
			fmt.Sprintf("The provider handed over %T instead of %T. This is a bug in the provider.", providerData, data))
	}
	return data
}

// Ready tells whether there is a client. If there is none, as in a plan whose
// credentials are not known before the apply, it says so to those who cannot go
// on without one: data sources and imports.
func (d *Data) Ready(diags *diag.Diagnostics) bool {
	if d == nil {
		diags.AddError("Provider is not configured yet",
			"The provider's configuration depends on values that are known only after an apply, and this has to ask the Store before. "+
				"Apply what the provider's configuration depends on first, for example with -target.")
	}
	return d != nil
}

// Owned remembers the flights and submissions that this process has seen in the
// state.
//
// A tainted resource is planned as if it were new, and nothing in that request
// names the object that the replacement deletes first. The refresh of the same
// process has seen it: what is in the state is no stranger.
type Owned struct {
	mu  sync.Mutex
	ids map[string]bool
}

// Add remembers the ID of something in the state.
func (o *Owned) Add(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ids == nil {
		o.ids = map[string]bool{}
	}
	o.ids[id] = true
}

// Has tells whether the ID was seen in the state.
func (o *Owned) Has(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ids[id]
}
