package storeapi

// FlightPackage is a package of a flight submission [store-api 4.1]. A package that the Store already has must come back
// with its ID in every update; to remove it, set its FileStatus [store-api 6.1].
type FlightPackage struct {
	// ID is a string of decimal digits; empty until the Store has processed the package.
	ID string `wire:"id"`
	// FileName is the name of the package in the uploaded ZIP, letter for letter.
	FileName string `wire:"fileName,always"`
	// FileStatus is one of the FileStatus constants.
	FileStatus string `wire:"fileStatus,always"`
	// Version has four parts, such as "1.2.3.0"; like the members below it is meaningless until the Store has processed
	// the package.
	Version               string   `wire:"version"`
	Architecture          string   `wire:"architecture"`
	TargetPlatform        string   `wire:"targetPlatform"`
	MinimumDirectXVersion string   `wire:"minimumDirectXVersion"`
	MinimumSystemRAM      string   `wire:"minimumSystemRam"`
	Languages             []string `wire:"languages"`
	Capabilities          []string `wire:"capabilities"`
	// TargetDeviceFamilies are phrases such as "Windows.Desktop min version 10.0.17763.0".
	TargetDeviceFamilies []string `wire:"targetDeviceFamilies"`

	overlay
}

// The values of FlightPackage.FileStatus [store-api 4.1].
const (
	FileStatusNone          = "None"
	FileStatusPendingUpload = "PendingUpload"
	FileStatusUploaded      = "Uploaded"
	FileStatusPendingDelete = "PendingDelete"
)
