package workflow

import (
	"fmt"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// doubtful warns of what the Store accepts and nobody is likely to want.
func doubtful(decision Decision, d Desired, options PlanOptions) []*Problem {
	if decision.Action != Create && decision.Action != Continue {
		return nil
	}
	return append(lowerVersions(decision, d), doubtfulDates(d, options)...)
}

// lowerVersions warns of packages with a version below the highest that the
// flight has: devices take the highest that suits them [store-api 6.3].
func lowerVersions(decision Decision, d Desired) []*Problem {
	if decision.Submission == nil {
		return nil
	}
	highest := map[string]storeapi.FlightPackage{} // by architecture
	for _, e := range decision.Submission.FlightPackages {
		if known, ok := highest[e.Architecture]; isStored(e) && (!ok || versionOf(e).Compare(versionOf(known)) > 0) {
			highest[e.Architecture] = e
		}
	}
	var warnings []*Problem
	for i, p := range d.Packages {
		version, err := msix.ParseVersion(p.Version)
		if p.Source == "" || err != nil {
			continue
		}
		for _, e := range highest {
			if !sameArchitecture(p, e) || version.Compare(versionOf(e)) >= 0 {
				continue
			}
			warnings = append(warnings, &Problem{
				Attribute: []any{"packages", i, "source"}, Summary: "Package version is lower than the flight's",
				Detail: fmt.Sprintf("%s has the version %s, and the flight has %s with %s. Devices take the highest version that suits them, so testers who "+
					"have %s keep it. Raise the version, or ignore this if you mean to go back.", p.FileName, p.Version, e.FileName, e.Version, e.Version),
			})
			break
		}
	}
	return warnings
}

// doubtfulDates warns of dates that are past, and of a publication that comes
// after the time that the apply may take.
func doubtfulDates(d Desired, options PlanOptions) []*Problem {
	var warnings []*Problem
	now := time.Now()
	past := func(attribute []any, name string, date time.Time) {
		if !date.IsZero() && date.Before(now) {
			warnings = append(warnings, &Problem{
				Attribute: attribute, Summary: "Date is in the past",
				Detail: fmt.Sprintf("%s is %s, which is past. The Store treats it as now.", name, describeDate(date)),
			})
		}
	}
	past([]any{"target_publish_date"}, "target_publish_date", d.PublishDate)
	past([]any{"mandatory_update", "effective_date"}, "mandatory_update.effective_date", d.MandatoryFrom)
	if d.Commit && d.WaitFor == GoalPublish && d.PublishMode == storeapi.PublishSpecificDate && d.PublishDate.After(now.Add(options.ApplyTimeout)) {
		warnings = append(warnings, &Problem{
			Attribute: []any{"wait_for"}, Summary: "Publication comes after the apply",
			Detail: fmt.Sprintf("target_publish_date is %s, and wait_for = \"publish\" waits for at most %s (timeouts). The wait ends with a warning, and the "+
				"next apply continues it. Use wait_for = \"certification\", or a longer timeout.", describeDate(d.PublishDate), options.ApplyTimeout),
		})
	}
	return warnings
}
