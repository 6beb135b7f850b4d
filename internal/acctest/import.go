package acctest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"
)

// VerifyImport imports a resource of the state by an ID, in another folder, and
// compares what both states have. A resource that was imported knows no timeouts.
func (c *CLI) VerifyImport(t *testing.T, address, id string) {
	t.Helper()
	other := c.emptyCopy(t)
	if _, err := other.output(t.Context(), "import", address, id); err != nil {
		t.Fatal(err)
	}
	want, got := c.resource(t, address), other.resource(t, address)
	if diff := cmp.Diff(want.AttributeValues, got.AttributeValues); diff != "" {
		t.Errorf("state of %s (-before +imported by %s):\n%s", address, id, diff)
	}
}

// RefusesImport fails the test unless the import fails with an error that says this.
func (c *CLI) RefusesImport(t *testing.T, address, id, says string) {
	t.Helper()
	_, err := c.emptyCopy(t).output(t.Context(), "import", address, id)
	if err == nil {
		t.Fatalf("%s is imported", id)
	}
	Says(t, err.Error(), says)
}

// VerifyImportByIdentity plans to import a resource of the state by its identity, in
// another folder: the plan must change nothing.
func (c *CLI) VerifyImportByIdentity(t *testing.T, address string) {
	t.Helper()
	identity := "identity = " + string(expression(c.resource(t, address).IdentityValues))
	other := c.emptyCopy(t)
	other.write("import.tf", Block("import", "to = "+address, identity))
	Says(t, other.MustRun("plan"), "1 to import, 0 to add, 0 to change, 0 to destroy")
}

// emptyCopy is the same configuration in another folder, without a state.
func (c *CLI) emptyCopy(t *testing.T) *CLI {
	t.Helper()
	other := *c
	other.Dir = t.TempDir()
	other.Configure(c.config)
	return &other
}

func (c *CLI) resource(t *testing.T, address string) *tfjson.StateResource {
	t.Helper()
	state, err := c.state(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if state.Values != nil {
		for _, r := range state.Values.RootModule.Resources {
			if r.Address == address {
				return r
			}
		}
	}
	t.Fatalf("%s is not in the state", address)
	return nil
}
