package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

// What takes an ID refuses what has another form, wherever it stands.
func TestIDsAreValidated(t *testing.T) {
	t.Parallel()
	p := acctest.StartProtocol(t)
	wrong := map[string]string{"application_id": "Contoso.Sample", "flight_id": "beta", "submission_id": "last"}
	each := func(what string, schema *tfprotov6.Schema, validate func(arguments) string) {
		for _, a := range schema.Block.Attributes {
			value, is := wrong[a.Name]
			if !is || !a.Required && !a.Optional {
				continue
			}
			if failure := validate(arguments{a.Name: value}); !strings.Contains(failure, a.Name+" must be") {
				t.Errorf("%s: %s = %q: %q", what, a.Name, value, failure)
			}
		}
	}
	for name, schema := range p.Schemas.ResourceSchemas {
		each("resource "+name, schema, func(a arguments) string {
			_, found := p.Plan(name, a)
			return acctest.Failures(found)
		})
	}
	for name, schema := range p.Schemas.DataSourceSchemas {
		each("data source "+name, schema, func(a arguments) string { return p.ValidateDataSource(name, a) })
	}
	for name, schema := range p.Schemas.ListResourceSchemas {
		each("list resource "+name, schema, func(a arguments) string { return p.ValidateList(name, a) })
	}
	for name, schema := range p.Schemas.ActionSchemas {
		each("action "+name, schema.Schema, func(a arguments) string { return p.ValidateAction(name, a) })
	}
}
