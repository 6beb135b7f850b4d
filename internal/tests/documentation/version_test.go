package documentation_test

import (
	"path"
	"path/filepath"
	"regexp"
	"testing"
)

// find is the first group of the pattern in a file of the project.
func find(t *testing.T, file, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(read(t, file))
	if m == nil {
		t.Fatalf("%s has no %s", file, pattern)
	}
	return m[1]
}

func workflows(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	for i := range found {
		found[i] = path.Join(".github/workflows", filepath.Base(found[i]))
	}
	return found
}

// go.mod names the oldest patch that will do; a build is to have the newest, whose
// standard library has the fixes.
func TestWorkflowsTakeTheNewestPatchOfGo(t *testing.T) {
	t.Parallel()
	minor := find(t, "go.mod", `(?m)^go (\d+\.\d+)\.`)
	goVersion := regexp.MustCompile(`go-version\S*: .*`)
	for _, workflow := range workflows(t) {
		for _, line := range goVersion.FindAllString(read(t, workflow), -1) {
			if want := `go-version: "` + minor + `.x"`; line != want {
				t.Errorf("%s says %s, want %s", workflow, line, want)
			}
		}
	}
	for _, page := range []string{"README.md", "CONTRIBUTING.md"} {
		if said := find(t, page, `Go (\d+\.\d+)`); said != minor {
			t.Errorf("%s asks for Go %s, go.mod for %s", page, said, minor)
		}
	}
}

func TestOneGoreleaser(t *testing.T) {
	t.Parallel()
	checked := find(t, "GNUmakefile", `GORELEASER_VERSION +:= (\S+)`)
	if released := find(t, ".github/workflows/release.yml", `version: (v\S+)`); released != checked {
		t.Errorf("the release is made by goreleaser %s and checked by %s", released, checked)
	}
}

// The workflows that the guides show are not behind those that Dependabot keeps.
func TestGuidesUseTheActionsOfTheWorkflows(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`uses: (\S+)@[0-9a-f]{40} # (v\d+)`)
	major := map[string]string{}
	for _, workflow := range workflows(t) {
		for _, m := range pinned.FindAllStringSubmatch(read(t, workflow), -1) {
			major[m[1]] = m[2]
		}
	}
	shown := regexp.MustCompile(`uses: (\S+)@(\S+)`)
	for _, page := range pages(t) {
		for _, m := range shown.FindAllStringSubmatch(read(t, page), -1) {
			if want := major[m[1]]; want != "" && m[2] != want {
				t.Errorf("%s shows %s@%s, the workflows have %s", page, m[1], m[2], want)
			}
		}
	}
}
