package faultmatrix_test

import (
	"slices"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// kind is what the provider treats alike when it goes wrong: all requests that only
// read, all that change a rollout, or those of one other operation.
func (s request) kind() string {
	switch {
	case s.reads:
		return "read"
	case slices.Contains([]storesim.Operation{storesim.UpdatePackageRollout, storesim.HaltPackageRollout, storesim.FinalizePackageRollout}, s.operation):
		return "rollout"
	default:
		return string(s.operation)
	}
}

// sample chooses one case for each kind of request and each sort of failure, and then
// one for each request that has none yet. So every kind meets every sort, every request
// some failure, and the same cases are chosen each time.
func sample(all []incident) []incident {
	kinds, cases := group(all, func(c incident) string { return c.kind() + " " + c.sort })
	requests, casesOf := group(all, func(c incident) request { return c.request })
	met, happened := map[request]int{}, map[string]int{}
	var chosen []incident
	// choose takes the case whose request has met the fewest failures so far, and
	// among those the failure that was chosen least. Once and again and again are
	// two of them, so that they take turns.
	choose := func(from []incident) {
		c := slices.MinFunc(from, func(a, b incident) int {
			if d := met[a.request] - met[b.request]; d != 0 {
				return d
			}
			return happened[a.what()] - happened[b.what()]
		})
		met[c.request]++
		happened[c.what()]++
		chosen = append(chosen, c)
	}
	for _, k := range kinds {
		choose(cases[k])
	}
	for _, s := range requests {
		if met[s] == 0 {
			choose(casesOf[s])
		}
	}
	return chosen
}

// group sorts the cases by a key; the keys come in the order in which they are met.
func group[K comparable](all []incident, key func(incident) K) (keys []K, of map[K][]incident) {
	of = map[K][]incident{}
	for _, c := range all {
		k := key(c)
		if of[k] == nil {
			keys = append(keys, k)
		}
		of[k] = append(of[k], c)
	}
	return keys, of
}
