package secrecy_test

import (
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }
