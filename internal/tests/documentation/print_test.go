package documentation_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestPrintMessages writes every text that the provider may show into the file that
// MSSTORE_MESSAGES names, seen from the root of the repository, for somebody to read it from top to bottom:
//
//	MSSTORE_MESSAGES=.bin/messages.txt go test -run TestPrintMessages ./internal/tests/documentation
func TestPrintMessages(t *testing.T) {
	t.Parallel()
	target := os.Getenv("MSSTORE_MESSAGES")
	if target == "" {
		t.Skip("MSSTORE_MESSAGES names no file")
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(root, target)
	}
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, path := range code(t) {
		if texts := texts(t, path); len(texts) > 0 {
			fmt.Fprintf(&b, "\n== %s\n", strings.TrimPrefix(path, here+"/"))
			for _, text := range texts {
				fmt.Fprintf(&b, "\n%s\n", text)
			}
		}
	}
	if err := os.WriteFile(target, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// spoken is a text for people: two words at least, with a space.
var spoken = regexp.MustCompile(`\p{L}.* .*\p{L}`)

// texts are the strings of a file that people read, with what is put together from
// several literals in one. Log lines, tags and imports are left out, and so are the
// descriptions in schemas, which are on the pages.
func texts(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec, *ast.Field:
			return false
		case *ast.KeyValueExpr:
			return !strings.HasSuffix(fmt.Sprint(n.Key), "Description")
		case *ast.CallExpr:
			method, ok := n.Fun.(*ast.SelectorExpr)
			return !ok || !strings.HasSuffix(method.Sel.Name, "Context") && fmt.Sprint(method.X) != "regexp"
		case ast.Expr:
			if text, ok := joined(n); ok {
				if spoken.MatchString(text) {
					found = append(found, text)
				}
				return false
			}
		}
		return true
	})
	return found
}

// joined is the text of a literal, or of several that are added up. What is no
// literal shows as an ellipsis.
func joined(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		left, inLeft := joined(e.X)
		right, inRight := joined(e.Y)
		if !inLeft {
			left = "…"
		}
		if !inRight {
			right = "…"
		}
		return left + right, inLeft || inRight
	}
	return "", false
}
