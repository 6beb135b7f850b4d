package storesim

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"time"
)

// dateFormat has the seven fraction digits of the service's dates [store-api 2].
const dateFormat = "2006-01-02T15:04:05.0000000Z"

// notSet is FILETIME zero, the service's way to say that a date is not set [store-api 2].
var notSet = time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC)

func formatDate(t time.Time) string {
	if t.IsZero() {
		t = notSet
	}
	return t.UTC().Format(dateFormat)
}

// parseDate takes RFC 3339 with any fraction; "" and FILETIME zero are no date [store-api 4.1].
func parseDate(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Equal(notSet) {
		return time.Time{}, err
	}
	return t, nil
}

// The types below are what the service sends. A null member is left out [store-api 2].

type applicationJSON struct {
	ID          string `json:"id"`
	PrimaryName string `json:"primaryName"`
	// The odd capital is the service's [store-api 2].
	PackageFamilyName            string         `json:"PackageFamilyName"`
	PackageIdentityName          string         `json:"packageIdentityName"`
	PublisherName                string         `json:"publisherName"`
	FirstPublishedDate           string         `json:"firstPublishedDate"`
	LastPublished                *referenceJSON `json:"lastPublishedApplicationSubmission,omitempty"`
	Pending                      *referenceJSON `json:"pendingApplicationSubmission,omitempty"`
	HasAdvancedListingPermission bool           `json:"hasAdvancedListingPermission"`
}

type referenceJSON struct {
	ID               string `json:"id"`
	ResourceLocation string `json:"resourceLocation"`
}

type flightJSON struct {
	FlightID       string         `json:"flightId"`
	FriendlyName   string         `json:"friendlyName"`
	LastPublished  *referenceJSON `json:"lastPublishedFlightSubmission,omitempty"`
	Pending        *referenceJSON `json:"pendingFlightSubmission,omitempty"`
	GroupIDs       []string       `json:"groupIds"`
	RankHigherThan string         `json:"rankHigherThan"`
}

type submissionJSON struct {
	ID                     string          `json:"id"`
	FlightID               string          `json:"flightId"`
	Status                 string          `json:"status,omitempty"`
	StatusDetails          detailsJSON     `json:"statusDetails"`
	FlightPackages         []packageJSON   `json:"flightPackages"`
	PackageDeliveryOptions deliveryOptions `json:"packageDeliveryOptions"`
	FileUploadURL          string          `json:"fileUploadUrl,omitempty"`
	TargetPublishMode      string          `json:"targetPublishMode"`
	TargetPublishDate      string          `json:"targetPublishDate"`
	NotesForCertification  string          `json:"notesForCertification"`
}

type detailsJSON struct {
	Errors               []detailJSON `json:"errors"`
	Warnings             []detailJSON `json:"warnings"`
	CertificationReports []reportJSON `json:"certificationReports"`
}

type detailJSON struct {
	Code    string `json:"code"`
	Details string `json:"details"`
}

type reportJSON struct {
	Date      string `json:"date"`
	ReportURL string `json:"reportUrl"`
}

type packageJSON struct {
	FileName              string   `json:"fileName"`
	FileStatus            string   `json:"fileStatus"`
	ID                    string   `json:"id"`
	Version               string   `json:"version,omitempty"`
	Architecture          string   `json:"architecture,omitempty"`
	TargetPlatform        string   `json:"targetPlatform,omitempty"`
	Languages             []string `json:"languages"`
	Capabilities          []string `json:"capabilities"`
	MinimumDirectXVersion string   `json:"minimumDirectXVersion"`
	MinimumSystemRAM      string   `json:"minimumSystemRam"`
	TargetDeviceFamilies  []string `json:"targetDeviceFamilies,omitempty"`
	// Known to tools and documented nowhere [store-api 4.1].
	MinOSVersion  string         `json:"minOSVersion,omitempty"`
	InnerPackages []innerPackage `json:"innerPackages,omitempty"`
}

type deliveryOptions struct {
	PackageRollout               rolloutJSON `json:"packageRollout"`
	IsMandatoryUpdate            bool        `json:"isMandatoryUpdate"`
	MandatoryUpdateEffectiveDate string      `json:"mandatoryUpdateEffectiveDate"`
}

type rolloutJSON struct {
	IsPackageRollout         bool    `json:"isPackageRollout"`
	PackageRolloutPercentage float64 `json:"packageRolloutPercentage"`
	PackageRolloutStatus     string  `json:"packageRolloutStatus"`
	FallbackSubmissionID     string  `json:"fallbackSubmissionId"`
	// In the documentation of application submissions only [store-api 4.1].
	IsSeekEnabled bool `json:"isSeekEnabled"`
}

