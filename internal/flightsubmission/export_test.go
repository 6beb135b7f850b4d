package flightsubmission

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// The models, so that tests can convert them both ways.
type (
	Model        = model
	PackageModel = packageModel
)

// The types of the nested attributes.
var (
	PackageType   = packageType
	RolloutType   = rolloutType
	MandatoryType = mandatoryType
	Headers       = headers
	Imported      = importedFromAPI
)

// PackageList makes the value of packages.
func PackageList(ctx context.Context, list []PackageModel, diags *diag.Diagnostics) types.List {
	return listOf(ctx, packageType(), list, diags)
}

// DecodePackages reads the value of packages.
func (m *model) DecodePackages(ctx context.Context, diags *diag.Diagnostics) []PackageModel {
	return m.packages(ctx, diags)
}

// ToDesired hands a plan to the workflow.
func (m *model) ToDesired(ctx context.Context, config *Model, diags *diag.Diagnostics) workflow.Desired {
	return m.toDesired(ctx, config, diags)
}

// Tracked hands a state to the workflow.
func (m *model) Tracked(ctx context.Context, record workflow.Record, diags *diag.Diagnostics) *workflow.Tracked {
	return m.tracked(ctx, record, diags)
}

// FromSubmission takes over what the Store reports.
func (m *model) FromSubmission(ctx context.Context, s *storeapi.Submission, diags *diag.Diagnostics) {
	m.fromAPI(ctx, s, diags)
}

// Follow takes over what the flight has now.
func (m *model) Follow(ctx context.Context, t *workflow.Tracked, diags *diag.Diagnostics) {
	m.follow(ctx, t, diags)
}

// Complete fills in what a plan left open.
func (m *model) Complete(ctx context.Context, packages []workflow.Package, reported []storeapi.FlightPackage, diags *diag.Diagnostics) {
	m.complete(ctx, packages, reported, diags)
}

// Titles are those of the submissions that a list shows of flights.
func Titles(flights []storeapi.Flight) []string {
	var titles []string
	for _, s := range submissionsOf(flights) {
		titles = append(titles, s.title)
	}
	return titles
}
