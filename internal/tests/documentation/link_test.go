package documentation_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]+)\)`)

func TestLinks(t *testing.T) {
	t.Parallel()
	count := 0
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(prose(read(t, page)), -1) {
			target := m[1]
			if strings.HasPrefix(target, "https://") {
				continue
			}
			count++
			checkLink(t, page, target)
		}
	}
	if count == 0 {
		t.Error("no links were found")
	}
}

func checkLink(t *testing.T, page, target string) {
	t.Helper()
	file, anchor, anchored := strings.Cut(target, "#")
	at := page
	if file != "" {
		at = path.Join(path.Dir(page), file)
	}
	switch _, err := os.Stat(filepath.Join(root, filepath.FromSlash(at))); {
	case strings.Contains(file, ":"), strings.HasPrefix(file, "/"):
		t.Errorf("%s: the link to %s is neither relative nor https", page, target)
	case err != nil:
		t.Errorf("%s: the link to %s leads nowhere", page, target)
	case strings.HasPrefix(page, "docs/") && (!strings.HasPrefix(at, "docs/") || !strings.HasSuffix(at, ".md")):
		// A registry has the pages under docs and nothing else of the repository.
		t.Errorf("%s: the link to %s is none to a page of the documentation", page, target)
	case anchored && !slices.Contains(anchors(read(t, at)), anchor):
		t.Errorf("%s: the link to %s names no heading there", page, target)
	}
}

// Every guide is linked from some other page: the list of a registry is not the
// way that people find one.
func TestGuidesAreLinked(t *testing.T) {
	t.Parallel()
	linked := map[string]bool{}
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(prose(read(t, page)), -1) {
			file, _, _ := strings.Cut(m[1], "#")
			if at := path.Join(path.Dir(page), file); at != page {
				linked[at] = true
			}
		}
	}
	for _, page := range pages(t) {
		if strings.HasPrefix(page, "docs/guides/") && !linked[page] {
			t.Errorf("no page links to %s", page)
		}
	}
}
