// Command terraform-provider-msstore is the Terraform provider for package flights of the
// Microsoft Store. Terraform starts it; see CONTRIBUTING.md for running it under a debugger.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

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
	var opts providerserver.ServeOpts
	opts.Address = address
	flag.BoolVar(&opts.Debug, "debug", false, "keep running for Terraform to attach, and print how it does")
	flag.Parse()

	if err := providerserver.Serve(context.Background(), provider.New(version+"+"+commit), opts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
