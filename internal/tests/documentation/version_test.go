package documentation_test

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
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

// Every minor version of either CLI is tested, from the oldest to the newest that the pages name.
func TestPagesNameTheVersionsOfTheMatrix(t *testing.T) {
	t.Parallel()
	row := regexp.MustCompile(`\{ cli: (\w+), version: "1\.(\d+)\.x" \}`)
	minors := map[string][]int{}
	for _, m := range row.FindAllStringSubmatch(read(t, ".github/workflows/test.yml"), -1) {
		minor, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		if before := minors[m[1]]; len(before) > 0 && minor != before[len(before)-1]+1 {
			t.Errorf("in the matrix %s 1.%d follows 1.%d", m[1], minor, before[len(before)-1])
		}
		minors[m[1]] = append(minors[m[1]], minor)
	}
	terraform, tofu := minors["terraform"], minors["tofu"]
	if len(minors) != 2 || terraform == nil || tofu == nil {
		t.Fatalf("the matrix has %v", minors)
	}
	tested := fmt.Sprintf("every minor version of Terraform from 1.%d to 1.%d and of OpenTofu from 1.%d to 1.%d",
		terraform[0], terraform[len(terraform)-1], tofu[0], tofu[len(tofu)-1])
	needed := fmt.Sprintf("Terraform 1.%d or newer, or OpenTofu 1.%d or newer", terraform[0], tofu[0])
	for page, sentences := range map[string][]string{
		"README.md": {tested, needed}, "docs/index.md": {tested, needed}, "CONTRIBUTING.md": {needed},
	} {
		text := strings.Join(strings.Fields(read(t, page)), " ")
		for _, sentence := range sentences {
			if !strings.Contains(text, sentence) {
				t.Errorf("%s does not say %q", page, sentence)
			}
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
