package flight

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

var _ list.ListResourceWithConfigure = (*ListResource)(nil)

// ListResource lists flights for terraform query, which Terraform 1.14 and newer have.
type ListResource struct {
	providerdata.ForListResource
}

// NewListResource makes the list resource.
func NewListResource() list.ListResource { return &ListResource{} }

// Metadata implements list.ListResource.
func (l *ListResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_flight"
}

// ListResourceConfigSchema implements list.ListResource.
func (l *ListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The package flights of an application, for `terraform query`.",
		Attributes: map[string]schema.Attribute{
			"application_id": schema.StringAttribute{
				MarkdownDescription: descriptions.ApplicationID, Required: true, Validators: []validator.String{storeid.Application()},
			},
		},
	}
}

// listConfig is the configuration of a list block.
type listConfig struct {
	ApplicationID types.String `tfsdk:"application_id"`
}

// List implements list.ListResource. The Store lists 100 flights with a request, which the results then do without.
func (l *ListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config listConfig
	diags := req.Config.Get(ctx, &config)
	stream.Results = l.Stream(req, diags, func(push func(list.ListResult) bool) {
		ctx, cancel := context.WithTimeout(ctx, providerdata.ReadTimeout)
		defer cancel()
		flights, err := l.Data.Client.Flights(ctx, config.ApplicationID.ValueString())
		if err != nil {
			push(l.Failed("listing flights", err))
			return
		}
		for i := range flights {
			if !push(listed(ctx, req, config, &flights[i])) {
				return
			}
		}
	})
}

// listed is one flight as a result. Its state is that of an import, so that a configuration generated from it plans
// without a change.
func listed(ctx context.Context, req list.ListRequest, config listConfig, flight *storeapi.Flight) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = flight.FriendlyName
	state := model{ApplicationID: config.ApplicationID, GroupIDs: types.SetNull(types.StringType)}
	state.fromAPI(ctx, flight, &result.Diagnostics)
	result.Diagnostics.Append(result.Identity.Set(ctx, state.Identity())...)
	// The framework leaves it out where the query is without resources.
	result.Diagnostics.Append(result.Resource.GetAttribute(ctx, path.Root("timeouts"), &state.Timeouts)...)
	result.Diagnostics.Append(result.Resource.Set(ctx, &state)...)
	return result
}
