package documentation_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// quoted is a message of the provider as the documentation writes it.
var quoted = regexp.MustCompile(`"([A-Z][^"\n]+)"`)

// The documentation explains messages by their text, so that people find them.
func TestQuotedMessagesExist(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for _, file := range code(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	count := 0
	for _, page := range pages(t) {
		if !strings.HasPrefix(page, "docs/") {
			continue
		}
		for _, m := range quoted.FindAllStringSubmatch(prose(body(read(t, page))), -1) {
			count++
			if !strings.Contains(source.String(), m[1]) {
				t.Errorf("%s explains %q, and nothing says that", page, m[1])
			}
		}
	}
	if count == 0 {
		t.Error("no messages were found")
	}
}

// Whoever looks for a message finds a page about it.
func TestMessagesAreExplained(t *testing.T) {
	t.Parallel()
	// It tells of a mistake of the provider's own, about which users can do nothing.
	explained := []string{"Unexpected provider data"}
	var docs strings.Builder
	for _, page := range pages(t) {
		if strings.HasPrefix(page, "docs/") {
			docs.WriteString(body(read(t, page)))
		}
	}
	count := 0
	for _, file := range code(t) {
		for _, summary := range summaries(t, file) {
			count++
			if !slices.Contains(explained, summary) && !strings.Contains(docs.String(), summary) {
				t.Errorf("no page explains %q of %s", summary, file)
			}
		}
	}
	if count == 0 {
		t.Error("no messages were found")
	}
}

// summaries are the first lines of what a file of the provider says, without those
// that only name what was attempted.
func summaries(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	add := func(e ast.Expr) {
		if call, ok := e.(*ast.CallExpr); ok && len(call.Args) > 0 { // fmt.Sprintf
			e = call.Args[0]
		}
		literal, ok := e.(*ast.BasicLit)
		if !ok {
			return
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		text, _, _ = strings.Cut(text, "%")
		if !strings.HasPrefix(text, "Error ") {
			found = append(found, text)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			// In a list of problems the type is left out.
			if n.Type != nil && !isProblem(n.Type) {
				return true
			}
			for _, field := range n.Elts {
				if field, ok := field.(*ast.KeyValueExpr); ok && fmt.Sprint(field.Key) == "Summary" {
					add(field.Value)
				}
			}
		case *ast.AssignStmt:
			if field, ok := n.Lhs[0].(*ast.SelectorExpr); ok && field.Sel.Name == "Summary" {
				add(n.Rhs[0])
			}
		case *ast.CallExpr:
			if method, ok := n.Fun.(*ast.SelectorExpr); ok {
				switch method.Sel.Name {
				case "AddError", "AddWarning":
					add(n.Args[0])
				case "AddAttributeError", "AddAttributeWarning":
					add(n.Args[1])
				}
			}
		}
		return true
	})
	return found
}

// isProblem recognizes workflow.Problem, in its own package too.
func isProblem(e ast.Expr) bool {
	if selector, ok := e.(*ast.SelectorExpr); ok {
		e = selector.Sel
	}
	name, ok := e.(*ast.Ident)
	return ok && name.Name == "Problem"
}

// body is a page without its front matter.
func body(text string) string {
	if _, rest, ok := strings.Cut(strings.TrimPrefix(text, "---\n"), "\n---\n"); ok {
		return rest
	}
	return text
}

// code is the provider's source: what the released binary is built from, so neither
// tests nor the simulator, which says much of its own.
func code(t *testing.T) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", `{{if not .Standard}}{{range .GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{end}}`, ".")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	files := strings.Fields(string(out))
	return slices.DeleteFunc(files, func(file string) bool { return !strings.HasPrefix(file, here) })
}
