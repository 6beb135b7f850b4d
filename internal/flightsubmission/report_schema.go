package flightsubmission

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What the Store reports is described once, for the resource and for the data
// sources, whose schemas have different types.
const (
	statusDetailsText = "What the Store says about the status."
	errorsText        = "Errors. The Store may report them before the status says that the submission failed."
	warningsText      = "Warnings. They do not block the submission."
	reportsText       = "Certification reports; empty if there is none yet."
	packagesText      = "The packages as the Store reports them. An attribute is null until the Store has processed the package."
)

var detailTexts = map[string]string{
	"code":    "Code, such as `PackageValidationFailed`.",
	"details": "The Store's text.",
}

var reportTexts = map[string]string{
	"date":       "When the report was made, in RFC 3339 format.",
	"report_url": "Address of the report.",
}

var packageTexts = map[string]string{
	"id":                      "ID of the package, a string of digits.",
	"file_name":               "Name of the package in the submission.",
	"file_status":             "`Uploaded`; `PendingUpload`, which this submission adds; `PendingDelete`, which it removes; or `None`.",
	"version":                 "Version of the package, four numbers.",
	"architecture":            "Architecture, such as `x64`.",
	"target_platform":         "Target platform, such as `Windows10`.",
	"minimum_directx_version": "Minimum DirectX version: `None`, `DirectX93` or `DirectX100`.",
	"minimum_system_ram":      "Minimum RAM: `None` or `Memory2GB`.",
}

var packageListTexts = map[string]string{
	"languages":              "Languages of the package, such as `en-us`.",
	"capabilities":           "Capabilities that the package declares, such as `internetClient`.",
	"target_device_families": "Target device families, such as `Windows.Desktop min version 10.0.17763.0`.",
}

// The data sources' schemas of what report.go converts.

type liveRolloutModel struct {
	Percentage types.Float64 `tfsdk:"percentage"`
}

func liveRolloutType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{"percentage": types.Float64Type}}
}

// reportedList is a list of objects with the given texts, and lists of texts, by their descriptions.
func reportedList(description string, texts, lists map[string]string) schema.ListNestedAttribute {
	attributes := map[string]schema.Attribute{}
	for name, text := range texts {
		attributes[name] = schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	for name, text := range lists {
		attributes[name] = schema.ListAttribute{MarkdownDescription: text, ElementType: types.StringType, Computed: true}
	}
	return schema.ListNestedAttribute{
		MarkdownDescription: description, Computed: true,
		NestedObject: schema.NestedAttributeObject{Attributes: attributes},
	}
}
