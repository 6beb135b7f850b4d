package storesim

import "time"

// Application seeds an application. Every member has a default that suits a package named Contoso.Sample of CN=Contoso.
type Application struct {
	// ID is the Store ID, 12 upper-case letters and digits. Default: 9NBLGGH4R315.
	ID string
	// PrimaryName is the name shown to customers.
	PrimaryName string
	// IdentityName is what the Identity Name of a package's manifest must be; the default is Contoso.Sample.
	IdentityName string
	// PublisherName is what the Identity Publisher of a package's manifest must be; the default is CN=Contoso.
	PublisherName string
	// PackageFamilyName is the identity name with the publisher's hash.
	PackageFamilyName string
	// FirstPublishedDate is when the application was first published; zero: some day in 2016.
	FirstPublishedDate time.Time
	// LastPublishedSubmissionID and PendingSubmissionID are the application's own submissions, which have a slot apart from
	// those of its flights [store-api 5.6]. Empty: none.
	LastPublishedSubmissionID, PendingSubmissionID string
	// HasAdvancedListingPermission is sent as it is.
	HasAdvancedListingPermission bool
}

// Flight seeds a package flight.
type Flight struct {
	// ID is a GUID; empty: a new one.
	ID string
	// FriendlyName is the flight's name; empty: "beta".
	FriendlyName string
	// GroupIDs are decimal strings.
	GroupIDs []string
	// RankHigherThan is the friendly name or id of the flight to rank above; empty: all the others.
	RankHigherThan string
	// MadeInPortal has the flight made in Partner Center: its empty first draft belongs to the portal [store-api 5.6].
	MadeInPortal bool
	// NoDraft leaves out the empty first draft that comes with a flight [store-api 6.4].
	NoDraft bool
}

// Package is a package of a submission, as a seed and in a snapshot.
type Package struct {
	// ID is the package's decimal id, empty until the Store has processed it. Seeds get one.
	ID string
	// FileName is the path in the archive; FileStatus one of PendingUpload, Uploaded and PendingDelete.
	FileName, FileStatus string
	// Version has four parts.
	Version string
	// Architecture is as the Store reports it, such as x64 or Neutral. The default of a seed is x64.
	Architecture string
	// TargetPlatform is such as Windows10, the default of a seed.
	TargetPlatform string
	// Languages, Capabilities and TargetDeviceFamilies are as the Store reports them, the last like
	// "Windows.Desktop min version 10.0.17763.0".
	Languages, Capabilities, TargetDeviceFamilies []string
	// MinimumDirectXVersion and MinimumSystemRAM are None by default.
	MinimumDirectXVersion, MinimumSystemRAM string
	// SHA256 is the lower-case hex digest of the package file.
	SHA256 string
	// Content is a package file to read the members above from. It is for seeds only; members given explicitly win.
	Content []byte
}

// Rollout is a gradual package rollout, as a seed and in a snapshot.
type Rollout struct {
	// Enabled is isPackageRollout. A seed of a published submission is always enabled unless Status is given.
	Enabled bool
	// Percentage is from 0 to 100.
	Percentage float64
	// Status is one of the PackageRollout values [store-api 4.1]; empty in the seed of a published submission:
	// PackageRolloutInProgress.
	Status string
	// FallbackSubmissionID is "0" if there is none.
	FallbackSubmissionID string
}

// Published seeds a published submission.
type Published struct {
	// Packages are the flight's packages.
	Packages []Package
	// Rollout is the submission's gradual rollout; nil: none.
	Rollout *Rollout
	// Notes is notesForCertification, PublishMode is targetPublishMode with the default Immediate, PublishDate is
	// targetPublishDate.
	Notes, PublishMode string
	PublishDate        time.Time
	// MandatoryUpdate and MandatoryUpdateDate are the mandatory update settings.
	MandatoryUpdate     bool
	MandatoryUpdateDate time.Time
	// InPortal has the submission made in Partner Center.
	InPortal bool
}

// Draft seeds a pending submission that was not committed.
type Draft struct {
	// InPortal has the draft made in Partner Center: it has no upload URL, and the API can neither change nor delete it
	// [store-api 5.6].
	InPortal bool
	// Packages are put on the list as PendingUpload, beside those of the last published submission. Nothing is uploaded.
	Packages []Package
	// Notes is notesForCertification; empty: that of the last published submission.
	Notes string
	// Rollout is the wanted rollout; nil: that of the last published submission.
	Rollout *Rollout
}
