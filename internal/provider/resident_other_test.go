//go:build !linux

package provider_test

import "github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"

// resident is measured on Linux only.
func resident(*acctest.CLI, <-chan struct{}) int64 { return 0 }
