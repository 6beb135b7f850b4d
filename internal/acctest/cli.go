package acctest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/cli"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
)

// asProvider makes the test binary serve the provider instead of running tests.
// Its value is the file that the provider writes its process ID to.
const asProvider = "MSSTORE_TEST_BINARY_IS_PROVIDER"

// Panics is an environment variable for such a provider: it panics when it looks for
// the variable that this one names.
const Panics = "MSSTORE_TEST_PANICS"

// Main is the TestMain of packages that use CLI: Terraform starts the test's own
// binary again as the provider, so that the provider is a process that can be
// signalled and killed, with the race detector in it if the test has it.
func Main(m *testing.M) {
	if os.Getenv(asProvider) == "" {
		os.Exit(m.Run())
	}
	err := os.WriteFile(os.Getenv(asProvider), []byte(strconv.Itoa(os.Getpid())), 0o600)
	if err == nil {
		p := provider.NewIn("test", isolated(provider.Surroundings{LookupEnv: lookupEnv}))()
		err = provider.Serve("registry.terraform.io/terraform-msstore/msstore", p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func lookupEnv(name string) (string, bool) {
	if name == os.Getenv(Panics) {
		panic("looking for " + name)
	}
	return os.LookupEnv(name)
}

// CLI runs single commands of the real CLI with the provider as a process of
// its own, for what a test case of steps cannot do: saved plans, other folders,
// signals.
type CLI struct {
	// Dir is the folder of the configuration.
	Dir string

	tb testing.TB
	// env is the environment of the commands besides what the test exports.
	env []string
	// exported are variables by their names.
	exported *sync.Map
	binary   string
	config   string
	pidFile  string
	// reattach tells the commands where a provider is served.
	reattach string
}

// CLI prepares a folder with the given configuration. The package's TestMain
// must be [Main].
func (w *World) CLI(config string) *CLI {
	w.tb.Helper()
	c := &CLI{Dir: w.folder(), tb: w.tb, binary: Binary(w.tb), exported: new(sync.Map)}
	install := w.tb.TempDir()
	self, err := os.Executable()
	if err == nil {
		// Windows wants the extension, and no other system minds it.
		err = os.Symlink(self, filepath.Join(install, "terraform-provider-msstore.exe"))
	}
	cliConfig := filepath.Join(install, "cli.tfrc")
	if err == nil {
		text := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"hashicorp/msstore\" = %q\n    \"terraform-msstore/msstore\" = %q\n  }\n  direct {}\n}\n", install, install)
		err = os.WriteFile(cliConfig, []byte(text), 0o600)
	}
	if err != nil {
		w.tb.Fatal(err)
	}
	c.pidFile = filepath.Join(install, "provider.pid")
	c.env = append(cli.Environment(), asProvider+"="+c.pidFile, "TF_CLI_CONFIG_FILE="+cliConfig, "TF_CLI_ARGS=-no-color", "GORACE="+w.races())
	c.Configure(config)
	return c
}

// folder is a new one, which go test keeps if it is told to by -artifacts.
func (w *World) folder() string {
	w.tb.Helper()
	dir, err := os.MkdirTemp(w.tb.ArtifactDir(), "cli")
	if err != nil {
		w.tb.Fatal(err)
	}
	return dir
}

// races has the race detector of providers write what it finds to files, since
// nobody reads what providers print, and fails the test if there is one. By itself
// the detector sleeps for a second when a process ends.
func (w *World) races() string {
	// The detector splits its options at commas, which the folder of a test may have in its name.
	dir, err := os.MkdirTemp("", "race")
	if err != nil {
		w.tb.Fatal(err)
	}
	reports := filepath.Join(dir, "race")
	w.tb.Cleanup(func() {
		defer os.RemoveAll(dir)
		found, err := filepath.Glob(reports + ".*")
		if err != nil {
			w.tb.Error(err)
		}
		for _, name := range found {
			text, err := os.ReadFile(name)
			w.tb.Errorf("the provider has a data race (%v):\n%s", err, text)
		}
	})
	return "log_path=" + reports + " atexit_sleep_ms=0"
}

// Binary is the CLI under test.
func Binary(tb testing.TB) string {
	tb.Helper()
	path, err := cli.Find()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// Configure writes the configuration; an empty one is left to the test.
func (c *CLI) Configure(config string) {
	c.tb.Helper()
	if config == "" {
		return
	}
	c.config = config
	c.write("main.tf", config)
}

func (c *CLI) write(name, text string) {
	c.tb.Helper()
	if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(text), 0o600); err != nil {
		c.tb.Fatal(err)
	}
}

// Export sets variables of the commands from now on, and of the provider that they start or are served.
func (c *CLI) Export(variables Environment) {
	for name, value := range variables {
		c.exported.Store(name, value)
	}
}

// lookupEnv is for a provider that is served.
func (c *CLI) lookupEnv(name string) (string, bool) {
	value, found := c.exported.Load(name)
	text, _ := value.(string)
	return text, found
}

// Command prepares a command.
func (c *CLI) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.binary, args...)
	cmd.Dir = c.Dir
	cmd.Env = slices.Clone(c.env)
	c.exported.Range(func(name, value any) bool {
		cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%s", name, value))
		return true
	})
	if c.reattach != "" {
		cmd.Env = append(cmd.Env, "TF_REATTACH_PROVIDERS="+c.reattach)
	}
	return cmd
}