func (a *application) wire() applicationJSON {
	reference := func(id string) *referenceJSON {
		if id == "" {
			return nil
		}
		return &referenceJSON{ID: id, ResourceLocation: "applications/" + a.seed.ID + "/submissions/" + id}
	}
	return applicationJSON{
		ID:                           a.seed.ID,
		PrimaryName:                  a.seed.PrimaryName,
		PackageFamilyName:            a.seed.PackageFamilyName,
		PackageIdentityName:          a.seed.IdentityName,
		PublisherName:                a.seed.PublisherName,
		FirstPublishedDate:           formatDate(a.seed.FirstPublishedDate),
		LastPublished:                reference(a.seed.LastPublishedSubmissionID),
		Pending:                      reference(a.seed.PendingSubmissionID),
		HasAdvancedListingPermission: a.seed.HasAdvancedListingPermission,
	}
}

func (f *flight) wire() flightJSON {
	// The location lacks the application, which makes it useless as a path [store-api 3.2].
	reference := func(sub *submission) *referenceJSON {
		if sub == nil {
			return nil
		}
		return &referenceJSON{ID: sub.id, ResourceLocation: "flights/" + f.id + "/submissions/" + sub.id}
	}
	return flightJSON{
		FlightID:       f.id,
		FriendlyName:   f.friendlyName,
		LastPublished:  reference(f.lastPublished()),
		Pending:        reference(f.occupant()),
		GroupIDs:       orEmpty(f.groupIDs),
		RankHigherThan: f.rankHigherThan(),
	}
}

// submissionWire is a map only when there are extra members to add.
func (s *Sim) submissionWire(sub *submission, status string) any {
	body := submissionJSON{
		ID:                     sub.id,
		FlightID:               sub.flight.id,
		Status:                 status,
		StatusDetails:          sub.detailsWire(),
		FlightPackages:         []packageJSON{},
		PackageDeliveryOptions: deliveryOptions{rolloutWire(sub.rollout), sub.mandatory, formatDate(sub.mandatoryDate)},
		FileUploadURL:          sub.uploadURL,
		TargetPublishMode:      sub.publishMode,
		TargetPublishDate:      formatDate(sub.publishDate),
		NotesForCertification:  sub.notes,
	}
	for _, p := range sub.packages {
		body.FlightPackages = append(body.FlightPackages, p.wire())
	}
	if len(s.extraMembers) == 0 {
		return body
	}
	members := maps.Clone(s.extraMembers)
	_ = json.Unmarshal(mustJSON(body), &members)
	return members
}

// minimalWire is the sparse reply to isMinimalResponse [store-api 3.3].
func (sub *submission) minimalWire() any {
	return struct {
		ID            string      `json:"id"`
		FlightID      string      `json:"flightId"`
		Status        string      `json:"status"`
		StatusDetails detailsJSON `json:"statusDetails"`
		FileUploadURL string      `json:"fileUploadUrl"`
	}{sub.id, sub.flight.id, sub.status, sub.detailsWire(), sub.uploadURL}
}

func (sub *submission) statusWire(status string) any {
	return struct {
		Status        string      `json:"status,omitempty"`
		StatusDetails detailsJSON `json:"statusDetails"`
	}{status, sub.detailsWire()}
}

func (sub *submission) detailsWire() detailsJSON {
	details := func(from []StatusDetail) []detailJSON {
		to := make([]detailJSON, len(from))
		for i, d := range from {
			to[i] = detailJSON(d)
		}
		return to
	}
	reports := make([]reportJSON, len(sub.details.CertificationReports))
	for i, r := range sub.details.CertificationReports {
		reports[i] = reportJSON{Date: r.Date.UTC().Format("2006-01-02T15:04:05Z"), ReportURL: r.ReportURL}
	}
	return detailsJSON{details(sub.details.Errors), details(sub.details.Warnings), reports}
}

func (p *storePackage) wire() packageJSON {
	return packageJSON{
		FileName:              p.FileName,
		FileStatus:            p.FileStatus,
		ID:                    p.ID,
		Version:               p.Version,
		Architecture:          p.Architecture,
		TargetPlatform:        p.TargetPlatform,
		Languages:             orEmpty(p.Languages),
		Capabilities:          orEmpty(p.Capabilities),
		MinimumDirectXVersion: p.MinimumDirectXVersion,
		MinimumSystemRAM:      p.MinimumSystemRAM,
		TargetDeviceFamilies:  p.TargetDeviceFamilies,
		MinOSVersion:          p.minOSVersion,
		InnerPackages:         p.inner,
	}
}

func rolloutWire(r Rollout) rolloutJSON {
	return rolloutJSON{
		IsPackageRollout:         r.Enabled,
		PackageRolloutPercentage: r.Percentage,
		PackageRolloutStatus:     r.Status,
		FallbackSubmissionID:     r.FallbackSubmissionID,
	}
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func jsonReply(status int, body any) *reply {
	return &reply{status: status, contentType: "application/json; charset=utf-8", body: mustJSON(body)}
}

// mustJSON encodes the simulator's own values, all of which can be encoded. The ampersands of an upload URL stay as they are,
// so that a body that ends up in a log looks as the service's would.
func mustJSON(value any) []byte {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("storesim: " + err.Error())
	}
	return bytes.TrimSuffix(body.Bytes(), []byte("\n"))
}

// reply is an answer before it is written.
type reply struct {
	status      int
	header      http.Header
	contentType string
	body        []byte
}

func (r *reply) succeeded() bool { return r.status >= 200 && r.status < 300 }
