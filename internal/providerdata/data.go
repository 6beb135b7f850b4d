// Package providerdata holds what the configured provider hands to its
// resources, data sources, list resources and actions.
package providerdata

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// Data is shared by everything in one provider process.
type Data struct {
	Client   *storeapi.Client
	Workflow *workflow.Workflow
	// Claims are what the resources of one plan ask of flights.
	Claims workflow.Claims
	// Owned are the flights and submissions that the state has. A tainted resource
	// is planned as if it were new, and nothing in that request names the object
	// that the replacement deletes first; the refresh of the same process has seen it.
	Owned IDs
	// Taken are the submissions that an apply has given to resources, and that no other one deletes.
	Taken IDs
	// Awaited are the submissions whose publication the planned apply waits for.
	Awaited IDs
	// WarnOnly turns what a plan refuses, after a look at the files and the Store, into warnings.
	WarnOnly bool
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

// Identified is the model of a resource that has an identity.
type Identified interface {
	Identity() any
}

// ReadState begins a Read: it decodes the state, sets the identity, and tells whether to go on. Credentials that are not
// known yet leave the state as it is; the apply, which knows them, looks at the Store before it acts.
func (r *ForResource) ReadState(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse, state Identified) bool {
	resp.Diagnostics.Append(req.State.Get(ctx, state)...)
	// A CLI without identities hands over none, and every way out of Read needs
	// one, the removal of the resource included.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.Identity())...)
	return r.Data != nil
}

// ForAction is embedded by actions, and configures them.
type ForAction struct {
	// Data is nil as long as the provider is not configured; see [Data.Ready].
	Data *Data
}

// Configure implements action.ActionWithConfigure.
func (a *ForAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.Data = from(req.ProviderData, &resp.Diagnostics)
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

// Ready tells whether an operation can begin: nothing has failed so far, and there
// is a client. There is none if the provider's configuration depends on values
// that are not known, as in a plan before the first apply or in a destroy after
// their source has left the state.
func (d *Data) Ready(diags *diag.Diagnostics) bool {
	if diags.HasError() {
		return false
	}
	if d == nil {
		diags.AddError("Provider is not configured yet",
			"The provider's configuration depends on values that are known only after an apply, and this needs the Store before. "+
				"Apply what the configuration depends on first, for example with -target. If its source is gone already, set the credentials "+
				"by environment variables, such as MSSTORE_ACCESS_TOKEN, for this run.")
	}
	return d != nil
}

// Begin bounds an operation by its timeout, which is usual if the configuration gives none, and tells whether it can begin.
func (d *Data) Begin(ctx context.Context, timeout Timeout, usual time.Duration, diags *diag.Diagnostics) (context.Context, context.CancelFunc, bool) {
	limit, more := timeout(ctx, usual)
	diags.Append(more...)
	ctx, cancel := context.WithTimeout(ctx, limit)
	return ctx, cancel, d.Ready(diags)
}

// BeginRead is Begin for what has no argument timeouts, data sources and imports: [ReadTimeout] bounds it.
func (d *Data) BeginRead(ctx context.Context, diags *diag.Diagnostics) (context.Context, context.CancelFunc, bool) {
	ctx, cancel := context.WithTimeout(ctx, ReadTimeout)
	return ctx, cancel, d.Ready(diags)
}

// Timeout is a method of the values of timeouts arguments, such as Create.
type Timeout func(ctx context.Context, usual time.Duration) (time.Duration, diag.Diagnostics)

// Refusals collects what a plan refuses. exists tells whether the resource exists.
func (d *Data) Refusals(diags *diag.Diagnostics, exists bool) diagnostic.Plan {
	return diagnostic.Plan{Diagnostics: diags, WarnOnly: d != nil && d.WarnOnly, Exists: exists}
}

// IDs is a set of IDs. The zero value is empty.
type IDs struct {
	mu  sync.Mutex
	ids map[string]bool
}

// Add adds an ID.
func (s *IDs) Add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil {
		s.ids = map[string]bool{}
	}
	s.ids[id] = true
}

// Has tells whether the set has the ID.
func (s *IDs) Has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids[id]
}
