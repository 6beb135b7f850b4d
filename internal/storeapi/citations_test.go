package storeapi_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	section = regexp.MustCompile(`(?m)^#{2,3} ([0-9.]+) `)
	// citation is what follows the name, to be compared with cited: a citation may say more than the sections.
	citation = regexp.MustCompile(`[[]store-api[^\]]*\]?`)
	cited    = regexp.MustCompile(`^[[]store-api ([0-9.]+(?:, [0-9.]+)*)(?:, [^\]]+)?\]$`)
)

// TestCitations looks up what comments name as the source of a fact.
func TestCitations(t *testing.T) {
	t.Parallel()
	facts, err := os.ReadFile("store-api.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{}
	for _, found := range section.FindAllStringSubmatch(string(facts), -1) {
		if sections[found[1]] {
			t.Errorf("section %s is there twice", found[1])
		}
		sections[found[1]] = true
	}

	count := 0
	for path, source := range goFiles(t, filepath.Join("..", "..")) {
		for _, text := range citation.FindAllString(source, -1) {
			found := cited.FindStringSubmatch(text)
			if found == nil {
				t.Errorf("%s: %s does not name sections", path, text)
				continue
			}
			for name := range strings.SplitSeq(found[1], ", ") {
				count++
				if !sections[name] {
					t.Errorf("%s: there is no section %s", path, name)
				}
			}
		}
	}
	if count == 0 {
		t.Error("nothing is cited")
	}
}

// goFiles gives the Go files below root with their content.
func goFiles(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (entry.Name() == "node_modules" || strings.HasPrefix(entry.Name(), ".")):
			return filepath.SkipDir
		case entry.IsDir(), filepath.Ext(path) != ".go":
			return nil
		}
		content, err := os.ReadFile(path)
		files[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
