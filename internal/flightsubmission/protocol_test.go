package flightsubmission_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

const typeName = "msstore_flight_submission"

// arguments are those of one resource, in the form of JSON: what HCL takes as an
// expression, and the protocol as a value.
type arguments map[string]any

// unknown stands for a value, of whatever type, that only an apply will tell.
const unknown = "(known after apply)"

// with returns the arguments and those of more; nil leaves one out.
func (a arguments) with(more arguments) arguments {
	all := maps.Clone(a)
	maps.Copy(all, more)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	return all
}

// hcl writes a resource of these arguments, one on a line.
func (a arguments) hcl(t *testing.T, label string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "resource %q %q {\n", typeName, label)
	for _, name := range slices.Sorted(maps.Keys(a)) {
		expression, err := json.Marshal(a[name])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "  %s = %s\n", name, expression)
	}
	b.WriteString("}\n")
	return b.String()
}

// flight names the world's flight.
func flight(w *acctest.World) arguments {
	return arguments{"application_id": w.ApplicationID, "flight_id": w.FlightID}
}

// sources are packages that have nothing but a source.
func sources(paths ...string) []any {
	list := make([]any, 0, len(paths))
	for _, p := range paths {
		list = append(list, arguments{"source": p})
	}
	return list
}

// sum is the digest of such a package.
func sum(m msixtest.Manifest) string {
	digest := sha256.Sum256(msixtest.Package(m))
	return hex.EncodeToString(digest[:])
}

// finding is a diagnostic as the CLI gets it.
type finding struct {
	Warning                    bool
	Summary, Detail, Attribute string
}

// server is the provider without a CLI: what it says arrives unabridged, with the
// attribute that it points at.
type server struct {
	tfprotov6.ProviderServer
	schema tftypes.Type
	// old has it talk like a CLI that knows no write-only arguments.
	old bool
}

// serve starts the world's provider, configured as [acctest.World.Config] does it.
func serve(t *testing.T, w *acctest.World) server {
	t.Helper()
	p, err := w.Factories()["msstore"]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := p.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	s := server{ProviderServer: p, schema: schemas.ResourceSchemas[typeName].ValueType()}
	block := arguments{"endpoint": w.Sim.URL(), "access_token": acctest.Token, "poll_interval": "1ms", "requests_per_minute": 0}
	reply, err := p.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.11.4", Config: encode(t, schemas.Provider.ValueType(), block),
	})
	if err != nil || len(reply.Diagnostics) > 0 {
		t.Fatalf("configuring the provider: %v %v", err, findings(t, reply.Diagnostics))
	}
	return s
}

// plan validates and plans a new resource as a CLI does: no plan is made of what
// is not valid. The value is null in that case.
func (s server) plan(t *testing.T, a arguments) (tftypes.Value, []finding) {
	t.Helper()
	config := encode(t, s.schema, a)
	validated, err := s.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: typeName, Config: config,
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: !s.old},
	})
	if err != nil {
		t.Fatal(err)
	}
	found := findings(t, validated.Diagnostics)
	if slices.ContainsFunc(found, func(f finding) bool { return !f.Warning }) {
		return tftypes.NewValue(s.schema, nil), found
	}
	null, err := tfprotov6.NewDynamicValue(s.schema, tftypes.NewValue(s.schema, nil))
	if err != nil {
		t.Fatal(err)
	}
	planned, err := s.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, PriorState: &null, ProposedNewState: config, Config: config,
	})
	if err != nil {
		t.Fatal(err)
	}
	found = append(found, findings(t, planned.Diagnostics)...)
	value, err := planned.PlannedState.Unmarshal(s.schema)
	if err != nil {
		t.Fatal(err)
	}
	return value, found
}

// encode makes a value of a schema's type; what is not given is null.
func encode(t *testing.T, schema tftypes.Type, a arguments) *tfprotov6.DynamicValue {
	t.Helper()
	known, later := a.split(nil)
	text, err := json.Marshal(known)
	if err != nil {
		t.Fatal(err)
	}
	value, err := tftypes.ValueFromJSON(text, schema) //nolint:staticcheck // Deprecated for providers, not for what plays the CLI.
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range later {
		value, err = tftypes.Transform(value, func(p *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
			if p.Equal(at) {
				return tftypes.NewValue(v.Type(), tftypes.UnknownValue), nil
			}
			return v, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	dynamic, err := tfprotov6.NewDynamicValue(schema, value)
	if err != nil {
		t.Fatal(err)
	}
	return &dynamic
}

// split takes the unknown values out of the arguments, nulls in their places,
// and says where they were.
func (a arguments) split(at *tftypes.AttributePath) (known arguments, later []*tftypes.AttributePath) {
	if at == nil {
		at = tftypes.NewAttributePath()
	}
	known = arguments{}
	for name, value := range a {
		known[name], later = splitValue(value, at.WithAttributeName(name), later)
	}
	return known, later
}

func splitValue(value any, at *tftypes.AttributePath, later []*tftypes.AttributePath) (any, []*tftypes.AttributePath) {
	switch v := value.(type) {
	case string:
		if v == unknown {
			return nil, append(later, at)
		}
	case arguments:
		known, more := v.split(at)
		return known, append(later, more...)
	case map[string]string:
		known := map[string]any{}
		for key, element := range v {
			known[key], later = splitValue(element, at.WithElementKeyString(key), later)
		}
		return known, later
	case []any:
		known := make([]any, len(v))
		for i, element := range v {
			known[i], later = splitValue(element, at.WithElementKeyInt(i), later)
		}
		return known, later
	}
	return value, later
}

func findings(t *testing.T, diagnostics []*tfprotov6.Diagnostic) []finding {
	t.Helper()
	var list []finding
	for _, d := range diagnostics {
		f := finding{Warning: d.Severity == tfprotov6.DiagnosticSeverityWarning, Summary: d.Summary, Detail: d.Detail}
		if d.Attribute != nil {
			f.Attribute = pathText(d.Attribute)
		}
		list = append(list, f)
	}
	return list
}

// pathText writes a path as configurations do.
func pathText(p *tftypes.AttributePath) string {
	var b strings.Builder
	for i, step := range p.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(string(step))
		case tftypes.ElementKeyInt:
			fmt.Fprintf(&b, "[%d]", int64(step))
		default:
			fmt.Fprintf(&b, "[%v]", step)
		}
	}
	return b.String()
}

// check is something that a plan says: of which argument, and in which words.
type check struct {
	name      string
	arguments arguments
	// attribute is the one to blame, summary the title, and says are parts of
	// the text that must not be missing.
	attribute, summary string
	says               []string
}

// judge compares the only finding with the one that is wanted.
func (c check) judge(t *testing.T, got []finding, warning bool) {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("%d findings, want 1: %+v", len(got), got)
	}
	want := finding{Warning: warning, Summary: c.summary, Attribute: c.attribute, Detail: got[0].Detail}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("finding (-want +got):\n%s", diff)
	}
	for _, words := range c.says {
		if !strings.Contains(got[0].Detail, words) {
			t.Errorf("detail lacks %q:\n%s", words, got[0].Detail)
		}
	}
}
