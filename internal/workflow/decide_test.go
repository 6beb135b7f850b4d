package workflow_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// In these tests submission 1 is published with app.msix 1.0.0.0, and submission 2
// is the one in question; app.msix 2.0.0.0 is desired, and its id is 20.

type (
	changeSubmission = func(*storeapi.Submission)
	changeDesired    = func(*workflow.Desired)
	changeTracked    = func(*workflow.Tracked)
)

func submission(id string, status storeapi.Status, changes ...changeSubmission) *storeapi.Submission {
	s := &storeapi.Submission{
		Ref: ref.Submission(id), Status: status, FileUploadURL: uploadURL(id, 24*time.Hour), TargetPublishMode: storeapi.PublishImmediate,
		FlightPackages: []storeapi.FlightPackage{{ID: "20", FileName: "app.msix", FileStatus: "Uploaded", Version: "2.0.0.0", Architecture: "x64"}},
	}
	s.PackageDeliveryOptions.PackageRollout.Status = storeapi.RolloutNotStarted
	for _, change := range changes {
		change(s)
	}
	return s
}

// has gives a submission other packages.
func has(packages ...storeapi.FlightPackage) changeSubmission {
	return func(s *storeapi.Submission) { s.FlightPackages = packages }
}

func older() *storeapi.Submission {
	return submission("1", "Published", has(of(entry("10", "app.msix", "Uploaded"), "1.0.0.0")))
}

// waits is a package that the Store has not processed yet.
func waits(name string) storeapi.FlightPackage { return entry("", name, "PendingUpload") }

func expires(left time.Duration) changeSubmission {
	return func(s *storeapi.Submission) { s.FileUploadURL = uploadURL(s.Ref.SubmissionID, left) }
}

func expiresSomeTime(s *storeapi.Submission) {
	s.FileUploadURL = storeapi.NewUploadURL("https://blob.example/2?sig=s")
}

func noURL(s *storeapi.Submission) { s.FileUploadURL = storeapi.UploadURL{} }

func rollingOut(r storeapi.PackageRollout) changeSubmission {
	return func(s *storeapi.Submission) { s.PackageDeliveryOptions.PackageRollout = r }
}

func wanted(changes ...changeDesired) workflow.Desired {
	d := workflow.Desired{
		Flight: ref.FlightRef, Commit: true, WaitFor: workflow.GoalCommit, PendingPolicy: workflow.PendingFail, RolloutPolicy: workflow.RolloutFail,
		Content: workflow.Content{PublishMode: "Immediate", Packages: []workflow.Package{{
			Source: "app.msix", FileName: "app.msix", SHA256: "aa", Version: "2.0.0.0", MinimumDirectXVersion: "None", MinimumSystemRAM: "None",
			Manifest: &msix.Package{Architecture: "x64"},
		}}},
	}
	for _, change := range changes {
		change(&d)
	}
	return d
}

func waitingFor(goal workflow.Goal) changeDesired {
	return func(d *workflow.Desired) { d.WaitFor = goal }
}
func uncommitted(d *workflow.Desired)     { d.Commit = false }
func rebuilt(d *workflow.Desired)         { d.Packages[0].SHA256 = "bb" }
func notesSaid(d *workflow.Desired)       { d.Notes = "look here" }
func gradual(d *workflow.Desired)         { d.InitialPercentage = new(5.0) }
func packagesOmitted(d *workflow.Desired) { d.Packages = nil }
func byName(d *workflow.Desired) {
	d.Packages[0].Source, d.Packages[0].SHA256, d.Packages[0].Version, d.Packages[0].Manifest = "", "", "", nil
}
func secretNotes(d *workflow.Desired) { d.SecretNotes, d.NotesVersion = "hush", 1 }

// tracks is the state of whoever made the submission and knows the digests of its
// packages.
func tracks(s *storeapi.Submission, changes ...changeTracked) *workflow.Tracked {
	t := &workflow.Tracked{
		Submission: s.Clone(),
		Record:     workflow.Record{SubmissionID: s.Ref.SubmissionID, Digests: map[string]string{"20": "aa"}},
	}
	for _, change := range changes {
		change(t)
	}
	return t
}

func uploaded(t *workflow.Tracked) {
	t.Record.Digests, t.Record.Uploaded = nil, map[string]string{"app.msix": "aa"}
}
func noDigests(t *workflow.Tracked) { t.Record.Digests = nil }
func imported(t *workflow.Tracked)  { t.Record = workflow.Record{Imported: true} }
func committed(ago time.Duration) changeTracked {
	return func(t *workflow.Tracked) { t.Record.Committed = time.Now().Add(-ago) }
}
func othersRecord(t *workflow.Tracked) { t.Record.SubmissionID = "1" }

