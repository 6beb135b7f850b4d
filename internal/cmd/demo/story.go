package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// story is what the demo tells, chapter by chapter.
type story struct {
	*installation

	store       *storesim.Sim
	application string
	complete    *configuration
}

// The variables of the complete example for each version are in a file of their own.
const (
	first    = "-var-file=1.0.0.tfvars"
	second   = "-var-file=1.1.0.tfvars"
	otherApp = "-var-file=other-app.tfvars"

	finalized = "-var=rollout_state=finalized"
	halted    = "-var=rollout_state=halted"
)

var errInterrupted = errors.New("interrupted")

func (s *story) tell(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	s.page.printf("The configuration is a copy of examples/complete. Each version has a .tfvars file, which names its package.\n")
	chapters := []struct {
		title string
		run   func() error
		ships string // the version that the testers must have afterwards
	}{
		{title: "Version 1.0.0 goes to a new flight, and 10 % of its testers get it.", run: s.apply(ctx, first), ships: "1.0.0.0"},
		{title: "No complaints: raise the rollout to 50 %.", run: s.apply(ctx, first, "-var=rollout_percentage=50")},
		{title: "Finalize it: everybody in the flight gets version 1.0.0.", run: s.apply(ctx, first, finalized)},
		{title: "Nothing changed, so nothing is planned.", run: func() error { return s.unchanged(ctx) }},
		{title: "A plan refuses what the Store would refuse after the upload.", run: func() error { return s.complete.refused(ctx, otherApp) }},
		{title: "What the plan says about version 1.1.0.", run: func() error { return s.showPlan(ctx) }},
		{title: "Version 1.1.0 takes the place of 1.0.0, for 10 % of the testers.", run: s.apply(ctx, second), ships: "1.1.0.0"},
		{title: "It crashes: halt the rollout, and nobody else gets it.", run: s.apply(ctx, second, halted)},
		{title: "Clean up.", run: s.change(ctx, "destroy", second, halted)},
		{title: "A week of scheduled runs: three rings, and a rollout in stages.", run: func() error { return s.week(ctx) }},
	}
	for i, chapter := range chapters {
		s.page.printf("\n%d. %s\n\n", i+1, chapter.title)
		err := chapter.run()
		if ctx.Err() != nil {
			return errInterrupted
		}
		if err != nil {
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

// prepare makes the packages, as a build pipeline would.
func (s *story) prepare(ctx context.Context) (err error) {
	s.complete, err = s.configure(ctx, "complete", fmt.Sprintf("application_id = %q\ngroup_ids = [\"1152921504606962205\"]\n", s.application))
	if err != nil {
		return err
	}
	for name, manifest := range map[string]msixtest.Manifest{
		"1.0.0": {Version: "1.0.0.0"}, "1.1.0": {Version: "1.1.0.0"}, "other-app": {Version: "1.1.0.0", Name: "Fabrikam.Sample"},
	} {
		file := "Contoso_" + name + ".msix"
		manifest.PayloadSize = 1 << 20
		if err := s.complete.write(file, msixtest.Package(manifest)); err != nil {
			return err
		}
		if err := s.complete.write(name+".tfvars", fmt.Appendf(nil, "packages = [%q]\n", file)); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) apply(ctx context.Context, variables ...string) func() error {
	return s.change(ctx, "apply", variables...)
}

func (s *story) change(ctx context.Context, command string, variables ...string) func() error {
	return func() error {
		return s.complete.change(ctx, s.store, append([]string{command, "-auto-approve"}, variables...)...)
	}
}

func (s *story) unchanged(ctx context.Context) error {
	text, err := s.complete.plan(ctx, "-detailed-exitcode", first, finalized)
	if err != nil {
		return fmt.Errorf("the plan should be empty: %w\n%s", err, text)
	}
	s.page.block("No changes.")
	return nil
}

// showPlan prints what a plan knows about the submission.
func (s *story) showPlan(ctx context.Context) error {
	text, err := s.complete.plan(ctx, second)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, text)
	}
	s.page.block(readable(text, "msstore_flight_submission.beta"))
	return nil
}

var (
	digest    = regexp.MustCompile(`"([0-9a-f]{8})[0-9a-f]{56}"`)
	alignment = regexp.MustCompile(` +=`)
)

// readable is what a plan changes about a resource, without what only the apply will tell. That the ID of the submission is
// one of those says that there will be a new submission.
func readable(plan, address string) string {
	_, part, _ := strings.Cut(plan, "  # "+address+" ")
	part, rest, _ := strings.Cut(part, "\n    }\n")
	title, changes, _ := strings.Cut(part, "\n")
	var known strings.Builder
	known.WriteString("# " + address + " " + title + "\n")
	for line := range strings.Lines(changes) {
		line = strings.TrimSpace(line)
		unknown := strings.HasSuffix(line, "(known after apply)") && !strings.HasPrefix(line, "~ submission_id ")
		if strings.HasPrefix(line, "~ ") && strings.Contains(line, " -> ") && !unknown {
			known.WriteString("  " + alignment.ReplaceAllString(digest.ReplaceAllString(line, `"$1…"`), " =") + "\n")
		}
	}
	_, sum, _ := strings.Cut(rest, "\nPlan: ")
	sum, _, _ = strings.Cut(sum, "\n")
	return known.String() + "Plan: " + sum
}

// check makes sure that the testers have this version and no other.
func (s *story) check(version string) error {
	for _, e := range s.store.Events(storesim.EventFlightCreated) {
		packages := s.store.PublishedPackages(s.application, e.FlightID)
		if len(packages) != 1 || packages[0].Version != version {
			return fmt.Errorf("the flight should have version %s alone, and has %+v", version, packages)
		}
		s.page.printf("\n   The flight has %s, version %s, and nothing else.\n", filepath.Base(packages[0].FileName), version)
	}
	return nil
}
