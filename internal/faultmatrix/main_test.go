package faultmatrix_test

import (
	"flag"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

// atOnce is how many cases run side by side, unless -parallel says otherwise: most
// of a case's time goes by waiting for a reply that does not come, and for the
// next try.
const atOnce = "8"

func TestMain(m *testing.M) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		if err := flag.Set("test.parallel", atOnce); err != nil {
			panic(err)
		}
	}
	acctest.Main(m)
}
