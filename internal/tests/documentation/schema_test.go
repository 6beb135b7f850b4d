package documentation_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
)

func schemas(t *testing.T) (*tfprotov6.GetProviderSchemaResponse, *tfprotov6.GetResourceIdentitySchemasResponse) {
	t.Helper()
	server, err := provider.Server(provider.New("test")())
	if err != nil {
		t.Fatal(err)
	}
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return schema, identities
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	schema, identities := schemas(t)
	sentence(t, "provider", schema.Provider.Block.Description)
	described(t, "provider", schema.Provider.Block.Attributes)
	for name, s := range schema.ResourceSchemas {
		sentence(t, name, s.Block.Description)
		described(t, name, s.Block.Attributes)
	}
	for name, s := range schema.DataSourceSchemas {
		sentence(t, "data."+name, s.Block.Description)
		described(t, "data."+name, s.Block.Attributes)
	}
	for name, s := range schema.ListResourceSchemas {
		sentence(t, "list."+name, s.Block.Description)
		described(t, "list."+name, s.Block.Attributes)
	}
	for name, a := range schema.ActionSchemas {
		sentence(t, "action."+name, a.Schema.Block.Description)
		described(t, "action."+name, a.Schema.Block.Attributes)
	}
	for name, f := range schema.Functions {
		sentence(t, name, f.Description)
		for _, p := range f.Parameters {
			sentence(t, name+"("+p.Name+")", p.Description)
		}
	}
	for name, s := range identities.IdentitySchemas {
		for _, a := range s.IdentityAttributes {
			sentence(t, name+" identity."+a.Name, a.Description)
		}
	}
}

// described looks at all attributes but timeouts itself, whose members alone the
// library lets describe.
func described(t *testing.T, of string, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	if len(attributes) == 0 {
		t.Errorf("%s has no attributes", of)
	}
	for _, a := range attributes {
		name := of + "." + a.Name
		if a.Name != "timeouts" {
			sentence(t, name, a.Description)
		}
		if a.NestedType != nil {
			described(t, name, a.NestedType.Attributes)
		}
	}
}

func sentence(t *testing.T, name, text string) {
	t.Helper()
	if !strings.HasSuffix(text, ".") {
		t.Errorf("%s is described by %q, which is no sentence", name, text)
	}
}

// What an argument can be left at is said where it is explained.
func TestDefaultsAreDescribed(t *testing.T) {
	t.Parallel()
	schema, _ := schemas(t)
	for name, s := range schema.ResourceSchemas {
		for _, a := range s.Block.Attributes {
			if a.Optional && a.Computed && a.NestedType == nil && !strings.Contains(a.Description, "Default") {
				t.Errorf("%s.%s does not tell its default: %s", name, a.Name, a.Description)
			}
		}
	}
}
