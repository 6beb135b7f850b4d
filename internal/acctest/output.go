package acctest

import (
	"strconv"
	"strings"
	"testing"
)

// Refusals are the errors that a CLI prints, with single spaces between the words.
type Refusals []string

// Refusals runs a command that must fail.
func (c *CLI) Refusals(args ...string) Refusals {
	c.tb.Helper()
	var all Refusals
	for _, block := range strings.Split(c.MustFail(args...), "Error: ")[1:] {
		all = append(all, folded(block))
	}
	return all
}

// About is all that is told about a resource, by its address, or about an output, by
// its name.
func (r Refusals) About(what string) string {
	var all []string
	for _, text := range r {
		if strings.Contains(text, "with "+what+",") || strings.Contains(text, "in output "+strconv.Quote(what)) {
			all = append(all, text)
		}
	}
	return strings.Join(all, "\n")
}

// Says fails the test unless the text, with its line breaks folded, has all parts.
func Says(tb testing.TB, text string, parts ...string) {
	tb.Helper()
	if missing := lacking(text, parts); missing != nil {
		tb.Errorf("it does not say %q:\n%s", missing, text)
	}
}

// lacking are the parts that a text does not have.
func lacking(text string, parts []string) (missing []string) {
	folded := folded(text)
	for _, part := range parts {
		if !strings.Contains(folded, part) {
			missing = append(missing, part)
		}
	}
	return missing
}

func folded(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╵", " ", "╷", " ").Replace(text)), " ")
}