// Run runs a command and returns all that it prints.
func (c *CLI) Run(args ...string) (string, error) {
	out, err := c.Command(c.tb.Context(), args...).CombinedOutput()
	return string(out), err
}

// ProviderPID is the process of the provider that was started last; false if none was.
func (c *CLI) ProviderPID() (int, bool) {
	text, err := os.ReadFile(c.pidFile)
	if err != nil {
		return 0, false
	}
	pid, err := strconv.Atoi(string(text))
	return pid, err == nil
}

// KillProvider ends the provider process that was started last as if the machine
// had lost it.
func (c *CLI) KillProvider() {
	c.tb.Helper()
	pid, ok := c.ProviderPID()
	if !ok {
		c.tb.Fatal("no provider was started")
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		c.tb.Fatal(err)
	}
	if err := process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		c.tb.Fatal(err)
	}
}

// MustRun is Run for commands that have to succeed.
func (c *CLI) MustRun(args ...string) string {
	c.tb.Helper()
	out, err := c.Run(args...)
	if err != nil {
		c.tb.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// NoChanges fails the test unless a plan finds nothing to do.
func (c *CLI) NoChanges() {
	c.tb.Helper()
	Says(c.tb, c.MustRun("plan"), "No changes.")
}

// MustFail is Run for commands that have to fail.
func (c *CLI) MustFail(args ...string) string {
	c.tb.Helper()
	out, err := c.Run(args...)
	if err == nil {
		c.tb.Fatalf("%s succeeds:\n%s", strings.Join(args, " "), out)
	}
	return out
}

// Generate has the CLI write the configuration of the import blocks, and returns the
// plan of both.
func (c *CLI) Generate() string {
	c.tb.Helper()
	const file = "generated.tf"
	out, err := c.Run("plan", "-generate-config-out="+file)
	if err != nil && Has(c.tb, GeneratedConfiguration) {
		c.tb.Fatalf("generating configuration: %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(c.Dir, file)); err != nil {
		Requires(c.tb, GeneratedConfiguration)
	}
	return c.MustRun("plan")
}

// Copy is the same configuration, with its saved plans, in another folder.
func (c *CLI) Copy() *CLI {
	c.tb.Helper()
	other := *c
	other.Dir = c.tb.TempDir()
	if err := os.CopyFS(other.Dir, os.DirFS(c.Dir)); err != nil {
		c.tb.Fatal(err)
	}
	return &other
}
