package providerdata

import (
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
)

// ForListResource is embedded by list resources, and configures them.
type ForListResource struct {
	ForResource
}

// Stream gives the results within the request's limit, up to the first that has an error. They are pulled after List has
// returned. diags are those of reading the configuration.
func (l *ForListResource) Stream(req list.ListRequest, diags diag.Diagnostics, results iter.Seq[list.ListResult]) iter.Seq[list.ListResult] {
	if !l.Data.Ready(&diags) {
		return list.ListResultsStreamDiagnostics(diags)
	}
	return func(push func(list.ListResult) bool) {
		left := req.Limit
		for result := range results {
			left--
			if !push(result) || result.Diagnostics.HasError() || left == 0 {
				return
			}
		}
	}
}

// Failed is the result of a list that cannot be read.
func (l *ForListResource) Failed(attempt string, err error) list.ListResult {
	var result list.ListResult
	diagnostic.AddReadError(&result.Diagnostics, attempt, err)
	return result
}
