package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// week runs two examples once a day: the plans are told the time, and what was submitted on one day is published before the
// next.
func (s *story) week(ctx context.Context) error {
	flight := s.store.AddFlight(s.application, storesim.Flight{FriendlyName: "staged", GroupIDs: []string{"1"}})
	rings, err := s.configure(ctx, "rings", fmt.Sprintf(`
application_id = %q
package        = "Contoso.msix"
rings = [
  { name = "canary", group_ids = ["2"], soak = "24h" },
  { name = "early", group_ids = ["3"], soak = "48h" },
  { name = "everyone", group_ids = ["4"] },
]
`, s.application))
	if err != nil {
		return err
	}
	staged, err := s.configure(ctx, "staged-rollout", fmt.Sprintf("application_id = %q\nflight_id = %q\npackage = \"Contoso.msix\"\n", s.application, flight))
	if err != nil {
		return err
	}
	for _, c := range []*configuration{rings, staged} {
		if err := c.write("Contoso.msix", msixtest.Package(msixtest.Manifest{Version: "2.0.0.0"})); err != nil {
			return err
		}
	}
	s.page.printf("   Each morning, in a copy of examples/rings and in one of examples/staged-rollout, with the time of that day:\n")
	rings.show([]string{"apply", "-auto-approve", "-var=now=" + time.Now().Format(time.RFC3339)})
	s.page.printf("\n")
	s.page.row("day", "canary", "early", "everyone", "stages")
	// A run is a little later than a whole number of days after the publication, whose time is this machine's.
	start := time.Now().Add(time.Hour)
	for day := range 8 {
		if ctx.Err() != nil {
			return errInterrupted
		}
		arguments := []string{"apply", "-auto-approve", "-no-color", "-var=now=" + start.AddDate(0, 0, day-1).Format(time.RFC3339)}
		event := ""
		switch {
		case day == crashes:
			event = "Six crashes: everything waits."
			s.store.AddFailureHits(s.application, storesim.FailureHit{PackageVersion: "2.0.0.0", EventCount: 6})
		case day > crashes:
			arguments = append(arguments, "-var=tolerated_failures=6")
			if day == crashes+1 {
				event = "Go on: -var=tolerated_failures=6"
			}
		}
		for _, c := range []*configuration{rings, staged} {
			if _, err := output(c.command(ctx, arguments...)); err != nil {
				return err
			}
		}
		s.page.row(strconv.Itoa(day), s.has("canary"), s.has("early"), s.has("everyone"), s.rollout(flight), event)
		s.night()
	}
	if has := s.has("everyone"); has != "2.0.0.0" {
		return fmt.Errorf("the last ring should have version 2.0.0.0, and has %s", has)
	}
	return nil
}

// crashes is the day on which failures are reported.
const crashes = 4

// night is when what was submitted becomes published.
func (s *story) night() {
	for _, e := range s.store.Events(storesim.EventCommitted) {
		for s.store.Advance(e.SubmissionID) != storesim.StatusPublished {
			continue
		}
	}
}

// has is the version that the testers of a ring have.
func (s *story) has(ring string) string {
	for _, e := range s.store.Events(storesim.EventFlightCreated) {
		flight, _ := s.store.Flight(s.application, e.FlightID)
		if flight.FriendlyName != ring {
			continue
		}
		if packages := s.store.PublishedPackages(s.application, e.FlightID); len(packages) > 0 {
			return packages[0].Version
		}
		if submission, ok := s.store.Submission(s.application, e.FlightID, flight.PendingSubmissionID); ok && submission.Status != storesim.StatusPendingCommit {
			return "submitted"
		}
	}
	return "-"
}

func (s *story) rollout(flightID string) string {
	flight, _ := s.store.Flight(s.application, flightID)
	submission, ok := s.store.Submission(s.application, flightID, flight.LastPublishedSubmissionID)
	if !ok {
		return "submitted"
	}
	return fmt.Sprintf("%g %%", submission.Rollout.Percentage)
}
