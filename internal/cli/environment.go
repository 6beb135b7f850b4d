// Package cli is what the tests and the demo know of running Terraform's and
// OpenTofu's command line.
package cli

import (
	"os"
	"slices"
	"strings"
)

// Environment is the machine's environment without what would change the CLI's
// behaviour or the provider's configuration. The CLI calls home for no news.
func Environment() []string {
	env := []string{"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1"}
	for _, variable := range os.Environ() {
		foreign := func(prefix string) bool { return strings.HasPrefix(variable, prefix) }
		if !slices.ContainsFunc([]string{"TF_", "MSSTORE_", "ARM_", "AZURE_"}, foreign) {
			env = append(env, variable)
		}
	}
	return env
}
