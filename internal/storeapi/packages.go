package storeapi

// FlightPackage is a package of a flight submission [store-api 4.1]. A package that the Store already has must come back
// with its ID in every update; to remove it, set its FileStatus [store-api 6.1].
type FlightPackage struct {
	// ID is a string of decimal digits; empty until the Store has processed the package.
	ID string
	// FileName is the name of the package in the uploaded ZIP, letter for letter.
	FileName string
	// FileStatus is one of the FileStatus constants.
	FileStatus string
	// Version has four parts, such as "1.2.3.0"; like the members below it is meaningless until the Store has processed
	// the package.
	Version               string
	Architecture          string
	TargetPlatform        string
	MinimumDirectXVersion string
	MinimumSystemRAM      string
	Languages             []string
	Capabilities          []string
	// TargetDeviceFamilies are phrases such as "Windows.Desktop min version 10.0.17763.0".
	TargetDeviceFamilies []string

	given object
}

// The values of FlightPackage.FileStatus [store-api 4.1].
const (
	FileStatusNone          = "None"
	FileStatusPendingUpload = "PendingUpload"
	FileStatusUploaded      = "Uploaded"
	FileStatusPendingDelete = "PendingDelete"
)

func (p *FlightPackage) kept() *object { return &p.given }

func (p *FlightPackage) fields() []field {
	return []field{
		text("id", &p.ID),
		saidText("fileName", &p.FileName),
		saidText("fileStatus", &p.FileStatus),
		text("version", &p.Version),
		text("architecture", &p.Architecture),
		text("targetPlatform", &p.TargetPlatform),
		text("minimumDirectXVersion", &p.MinimumDirectXVersion),
		text("minimumSystemRam", &p.MinimumSystemRAM),
		texts("languages", &p.Languages),
		texts("capabilities", &p.Capabilities),
		texts("targetDeviceFamilies", &p.TargetDeviceFamilies),
	}
}
