package cli_test

import (
	"slices"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/cli"
)

func TestEnvironment(t *testing.T) {
	for _, variable := range []string{"TF_CLI_ARGS_apply", "TF_WORKSPACE", "MSSTORE_TENANT_ID", "ARM_CLIENT_ID", "AZURE_CLIENT_SECRET", "PLAIN"} {
		t.Setenv(variable, "x")
	}
	env := cli.Environment()
	for _, variable := range []string{"TF_CLI_ARGS_apply=x", "TF_WORKSPACE=x", "MSSTORE_TENANT_ID=x", "ARM_CLIENT_ID=x", "AZURE_CLIENT_SECRET=x"} {
		if slices.Contains(env, variable) {
			t.Errorf("the CLI would see %s", variable)
		}
	}
	if !slices.Contains(env, "PLAIN=x") {
		t.Error("the rest of the environment is missing")
	}
}