// decisionText is what a decision does, or its problem after an exclamation mark.
func decisionText(decision workflow.Decision, problem *workflow.Problem) string {
	if problem != nil {
		return "! " + problem.Error()
	}
	names := map[workflow.Action]string{
		workflow.Undecided: "undecided", workflow.Keep: "keep", workflow.Follow: "follow",
		workflow.Continue: "continue", workflow.Compare: "compare", workflow.Create: "create from",
	}
	id := func(s *storeapi.Submission) string {
		if s == nil {
			return "nothing"
		}
		return s.Ref.SubmissionID
	}
	text := names[decision.Action] + " " + id(decision.Submission)
	if decision.Delete != nil {
		text += ", delete " + id(decision.Delete)
	}
	if decision.EndRollout != nil {
		text += ", end the rollout of " + id(decision.EndRollout)
	}
	return text
}

// decideCase is a slot, what is desired of it, and what that leads to.
type decideCase struct {
	pending, published *storeapi.Submission
	desired            workflow.Desired
	tracked            *workflow.Tracked
	// want is what [decisionText] says under every policy; replace and adopt tell
	// what those lead to instead. Of a problem it is a part.
	want, replace, adopt string
	applying             bool
}

func (c *decideCase) run(t *testing.T) {
	t.Helper()
	why := workflow.ToPlan
	if c.applying {
		why = workflow.ToApply
	}
	slot := &workflow.Slot{Flight: &storeapi.Flight{}, Pending: c.pending, Published: c.published}
	for policy, want := range map[workflow.PendingPolicy]string{
		workflow.PendingFail: c.want, workflow.PendingReplace: c.replace, workflow.PendingAdopt: c.adopt,
	} {
		if want == "" {
			want = c.want
		}
		d := c.desired
		d.PendingPolicy = policy
		before := fmt.Sprintf("%+v %+v", c.pending, c.published)
		decision, problem := workflow.Decide(slot, d, c.tracked, why)
		got := decisionText(decision, problem)
		if got != want && (problem == nil || !strings.HasPrefix(want, "! ") || !strings.Contains(got, want[2:])) {
			t.Errorf("with %q: got %q, want %q", policy, got, want)
		}
		if after := fmt.Sprintf("%+v %+v", c.pending, c.published); after != before {
			t.Errorf("with %q: deciding has changed the submissions:\n%s\n%s", policy, before, after)
		}
		// A plan that asks nobody may not say less than one that looks.
		if c.knowsSlot() && c.tracked.Satisfies(d) && got != "keep "+c.tracked.Submission.Ref.SubmissionID {
			t.Errorf("with %q: the state satisfies the configuration, and the decision is %q", policy, got)
		}
	}
}

// knowsSlot tells whether the state knows a submission that the flight has.
func (c *decideCase) knowsSlot() bool {
	if c.tracked == nil {
		return false
	}
	known := c.tracked.Submission.Ref
	return c.pending != nil && c.pending.Ref == known || c.published != nil && c.published.Ref == known
}

func runDecisions(t *testing.T, cases map[string]decideCase) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

