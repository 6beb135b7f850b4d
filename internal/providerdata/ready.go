package providerdata

import "github.com/hashicorp/terraform-plugin-framework/diag"

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
