// Command schema prints the provider's schema in the format of "terraform providers schema -json". A CLI leaves out what it
// does not know; the documentation describes all there is, whichever CLI is at hand. With the folder of the documentation as its
// argument, it puts the attributes on the pages there in their order of importance instead.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
)

func main() {
	err := run(context.Background(), os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folders []string) error {
	if len(folders) == 1 {
		return orderPages(folders[0])
	}
	schema, err := describe(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(schema)
}

// object is one of JSON.
type object = map[string]any

func describe(ctx context.Context) (object, error) {
	server, err := provider.Server(provider.New("dev")())
	if err != nil {
		return nil, err
	}
	s, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	for _, d := range append(s.Diagnostics, identities.Diagnostics...) {
		return nil, fmt.Errorf("%s: %s", d.Summary, d.Detail)
	}
	return object{"format_version": "1.0", "provider_schemas": object{"msstore": object{
		"provider":                  schemaOf(s.Provider),
		"resource_schemas":          each(s.ResourceSchemas, schemaOf),
		"data_source_schemas":       each(s.DataSourceSchemas, schemaOf),
		"list_resource_schemas":     each(s.ListResourceSchemas, schemaOf),
		"action_schemas":            each(s.ActionSchemas, func(a *tfprotov6.ActionSchema) any { return object{"block": blockOf(a.Schema.Block)} }),
		"resource_identity_schemas": each(identities.IdentitySchemas, identityOf),
		"functions":                 each(s.Functions, functionOf),
	}}}, nil
}

// each describes what has names.
func each[T any](named map[string]T, describe func(T) any) object {
	all := object{}
	for name, one := range named {
		all[name] = describe(one)
	}
	return all
}

func schemaOf(s *tfprotov6.Schema) any {
	return object{"version": s.Version, "block": blockOf(s.Block)}
}

// blockOf describes a block; this provider's have no blocks in them.
func blockOf(b *tfprotov6.SchemaBlock) object {
	return object{
		"attributes": attributesOf(b.Attributes), "description": b.Description, "description_kind": kindOf(b.DescriptionKind),
	}
}

func attributesOf(attributes []*tfprotov6.SchemaAttribute) object {
	all := object{}
	for _, a := range attributes {
		one := object{
			"description": a.Description, "description_kind": kindOf(a.DescriptionKind), "required": a.Required, "optional": a.Optional,
			"computed": a.Computed, "sensitive": a.Sensitive, "write_only": a.WriteOnly, "deprecated": a.Deprecated,
		}
		if a.NestedType == nil {
			one["type"] = a.Type
		} else {
			one["nested_type"] = object{
				"attributes": attributesOf(a.NestedType.Attributes), "nesting_mode": strings.ToLower(a.NestedType.Nesting.String()),
			}
		}
		all[a.Name] = one
	}
	return all
}

func identityOf(s *tfprotov6.ResourceIdentitySchema) any {
	all := object{}
	for _, a := range s.IdentityAttributes {
		all[a.Name] = object{
			"type": a.Type, "description": a.Description, "required_for_import": a.RequiredForImport, "optional_for_import": a.OptionalForImport,
		}
	}
	return object{"version": s.Version, "attributes": all}
}

func functionOf(f *tfprotov6.Function) any {
	parameters := make([]object, 0, len(f.Parameters))
	for _, p := range f.Parameters {
		parameters = append(parameters, parameterOf(p))
	}
	function := object{"summary": f.Summary, "description": f.Description, "return_type": f.Return.Type, "parameters": parameters}
	if f.VariadicParameter != nil {
		function["variadic_parameter"] = parameterOf(f.VariadicParameter)
	}
	return function
}

func parameterOf(p *tfprotov6.FunctionParameter) object {
	return object{"name": p.Name, "description": p.Description, "type": p.Type, "is_nullable": p.AllowNullValue}
}

func kindOf(kind tfprotov6.StringKind) string { return strings.ToLower(kind.String()) }