// The submission that the state knows is published.
func TestDecideAboutOurPublishedSubmission(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 1, 12, 0, 0, 600, time.UTC)
	mandatory := func(from time.Time) changeDesired {
		return func(d *workflow.Desired) { d.MandatoryFrom = from }
	}
	dated := func(at time.Time) changeDesired {
		return func(d *workflow.Desired) { d.PublishMode, d.PublishDate = "SpecificDate", at }
	}
	both := func(s *storeapi.Submission) {
		s.TargetPublishMode, s.TargetPublishDate = "SpecificDate", now.Truncate(time.Second)
		s.PackageDeliveryOptions.IsMandatoryUpdate, s.PackageDeliveryOptions.MandatoryUpdateEffectiveDate = true, now.Truncate(time.Second)
	}
	there := now.In(time.FixedZone("", 3600))
	old := of(entry("10", "app.msix", "Uploaded"), "1.0.0.0")
	cases := map[string]decideCase{}
	for name, c := range map[string]struct {
		is      changeSubmission
		desired workflow.Desired
		known   changeTracked
		want    string
	}{
		"nothing new":              {desired: wanted(waitingFor("publish")), want: "keep 2"},
		"built again":              {desired: wanted(rebuilt), want: "create from 2"},
		"another version":          {desired: wanted(rebuilt, func(d *workflow.Desired) { d.Packages[0].Version = "2.1.0.0" }), want: "create from 2"},
		"other notes":              {desired: wanted(notesSaid), want: "create from 2"},
		"no notes any more":        {is: func(s *storeapi.Submission) { s.NotesForCertification = "old" }, desired: wanted(), want: "keep 2"},
		"the same notes":           {is: func(s *storeapi.Submission) { s.NotesForCertification = "look\r\nhere" }, desired: wanted(notesSaid), want: "keep 2"},
		"other initial percentage": {desired: wanted(gradual), want: "keep 2"},
		"packages omitted":         {desired: wanted(packagesOmitted), want: "keep 2"},
		"the packages it has":      {desired: wanted(byName), known: noDigests, want: "keep 2"},
		"a package it lacks":       {desired: wanted(byName, func(d *workflow.Desired) { d.Packages[0].FileName = "b.msix" }), want: "create from 2"},
		"secret notes":             {desired: wanted(secretNotes), want: "create from 2"},
		"secret notes it has":      {desired: wanted(secretNotes), known: func(t *workflow.Tracked) { t.Record.NotesVersion = 1 }, want: "keep 2"},
		"secret notes, changed":    {desired: wanted(secretNotes), known: func(t *workflow.Tracked) { t.Record.NotesVersion = 2 }, want: "create from 2"},
		"other mode":               {desired: wanted(func(d *workflow.Desired) { d.PublishMode = "Manual" }), want: "create from 2"},
		"a mode left out":          {is: func(s *storeapi.Submission) { s.TargetPublishMode = "" }, desired: wanted(), want: "keep 2"},
		"on a date":                {desired: wanted(dated(now)), want: "create from 2"},
		"another date":             {is: both, desired: wanted(dated(now.Add(time.Second)), mandatory(now)), want: "create from 2"},
		"a date that is void":      {is: func(s *storeapi.Submission) { s.TargetPublishDate = now }, desired: wanted(), want: "keep 2"},
		"mandatory now":            {desired: wanted(mandatory(now)), want: "create from 2"},
		"mandatory no more":        {is: both, desired: wanted(dated(now)), want: "create from 2"},
		"mandatory later":          {is: both, desired: wanted(dated(now), mandatory(now.Add(time.Second))), want: "create from 2"},
		"fractions of a second":    {is: both, desired: wanted(dated(now), mandatory(now)), want: "keep 2"},
		"the instant elsewhere":    {is: both, desired: wanted(dated(there), mandatory(there)), want: "keep 2"},
		"one more kept":            {desired: wanted(func(d *workflow.Desired) { d.KeepPrevious = 1 }), want: "keep 2"},
		"the one that is kept": {
			is:      func(s *storeapi.Submission) { s.FlightPackages = append(s.FlightPackages, old) },
			desired: wanted(func(d *workflow.Desired) { d.KeepPrevious = 1 }), want: "keep 2",
		},
		"one that is kept no more": {
			is:      func(s *storeapi.Submission) { s.FlightPackages = append(s.FlightPackages, old) },
			desired: wanted(), want: "create from 2",
		},
		"other minimum DirectX":    {desired: wanted(func(d *workflow.Desired) { d.Packages[0].MinimumDirectXVersion = "DirectX93" }), want: "create from 2"},
		"other minimum RAM":        {desired: wanted(func(d *workflow.Desired) { d.Packages[0].MinimumSystemRAM = "Memory2GB" }), want: "create from 2"},
		"minimums left out":        {desired: wanted(func(d *workflow.Desired) { d.Packages[0].MinimumSystemRAM = "" }), want: "keep 2"},
		"a record of another":      {desired: wanted(), known: othersRecord, want: "keep 2"},
		"imported":                 {desired: wanted(), known: imported, want: "keep 2"},
		"imported, secret notes":   {is: func(s *storeapi.Submission) { s.NotesForCertification = "hush" }, desired: wanted(secretNotes), known: imported, want: "keep 2"},
		"imported, other notes":    {is: func(s *storeapi.Submission) { s.NotesForCertification = "psst" }, desired: wanted(secretNotes), known: imported, want: "create from 2"},
		"imported, no notes given": {is: func(s *storeapi.Submission) { s.NotesForCertification = "old" }, desired: wanted(), known: imported, want: "keep 2"},
		"not to be committed":      {desired: wanted(uncommitted), want: "keep 2"},
		"a new draft":              {desired: wanted(uncommitted, rebuilt), want: "create from 2"},
		"other state of the file":  {is: func(s *storeapi.Submission) { s.FlightPackages[0].FileStatus = "None" }, desired: wanted(), want: "keep 2"},
	} {
		s := submission("2", "Published")
		if c.is != nil {
			c.is(s)
		}
		tracked := tracks(s)
		if c.known != nil {
			c.known(tracked)
		}
		if tracked.Record.Imported {
			tracked.Submission.NotesForCertification = "" // An import reads none.
		}
		cases[name] = decideCase{published: s, desired: c.desired, tracked: tracked, want: c.want}
	}
	runDecisions(t, cases)
}

