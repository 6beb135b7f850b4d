package flightsubmission

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// What the Store reports of a submission, as Terraform values. The resource and
// the data sources show the same.

type flightPackageModel struct {
	ID                    types.String `tfsdk:"id"`
	FileName              types.String `tfsdk:"file_name"`
	FileStatus            types.String `tfsdk:"file_status"`
	Version               types.String `tfsdk:"version"`
	Architecture          types.String `tfsdk:"architecture"`
	TargetPlatform        types.String `tfsdk:"target_platform"`
	MinimumDirectXVersion types.String `tfsdk:"minimum_directx_version"`
	MinimumSystemRAM      types.String `tfsdk:"minimum_system_ram"`
	Languages             types.List   `tfsdk:"languages"`
	Capabilities          types.List   `tfsdk:"capabilities"`
	TargetDeviceFamilies  types.List   `tfsdk:"target_device_families"`
}

type statusDetailsModel struct {
	Errors               types.List `tfsdk:"errors"`
	Warnings             types.List `tfsdk:"warnings"`
	CertificationReports types.List `tfsdk:"certification_reports"`
}

type statusDetailModel struct {
	Code    types.String `tfsdk:"code"`
	Details types.String `tfsdk:"details"`
}

type reportModel struct {
	Date      types.String `tfsdk:"date"`
	ReportURL types.String `tfsdk:"report_url"`
}

func packageType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{
		"source": types.StringType, "source_headers": types.MapType{ElemType: types.StringType}, "file_name": types.StringType,
		"sha256": types.StringType, "version": types.StringType,
		"minimum_directx_version": types.StringType, "minimum_system_ram": types.StringType,
	}}
}

func rolloutType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{"initial_percentage": types.Float64Type}}
}

func mandatoryType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{"effective_date": types.StringType}}
}

func flightPackageType() types.ObjectType {
	texts := types.ListType{ElemType: types.StringType}
	return types.ObjectType{AttrTypes: map[string]attr.Type{
		"id": types.StringType, "file_name": types.StringType, "file_status": types.StringType, "version": types.StringType,
		"architecture": types.StringType, "target_platform": types.StringType,
		"minimum_directx_version": types.StringType, "minimum_system_ram": types.StringType,
		"languages": texts, "capabilities": texts, "target_device_families": texts,
	}}
}

func statusDetailType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{"code": types.StringType, "details": types.StringType}}
}

func reportType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{"date": types.StringType, "report_url": types.StringType}}
}

func statusDetailsType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{
		"errors": types.ListType{ElemType: statusDetailType()}, "warnings": types.ListType{ElemType: statusDetailType()},
		"certification_reports": types.ListType{ElemType: reportType()},
	}}
}

func flightPackagesFromAPI(ctx context.Context, packages []storeapi.FlightPackage, diags *diag.Diagnostics) types.List {
	list := make([]flightPackageModel, 0, len(packages))
	for _, p := range workflow.SortPackages(packages) {
		list = append(list, flightPackageModel{
			ID: tfvalue.Text(p.ID), FileName: tfvalue.Text(p.FileName), FileStatus: tfvalue.Text(p.FileStatus), Version: tfvalue.Text(p.Version),
			Architecture: tfvalue.Text(p.Architecture), TargetPlatform: tfvalue.Text(p.TargetPlatform),
			MinimumDirectXVersion: tfvalue.Text(p.MinimumDirectXVersion), MinimumSystemRAM: tfvalue.Text(p.MinimumSystemRAM),
			Languages: texts(ctx, p.Languages, diags), Capabilities: texts(ctx, p.Capabilities, diags),
			TargetDeviceFamilies: texts(ctx, p.TargetDeviceFamilies, diags),
		})
	}
	return listOf(ctx, flightPackageType(), list, diags)
}

func statusDetailsFromAPI(ctx context.Context, details storeapi.StatusDetails, diags *diag.Diagnostics) types.Object {
	return objectOf(ctx, statusDetailsType(), statusDetailsModel{
		Errors:               statusDetailListFromAPI(ctx, details.Errors, diags),
		Warnings:             statusDetailListFromAPI(ctx, details.Warnings, diags),
		CertificationReports: certificationReportsFromAPI(ctx, details.CertificationReports, diags),
	}, diags)
}

func statusDetailListFromAPI(ctx context.Context, details []storeapi.StatusDetail, diags *diag.Diagnostics) types.List {
	list := make([]statusDetailModel, 0, len(details))
	for _, d := range details {
		list = append(list, statusDetailModel{Code: tfvalue.Text(d.Code), Details: tfvalue.Text(redact.String(d.Details))})
	}
	return listOf(ctx, statusDetailType(), list, diags)
}

func certificationReportsFromAPI(ctx context.Context, reports []storeapi.CertificationReport, diags *diag.Diagnostics) types.List {
	list := make([]reportModel, 0, len(reports))
	for _, r := range reports {
		list = append(list, reportModel{Date: tfvalue.Time(r.Date), ReportURL: tfvalue.Text(r.ReportURL)})
	}
	return listOf(ctx, reportType(), list, diags)
}

func texts(ctx context.Context, values []string, diags *diag.Diagnostics) types.List {
	if values == nil {
		values = []string{}
	}
	return listOf(ctx, types.StringType, values, diags)
}

func listOf[T any](ctx context.Context, element attr.Type, values []T, diags *diag.Diagnostics) types.List {
	list, more := types.ListValueFrom(ctx, element, values)
	diags.Append(more...)
	return list
}

func objectOf(ctx context.Context, kind types.ObjectType, value any, diags *diag.Diagnostics) types.Object {
	object, more := types.ObjectValueFrom(ctx, kind.AttrTypes, value)
	diags.Append(more...)
	return object
}
