package training

import (
	"cmp"
	"crypto/sha256"
	"slices"

	"gatehouse/internal/moderation"
)

// Folds puts every example into one of k folds, 0 to k-1, and returns the fold
// of each. Folds are stratified: each gets its share of every label of every
// source, as far as groups allow. What belongs together stays together: the
// examples of one group of a source, and otherwise those with the same text.
// The same examples give the same folds.
//
// It is the greedy assignment of scikit-learn's StratifiedGroupKFold: units from
// the largest to the smallest, each to the fold that has least of what it brings.
func Folds(examples []Example, k int) []int {
	type stratum struct {
		source string
		label  moderation.Label
	}
	filled := make([]map[stratum]int, k) // examples per fold and stratum
	for f := range filled {
		filled[f] = map[stratum]int{}
	}
	size := make([]int, k)
	fold := make([]int, len(examples))
	for _, unit := range units(examples) {
		brings := map[stratum]int{}
		for _, i := range unit {
			brings[stratum{examples[i].Source, examples[i].Label}]++
		}
		load := func(f int) (n int) {
			for s, count := range brings {
				n += count * filled[f][s]
			}
			return n
		}
		best, bestLoad := 0, load(0)
		for f := 1; f < k; f++ {
			if l := load(f); cmp.Or(cmp.Compare(l, bestLoad), cmp.Compare(size[f], size[best])) < 0 {
				best, bestLoad = f, l
			}
		}
		for s, count := range brings {
			filled[best][s] += count
		}
		for _, i := range unit {
			fold[i] = best
		}
		size[best] += len(unit)
	}
	return fold
}

// units returns the indices of what must stay together, the largest unit first,
// and units of the same size in an order that does not depend on the file's.
func units(examples []Example) [][]int {
	type key [sha256.Size]byte
	members := map[key][]int{}
	var keys []key
	for i, e := range examples {
		content := "text\x00" + e.Text
		if e.Group != "" {
			content = "group\x00" + e.Source + "\x00" + e.Group
		}
		sum := key(sha256.Sum256([]byte(content)))
		if _, known := members[sum]; !known {
			keys = append(keys, sum)
		}
		members[sum] = append(members[sum], i)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(-cmp.Compare(len(members[a]), len(members[b])), slices.Compare(a[:], b[:]))
	})
	all := make([][]int, len(keys))
	for i, sum := range keys {
		all[i] = members[sum]
	}
	return all
}

// Part returns the examples for which keep is true of their index, in order.
func Part(examples []Example, keep func(i int) bool) []Example {
	var part []Example
	for i, e := range examples {
		if keep(i) {
			part = append(part, e)
		}
	}
	return part
}
