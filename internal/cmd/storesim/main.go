// Command storesim starts the local Store of package storesim for use by hand, with one application that has a flight with a
// published version and a new flight, writes a package for it, and prints a configuration to paste. It ends on Ctrl-C.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "storesim:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("storesim", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	addr := flags.String("addr", "127.0.0.1:8780", "address to listen on, host:port; port 0 picks a free one")
	stage := flags.Duration("stage-duration", 2*time.Second, "how long a submission stays in each status")
	token := flags.String("access-token", "local", "the bearer token that is accepted")
	perMinute := flags.Int("requests-per-minute", 0, "answer more requests than this in a minute with 429; 0: any number")
	lifetime := flags.Duration("upload-url-lifetime", storesim.DefaultUploadURLLifetime, "how long an upload URL works")
	identity := flags.String("identity-name", "Contoso.Sample", "Identity Name of the application's packages")
	publisher := flags.String("publisher", "CN=Contoso", "Identity Publisher of the application's packages")
	packages := flags.String("packages", "", "folder to write a package to; default: a temporary one")
	failAt := flags.String("fail-at", "", "the next submission that is committed ends in this status: "+strings.Join(failures, ", "))
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(out)
		flags.PrintDefaults()
		return nil
	} else if err != nil {
		return fmt.Errorf("%w; -help lists the flags", err)
	}
	if *failAt != "" && !slices.Contains(failures, *failAt) {
		return fmt.Errorf("no submission fails at %q; -fail-at is one of %s", *failAt, strings.Join(failures, ", "))
	}
	if err := checkLoopback(*addr); err != nil {
		return err
	}
	if *packages == "" {
		if *packages, err = os.MkdirTemp("", "msstore-packages-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(*packages)) }()
	}
	source, err := writePackage(*packages, *identity, *publisher)
	if err != nil {
		return err
	}

	sim, err := storesim.Start(storesim.Options{
		Addr:              *addr,
		AccessTokens:      []string{*token},
		UploadURLLifetime: *lifetime,
		StageDuration:     *stage,
	})
	if err != nil {
		return err
	}
	defer sim.Close()
	sim.SetThrottle(*perMinute, true)
	if *failAt != "" {
		sim.FailAt(*failAt)
	}

	app := sim.AddApplication(storesim.Application{PrimaryName: "Sample", IdentityName: *identity, PublisherName: *publisher})
	beta := sim.AddFlight(app, storesim.Flight{FriendlyName: "beta", GroupIDs: []string{"1152921504606962205"}})
	published := sim.AddPublishedSubmission(app, beta, storesim.Published{
		Packages: []storesim.Package{{FileName: "Sample_1.0.0.0_x64.msix", Version: "1.0.0.0"}},
	})
	canary := sim.AddFlight(app, storesim.Flight{FriendlyName: "canary", GroupIDs: []string{"1152921504606962205"}})

	fmt.Fprintf(out, guide, sim.URL(), *token, *identity, *publisher, app, beta, published, canary, source)
	<-ctx.Done()
	return nil
}

var failures = []string{
	storesim.StatusCommitFailed, storesim.StatusPreProcessingFailed, storesim.StatusCertificationFailed,
	storesim.StatusReleaseFailed, storesim.StatusPublishFailed,
}

// checkLoopback refuses addresses at which the provider would not talk to the Store without TLS.
func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s is not on this machine: the provider speaks plain http to loopback addresses only", addr)
	}
	return nil
}

// writePackage writes a package that the application takes, and gives its path as configurations have it.
func writePackage(dir, identity, publisher string) (string, error) {
	path, err := filepath.Abs(filepath.Join(dir, "Sample_2.0.0.0_x64.msix"))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	content := msixtest.Package(msixtest.Manifest{Name: identity, Publisher: publisher, Version: "2.0.0.0"})
	return filepath.ToSlash(path), os.WriteFile(path, content, 0o600)
}

const guide = `# The local Store listens at %[1]s; Ctrl-C ends it, and nothing is kept.
#
# application %[5]s, packages of %[3]s by %[4]s
# flight      %[6]s "beta", published: submission %[7]s
# flight      %[8]s "canary", new

terraform {
  required_providers {
    msstore = {
      source = "terraform-msstore/msstore"
    }
  }
}

provider "msstore" {
  endpoint      = "%[1]s"
  access_token  = "%[2]s"
  poll_interval = "1s"
}

resource "msstore_flight_submission" "canary" {
  application_id = "%[5]s"
  flight_id      = "%[8]s"
  packages       = [{ source = "%[9]s" }]
  wait_for       = "publish"
}
`