// The submission that the state knows is in the slot.
func TestDecideAboutOurPendingSubmission(t *testing.T) {
	t.Parallel()
	cases := map[string]decideCase{}
	for name, c := range map[string]struct {
		status    storeapi.Status
		is        changeSubmission
		published func(*storeapi.Submission)
		desired   workflow.Desired
		known     []changeTracked
		want      string
		applying  bool
	}{
		"in certification, waiting for it":    {status: "Certification", desired: wanted(waitingFor("certification")), want: "follow 2"},
		"in certification, commit was enough": {status: "Certification", desired: wanted(), want: "keep 2"},
		"in certification, nothing awaited":   {status: "Certification", desired: wanted(waitingFor("none")), want: "keep 2"},
		"in certification, changed":           {status: "Certification", desired: wanted(notesSaid), want: "! is this resource's own, and the configuration has changed"},
		"certified, changed":                  {status: "Release", desired: wanted(notesSaid), want: "! waits for its publication"},
		"committed, other initial percentage": {status: "Certification", desired: wanted(gradual), want: "keep 2"},
		"committed, its packages not read":    {status: "CommitStarted", is: has(waits("app.msix")), desired: wanted(), known: []changeTracked{uploaded}, want: "follow 2"},
		"committed, and nobody knows what":    {status: "CommitStarted", is: has(waits("app.msix")), desired: wanted(), known: []changeTracked{noDigests}, want: "compare 2"},
		"committed, built again meanwhile": {
			status: "CommitStarted", is: has(waits("app.msix")), desired: wanted(rebuilt), known: []changeTracked{uploaded, committed(time.Hour)}, want: "! is this resource's own",
		},
		"committed, not to be committed": {status: "CommitStarted", desired: wanted(uncommitted), want: "keep 2"},
		"in certification, and the published one says it": {
			status: "Certification", is: has(of(entry("30", "app.msix", "Uploaded"), "3.0.0.0")), published: has(submission("2", "").FlightPackages...),
			desired: wanted(), want: "! is this resource's own",
		},
		"a stage nobody knows":                 {status: "Quantum", desired: wanted(), want: "! does not tell whether it was committed"},
		"a stage nobody knows, committed":      {status: "Quantum", desired: wanted(), known: []changeTracked{committed(time.Hour)}, want: "follow 2"},
		"no status":                            {desired: wanted(), want: "! has the status unknown"},
		"no status, committed":                 {desired: wanted(), known: []changeTracked{committed(time.Hour)}, want: "follow 2"},
		"no status, nothing awaited":           {desired: wanted(waitingFor("none")), want: "! has the status unknown"},
		"failed":                               {status: "CertificationFailed", desired: wanted(), want: "create from 1, delete 2"},
		"cancelled":                            {status: "Canceled", desired: wanted(), want: "create from 1, delete 2"},
		"failed, the published one says it":    {status: "PublishFailed", published: has(submission("2", "").FlightPackages...), desired: wanted(), want: "keep 1, delete 2"},
		"failed before anything was published": {status: "CommitFailed", published: func(s *storeapi.Submission) { s.Ref.SubmissionID = "" }, desired: wanted(), want: "create from nothing, delete 2"},
		"failed, and a rollout is live":        {status: "CommitFailed", published: rollingOut(live), desired: wanted(), want: "! Gradual rollout is still live"},
		"failed, and a rollout is to end": {
			status: "CommitFailed", published: rollingOut(live),
			desired: wanted(func(d *workflow.Desired) { d.RolloutPolicy = workflow.RolloutHalt }), want: "create from 1, delete 2, end the rollout of 1",
		},
		"draft to commit":                 {status: "PendingCommit", desired: wanted(), want: "continue 2"},
		"draft that stays one":            {status: "PendingCommit", desired: wanted(uncommitted), want: "keep 2"},
		"draft that waits for nothing":    {status: "PendingCommit", is: has(waits("app.msix")), desired: wanted(uncommitted), known: []changeTracked{uploaded}, want: "keep 2"},
		"draft that was not finished":     {status: "PendingCommit", is: has(waits("app.msix")), desired: wanted(uncommitted), want: "continue 2"},
		"draft, built again":              {status: "PendingCommit", desired: wanted(uncommitted, rebuilt), want: "continue 2"},
		"draft, other initial percentage": {status: "PendingCommit", desired: wanted(uncommitted, gradual), want: "continue 2"},
		"draft, packages no longer given": {status: "PendingCommit", is: has(waits("app.msix")), desired: wanted(uncommitted, packagesOmitted), known: []changeTracked{uploaded}, want: "continue 2"},
		"draft, packages given now":       {status: "PendingCommit", desired: wanted(uncommitted, byName), want: "keep 2"},
		"draft, packages never given":     {status: "PendingCommit", desired: wanted(uncommitted, packagesOmitted), want: "keep 2"},
		"draft, notes taken away":         {status: "PendingCommit", is: func(s *storeapi.Submission) { s.NotesForCertification = "old" }, desired: wanted(uncommitted), want: "continue 2"},
		"draft, edited elsewhere":         {status: "PendingCommit", is: func(s *storeapi.Submission) { s.TargetPublishMode = "Manual" }, desired: wanted(uncommitted), want: "continue 2"},
		"draft of the portal by now, and the published one says it": {
			status: "PendingCommit", is: noURL, published: has(submission("2", "").FlightPackages...), desired: wanted(), want: "keep 1",
		},
		"committed, and a package more is desired": {
			status: "CommitStarted", is: has(waits("app.msix")), known: []changeTracked{uploaded},
			desired: wanted(func(d *workflow.Desired) {
				d.Packages = append(d.Packages, workflow.Package{Source: "b.msix", FileName: "b.msix", SHA256: "bb"})
			}), want: "! is this resource's own",
		},
		"draft, made in Partner Center by now":   {status: "PendingCommit", is: noURL, desired: wanted(), want: "! made or edited in Partner Center"},
		"draft that the published one overtook":  {status: "PendingCommit", published: has(submission("2", "").FlightPackages...), desired: wanted(), want: "keep 1, delete 2"},
		"committed an hour ago, still a draft":   {status: "PendingCommit", desired: wanted(waitingFor("none")), known: []changeTracked{committed(time.Hour)}, want: "continue 2"},
		"expired draft that lacks its upload":    {status: "PendingCommit", is: both(has(waits("app.msix")), expires(-time.Hour)), desired: wanted(), want: "create from 1, delete 2"},
		"draft that a plan may find expired":     {status: "PendingCommit", is: both(has(waits("app.msix")), expires(6*time.Hour)), desired: wanted(), want: "create from 1, delete 2"},
		"draft that an apply finds in time":      {status: "PendingCommit", is: both(has(waits("app.msix")), expires(6*time.Hour)), desired: wanted(), want: "continue 2", applying: true},
		"draft that an apply finds late":         {status: "PendingCommit", is: both(has(waits("app.msix")), expires(5*time.Minute)), desired: wanted(), want: "create from 1, delete 2", applying: true},
		"young draft that lacks its upload":      {status: "PendingCommit", is: both(has(waits("app.msix")), expires(20*time.Hour)), desired: wanted(), want: "continue 2"},
		"expired draft that has all it needs":    {status: "PendingCommit", is: both(has(waits("app.msix")), expires(-time.Hour)), desired: wanted(), known: []changeTracked{uploaded}, want: "continue 2"},
		"expired draft, bytes known":             {status: "PendingCommit", is: expires(-time.Hour), desired: wanted(notesSaid), want: "continue 2"},
		"expired draft, known by another name":   {status: "PendingCommit", is: both(has(entry("20", "b.msix", "Uploaded")), expires(-time.Hour)), desired: wanted(notesSaid), want: "create from 1, delete 2"},
		"expired draft, nothing known":           {status: "PendingCommit", is: expires(-time.Hour), desired: wanted(rebuilt), want: "create from 1, delete 2"},
		"expired draft, known by version":        {status: "PendingCommit", is: expires(-time.Hour), desired: wanted(), known: []changeTracked{noDigests}, want: "continue 2"},
		"draft that is imported, notes not read": {status: "PendingCommit", is: func(s *storeapi.Submission) { s.NotesForCertification = "old" }, desired: wanted(uncommitted), known: []changeTracked{imported}, want: "keep 2"},
	} {
		s, published := submission("2", c.status), older()
		if c.is != nil {
			c.is(s)
		}
		if c.published != nil {
			c.published(published)
		}
		if published.Ref.SubmissionID == "" {
			published = nil
		}
		cases[name] = decideCase{pending: s, published: published, desired: c.desired, tracked: tracks(s, c.known...), want: c.want, applying: c.applying}
	}
	runDecisions(t, cases)
}

