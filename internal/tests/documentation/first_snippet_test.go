package documentation_test

import (
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// requiredProvider is what tells a CLI where the provider is from.
var requiredProvider = regexp.MustCompile(`source += "terraform-msstore/msstore"`)

// Whoever types the first snippet of a page into an empty folder has all that it refers to. Otherwise the paragraph above
// links to the page whose first snippet it goes into.
func TestFirstSnippetsAreComplete(t *testing.T) {
	t.Parallel()
	count := 0
	for _, page := range pages(t) {
		text := read(t, page)
		at := fenced.FindStringSubmatchIndex(text)
		if at == nil {
			continue
		}
		count++
		first := text[at[2]:at[3]]
		above := strings.TrimSpace(text[:at[0]])
		above = above[strings.LastIndex(above, "\n\n")+1:]
		whole := first
		if m := link.FindStringSubmatch(above); m != nil {
			file, _, _ := strings.Cut(m[1], "#")
			if other := fenced.FindStringSubmatch(read(t, path.Join(path.Dir(page), file))); other != nil {
				whole += other[1]
			}
		}
		if !requiredProvider.MatchString(whole) {
			t.Errorf("%s: the first snippet does not name the provider's source", page)
		}
		checkComplete(t, page, first, whole)
	}
	if count < 20 {
		t.Errorf("only %d pages have a snippet", count)
	}
}

// checkComplete finds what a snippet refers to and the whole configuration does not declare.
func checkComplete(t *testing.T, page, snippet, whole string) {
	t.Helper()
	declared := map[string]bool{}
	for _, block := range parse(t, page, whole).Blocks {
		switch block.Type {
		case "variable":
			declared["var."+block.Labels[0]] = true
		case "locals":
			for name := range block.Body.Attributes {
				declared["local."+name] = true
			}
		case "resource":
			declared[strings.Join(block.Labels, ".")] = true
		default:
			declared[strings.Join(append([]string{block.Type}, block.Labels...), ".")] = true
		}
	}
	_ = hclsyntax.VisitAll(parse(t, page, snippet), func(n hclsyntax.Node) hcl.Diagnostics {
		reference, ok := n.(*hclsyntax.ScopeTraversalExpr)
		if !ok {
			return nil
		}
		if name := declaration(reference.Traversal); name != "" && !declared[name] {
			t.Errorf("%s: the first snippet refers to %s, and neither it nor the page that it goes into declares that", page, name)
		}
		return nil
	})
}

func parse(t *testing.T, page, text string) *hclsyntax.Body {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(text), page, hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	body, _ := file.Body.(*hclsyntax.Body)
	return body
}

// declaration is the name of what a reference needs, and empty where that is the language's own.
func declaration(reference hcl.Traversal) string {
	parts := []string{reference.RootName()}
	length := 2
	switch root := parts[0]; {
	case root == "data" || root == "action":
		length = 3
	case root != "var" && root != "local" && !strings.HasPrefix(root, "msstore_") && !strings.HasPrefix(root, "terraform_"):
		return ""
	}
	for _, step := range reference[1:] {
		attribute, ok := step.(hcl.TraverseAttr)
		if !ok || len(parts) == length {
			break
		}
		parts = append(parts, attribute.Name)
	}
	return strings.Join(parts, ".")
}
