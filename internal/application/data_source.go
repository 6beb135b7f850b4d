// Package application provides the data sources that show applications.
package application

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
)

// NewDataSource makes the data source msstore_application.
func NewDataSource() datasource.DataSource {
	attributes := map[string]schema.Attribute{
		"application_id": schema.StringAttribute{
			MarkdownDescription: descriptions.ApplicationID, Required: true, Validators: []validator.String{storeid.Application()},
		},
	}
	maps.Copy(attributes, reported())
	return providerdata.DataSource[model]{
		TypeName: "msstore_application",
		Schema:   schema.Schema{MarkdownDescription: "An application of the Partner Center account.", Attributes: attributes},
		Attempt:  "reading application",
		Read:     read,
	}.New()
}

func read(ctx context.Context, data *providerdata.Data, m *model, _ *diag.Diagnostics) error {
	application, err := data.Client.Application(ctx, m.ApplicationID.ValueString())
	if err != nil {
		return err
	}
	*m = fromAPI(*application)
	return nil
}

// model is an application as both data sources show it.
type model struct {
	ApplicationID                types.String `tfsdk:"application_id"`
	PrimaryName                  types.String `tfsdk:"primary_name"`
	PackageFamilyName            types.String `tfsdk:"package_family_name"`
	PackageIdentityName          types.String `tfsdk:"package_identity_name"`
	PublisherName                types.String `tfsdk:"publisher_name"`
	FirstPublishedDate           types.String `tfsdk:"first_published_date"`
	LastPublishedSubmissionID    types.String `tfsdk:"last_published_submission_id"`
	PendingSubmissionID          types.String `tfsdk:"pending_submission_id"`
	HasAdvancedListingPermission types.Bool   `tfsdk:"has_advanced_listing_permission"`
}

func fromAPI(a storeapi.Application) model {
	return model{
		ApplicationID: types.StringValue(a.ID), PrimaryName: tfvalue.Text(a.PrimaryName),
		PackageFamilyName: tfvalue.Text(a.PackageFamilyName), PackageIdentityName: tfvalue.Text(a.PackageIdentityName), PublisherName: tfvalue.Text(a.PublisherName),
		LastPublishedSubmissionID: tfvalue.Text(a.LastPublishedSubmissionID), PendingSubmissionID: tfvalue.Text(a.PendingSubmissionID),
		HasAdvancedListingPermission: types.BoolValue(a.HasAdvancedListingPermission), FirstPublishedDate: tfvalue.Time(a.FirstPublishedDate),
	}
}

// reported are the attributes of an application besides its ID.
func reported() map[string]schema.Attribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	return map[string]schema.Attribute{
		"primary_name":                 text("Name shown to customers."),
		"package_family_name":          text("Package family name."),
		"package_identity_name":        text("Name in the `Identity` element of the application's package manifests."),
		"publisher_name":               text("Publisher in the `Identity` element of the application's package manifests, such as `CN=…`."),
		"first_published_date":         text("When the application was first published, in RFC 3339 format."),
		"last_published_submission_id": text("ID of the application's own last published submission, not of a flight's."),
		"pending_submission_id":        text("ID of the application's own pending submission, not of a flight's."),
		"has_advanced_listing_permission": schema.BoolAttribute{
			MarkdownDescription: "Whether the account may configure advanced listings for the application.", Computed: true,
		},
	}
}