func both(changes ...changeSubmission) changeSubmission {
	return func(s *storeapi.Submission) {
		for _, change := range changes {
			change(s)
		}
	}
}

// The slot holds what the state does not know, and it is not what is desired.
func TestDecideAboutForeignSubmissions(t *testing.T) {
	t.Parallel()
	other := has(of(entry("30", "other.msix", "Uploaded"), "1.0.0.0"))
	draft := func(changes ...changeSubmission) *storeapi.Submission {
		return submission("2", "PendingCommit", append([]changeSubmission{other}, changes...)...)
	}
	cases := map[string]decideCase{
		"nothing there":                {want: "create from nothing"},
		"a free slot":                  {published: older(), want: "create from 1"},
		"a live rollout":               {published: submission("1", "Published", other, rollingOut(live)), want: "! Gradual rollout is still live"},
		"a live rollout at 100 %":      {published: submission("1", "Published", other, rollingOut(whole)), want: "! Gradual rollout is still live"},
		"a rollout that has not begun": {published: submission("1", "Published", other, rollingOut(notStarted)), want: "! Gradual rollout is still live"},
		"a rollout that was halted":    {published: submission("1", "Published", other, rollingOut(halted)), want: "create from 1"},
		"a rollout to end": {
			published: submission("1", "Published", other, rollingOut(live)),
			desired:   wanted(func(d *workflow.Desired) { d.RolloutPolicy = workflow.RolloutFinalize }), want: "create from 1, end the rollout of 1",
		},
		"a draft":                      {pending: draft(), published: older(), want: "! already has a pending", replace: "create from 1, delete 2", adopt: "continue 2"},
		"a draft that says it":         {pending: submission("2", "PendingCommit"), published: older(), want: "! already has a pending", replace: "create from 1, delete 2", adopt: "continue 2"},
		"an empty draft":               {pending: draft(has()), published: older(), want: "! already has a pending", replace: "create from 1, delete 2", adopt: "continue 2"},
		"a draft of yesterday":         {pending: draft(expires(-time.Hour)), published: older(), want: "! already has a pending", replace: "create from 1, delete 2", adopt: "! no longer be adopted"},
		"the empty first draft":        {pending: draft(has()), want: "continue 2"},
		"the empty first draft, old":   {pending: draft(has(), expires(-time.Hour)), want: "create from nothing, delete 2"},
		"a draft of an unknown age":    {pending: draft(expiresSomeTime), published: older(), want: "! already has a pending", replace: "create from 1, delete 2", adopt: "continue 2"},
		"the first draft":              {pending: draft(), want: "! already has a pending", replace: "continue 2", adopt: "continue 2"},
		"the first draft, old":         {pending: draft(expires(-time.Hour)), want: "! already has a pending", replace: "create from nothing, delete 2", adopt: "! no longer be adopted"},
		"the first submission, failed": {pending: submission("2", "CommitFailed", other), want: "! failed submission", replace: "create from nothing, delete 2", adopt: "create from nothing, delete 2"},
		"failed":                       {pending: submission("2", "CertificationFailed", other), published: older(), want: "! failed submission", replace: "create from 1, delete 2", adopt: "create from 1, delete 2"},
		"cancelled":                    {pending: submission("2", "Canceled", other), published: older(), want: "! failed submission", replace: "create from 1, delete 2", adopt: "create from 1, delete 2"},
		"no status":                    {pending: submission("2", "", other), published: older(), want: "! has the status unknown"},
		"no status, and it says it":    {pending: submission("2", ""), published: older(), want: "! has the status unknown"},
		"a stage nobody knows":         {pending: submission("2", "Quantum"), published: older(), want: "! does not tell whether it was committed"},
		"made in Partner Center":       {pending: draft(noURL), published: older(), want: "! made or edited in Partner Center"},
		"the portal's, empty":          {pending: draft(has(), noURL), want: "! made or edited in Partner Center"},
		"in certification":             {pending: submission("2", "Certification", other), published: older(), want: "! being processed"},
		"waiting to be published":      {pending: submission("2", "Release", other), published: older(), want: "! waits for its publication"},
		"a draft wanted": {
			pending: submission("2", "Certification", other), published: older(), desired: wanted(uncommitted), want: "! being processed",
		},
		// Their policies never meet what is published.
		"a draft beside what is desired": {pending: draft(), published: submission("1", "Published"), want: "keep 1"},
		"another under way beside it":    {pending: submission("2", "Certification", other), published: submission("1", "Published"), want: "keep 1"},
		"the same under way beside it":   {pending: submission("2", "Certification"), published: submission("1", "Published"), want: "keep 1"},
		"one beside it that nobody has read": {
			pending: submission("2", "CommitStarted", has(waits("app.msix"))), published: submission("1", "Published"), want: "keep 1",
		},
		"a failed one beside it":           {pending: submission("2", "CommitFailed", other), published: submission("1", "Published"), want: "keep 1"},
		"what is desired, with a rollout":  {published: submission("1", "Published", rollingOut(live)), desired: wanted(gradual), want: "keep 1"},
		"what is desired, but all have it": {published: submission("1", "Published"), desired: wanted(gradual), want: "keep 1"},
		"a rollout nobody asks for":        {published: submission("1", "Published", rollingOut(live)), want: "! Gradual rollout is still live"},
		"a rollout nobody asks for, ended": {published: submission("1", "Published", rollingOut(finalized)), want: "keep 1"},
		"a rollout under way":              {pending: submission("2", "Certification", rollingOut(notStarted)), want: "! is not what this configuration asks for"},
		"another rollout under way":        {pending: submission("2", "Certification", rollingOut(notStarted)), desired: wanted(gradual), want: "! is not what this configuration asks for"},
		"the same rollout under way": {
			pending: submission("2", "Certification", rollingOut(notStarted)),
			desired: wanted(func(d *workflow.Desired) { d.InitialPercentage = new(notStarted.Percentage) }), want: "keep 2",
		},
		"no rollout under way":              {pending: submission("2", "Certification"), desired: wanted(gradual), want: "! is not what this configuration asks for"},
		"a draft, where a draft is desired": {published: submission("1", "Published"), desired: wanted(uncommitted), want: "create from 1"},
	}
	for name, c := range cases {
		if c.desired.Flight.FlightID == "" {
			c.desired = wanted()
		}
		cases[name] = c
	}
	runDecisions(t, cases)
}

