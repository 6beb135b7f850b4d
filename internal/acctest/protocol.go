package acctest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
)

// Protocol is the provider without a CLI, as the newest one sees it. It takes
// milliseconds, what it says arrives unabridged, and it has what older CLIs lack.
type Protocol struct {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer

	Schemas *tfprotov6.GetProviderSchemaResponse
	// OldCLI has it talk like a CLI that knows no write-only arguments.
	OldCLI bool

	tb testing.TB
}

// StartProtocol starts a provider that is not configured yet.
func StartProtocol(tb testing.TB) *Protocol {
	tb.Helper()
	return StartProtocolIn(tb, provider.Surroundings{})
}

// StartProtocolIn is StartProtocol in other surroundings.
func StartProtocolIn(tb testing.TB, surroundings provider.Surroundings) *Protocol {
	tb.Helper()
	server, err := Server(surroundings)
	if err != nil {
		tb.Fatal(err)
	}
	lister, lists := server.(tfprotov6.ListResourceServer)
	actor, acts := server.(tfprotov6.ActionServer)
	if !lists || !acts {
		tb.Fatalf("lists: %t, acts: %t", lists, acts)
	}
	p := &Protocol{ProviderServer: server, ListResourceServer: lister, ActionServer: actor, tb: tb}
	if p.Schemas, err = server.GetProviderSchema(tb.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		tb.Fatal(err)
	}
	return p
}

// Protocol starts a provider that is configured for this world.
func (w *World) Protocol() *Protocol {
	w.tb.Helper()
	p := StartProtocol(w.tb)
	if found := p.Configure(w.ProviderArguments()); len(found) > 0 {
		w.tb.Fatalf("configuring the provider: %+v", found)
	}
	return p
}

// Configure configures the provider.
func (p *Protocol) Configure(block Arguments) []Finding {
	p.tb.Helper()
	reply, err := p.ConfigureProvider(p.tb.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.14.0", Config: p.Encode(p.Schemas.Provider.ValueType(), Arguments{}.With(block)),
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	return Findings(reply.Diagnostics)
}

// Plan validates and plans a new resource as a CLI does: no plan is made of what is
// not valid. The value is null in that case.
func (p *Protocol) Plan(resource string, a Arguments) (planned tftypes.Value, found []Finding) {
	p.tb.Helper()
	schema := p.Schemas.ResourceSchemas[resource].ValueType()
	config := p.Encode(schema, a)
	validated, err := p.ValidateResourceConfig(p.tb.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: resource, Config: config,
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: !p.OldCLI},
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	found = Findings(validated.Diagnostics)
	if Failures(found) != "" {
		return tftypes.NewValue(schema, nil), found
	}
	reply, err := p.PlanResourceChange(p.tb.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: resource, PriorState: p.Encode(schema, nil), ProposedNewState: config, Config: config,
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	planned, err = reply.PlannedState.Unmarshal(schema)
	if err != nil {
		p.tb.Fatal(err)
	}
	return planned, append(found, Findings(reply.Diagnostics)...)
}

// PlanChange plans a configuration for a resource of the state, without validating it before. It tells which arguments
// replace the resource.
func (p *Protocol) PlanChange(resource string, state, config Arguments) (planned map[string]tftypes.Value, replacing []string, found []Finding) {
	p.tb.Helper()
	described := p.Schemas.ResourceSchemas[resource]
	schema, proposed := described.ValueType(), Arguments{}
	for _, a := range described.Block.Attributes {
		if a.Computed {
			proposed[a.Name] = state[a.Name]
		}
	}
	reply, err := p.PlanResourceChange(p.tb.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: resource, PriorState: p.Encode(schema, state), ProposedNewState: p.Encode(schema, proposed.With(config)), Config: p.Encode(schema, config),
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	for _, at := range reply.RequiresReplace {
		replacing = append(replacing, PathText(at))
	}
	return p.attributes(reply.PlannedState, schema), replacing, Findings(reply.Diagnostics)
}

// Refresh reads a resource of the state. It returns nothing of one that is gone.
func (p *Protocol) Refresh(resource string, state Arguments) (map[string]tftypes.Value, []Finding) {
	p.tb.Helper()
	schema := p.Schemas.ResourceSchemas[resource].ValueType()
	reply, err := p.ReadResource(p.tb.Context(), &tfprotov6.ReadResourceRequest{TypeName: resource, CurrentState: p.Encode(schema, state)})
	if err != nil {
		p.tb.Fatal(err)
	}
	return p.attributes(reply.NewState, schema), Findings(reply.Diagnostics)
}

// Read reads a data source.
func (p *Protocol) Read(dataSource string, a Arguments) (map[string]tftypes.Value, []Finding) {
	p.tb.Helper()
	schema := p.Schemas.DataSourceSchemas[dataSource].ValueType()
	reply, err := p.ReadDataSource(p.tb.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: dataSource, Config: p.Encode(schema, a)})
	if err != nil {
		p.tb.Fatal(err)
	}
	return p.attributes(reply.State, schema), Findings(reply.Diagnostics)
}

// ValidateDataSource gives the texts of what is wrong with a data source's configuration.
func (p *Protocol) ValidateDataSource(dataSource string, arguments Arguments) (failure string) {
	p.tb.Helper()
	reply, err := p.ValidateDataResourceConfig(p.tb.Context(), &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: dataSource, Config: p.Encode(p.Schemas.DataSourceSchemas[dataSource].ValueType(), arguments),
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	return text(Findings(reply.Diagnostics))
}

// Encode makes a value of a schema's type; what is not given is null. Of nil it is
// null itself.
func (p *Protocol) Encode(schema tftypes.Type, a Arguments) *tfprotov6.DynamicValue {
	p.tb.Helper()
	value, err := a.Value(schema)
	if err != nil {
		p.tb.Fatal(err)
	}
	dynamic, err := tfprotov6.NewDynamicValue(schema, value)
	if err != nil {
		p.tb.Fatal(err)
	}
	return &dynamic
}

func (p *Protocol) attributes(value *tfprotov6.DynamicValue, of tftypes.Type) map[string]tftypes.Value {
	p.tb.Helper()
	decoded, err := value.Unmarshal(of)
	if err != nil {
		p.tb.Fatal(err)
	}
	attributes := map[string]tftypes.Value{}
	if err := decoded.As(&attributes); err != nil {
		p.tb.Fatal(err)
	}
	return attributes
}

// Import imports a resource and returns its state.
func (p *Protocol) Import(resource, id string) map[string]tftypes.Value {
	p.tb.Helper()
	reply, err := p.ImportResourceState(p.tb.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: resource, ID: id})
	if err != nil || len(reply.Diagnostics) > 0 || len(reply.ImportedResources) != 1 {
		p.tb.Fatalf("importing %s: %v %v", id, err, reply)
	}
	return p.attributes(reply.ImportedResources[0].State, p.Schemas.ResourceSchemas[resource].ValueType())
}

// Text is a value as text, "null" where there is none.
func Text(tb testing.TB, value tftypes.Value) string {
	tb.Helper()
	var s *string
	if err := value.As(&s); err != nil {
		tb.Fatal(err)
	}
	if s == nil {
		return "null"
	}
	return *s
}
