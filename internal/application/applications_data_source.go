package application

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
)

type listModel struct {
	Applications []model `tfsdk:"applications"`
}

// NewListDataSource makes the data source msstore_applications.
func NewListDataSource() datasource.DataSource {
	attributes := map[string]schema.Attribute{
		"application_id": schema.StringAttribute{MarkdownDescription: descriptions.ApplicationID, Computed: true},
	}
	maps.Copy(attributes, reported())
	return providerdata.DataSource[listModel]{
		TypeName: "msstore_applications",
		Schema: schema.Schema{
			MarkdownDescription: "All applications of the Partner Center account.",
			Attributes: map[string]schema.Attribute{
				"applications": schema.ListNestedAttribute{
					MarkdownDescription: "The applications, in the Store's order.",
					Computed:            true,
					NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
				},
			},
		},
		Attempt: "listing applications",
		Read:    readAll,
	}.New()
}

func readAll(ctx context.Context, data *providerdata.Data, m *listModel, _ *diag.Diagnostics) error {
	applications, err := data.Client.Applications(ctx)
	if err != nil {
		return err
	}
	m.Applications = make([]model, 0, len(applications))
	for _, a := range applications {
		m.Applications = append(m.Applications, fromAPI(a))
	}
	return nil
}
