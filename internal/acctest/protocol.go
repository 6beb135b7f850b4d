package acctest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Protocol is the provider as the newest CLI sees it, for what older ones lack:
// list resources and actions.
type Protocol struct {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer

	Schemas *tfprotov6.GetProviderSchemaResponse

	tb testing.TB
}

// Found is a result of a list resource. Resource is nil where the query was
// without resources.
type Found struct {
	Name     string
	Identity map[string]tftypes.Value
	Resource map[string]tftypes.Value
}

// StartProtocol starts a provider that is not configured yet.
func StartProtocol(tb testing.TB) *Protocol {
	tb.Helper()
	server, err := Server()
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
	p.Configure(w)
	return p
}

// Configure configures the provider for a world.
func (p *Protocol) Configure(w *World) {
	p.tb.Helper()
	config := p.encode(p.Schemas.Provider, map[string]any{
		"endpoint": w.Sim.URL(), "access_token": Token, "poll_interval": "1ms", "requests_per_minute": 0,
	})
	reply, err := p.ConfigureProvider(p.tb.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: config})
	if err != nil || len(reply.Diagnostics) > 0 {
		p.tb.Fatalf("configuring the provider: %v %v", err, reply)
	}
}

func (p *Protocol) encode(schema *tfprotov6.Schema, values map[string]any) *tfprotov6.DynamicValue {
	p.tb.Helper()
	text, err := json.Marshal(values)
	if err != nil {
		p.tb.Fatal(err)
	}
	value, err := tftypes.ValueFromJSON(text, schema.ValueType()) //nolint:staticcheck // Deprecated for providers, not for what plays the CLI.
	if err != nil {
		p.tb.Fatal(err)
	}
	dynamic, err := tfprotov6.NewDynamicValue(schema.ValueType(), value)
	if err != nil {
		p.tb.Fatal(err)
	}
	return &dynamic
}

// ValidateList gives the texts of what is wrong with a list block.
func (p *Protocol) ValidateList(resource string, arguments map[string]any) (failure string) {
	p.tb.Helper()
	reply, err := p.ValidateListResourceConfig(p.tb.Context(), &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: resource, Config: p.encode(p.Schemas.ListResourceSchemas[resource], arguments),
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	return texts(reply.Diagnostics)
}

// List runs a query to its end, or up to most results if that is not 0. It returns
// the texts of the diagnostics as well.
func (p *Protocol) List(resource string, arguments map[string]any, most int, change ...func(*tfprotov6.ListResourceRequest)) (results []Found, failure string) {
	p.tb.Helper()
	req := tfprotov6.ListResourceRequest{TypeName: resource, Config: p.encode(p.Schemas.ListResourceSchemas[resource], arguments)}
	for _, f := range change {
		f(&req)
	}
	stream, err := p.ListResource(p.tb.Context(), &req)
	if err != nil {
		p.tb.Fatal(err)
	}
	for result := range stream.Results {
		failure += texts(result.Diagnostics)
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

// ValidateAction gives the texts of what is wrong with an action's configuration.
func (p *Protocol) ValidateAction(action string, arguments map[string]any) (failure string) {
	p.tb.Helper()
	reply, err := p.ValidateActionConfig(p.tb.Context(), &tfprotov6.ValidateActionConfigRequest{
		ActionType: action, Config: p.encode(p.Schemas.ActionSchemas[action].Schema, arguments),
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	return texts(reply.Diagnostics)
}

// Invoke runs an action and returns its progress messages, which observers get as
// they come, and the texts of its diagnostics.
func (p *Protocol) Invoke(action string, arguments map[string]any, observers ...func(message string)) (progress []string, failure string) {
	p.tb.Helper()
	stream, err := p.InvokeAction(p.tb.Context(), &tfprotov6.InvokeActionRequest{
		ActionType: action, Config: p.encode(p.Schemas.ActionSchemas[action].Schema, arguments),
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, event.Message)
			for _, observe := range observers {
				observe(event.Message)
			}
		case tfprotov6.CompletedInvokeActionEventType:
			failure = texts(event.Diagnostics)
		}
	}
	return progress, failure
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

func texts(diagnostics []*tfprotov6.Diagnostic) string {
	var all strings.Builder
	for _, d := range diagnostics {
		all.WriteString(d.Summary + ": " + d.Detail + "\n")
	}
	return all.String()
}