// What the flight has and the state does not know is taken over if it says what is
// desired, and only then.
func TestDecideToTakeOver(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 1, 12, 0, 0, 600, time.UTC)
	notes := func(text string) changeSubmission {
		return func(s *storeapi.Submission) { s.NotesForCertification = text }
	}
	dates := func(s *storeapi.Submission) {
		s.TargetPublishMode, s.TargetPublishDate = "SpecificDate", now.Truncate(time.Second)
		s.PackageDeliveryOptions.IsMandatoryUpdate, s.PackageDeliveryOptions.MandatoryUpdateEffectiveDate = true, now.Truncate(time.Second)
	}
	dated := func(at, from time.Time) changeDesired {
		return func(d *workflow.Desired) {
			d.PublishMode, d.PublishDate, d.MandatoryFrom = "SpecificDate", at, from
		}
	}
	kept := of(entry("10", "app.msix", "Uploaded"), "1.0.0.0")
	// The state knows submission 1, whose package has another id, and the digests.
	before := func(digests map[string]string) *workflow.Tracked {
		return tracks(older(), func(t *workflow.Tracked) { t.Record.Digests = digests })
	}
	const yes, no, unread = "yes", "no", "unread"
	for name, c := range map[string]struct {
		is      changeSubmission
		desired workflow.Desired
		tracked *workflow.Tracked
		want    string
	}{
		"by version":                 {want: yes},
		"by version, after another":  {tracked: before(nil), want: yes},
		"by digest":                  {is: has(entry("20", "app.msix", "Uploaded")), tracked: before(map[string]string{"20": "aa"}), want: yes},
		"by another digest":          {tracked: before(map[string]string{"20": "bb"}), want: no},
		"another version":            {is: has(of(entry("20", "app.msix", "Uploaded"), "2.0.1.0")), want: no},
		"another architecture":       {is: func(s *storeapi.Submission) { s.FlightPackages[0].Architecture = "arm64" }, want: no},
		"an architecture unsaid":     {is: func(s *storeapi.Submission) { s.FlightPackages[0].Architecture = "" }, want: yes},
		"an architecture in capital": {is: func(s *storeapi.Submission) { s.FlightPackages[0].Architecture = "X64" }, want: yes},
		"another name":               {is: func(s *storeapi.Submission) { s.FlightPackages[0].FileName = "b.msix" }, want: no},
		"a name in capitals":         {is: func(s *storeapi.Submission) { s.FlightPackages[0].FileName = "App.msix" }, want: no},
		"no package":                 {is: has(), want: no},
		"one package more":           {is: func(s *storeapi.Submission) { s.FlightPackages = append(s.FlightPackages, kept) }, want: no},
		"one package more, kept":     {is: func(s *storeapi.Submission) { s.FlightPackages = append(s.FlightPackages, kept) }, desired: wanted(func(d *workflow.Desired) { d.KeepPrevious = 1 }), want: yes},
		"none kept that might be":    {desired: wanted(func(d *workflow.Desired) { d.KeepPrevious = 3 }), want: yes},
		"another order": {
			is:      has(of(entry("21", "b.msix", "Uploaded"), "1.0.0.0"), of(entry("20", "app.msix", "Uploaded"), "2.0.0.0")),
			desired: wanted(func(d *workflow.Desired) { d.Packages = append(d.Packages, workflow.Package{FileName: "b.msix"}) }), want: yes,
		},
		"packages omitted":            {desired: wanted(packagesOmitted), want: yes},
		"packages by name":            {desired: wanted(byName), want: yes},
		"other minimum DirectX":       {is: func(s *storeapi.Submission) { s.FlightPackages[0].MinimumDirectXVersion = "DirectX93" }, want: no},
		"other minimum RAM":           {is: func(s *storeapi.Submission) { s.FlightPackages[0].MinimumSystemRAM = "Memory2GB" }, want: no},
		"other mode":                  {is: func(s *storeapi.Submission) { s.TargetPublishMode = "Manual" }, want: no},
		"dates with fractions":        {is: dates, desired: wanted(dated(now, now)), want: yes},
		"another publish date":        {is: dates, desired: wanted(dated(now.Add(time.Second), now)), want: no},
		"another mandatory date":      {is: dates, desired: wanted(dated(now, now.Add(time.Second))), want: no},
		"mandatory":                   {is: func(s *storeapi.Submission) { s.PackageDeliveryOptions.IsMandatoryUpdate = true }, want: no},
		"not mandatory":               {desired: wanted(func(d *workflow.Desired) { d.MandatoryFrom = now }), want: no},
		"notes it has":                {is: notes("look here"), desired: wanted(notesSaid), want: yes},
		"other notes":                 {is: notes("look there"), desired: wanted(notesSaid), want: no},
		"notes it lacks":              {desired: wanted(notesSaid), want: no},
		"notes nobody asks for":       {is: notes("look here"), want: yes},
		"secret notes by value":       {is: notes("hush"), desired: wanted(secretNotes), want: yes},
		"secret notes of other value": {is: notes("psst"), desired: wanted(secretNotes), want: no},
		"secret notes, another's version": {
			is: notes("psst"), desired: wanted(secretNotes),
			tracked: tracks(older(), func(t *workflow.Tracked) { t.Record.NotesVersion = 1 }), want: no,
		},
		"a package nobody has read":         {is: has(waits("app.msix")), want: unread},
		"a stored package nobody has read":  {is: has(entry("20", "app.msix", "Uploaded")), want: unread},
		"not read, and other settings":      {is: both(has(waits("app.msix")), notes("psst")), desired: wanted(notesSaid), want: no},
		"not read, under another name":      {is: has(waits("b.msix")), want: no},
		"not read, and the old one goes":    {is: has(of(entry("10", "app.msix", "PendingDelete"), "1.0.0.0"), waits("app.msix")), want: unread},
		"not read, and its bytes are known": {is: has(waits("app.msix")), tracked: before(map[string]string{"11": "aa"}), want: unread},
		"it goes":                           {is: func(s *storeapi.Submission) { s.FlightPackages[0].FileStatus = "PendingDelete" }, want: no},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.desired.Flight.FlightID == "" {
				c.desired = wanted()
			}
			c.desired.WaitFor = workflow.GoalPublish
			is := c.is
			if is == nil {
				is = func(*storeapi.Submission) {}
			}
			// Whoever submits what the Store cannot tell yet makes another submission of a
			// published one, and waits for one that is under way.
			published := map[string]string{yes: "keep 2", no: "create from 2", unread: "create from 2"}
			(&decideCase{published: submission("2", "Published", is), desired: c.desired, tracked: c.tracked, want: published[c.want]}).run(t)
			underWay := map[string]string{yes: "follow 2", no: "! is not what this configuration asks for", unread: "compare 2"}
			for _, status := range []storeapi.Status{"CommitStarted", "Certification", "Publishing"} {
				other := submission("1", "Published", has(), func(s *storeapi.Submission) { s.NotesForCertification, s.TargetPublishMode = "other", "Unlike" })
				c := &decideCase{pending: submission("2", status, is), published: other, desired: c.desired, tracked: c.tracked, want: underWay[c.want]}
				c.run(t)
			}
		})
	}
}
