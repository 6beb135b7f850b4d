package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each attribute has one place in the order, and nothing else has one.
func TestImportanceHasAllAttributes(t *testing.T) {
	t.Parallel()
	schema, err := describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	collect(schema, names)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(names)), slices.Sorted(slices.Values(importance))); diff != "" {
		t.Errorf("importance, -schema +list:\n%s", diff)
	}
}

// collect finds the names in all maps that are called attributes.
func collect(of object, names map[string]bool) {
	for name, value := range of {
		one, ok := value.(object)
		if !ok {
			continue
		}
		if name == "attributes" {
			for attribute := range one {
				names[attribute] = true
			}
		}
		collect(one, names)
	}
}

const byName = `# Page

- ` + "`wait_for`" + ` of a text stays where it is.
- ` + "`commit`" + ` too.

### Optional

- ` + "`commit`" + ` (Boolean) Whether to commit. (see [below](#x))
- ` + "`status_details`" + ` (Attributes) Details.
- ` + "`packages`" + ` (Attributes List) Packages.

<a id="nestedatt--status_details"></a>
### Nested Schema for ` + "`status_details`" + `

- ` + "`warnings`" + ` (String) Warnings.
- ` + "`errors`" + ` (String) Errors.

<a id="nestedatt--status_details--warnings"></a>
### Nested Schema for ` + "`status_details.warnings`" + `


<a id="nestedatt--packages"></a>
### Nested Schema for ` + "`packages`" + `

## Next
`

const byImportance = `# Page

- ` + "`wait_for`" + ` of a text stays where it is.
- ` + "`commit`" + ` too.

### Optional

- ` + "`packages`" + ` (Attributes List) Packages.
- ` + "`commit`" + ` (Boolean) Whether to commit. (see [below](#x))
- ` + "`status_details`" + ` (Attributes) Details.

<a id="nestedatt--packages"></a>
### Nested Schema for ` + "`packages`" + `

<a id="nestedatt--status_details"></a>
### Nested Schema for ` + "`status_details`" + `

- ` + "`errors`" + ` (String) Errors.
- ` + "`warnings`" + ` (String) Warnings.

<a id="nestedatt--status_details--warnings"></a>
### Nested Schema for ` + "`status_details.warnings`" + `

## Next
`

func TestOrder(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{"by name": byName, "by importance": byImportance} {
		got, err := order(page)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(byImportance, got); diff != "" {
			t.Errorf("%s, -want +got:\n%s", name, diff)
		}
	}
	// A page may end with a section.
	if got, err := order(byName[:strings.Index(byName, "\n## Next")]); err != nil || got+"\n## Next\n" != byImportance {
		t.Errorf("without a section after it: %v\n%s", err, got)
	}
}

func TestOrderRefusesAnAttributeWithoutAPlace(t *testing.T) {
	t.Parallel()
	if _, err := order("- `surprise` (String) New.\n- `commit` (Boolean) Known.\n"); err == nil || !strings.Contains(err.Error(), "surprise") {
		t.Errorf("the error is %v", err)
	}
}
