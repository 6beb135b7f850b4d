package documentation_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

var snippet = regexp.MustCompile("(?ms)^```terraform\n(.*?)^```$")

// Configurations look the way that terraform fmt leaves them, which also finds
// what is no HCL.
func TestSnippetsAreFormatted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	count := 0
	for _, page := range pages(t) {
		for _, m := range snippet.FindAllStringSubmatch(read(t, page), -1) {
			count++
			name := fmt.Sprintf("%s_%d.tf", filepath.Base(page), count)
			if err := os.WriteFile(filepath.Join(dir, name), []byte(m[1]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if count == 0 {
		t.Fatal("no snippets were found")
	}
	cmd := exec.CommandContext(t.Context(), acctest.Binary(t), "fmt", "-check", "-diff", dir)
	cmd.Env = acctest.Environment()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
