package acctest

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/cli"
)

// Capability is what some of the supported CLIs have and others lack.
type Capability struct {
	name string
	// since is the minor version of major version 1 that brought it, by the name that a CLI gives itself.
	since map[string]int
}

// never is later than every version.
const never = math.MaxInt

// What tests require of a CLI.
var (
	// Ephemeral is what is in neither state nor plan: ephemeral variables and write-only arguments.
	Ephemeral = Capability{"ephemeral values and write-only arguments", map[string]int{terraform: 11, openTofu: 11}}
	// BareFunctions are calls of a provider's functions without its configuration. OpenTofu configures the provider first.
	BareFunctions = Capability{"functions of a provider that is not configured", map[string]int{terraform: 8, openTofu: never}}
	// Mocks are values of tests for what is computed inside of a configured attribute.
	Mocks = Capability{"mocks of nested attributes", map[string]int{terraform: 8, openTofu: never}}
	// GeneratedConfiguration is configuration that the CLI writes for imports of what has computed attributes in other ones.
	// Terraform 1.8 writes it and then misreads it, OpenTofu before 1.10 crashes: https://github.com/hashicorp/terraform/issues/35478.
	GeneratedConfiguration = Capability{"generated configuration of nested attributes", map[string]int{terraform: 9, openTofu: 10}}
	// Identity is resource identity in the state, and imports by it.
	Identity = Capability{"resource identity", map[string]int{terraform: 12, openTofu: 12}}
	// Actions are action blocks and apply -invoke.
	Actions = Capability{"actions", map[string]int{terraform: 14, openTofu: never}}
	// Lists are list blocks and the command query.
	Lists = Capability{"list resources", map[string]int{terraform: 14, openTofu: never}}
)

const (
	terraform = "Terraform"
	openTofu  = "OpenTofu"
)

// release is a CLI of major version 1.
type release struct {
	product string
	minor   int
}

// parseRelease reads what the command version prints.
func parseRelease(text string) (r release, err error) {
	if _, err := fmt.Sscanf(text, "%s v1.%d.", &r.product, &r.minor); err != nil {
		return release{}, fmt.Errorf("the version of the CLI, %q: %w", text, err)
	}
	if !slices.Contains([]string{terraform, openTofu}, r.product) {
		return release{}, fmt.Errorf("the CLI is neither Terraform nor OpenTofu: %q", text)
	}
	return r, nil
}

// tested is the CLI under test, which is the same for all tests of a binary.
var tested = sync.OnceValues(func() (release, error) {
	path, err := cli.Find()
	if err != nil {
		return release{}, err
	}
	cmd := exec.CommandContext(context.Background(), path, "version")
	cmd.Env = cli.Environment()
	out, err := cmd.Output()
	if err != nil {
		return release{}, fmt.Errorf("%s version: %w", path, err)
	}
	return parseRelease(string(out))
})

func (c Capability) in(r release) bool { return r.minor >= c.since[r.product] }

// Has tells whether the CLI under test has a capability.
func Has(tb testing.TB, capability Capability) bool {
	tb.Helper()
	return capability.in(underTest(tb))
}

// Requires skips a test whose capability the CLI under test lacks.
func Requires(tb testing.TB, capability Capability) {
	tb.Helper()
	if r := underTest(tb); !capability.in(r) {
		tb.Skipf("%s 1.%d has no %s", r.product, r.minor, capability.name)
	}
}

// RequiresUnix skips a test on Windows, where no process interrupts another one, and Go
// takes certificates from the system alone, not from SSL_CERT_FILE.
func RequiresUnix(tb testing.TB) {
	tb.Helper()
	if runtime.GOOS == "windows" {
		tb.Skip("Windows has neither interrupts from other processes nor SSL_CERT_FILE")
	}
}

func underTest(tb testing.TB) release {
	tb.Helper()
	r, err := tested()
	if err != nil {
		tb.Fatal(err)
	}
	return r
}
