package acctest

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// Run drives the CLI through the steps, with the world's provider. Each step also
// checks that the plan after the apply is empty.
func (w *World) Run(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: w.Factories(), Steps: steps})
}

// Planned expects this action of a resource in the plan before the apply.
func Planned(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

// Phrase matches words that the CLI may have broken over lines.
func Phrase(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	return regexp.MustCompile(strings.Join(words, `[\s│]+`))
}

// TokenLater is a configuration with the provider's token known only after an
// apply, so that the provider has no client while planning.
func (w *World) TokenLater(config string) string {
	w.tb.Helper()
	later := strings.Replace(config, strconv.Quote(Token), "terraform_data.token.output", 1)
	if later == config {
		w.tb.Fatalf("the configuration has no access_token to replace:\n%s", config)
	}
	return later + `
resource "terraform_data" "token" {
  input = "` + Token + `"
}
`
}
