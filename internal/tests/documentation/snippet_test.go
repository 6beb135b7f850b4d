package documentation_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/cli"
)

var fenced = regexp.MustCompile("(?ms)^```terraform\n(.*?)^```$")

// snippets are the configurations on all pages, by a name for each.
func snippets(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, page := range pages(t) {
		for i, m := range fenced.FindAllStringSubmatch(read(t, page), -1) {
			found[fmt.Sprintf("%s_%d.tf", strings.ReplaceAll(page, "/", "_"), i+1)] = m[1]
		}
	}
	if len(found) == 0 {
		t.Fatal("no snippets were found")
	}
	return found
}

// Configurations look the way that terraform fmt leaves them, which also finds
// what is no HCL.
func TestSnippetsAreFormatted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range snippets(t) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), acctest.Binary(t), "fmt", "-check", "-diff", dir)
	cmd.Env = cli.Environment()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// Not all configurations can be applied by a test, as the examples are, but none
// sets or reads what there is not.
func TestSnippetsFollowTheSchema(t *testing.T) {
	t.Parallel()
	schema, _ := schemas(t)
	for name, text := range snippets(t) {
		file, diags := hclsyntax.ParseConfig([]byte(text), name, hcl.InitialPos)
		if diags.HasErrors() {
			t.Error(diags)
			continue
		}
		body, _ := file.Body.(*hclsyntax.Body)
		for _, block := range body.Blocks {
			checkBlock(t, name, block, schema)
		}
		_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
			if reference, ok := n.(*hclsyntax.ScopeTraversalExpr); ok {
				checkReference(t, name, reference.Traversal, schema)
			}
			return nil
		})
	}
}

func checkBlock(t *testing.T, name string, block *hclsyntax.Block, schema *tfprotov6.GetProviderSchemaResponse) {
	t.Helper()
	var s *tfprotov6.Schema
	switch {
	case len(block.Labels) == 0 || !strings.HasPrefix(block.Labels[0], "msstore"):
		return
	case block.Type == "provider":
		s = schema.Provider
	case block.Type == "resource":
		s = schema.ResourceSchemas[block.Labels[0]]
	case block.Type == "data":
		s = schema.DataSourceSchemas[block.Labels[0]]
	case block.Type == "list":
		s = schema.ListResourceSchemas[block.Labels[0]]
	case block.Type == "action":
		if action := schema.ActionSchemas[block.Labels[0]]; action != nil {
			s = action.Schema
		}
	}
	if s == nil {
		t.Errorf("%s: there is no %s %s", name, block.Type, block.Labels)
		return
	}
	if block.Type == "list" || block.Type == "action" {
		block = configOf(t, name, block)
	}
	set := map[string]hclsyntax.Expression{}
	for _, a := range block.Body.Attributes {
		if !slices.Contains([]string{"count", "for_each", "depends_on", "provider"}, a.Name) {
			set[a.Name] = a.Expr
		}
	}
	checkArguments(t, name+": "+block.Labels[0], set, s.Block.Attributes)
	for _, nested := range block.Body.Blocks {
		if nested.Type != "lifecycle" {
			t.Errorf("%s: %s has no block %s", name, block.Labels[0], nested.Type)
		}
	}
}

// configOf is the block in a list or action block that has its arguments, by the
// labels of the outer one. The others are the CLI's.
func configOf(t *testing.T, name string, block *hclsyntax.Block) *hclsyntax.Block {
	t.Helper()
	for _, a := range block.Body.Attributes {
		if !slices.Contains([]string{"provider", "include_resource", "limit", "count", "for_each"}, a.Name) {
			t.Errorf("%s: %s takes no %s outside its config", name, block.Labels, a.Name)
		}
	}
	if len(block.Body.Blocks) != 1 || block.Body.Blocks[0].Type != "config" {
		t.Fatalf("%s: %s has other blocks than config", name, block.Labels)
	}
	return &hclsyntax.Block{Type: block.Type, Labels: block.Labels, Body: block.Body.Blocks[0].Body}
}

func checkArguments(t *testing.T, of string, set map[string]hclsyntax.Expression, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	for _, a := range attributes {
		expr, ok := set[a.Name]
		delete(set, a.Name)
		switch {
		case ok && !a.Required && !a.Optional:
			t.Errorf("%s.%s cannot be set", of, a.Name)
		case !ok && a.Required:
			t.Errorf("%s.%s is missing", of, a.Name)
		case ok && a.NestedType != nil:
			checkValue(t, of+"."+a.Name, expr, a.NestedType.Attributes)
		}
	}
	for name := range set {
		t.Errorf("%s has no argument %s", of, name)
	}
}

// checkValue looks into objects, lists of them and for expressions.
func checkValue(t *testing.T, of string, expr hclsyntax.Expression, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	switch e := expr.(type) {
	case *hclsyntax.TupleConsExpr:
		for _, element := range e.Exprs {
			checkValue(t, of, element, attributes)
		}
	case *hclsyntax.ForExpr:
		checkValue(t, of, e.ValExpr, attributes)
	case *hclsyntax.ObjectConsExpr:
		set := map[string]hclsyntax.Expression{}
		for _, item := range e.Items {
			set[hcl.ExprAsKeyword(item.KeyExpr)] = item.ValueExpr
		}
		checkArguments(t, of, set, attributes)
	}
}

func checkReference(t *testing.T, name string, reference hcl.Traversal, schema *tfprotov6.GetProviderSchemaResponse) {
	t.Helper()
	var path []string
	for _, step := range reference {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			path = append(path, step.Name)
		case hcl.TraverseAttr:
			path = append(path, step.Name)
		}
	}
	of := schema.ResourceSchemas
	if path[0] == "data" {
		of, path = schema.DataSourceSchemas, path[1:]
	}
	if !strings.HasPrefix(path[0], "msstore_") || len(path) < 3 {
		return
	}
	s := of[path[0]]
	if s == nil || !slices.ContainsFunc(s.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == path[2] }) {
		t.Errorf("%s: there is no %s", name, strings.Join(path, "."))
	}
}
