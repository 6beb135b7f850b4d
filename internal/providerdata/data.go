// Package providerdata holds what the configured provider hands to its
// resources and data sources.
package providerdata

import (
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// Data is shared by everything in one provider process.
type Data struct {
	Client   *storeapi.Client
	Workflow *workflow.Workflow
	Owned    *Owned
}

// From takes the provider data of a Configure request. It returns nil, quietly,
// as long as the provider is not configured: validation and plans with unknown
// credentials run without a client.
func From(providerData any, diags *diag.Diagnostics) *Data {
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

// Owned remembers the submissions that this process has seen in the state.
//
// A tainted resource is planned as if it were new, and nothing in that request
// names the submission that the replacement deletes first. The refresh of the
// same process has seen it: a pending submission that is in the state is not a
// stranger in the flight's slot.
type Owned struct {
	mu  sync.Mutex
	ids map[string]bool
}

// Add remembers a submission of the state.
func (o *Owned) Add(submissionID string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ids == nil {
		o.ids = map[string]bool{}
	}
	o.ids[submissionID] = true
}

// Has tells whether the submission was seen in the state.
func (o *Owned) Has(submissionID string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ids[submissionID]
}
