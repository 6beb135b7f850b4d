package documentation_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// quoted is a message of the provider as the documentation writes it.
var quoted = regexp.MustCompile(`"([A-Z][^"\n]+)"`)

// The documentation explains messages by their text, so that people find them.
func TestQuotedMessagesExist(t *testing.T) {
	t.Parallel()
	source := code(t)
	count := 0
	for _, page := range pages(t) {
		if !strings.HasPrefix(page, "docs/") {
			continue
		}
		for _, m := range quoted.FindAllStringSubmatch(prose(body(read(t, page))), -1) {
			count++
			if !strings.Contains(source, m[1]) {
				t.Errorf("%s explains %q, and nothing says that", page, m[1])
			}
		}
	}
	if count == 0 {
		t.Error("no messages were found")
	}
}

// body is a page without its front matter.
func body(text string) string {
	if _, rest, ok := strings.Cut(strings.TrimPrefix(text, "---\n"), "\n---\n"); ok {
		return rest
	}
	return text
}

// code is the text of the provider's source, without tests.
func code(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	tree := os.DirFS(root)
	err := fs.WalkDir(tree, "internal", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			if err == nil && entry.IsDir() && entry.Name() == "node_modules" {
				return fs.SkipDir
			}
			return err
		}
		text, err := fs.ReadFile(tree, path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
