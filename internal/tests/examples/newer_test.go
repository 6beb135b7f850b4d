package examples_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

// find lists the files of a pattern below the examples.
func find(t *testing.T, pattern ...string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(append([]string{root}, pattern...)...))
	if err != nil || len(found) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	return found
}

// inWorld puts what a world has in the place of what the examples name.
func inWorld(w *acctest.World, text []byte) string {
	published, _ := w.LastPublished()
	return strings.NewReplacer(
		"9NBLGGH4R315", w.ApplicationID, "43e448df-97c9-4a43-a0bc-2a445e736bcd", w.FlightID, "1152921504621086517", published,
	).Replace(string(text))
}

// The commands in import.sh import into the example beside them.
func TestImportCommands(t *testing.T) {
	t.Parallel()
	for _, path := range find(t, "resources", "*", "import.sh") {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			cli := serve(t, w, dir)
			withoutImports(t, cli)
			commands := 0
			for line := range strings.Lines(inWorld(w, text)) {
				command, ok := strings.CutPrefix(line, "terraform import ")
				if !ok {
					continue
				}
				commands++
				arguments := strings.Fields(command)
				acctest.Says(t, cli.MustRun(append([]string{"import"}, arguments...)...), "Import successful!")
				cli.MustRun("state", "rm", arguments[0])
			}
			if commands == 0 {
				t.Errorf("%s has no command", path)
			}
		})
	}
}

func TestImportExamples(t *testing.T) {
	t.Parallel()
	for _, path := range find(t, "resources", "*", "import-by-*.tf") {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name+"/"+filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			if strings.Contains(path, "identity") {
				acctest.Requires(t, acctest.Identity)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			cli := w.ServedCLI(w.Config(inWorld(w, text)))
			acctest.Says(t, cli.Generate(), "1 to import, 0 to add, 0 to change, 0 to destroy")
		})
	}
}

// arguments are those of the config blocks in the action and list blocks of an example,
// by the type of what they configure. The CLI at hand may know neither.
func arguments(t *testing.T, path string, w *acctest.World) map[string][]map[string]any {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, diags := hclsyntax.ParseConfig(text, path, hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	scope := &hcl.EvalContext{Variables: map[string]cty.Value{"var": cty.ObjectVal(map[string]cty.Value{
		"application_id": cty.StringVal(w.ApplicationID), "flight_id": cty.StringVal(w.FlightID),
	})}}
	found := map[string][]map[string]any{}
	body, _ := file.Body.(*hclsyntax.Body)
	for _, block := range body.Blocks {
		for _, config := range block.Body.Blocks {
			if config.Type != "config" {
				continue
			}
			set := map[string]any{}
			for name, attribute := range config.Body.Attributes {
				value, diags := attribute.Expr.Value(scope)
				if diags.HasErrors() {
					t.Fatal(diags)
				}
				set[name] = plain(t, value)
			}
			found[block.Labels[0]] = append(found[block.Labels[0]], set)
		}
	}
	return found
}

func plain(t *testing.T, value cty.Value) (decoded any) {
	t.Helper()
	text, err := ctyjson.Marshal(value, value.Type())
	if err == nil {
		err = json.Unmarshal(text, &decoded)
	}
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

func TestActionExamples(t *testing.T) {
	t.Parallel()
	eachByProtocol(t, "action", func(t *testing.T, p *acctest.Protocol, name string, set acctest.Arguments) {
		t.Helper()
		if failure := p.ValidateAction(name, set); failure != "" {
			t.Error(failure)
		}
		if progress, failure := p.Invoke(name, set); failure != "" || len(progress) == 0 {
			t.Errorf("%q, %s", progress, failure)
		}
	})
}

func TestListExamples(t *testing.T) {
	t.Parallel()
	eachByProtocol(t, "list-resource", func(t *testing.T, p *acctest.Protocol, name string, set acctest.Arguments) {
		t.Helper()
		if failure := p.ValidateList(name, set); failure != "" {
			t.Error(failure)
		}
		if results, failure := p.List(name, set, 0, acctest.Including); failure != "" || len(results) == 0 {
			t.Errorf("%d results, %s", len(results), failure)
		}
	})
}

// eachByProtocol tries each block of the examples of a kind, in a world of its own for each file.
func eachByProtocol(t *testing.T, kind string, try func(t *testing.T, p *acctest.Protocol, name string, set acctest.Arguments)) {
	t.Helper()
	for _, path := range find(t, kind+"s", "*", kind+"*.*") {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := w.Protocol()
			for _, set := range arguments(t, path, w)[name] {
				try(t, p, name, set)
			}
		})
	}
}

// The same by the CLI, as the pages say.
func TestActionAndListExamplesByCLI(t *testing.T) {
	t.Parallel()
	for _, path := range append(find(t, "actions", "*", "action*.tf"), find(t, "list-resources", "*", "list-resource*.tfquery.hcl")...) {
		name := filepath.Base(filepath.Dir(path))
		t.Run(filepath.ToSlash(strings.TrimPrefix(path, root)), func(t *testing.T) {
			t.Parallel()
			query, capability := strings.HasSuffix(path, ".hcl"), acctest.Actions
			if query {
				capability = acctest.Lists
			}
			acctest.Requires(t, capability)
			w := newWorld(t)
			cli := serve(t, w, filepath.Dir(path))
			if query {
				provider, err := os.ReadFile(filepath.Join(root, "provider", "provider.tf"))
				if err != nil {
					t.Fatal(err)
				}
				cli.Configure(string(provider))
				acctest.Says(t, cli.MustRun("query"), "list."+name)
				return
			}
			if strings.Contains(name, "submission") {
				finalize(w)
				acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "1 added", "it is certified")
			}
			acctest.Says(t, cli.MustRun("apply", "-auto-approve", "-invoke=action."+name+".beta"), "1 invoked")
		})
	}
}

// A Terraform that is too old for an example says so, and which one it needs, instead of complaining about a block.
func TestActionExamplesAreRefusedByVersion(t *testing.T) {
	t.Parallel()
	if acctest.Has(t, acctest.Actions) {
		t.Skip("the CLI has actions")
	}
	for _, path := range find(t, "actions", "*", "action*.tf") {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			out := serve(t, w, filepath.Dir(path)).MustFail("init")
			if strings.Contains(out, "OpenTofu") {
				// Some versions of OpenTofu name the block before they look at required_version.
				return
			}
			acctest.Says(t, out, `required_version = ">= 1.14"`)
		})
	}
}
