// Package packagemanifest provides the function package_manifest.
package packagemanifest

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
)

var _ function.Function = (*Function)(nil)

// Function is package_manifest.
type Function struct{}

// New makes the function.
func New() function.Function { return &Function{} }

// Metadata implements function.Function.
func (*Function) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "package_manifest"
}

// Definition implements function.Function.
func (*Function) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Reads the manifest of a package file",
		MarkdownDescription: "Reads the manifest of a package file: identity, version, architectures, target device families, languages and capabilities. " +
			"For a bundle or an upload file, `contents` has the same for each package inside.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "path",
			MarkdownDescription: "Path of a `.msix`, `.msixbundle`, `.msixupload`, `.appx`, `.appxbundle` or `.appxupload` file.",
		}},
		Return: function.ObjectReturn{AttributeTypes: manifestTypes()},
	}
}

// Run implements function.Function.
func (*Function) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var path string
	resp.Error = req.Arguments.Get(ctx, &path)
	if resp.Error != nil {
		return
	}
	pkg, err := read(ctx, path)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, newManifest(*pkg))
}

func read(ctx context.Context, path string) (*msix.Package, error) {
	if artifact.IsURL(path) {
		// What comes after the question mark may be a credential, so nothing of it is repeated.
		return nil, errors.New("the path is a URL, expected the path of a local file")
	}
	content, err := artifact.Open(ctx, path, artifact.Options{})
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return msix.Read(path, content, content.Size())
}

// manifest is the function's result.
type manifest struct {
	program

	Kind     string    `tfsdk:"kind"`
	Contents []program `tfsdk:"contents"`
}

// program is what is known of one package, and of a file of several as a whole.
type program struct {
	Name                 string         `tfsdk:"name"`
	Publisher            string         `tfsdk:"publisher"`
	Version              string         `tfsdk:"version"`
	Architectures        []string       `tfsdk:"architectures"`
	TargetDeviceFamilies []deviceFamily `tfsdk:"target_device_families"`
	OSMinVersion         *string        `tfsdk:"os_min_version"`
	Languages            []string       `tfsdk:"languages"`
	Capabilities         []string       `tfsdk:"capabilities"`
}

type deviceFamily struct {
	Name             string `tfsdk:"name"`
	MinVersion       string `tfsdk:"min_version"`
	MaxVersionTested string `tfsdk:"max_version_tested"`
}

func programTypes() map[string]attr.Type {
	texts := types.ListType{ElemType: types.StringType}
	return map[string]attr.Type{
		"name": types.StringType, "publisher": types.StringType, "version": types.StringType, "architectures": texts,
		"target_device_families": types.ListType{ElemType: types.ObjectType{AttrTypes: map[string]attr.Type{
			"name": types.StringType, "min_version": types.StringType, "max_version_tested": types.StringType,
		}}},
		"os_min_version": types.StringType, "languages": texts, "capabilities": texts,
	}
}

func manifestTypes() map[string]attr.Type {
	all := programTypes()
	all["kind"] = types.StringType
	all["contents"] = types.ListType{ElemType: types.ObjectType{AttrTypes: programTypes()}}
	return all
}

func newManifest(p msix.Package) manifest {
	m := manifest{program: newProgram(p), Kind: string(p.Kind), Contents: []program{}}
	for _, inner := range p.Contents {
		if inner.Kind == msix.KindBundle {
			m.Contents = append(m.Contents, newManifest(inner).Contents...)
		} else {
			m.Contents = append(m.Contents, newProgram(inner))
		}
	}
	return m
}

func newProgram(p msix.Package) program {
	families := make([]deviceFamily, 0, len(p.TargetDeviceFamilies))
	for _, f := range p.TargetDeviceFamilies {
		families = append(families, deviceFamily{Name: f.Name, MinVersion: f.MinVersion.String(), MaxVersionTested: f.MaxVersionTested.String()})
	}
	result := program{
		Name: p.Name, Publisher: p.Publisher, Version: p.Version.String(), Architectures: p.Architectures,
		TargetDeviceFamilies: families, Languages: p.Languages, Capabilities: p.Capabilities,
	}
	if p.OSMinVersion != (msix.Version{}) {
		result.OSMinVersion = new(p.OSMinVersion.String())
	}
	return result
}
