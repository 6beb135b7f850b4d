package faultmatrix_test

import (
	"slices"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// sample chooses one case for each operation and each failure, and among those that
// are left to choose from the one whose request has had the fewest failures so far.
// So every operation meets every failure, every request some of them, and the same
// cases are chosen each time.
func sample(all []incident) []incident {
	type kind struct {
		operation storesim.Operation
		failure   string
	}
	var kinds []kind
	cases := map[kind][]incident{}
	for _, c := range all {
		k := kind{c.operation, c.failure.name}
		if cases[k] == nil {
			kinds = append(kinds, k)
		}
		cases[k] = append(cases[k], c)
	}
	met := map[slot]int{}
	lasting := false
	var chosen []incident
	for _, k := range kinds {
		// Once and again and again take turns, where there is a choice.
		lasting = !lasting
		c := slices.MinFunc(cases[k], func(a, b incident) int {
			return 2*met[a.slot] + other(a, lasting) - 2*met[b.slot] - other(b, lasting)
		})
		met[c.slot]++
		chosen = append(chosen, c)
	}
	return chosen
}

// other is 1 for a case that is not of the wanted sort.
func other(c incident, lasting bool) int {
	if (c.times > 1) != lasting {
		return 1
	}
	return 0
}
