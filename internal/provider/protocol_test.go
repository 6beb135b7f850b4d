package provider_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

// arguments are those of one block, in the form of JSON.
type arguments map[string]any

// with returns the arguments and those of more.
func (a arguments) with(more arguments) arguments {
	all := maps.Clone(a)
	maps.Copy(all, more)
	return all
}

// server is the provider without a CLI, which takes a tenth of the time.
type server struct {
	tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

// serve configures a provider in its environment. What that fails with is text.
func (w *world) serve(t *testing.T, e environment, block arguments) (s server, failure string) {
	t.Helper()
	p, err := acctest.FactoriesIn(w.surroundings(e))["msstore"]()
	if err != nil {
		t.Fatal(err)
	}
	s.ProviderServer = p
	if s.schemas, err = p.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	reply, err := p.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.12.0", Config: encode(t, s.schemas.Provider, block),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, failures(reply.Diagnostics)
}

// readFlight reads the world's flight through a provider of its own.
func (w *world) readFlight(t *testing.T, e environment, block arguments) (name, failure string) {
	t.Helper()
	s, failure := w.serve(t, e, block)
	if failure != "" {
		return "", failure
	}
	schema := s.schemas.DataSourceSchemas["msstore_flight"]
	reply, err := s.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: "msstore_flight", Config: encode(t, schema, arguments{"application_id": w.ApplicationID, "flight_id": w.FlightID}),
	})
	if err != nil {
		t.Fatal(err)
	}
	value, err := reply.State.Unmarshal(schema.ValueType())
	if err != nil {
		t.Fatal(err)
	}
	attributes := map[string]tftypes.Value{}
	if err := value.As(&attributes); err != nil {
		t.Fatal(err)
	}
	if err := attributes["friendly_name"].As(&name); err != nil {
		t.Fatal(err)
	}
	return name, failures(reply.Diagnostics)
}

// planSubmission validates and plans a submission to the world's flight, and
// returns what is wrong with it.
func (w *world) planSubmission(t *testing.T, e environment, block arguments) (failure string) {
	t.Helper()
	s, failure := w.serve(t, e, block)
	if failure != "" {
		return failure
	}
	const submission = "msstore_flight_submission"
	schema := s.schemas.ResourceSchemas[submission]
	config := encode(t, schema, arguments{
		"application_id": w.ApplicationID, "flight_id": w.FlightID,
		"packages": []arguments{{"source": w.Package("app.msix", manifest("1.0.0.0"))}},
	})
	validated, err := s.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: submission, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	if failure = failures(validated.Diagnostics); failure != "" {
		return failure
	}
	null, err := tfprotov6.NewDynamicValue(schema.ValueType(), tftypes.NewValue(schema.ValueType(), nil))
	if err != nil {
		t.Fatal(err)
	}
	planned, err := s.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: submission, PriorState: &null, ProposedNewState: config, Config: config,
	})
	if err != nil {
		t.Fatal(err)
	}
	return failures(planned.Diagnostics)
}

// encode makes a value of a schema's type; what is not given is null.
func encode(t *testing.T, schema *tfprotov6.Schema, a arguments) *tfprotov6.DynamicValue {
	t.Helper()
	text, err := json.Marshal(arguments{}.with(a))
	if err != nil {
		t.Fatal(err)
	}
	value, err := tftypes.ValueFromJSON(text, schema.ValueType()) //nolint:staticcheck // Deprecated for providers, not for what plays the CLI.
	if err != nil {
		t.Fatal(err)
	}
	dynamic, err := tfprotov6.NewDynamicValue(schema.ValueType(), value)
	if err != nil {
		t.Fatal(err)
	}
	return &dynamic
}

// failures are the texts of the errors; empty if there are none.
func failures(diagnostics []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			b.WriteString(d.Summary + "\n" + d.Detail + "\n")
		}
	}
	return b.String()
}
