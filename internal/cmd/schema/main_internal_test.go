package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// The CLI says the same of everything that it knows.
func TestSchemaIsThatOfTheCLI(t *testing.T) {
	t.Parallel()
	cli := acctest.New(t).ServedCLI(acctest.Block(acctest.Provider))
	theirs := only(t, []byte(cli.MustRun("providers", "schema", "-json")))
	described, err := describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(described)
	if err != nil {
		t.Fatal(err)
	}
	ours := only(t, text)
	for _, section := range []string{"provider", "resource_schemas", "data_source_schemas", "functions"} {
		if theirs[section] == nil {
			t.Errorf("the CLI says nothing of %s", section)
		}
	}
	for section := range theirs {
		if diff := cmp.Diff(theirs[section], ours[section]); diff != "" {
			t.Errorf("%s, -CLI +command:\n%s", section, diff)
		}
	}
	for _, section := range []string{"action_schemas", "list_resource_schemas", "resource_identity_schemas"} {
		if ours[section] == nil {
			t.Errorf("the command says nothing of %s", section)
		}
	}
}

// only is what a text says of the one provider in it, without what is empty.
func only(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var said struct {
		Providers map[string]map[string]any `json:"provider_schemas"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, one := range said.Providers {
		trim(one)
		return one
	}
	t.Fatalf("no provider: %s", text)
	return nil
}

// trim removes what says as much as its absence.
func trim(object map[string]any) {
	for name, value := range object {
		switch value := value.(type) {
		case map[string]any:
			trim(value)
			if len(value) == 0 {
				delete(object, name)
			}
		case []any:
			for _, element := range value {
				if element, ok := element.(map[string]any); ok {
					trim(element)
				}
			}
			if len(value) == 0 {
				delete(object, name)
			}
		case nil:
			delete(object, name)
		case bool:
			if !value {
				delete(object, name)
			}
		case string:
			if value == "" {
				delete(object, name)
			}
		}
	}
}
