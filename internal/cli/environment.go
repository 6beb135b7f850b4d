// Package cli is what the tests and the demo know of running Terraform's and
// OpenTofu's command line.
package cli

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Environment is the machine's environment without what would change the CLI's
// behaviour or the provider's configuration. The CLI calls home for no news.
func Environment() []string {
	env := []string{"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1"}
	for _, variable := range os.Environ() {
		hasPrefix := func(prefix string) bool { return strings.HasPrefix(variable, prefix) }
		if !slices.ContainsFunc([]string{"TF_", "MSSTORE_", "ARM_", "AZURE_"}, hasPrefix) {
			env = append(env, variable)
		}
	}
	return env
}

// Find gives the path of the CLI to run: that in TF_ACC_TERRAFORM_PATH, a name
// that terraform-plugin-testing has made known, else terraform or tofu on PATH.
func Find() (string, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path, nil
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("neither terraform nor tofu is on PATH: install one of them, or set TF_ACC_TERRAFORM_PATH")
}
