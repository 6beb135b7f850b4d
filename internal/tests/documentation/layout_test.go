package documentation_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The table of packages in CONTRIBUTING has all of them and nothing else.
func TestLayoutIsDescribed(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(read(t, "CONTRIBUTING.md"), "\n## Layout\n")
	section, _, _ = strings.Cut(section, "\n## ")
	name := regexp.MustCompile("`([a-z/]+)`")
	packages := packages(t)
	var described []string
	for row := range strings.SplitSeq(section, "\n") {
		if !strings.HasPrefix(row, "| `") {
			continue
		}
		first, rest, _ := strings.Cut(row[2:], "|")
		for _, m := range name.FindAllStringSubmatch(first, -1) {
			if !slices.Contains(packages, m[1]) {
				t.Errorf("CONTRIBUTING.md describes internal/%s, which does not exist", m[1])
			}
			described = append(described, m[1])
		}
		for _, m := range name.FindAllStringSubmatch(rest, -1) {
			described = append(described, m[1])
		}
	}
	for _, p := range packages {
		if !slices.Contains(described, p) {
			t.Errorf("CONTRIBUTING.md does not describe internal/%s", p)
		}
	}
}

// packages are the folders below internal that hold Go code.
func packages(t *testing.T) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS(filepath.Join(root, "internal")), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if dir := filepath.ToSlash(filepath.Dir(path)); strings.HasSuffix(path, ".go") && !slices.Contains(found, dir) {
			found = append(found, dir)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
