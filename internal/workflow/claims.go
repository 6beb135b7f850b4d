package workflow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Claims are what the resources of one plan ask of flights. A flight has one
// submission at a time, so two resources that ask for different content would
// overwrite each other. The zero value is ready.
type Claims struct {
	mu       sync.Mutex
	contents map[string]string // by flight
}

// Claim notes what a resource asks for. It returns a problem if another one asks
// for something else of the same flight. The same resource may ask again.
func (c *Claims) Claim(d Desired) *Problem {
	flight, content := strings.ToLower(d.Flight.ApplicationID+"/"+d.Flight.FlightID), d.fingerprint()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.contents == nil {
		c.contents = map[string]string{}
	}
	if other, ok := c.contents[flight]; ok && other != content {
		return &Problem{
			Attribute: []any{"flight_id"}, Summary: "Two resources manage the same flight",
			Detail: fmt.Sprintf("Another msstore_flight_submission of this configuration asks for different content of %s. "+
				"A flight has one submission at a time, so only one of them could be published. Keep one resource for each flight.", d.Flight),
		}
	}
	c.contents[flight] = content
	return nil
}

// fingerprint is equal for equal content. The order of packages does not count.
func (d Desired) fingerprint() string {
	packages := make([]string, 0, len(d.Packages))
	for _, p := range d.Packages {
		content := "" // What is kept by its name is not known by more in every plan.
		if p.Source != "" {
			content = cmp.Or(p.SHA256, p.Source+" "+p.Version)
		}
		packages = append(packages, fmt.Sprintf("%q %q %q %q", p.FileName, content, p.MinimumDirectXVersion, p.MinimumSystemRAM))
	}
	slices.Sort(packages)
	rollout := ""
	if d.InitialPercentage != nil {
		rollout = formatPercentage(*d.InitialPercentage)
	}
	return fmt.Sprintf("%t %q %d %q %s %q %s %q %q %d %t", d.Packages == nil, packages, d.KeepPrevious, rollout,
		d.MandatoryFrom.UTC().Format(time.RFC3339), d.PublishMode, d.PublishDate.UTC().Format(time.RFC3339), d.Notes, d.SecretNotes, d.NotesVersion, d.Commit)
}
