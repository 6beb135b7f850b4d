package acctest

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Found is a result of a list resource. Resource is nil where the query was
// without resources.
type Found struct {
	Name     string
	Identity map[string]tftypes.Value
	Resource map[string]tftypes.Value
}

// ValidateList gives the texts of what is wrong with a list block.
func (p *Protocol) ValidateList(resource string, arguments Arguments) (failure string) {
	p.tb.Helper()
	reply, err := p.ValidateListResourceConfig(p.tb.Context(), &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: resource, Config: p.Encode(p.Schemas.ListResourceSchemas[resource].ValueType(), arguments),
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	return text(Findings(reply.Diagnostics))
}

// List runs a query to its end, or up to most results if that is not 0. It returns
// the texts of the diagnostics as well.
func (p *Protocol) List(resource string, arguments Arguments, most int, change ...func(*tfprotov6.ListResourceRequest)) (results []Found, failure string) {
	p.tb.Helper()
	req := tfprotov6.ListResourceRequest{TypeName: resource, Config: p.Encode(p.Schemas.ListResourceSchemas[resource].ValueType(), arguments)}
	for _, f := range change {
		f(&req)
	}
	stream, err := p.ListResource(p.tb.Context(), &req)
	if err != nil {
		p.tb.Fatal(err)
	}
	for result := range stream.Results {
		failure += text(Findings(result.Diagnostics))
		if result.Identity == nil {
			continue
		}
		found := Found{Name: result.DisplayName, Identity: p.attributes(result.Identity.IdentityData, p.identityType(resource))}
		if result.Resource != nil {
			found.Resource = p.attributes(result.Resource, p.Schemas.ResourceSchemas[resource].ValueType())
		}
		if results = append(results, found); len(results) == most {
			break
		}
	}
	return results, failure
}

// Including has a query include resources.
func Including(req *tfprotov6.ListResourceRequest) { req.IncludeResource = true }

// Limited gives a query a limit.
func Limited(limit int64) func(*tfprotov6.ListResourceRequest) {
	return func(req *tfprotov6.ListResourceRequest) { req.Limit = limit }
}

func (p *Protocol) identityType(resource string) tftypes.Type {
	p.tb.Helper()
	identities, err := p.GetResourceIdentitySchemas(p.tb.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		p.tb.Fatal(err)
	}
	return identities.IdentitySchemas[resource].ValueType()
}
