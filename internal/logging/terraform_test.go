package logging_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// TestTerraformLog reads what the CLI makes of the provider's lines.
func TestTerraformLog(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Publish(storesim.Published{})
	cli := w.CLI(acctest.Block(acctest.Provider) + w.Block(`data "msstore_flight" "test"`))
	log := filepath.Join(t.TempDir(), "log")
	cli.Export(acctest.Environment{"TF_LOG_PROVIDER": "DEBUG", "TF_LOG_PATH": log})
	cli.Export(w.Environment())
	cli.MustRun("plan")
	content, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^.*\[DEBUG\].*Store request .*$`).FindString(string(content))
	if !regexp.MustCompile(`Store request method=GET path=\S+ duration=\S+ correlation_id=\S+ status=200`).MatchString(line) {
		t.Errorf("the fields are not in the order of the call: %s", line)
	}
	for _, want := range []string{"@caller=", "internal/storeapi/request_log.go:", "tf_rpc=ReadDataSource", "tf_data_source_type=msstore_flight"} {
		if !strings.Contains(line, want) {
			t.Errorf("%q is not in %s", want, line)
		}
	}
}

// TestTerraformLogOfAnUpload follows an upload, a failing attempt of it and the wait
// after it in the CLI's log at level INFO.
func TestTerraformLogOfAnUpload(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.Inject(storesim.Fault{Operation: storesim.PutBlock, Action: storesim.Refuse{Status: 503, Code: "ServerBusy"}})
	w.Sim.Inject(storesim.Fault{Operation: storesim.PutBlock, Action: storesim.DropBefore{}})
	cli := w.CLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`))
	log := filepath.Join(t.TempDir(), "log")
	cli.Export(acctest.Environment{"TF_LOG_PROVIDER": "INFO", "TF_LOG_PATH": log})
	cli.MustRun("apply", "-auto-approve")
	content, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`\[INFO\].*upload started bytes=\d+ packages=1 host=\S+`,
		`\[WARN\].*upload request refused status=503 code=ServerBusy`,
		`\[WARN\].*upload request failed error=`,
		`\[INFO\].*upload finished bytes=\d+`,
		`\[INFO\].*waiting for the flight submission submission_id=\d+ status=CommitStarted goal=publish`,
	} {
		if !regexp.MustCompile(`(?m)^.*` + want).Match(content) {
			t.Errorf("nothing in the log matches %s:\n%s", want, content)
		}
	}
	if strings.Contains(string(content), "sig=") {
		t.Errorf("the log has the upload URL's signature:\n%s", content)
	}
}
