package workflow

import (
	"cmp"
	"slices"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// audience is a kind of device that the Store picks a package for.
type audience struct{ platform, family, architecture string }

// audiences are the kinds of devices that a package is for. The Store gives a
// device family with its minimum version, as in "Windows.Desktop min version
// 10.0.17763.0" [store-api 4.1]; another minimum is not another family.
func audiences(p storeapi.FlightPackage) []audience {
	families := p.TargetDeviceFamilies
	if len(families) == 0 {
		families = []string{""}
	}
	all := make([]audience, 0, len(families))
	for _, family := range families {
		name, _, _ := strings.Cut(family, " ")
		all = append(all, audience{strings.ToLower(p.TargetPlatform), strings.ToLower(name), strings.ToLower(p.Architecture)})
	}
	return all
}

// highest picks, for each audience, the ids of the packages with the count
// highest versions. A package stays if it is among them for any of its audiences.
func highest(packages []storeapi.FlightPackage, count int) map[string]bool {
	groups := map[audience][]storeapi.FlightPackage{}
	for _, p := range packages {
		for _, a := range audiences(p) {
			groups[a] = append(groups[a], p)
		}
	}
	kept := map[string]bool{}
	for _, group := range groups {
		slices.SortFunc(group, func(a, b storeapi.FlightPackage) int { return compareVersions(b, a) })
		for _, p := range group[:min(count, len(group))] {
			kept[p.ID] = true
		}
	}
	return kept
}

// compareVersions orders packages by version, and by id where there are several of
// one: the Store promises no order, and the same package has to be picked each time.
func compareVersions(a, b storeapi.FlightPackage) int {
	return cmp.Or(versionOf(a).Compare(versionOf(b)), cmp.Compare(a.ID, b.ID))
}

// versionOf takes a version that cannot be read for the lowest.
func versionOf(p storeapi.FlightPackage) msix.Version {
	version, _ := msix.ParseVersion(p.Version)
	return version
}
