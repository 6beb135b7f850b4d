package flightsubmission

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

var _ list.ListResourceWithConfigure = (*ListResource)(nil)

// ListResource lists flight submissions for terraform query, which Terraform 1.14
// and newer have.
type ListResource struct {
	providerdata.ForListResource
}

// NewListResource makes the list resource.
func NewListResource() list.ListResource { return &ListResource{} }

// Metadata implements list.ListResource.
func (l *ListResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_flight_submission"
}

// ListResourceConfigSchema implements list.ListResource.
func (l *ListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The pending and the last published submission of one package flight, or of every flight of an application, for `terraform query`.",
		Attributes: map[string]schema.Attribute{
			"application_id": schema.StringAttribute{
				MarkdownDescription: descriptions.ApplicationID, Required: true, Validators: []validator.String{storeid.Application()},
			},
			"flight_id": schema.StringAttribute{
				MarkdownDescription: descriptions.FlightID + " If omitted: every flight of the application.",
				Optional:            true, Validators: []validator.String{storeid.Flight()},
			},
		},
	}
}

// listConfig is the configuration of a list block.
type listConfig struct {
	ApplicationID types.String `tfsdk:"application_id"`
	FlightID      types.String `tfsdk:"flight_id"`
}

// List implements list.ListResource. The flights name their submissions, so that
// only a query that includes resources reads each of them.
func (l *ListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config listConfig
	diags := req.Config.Get(ctx, &config)
	stream.Results = l.Stream(req, diags, func(push func(list.ListResult) bool) {
		flights, err := l.flights(ctx, config)
		if err != nil {
			push(l.Failed("listing flight submissions", err))
			return
		}
		for _, s := range submissionsOf(flights) {
			if result, ok := l.listed(ctx, req, s); ok && !push(result) {
				return
			}
		}
	})
}

func (l *ListResource) flights(ctx context.Context, config listConfig) ([]storeapi.Flight, error) {
	ctx, cancel := context.WithTimeout(ctx, providerdata.ReadTimeout)
	defer cancel()
	if config.FlightID.IsNull() {
		return l.Data.Client.Flights(ctx, config.ApplicationID.ValueString())
	}
	flight, err := l.Data.Client.Flight(ctx, storeapi.FlightRef{
		ApplicationID: config.ApplicationID.ValueString(), FlightID: config.FlightID.ValueString(),
	})
	if err != nil {
		return nil, err
	}
	return []storeapi.Flight{*flight}, nil
}

// named is a submission as its flight names it.
type named struct {
	ref     storeapi.SubmissionRef
	title   string
	pending bool
}

// submissionsOf are the submissions that flights name. One that was published a
// moment ago may be named twice.
func submissionsOf(flights []storeapi.Flight) []named {
	var all []named
	for i := range flights {
		f := &flights[i]
		if id := f.PendingSubmissionID; id != "" && id != f.LastPublishedSubmissionID {
			all = append(all, named{f.Ref().Submission(id), fmt.Sprintf("%s, pending submission %s", f.FriendlyName, id), true})
		}
		if id := f.LastPublishedSubmissionID; id != "" {
			all = append(all, named{f.Ref().Submission(id), fmt.Sprintf("%s, published submission %s", f.FriendlyName, id), false})
		}
	}
	return all
}

// listed is one submission as a result. Its state is that of an import, so that a
// configuration generated from it plans without a change. A pending submission
// that the flight still names although it was deleted a moment ago is none.
func (l *ListResource) listed(ctx context.Context, req list.ListRequest, s named) (result list.ListResult, ok bool) {
	result = req.NewListResult(ctx)
	result.DisplayName = s.title
	identity := storeid.SubmissionIdentity{
		ApplicationID: types.StringValue(s.ref.ApplicationID), FlightID: types.StringValue(s.ref.FlightID), SubmissionID: types.StringValue(s.ref.SubmissionID),
	}
	result.Diagnostics.Append(result.Identity.Set(ctx, identity)...)
	if !req.IncludeResource {
		return result, true
	}
	// Each read has its time, since the Store bounds how many there are in a minute.
	ctx, cancel := context.WithTimeout(ctx, providerdata.ReadTimeout)
	defer cancel()
	submission, err := l.Data.Workflow.Find(ctx, s.ref.FlightRef, s.ref.SubmissionID)
	if s.pending && storeapi.IsNotFound(err) {
		return result, false
	}
	if err != nil {
		diagnostic.AddReadError(&result.Diagnostics, "reading flight submission", err)
		return result, true
	}
	state := importedFromAPI(ctx, submission, &result.Diagnostics)
	result.Diagnostics.Append(result.Resource.GetAttribute(ctx, path.Root("timeouts"), &state.Timeouts)...)
	result.Diagnostics.Append(result.Resource.Set(ctx, &state)...)
	return result, true
}
