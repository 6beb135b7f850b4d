package flightsubmission

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The data sources' schemas of what report.go converts.

type liveRolloutModel struct {
	Percentage types.Float64 `tfsdk:"percentage"`
}

func liveRolloutType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{"percentage": types.Float64Type}}
}

func reportedDetails(description string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: description,
		Computed:            true,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"code":    schema.StringAttribute{MarkdownDescription: "Code, such as `PackageValidationFailed`.", Computed: true},
			"details": schema.StringAttribute{MarkdownDescription: "The Store's text.", Computed: true},
		}},
	}
}

func reportedReports() schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: "Certification reports.",
		Computed:            true,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"date":       schema.StringAttribute{MarkdownDescription: "When the report was made, in RFC 3339 format.", Computed: true},
			"report_url": schema.StringAttribute{MarkdownDescription: "Address of the report.", Computed: true},
		}},
	}
}

func reportedPackages() schema.ListNestedAttribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	texts := func(description string) schema.ListAttribute {
		return schema.ListAttribute{MarkdownDescription: description, ElementType: types.StringType, Computed: true}
	}
	return schema.ListNestedAttribute{
		MarkdownDescription: "The packages as the Store reports them. The Store fills most of this in while it processes the committed submission.",
		Computed:            true,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"id":                      text("ID of the package."),
			"file_name":               text("Name of the package."),
			"file_status":             text("`None`, `PendingUpload`, `Uploaded` or `PendingDelete`."),
			"version":                 text("Version of the package."),
			"architecture":            text("Architecture, such as `x64`."),
			"target_platform":         text("Target platform, such as `Windows10`."),
			"minimum_directx_version": text("Minimum DirectX version."),
			"minimum_system_ram":      text("Minimum RAM."),
			"languages":               texts("Languages."),
			"capabilities":            texts("Capabilities."),
			"target_device_families":  texts("Target device families with their minimum versions."),
		}},
	}
}
