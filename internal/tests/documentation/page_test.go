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

// root is the project, seen from this package.
const root = "../../.."

// pages are the paths, below root, of everything that is written for people.
func pages(t *testing.T) []string {
	t.Helper()
	project := os.DirFS(root)
	var found []string
	for _, pattern := range []string{"*.md", ".github/*.md", "examples/*.md", "docs/*.md", "docs/*/*.md"} {
		matching, err := fs.Glob(project, pattern)
		if err != nil || len(matching) == 0 {
			t.Fatalf("no pages %s: %v", pattern, err)
		}
		found = append(found, matching...)
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	fence      = regexp.MustCompile("(?ms)^```.*?^```$")
	inlineCode = regexp.MustCompile("`[^`\n]*`")
	heading    = regexp.MustCompile(`(?m)^#{1,6} +(.*?) *$`)
	explicit   = regexp.MustCompile(`<a id="([^"]+)"></a>`)
	markup     = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	notInSlug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// prose is a page without its code.
func prose(text string) string {
	return inlineCode.ReplaceAllString(fence.ReplaceAllString(text, ""), "")
}

// anchors are what a link into a page can name: headings, as GitHub and the
// registries make anchors of them, and explicit ones.
func anchors(text string) []string {
	var all []string
	for _, m := range explicit.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		title := strings.ToLower(markup.ReplaceAllString(m[1], "$1"))
		all = append(all, strings.ReplaceAll(notInSlug.ReplaceAllString(title, ""), " ", "-"))
	}
	return all
}

func TestAnchors(t *testing.T) {
	t.Parallel()
	text := "# A [linked](x.md) Title: *it's* `code`-like\n```text\n# none\n```\n<a id=\"nested--x\"></a>\n"
	if got, want := anchors(text), []string{"nested--x", "a-linked-title-its-code-like"}; !slices.Equal(got, want) {
		t.Errorf("anchors are %q, want %q", got, want)
	}
}
