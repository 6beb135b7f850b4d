// Command terraform-provider-msstore is the Terraform provider for package flights of the
// Microsoft Store. Terraform starts it; see CONTRIBUTING.md for running it under a debugger.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
)

// address is where the Terraform Registry lists the provider. Nothing but -debug shows it: for
// OpenTofu, put registry.opentofu.org into what that prints.
const address = "registry.terraform.io/terraform-msstore/msstore"

// version and commit are set by the linker in a release.
var (
	version = "dev"
	commit  = "unknown"
)

func main() {
	debug := flag.Bool("debug", false, "keep running for Terraform to attach, and print how it does")
	flag.Parse()

	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	if err := provider.Serve(address, provider.New(version+"+"+commit)(), options...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
