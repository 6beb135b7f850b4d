// Command demo tells the story of a package flight: it builds the provider,
// starts a local Store, and lets the real CLI submit a package, roll it out and
// ship the next version. It needs Go and Terraform or OpenTofu on PATH, touches
// nothing but a temporary folder, and leaves nothing behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "msstore-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	say("A local Store takes the place of Partner Center, with one application in it.")
	store, err := storesim.Start(storesim.Options{AccessTokens: []string{token}})
	if err != nil {
		return err
	}
	defer store.Close()
	application := store.AddApplication(storesim.Application{PrimaryName: "Contoso Sample"})

	say("Building the provider and installing it into a new configuration (examples/complete).")
	terraform, err := newRunner(ctx, dir, store.URL())
	if err != nil {
		return err
	}
	s := &story{cli: terraform, store: store, application: application, packages: filepath.Join(dir, "packages")}
	if err := s.tell(ctx); err != nil {
		return err
	}
	say("Done. Everything that was made is gone again.")
	return nil
}

// story is what the demo tells, chapter by chapter.
type story struct {
	cli         *runner
	store       *storesim.Sim
	application string
	packages    string
	told        int // events of the Store that have been told
}

func (s *story) tell(ctx context.Context) error {
	first, err := s.build("1.0.0.0")
	if err != nil {
		return err
	}
	second, err := s.build("1.1.0.0")
	if err != nil {
		return err
	}
	chapters := []struct {
		title string
		run   func() error
		ships string // the version that the testers must have afterwards
	}{
		{title: "Version 1.0.0.0 goes to a new flight; 10 % of its testers get it.", run: func() error { return s.apply(ctx, first, "10", "active") }, ships: "1.0.0.0"},
		{title: "No complaints: raise the rollout to 50 %.", run: func() error { return s.apply(ctx, first, "50", "active") }},
		{title: "Finalize it: now everybody in the flight has version 1.0.0.0.", run: func() error { return s.apply(ctx, first, "50", "finalized") }},
		{title: "Nothing changed, so nothing is planned.", run: func() error { return s.cli.expectNoChanges(ctx, s.variables(first, "50", "finalized")) }},
		{title: "Version 1.1.0.0 takes the place of 1.0.0.0.", run: func() error { return s.apply(ctx, second, "25", "active") }, ships: "1.1.0.0"},
		{title: "Finalize the second rollout too.", run: func() error { return s.apply(ctx, second, "25", "finalized") }},
		{title: "Clean up.", run: func() error { return s.destroy(ctx, s.variables(second, "25", "finalized")) }},
	}
	for i, chapter := range chapters {
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		fmt.Printf("\n%d. %s\n\n", i+1, chapter.title)
		if err := chapter.run(); err != nil {
			return err
		}
		if chapter.ships != "" {
			if err := s.check(chapter.ships); err != nil {
				return err
			}
		}
	}
	return nil
}

// build makes a package, as a build pipeline would.
func (s *story) build(version string) (string, error) {
	if err := os.MkdirAll(s.packages, 0o750); err != nil {
		return "", err
	}
	path := filepath.Join(s.packages, "ContosoSample_"+version+"_x64.msix")
	return filepath.ToSlash(path), os.WriteFile(path, msixtest.Package(msixtest.Manifest{Version: version, PayloadSize: 1 << 20}), 0o600)
}

func (s *story) variables(pkg, percentage, state string) []string {
	return []string{
		"-var=application_id=" + s.application,
		`-var=group_ids=["1152921504606962205"]`,
		fmt.Sprintf("-var=packages=[%q]", pkg),
		"-var=rollout_percentage=" + percentage,
		"-var=rollout_state=" + state,
	}
}

func (s *story) apply(ctx context.Context, pkg, percentage, state string) error {
	err := s.cli.run(ctx, append([]string{"apply", "-auto-approve"}, s.variables(pkg, percentage, state)...)...)
	s.tellEvents()
	return err
}

func (s *story) destroy(ctx context.Context, variables []string) error {
	err := s.cli.run(ctx, append([]string{"destroy", "-auto-approve"}, variables...)...)
	s.tellEvents()
	return err
}

// tellEvents prints what the Store saw since the last time.
func (s *story) tellEvents() {
	events := s.store.Events()
	for _, e := range events[s.told:] {
		text := string(e.Kind)
		if e.Detail != "" {
			text += ": " + e.Detail
		}
		fmt.Println("      Store |", text)
	}
	s.told = len(events)
}

// check makes sure that the testers have this version and no other.
func (s *story) check(version string) error {
	for _, e := range s.store.Events(storesim.EventFlightCreated) {
		packages := s.store.PublishedPackages(s.application, e.FlightID)
		if len(packages) != 1 || packages[0].Version != version {
			return fmt.Errorf("the flight should have version %s alone, and has %+v", version, packages)
		}
		fmt.Printf("\n   The flight's testers get %s, version %s, and nothing else.\n", packages[0].FileName, version)
	}
	return nil
}

func say(text string) { fmt.Println("--", text) }
