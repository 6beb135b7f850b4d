package workflow_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func TestClaims(t *testing.T) {
	t.Parallel()
	second := func(d *workflow.Desired) {
		d.Packages = append(d.Packages, workflow.Package{Source: "b.msix", FileName: "b.msix", SHA256: "bb"})
	}
	at := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, tt := range map[string]struct {
		first, other workflow.Desired
		refused      bool
	}{
		"the same again":       {wanted(), wanted(), false},
		"another flight":       {wanted(), wanted(rebuilt, func(d *workflow.Desired) { d.Flight.FlightID = "g" }), false},
		"another application":  {wanted(), wanted(rebuilt, func(d *workflow.Desired) { d.Flight.ApplicationID = "9WZDNCRFJ3TJ" }), false},
		"the flight, shouting": {wanted(), wanted(rebuilt, func(d *workflow.Desired) { d.Flight.FlightID = "F" }), true},
		"another order": {
			wanted(second), wanted(second, func(d *workflow.Desired) { d.Packages[0], d.Packages[1] = d.Packages[1], d.Packages[0] }), false,
		},
		"another goal and policy":  {wanted(), wanted(waitingFor("publish"), func(d *workflow.Desired) { d.PendingPolicy = workflow.PendingAdopt }), false},
		"another path to the file": {wanted(), wanted(func(d *workflow.Desired) { d.Packages[0].Source = "./app.msix" }), false},
		// Whoever replaces an object plans it with its state and without.
		"by name, with a state and without": {
			wanted(byName), wanted(byName, func(d *workflow.Desired) { d.Packages[0].SHA256, d.Packages[0].Version = "aa", "1.0.0.0" }), false,
		},
		"other bytes":         {wanted(), wanted(rebuilt), true},
		"one package more":    {wanted(), wanted(second), true},
		"by name or by file":  {wanted(), wanted(byName), true},
		"packages omitted":    {wanted(), wanted(packagesOmitted), true},
		"no packages":         {wanted(packagesOmitted), wanted(func(d *workflow.Desired) { d.Packages = []workflow.Package{} }), true},
		"other minimum":       {wanted(), wanted(func(d *workflow.Desired) { d.Packages[0].MinimumSystemRAM = "Memory2GB" }), true},
		"other notes":         {wanted(), wanted(notesSaid), true},
		"other secret notes":  {wanted(secretNotes), wanted(secretNotes, func(d *workflow.Desired) { d.SecretNotes = "psst" }), true},
		"a rollout":           {wanted(), wanted(gradual), true},
		"another mode":        {wanted(), wanted(func(d *workflow.Desired) { d.PublishMode = "Manual" }), true},
		"another date":        {wanted(), wanted(func(d *workflow.Desired) { d.PublishDate = at }), true},
		"mandatory":           {wanted(), wanted(func(d *workflow.Desired) { d.MandatoryFrom = at }), true},
		"more kept":           {wanted(), wanted(func(d *workflow.Desired) { d.KeepPrevious = 1 }), true},
		"a draft":             {wanted(), wanted(uncommitted), true},
		"the instant, abroad": {wanted(func(d *workflow.Desired) { d.MandatoryFrom = at }), wanted(func(d *workflow.Desired) { d.MandatoryFrom = at.In(time.FixedZone("", 3600)) }), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var claims workflow.Claims
			if problem := claims.Claim(tt.first); problem != nil {
				t.Fatalf("the first claim: %v", problem)
			}
			problem := claims.Claim(tt.other)
			if (problem != nil) != tt.refused {
				t.Fatalf("got %v, refused: %t", problem, tt.refused)
			}
			if problem != nil && (!strings.Contains(problem.Error(), tt.other.Flight.String()) || strings.Contains(problem.Error(), "psst")) {
				t.Errorf("got %v, want it to name the flight and no secret", problem)
			}
			if problem := claims.Claim(tt.first); problem != nil {
				t.Errorf("the first claim again: %v", problem)
			}
		})
	}
}

func TestClaims_areMadeAtOnce(t *testing.T) {
	t.Parallel()
	var claims workflow.Claims
	var group sync.WaitGroup
	refused := make([]bool, 8)
	for i := range refused {
		group.Go(func() {
			d := wanted()
			d.KeepPrevious = i
			refused[i] = claims.Claim(d) != nil
		})
	}
	group.Wait()
	passed := 0
	for _, r := range refused {
		if !r {
			passed++
		}
	}
	if passed != 1 {
		t.Errorf("%d of 8 different claims passed, want one", passed)
	}
}
