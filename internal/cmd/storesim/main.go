// Command storesim starts the local Store of package storesim for use by hand, with one application that has a flight with a
// published version and a new flight. It writes two versions of a package, prints a configuration that rolls them out on
// standard output, and what to do next on standard error. It ends on Ctrl-C.
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
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "storesim:", err)
		os.Exit(1)
	}
}

// options are what the flags say.
type options struct {
	addr, token, identity, publisher, packages, failAt string
	stage, lifetime                                    time.Duration
	perMinute, crashes                                 int
}

// parse reads the flags. Their list goes to out if it is asked for, with flag.ErrHelp.
func parse(args []string, out io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("storesim", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8780", "address to listen on, host:port; port 0 picks a free one")
	flags.DurationVar(&o.stage, "stage-duration", 2*time.Second, "how long a submission stays in each status")
	flags.StringVar(&o.token, "access-token", "local", "the bearer token that is accepted")
	flags.IntVar(&o.perMinute, "requests-per-minute", 0, "answer more requests than this in a minute with 429; 0: any number")
	flags.DurationVar(&o.lifetime, "upload-url-lifetime", storesim.DefaultUploadURLLifetime, "how long an upload URL works")
	flags.StringVar(&o.identity, "identity-name", "Contoso.Sample", "Identity Name of the application's packages")
	flags.StringVar(&o.publisher, "publisher", "CN=Contoso", "Identity Publisher of the application's packages")
	flags.StringVar(&o.packages, "packages", "", "folder to write the packages to; default: a temporary one, which goes with the Store")
	flags.StringVar(&o.failAt, "fail-at", "", "the next submission that is committed ends in this status: "+strings.Join(failures, ", "))
	flags.IntVar(&o.crashes, "crashes", 0, "how many crashes of version 2.0.0.0 the Store reports")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(out)
		flags.PrintDefaults()
		return o, err
	} else if err != nil {
		return o, fmt.Errorf("%w; -help lists the flags", err)
	}
	if o.failAt != "" && !slices.Contains(failures, o.failAt) {
		return o, fmt.Errorf("no submission fails at %q; -fail-at is one of %s", o.failAt, strings.Join(failures, ", "))
	}
	return o, checkLoopback(o.addr)
}

// run serves until ctx is done. The configuration goes to out, everything else to notes.
func run(ctx context.Context, args []string, out, notes io.Writer) (err error) {
	o, err := parse(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	if o.packages == "" {
		if o.packages, err = os.MkdirTemp("", "msstore-packages-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.packages)) }()
	}
	if o.packages, err = writePackages(o.packages, msixtest.Manifest{Name: o.identity, Publisher: o.publisher}); err != nil {
		return err
	}

	sim, err := storesim.Start(storesim.Options{
		Addr:              o.addr,
		AccessTokens:      []string{o.token},
		UploadURLLifetime: o.lifetime,
		StageDuration:     o.stage,
	})
	if err != nil {
		return err
	}
	defer sim.Close()
	fill(sim, o, out)
	fmt.Fprintf(notes, nextSteps, sim.URL())
	<-ctx.Done()
	return nil
}

// fill gives the Store what there is, and writes the configuration that refers to it.
func fill(sim *storesim.Sim, o options, out io.Writer) {
	sim.SetThrottle(o.perMinute, true)
	if o.failAt != "" {
		sim.FailAt(o.failAt)
	}
	app := sim.AddApplication(storesim.Application{PrimaryName: "Sample", IdentityName: o.identity, PublisherName: o.publisher})
	beta := sim.AddFlight(app, storesim.Flight{FriendlyName: "beta", GroupIDs: []string{"1152921504606962205"}})
	published := sim.AddPublishedSubmission(app, beta, storesim.Published{
		Packages: []storesim.Package{{FileName: "Sample_1.0.0.0_x64.msix", Version: "1.0.0.0"}},
	})
	canary := sim.AddFlight(app, storesim.Flight{FriendlyName: "canary", GroupIDs: []string{"1152921504606962205"}})
	if o.crashes > 0 {
		sim.AddFailureHits(app, storesim.FailureHit{PackageVersion: "2.0.0.0", EventCount: float64(o.crashes)})
	}
	fmt.Fprintf(out, configuration, sim.URL(), o.token, o.identity, o.publisher, app, beta, published, canary, o.packages)
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

// writePackages writes the two versions that the configuration refers to, and gives their folder as configurations have it.
func writePackages(dir string, manifest msixtest.Manifest) (string, error) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o750)
	}
	for _, version := range []string{"2.0.0.0", "2.1.0.0"} {
		if err != nil {
			return "", err
		}
		manifest.Version = version
		err = os.WriteFile(filepath.Join(dir, "Sample_"+version+"_x64.msix"), msixtest.Package(manifest), 0o600)
	}
	return filepath.ToSlash(dir), err
}

const nextSteps = `storesim: the local Store is ready at %s. Ctrl-C ends it, and nothing stays behind.
storesim: standard output is a configuration. In another terminal, in the folder that has it as main.tf,
storesim: with the provider that .github/DEBUGGING.md builds:

  terraform apply                                 gives version 2.0.0.0 to 10 %% of the testers
  terraform apply -var percentage=50              raises that
  terraform apply -var state=finalized            gives it to everybody
  terraform apply -var package_version=2.1.0.0    begins again with the next version
  terraform destroy                               ends the rollout and forgets the rest

`

const configuration = `# The local Store at %[1]s has
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

variable "package_version" {
  description = "2.0.0.0 or 2.1.0.0."
  type        = string
  default     = "2.0.0.0"
}

variable "percentage" {
  type    = number
  default = 10
}

variable "state" {
  description = "active, halted or finalized."
  type        = string
  default     = "active"
}

resource "msstore_flight_submission" "canary" {
  application_id = "%[5]s"
  flight_id      = "%[8]s"
  packages       = [{ source = "%[9]s/Sample_${var.package_version}_x64.msix" }]

  package_rollout       = { initial_percentage = 10 }
  active_rollout_policy = "finalize"
  wait_for              = "publish"
}

resource "msstore_package_rollout" "canary" {
  application_id = msstore_flight_submission.canary.application_id
  flight_id      = msstore_flight_submission.canary.flight_id
  submission_id  = msstore_flight_submission.canary.submission_id
  state          = var.state
  percentage     = var.state == "active" ? var.percentage : null

  # A rollout that is left live blocks the next submission.
  deletion_policy = "finalize"
}
`
