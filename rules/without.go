package rules

import "slices"

// Without returns the book without the rules of these names, which count for
// nothing in it, the sum of weights included. Its outline has them still.
func (b *Book) Without(names ...string) *Book {
	less := &Book{
		version: b.version, rules: b.rules, slots: b.slots, index: b.index, lists: b.lists,
		wakes: make(map[trigger][]int, len(b.wakes)), limits: b.limits,
	}
	stay := func(i int) bool { return !slices.Contains(names, b.rules[i].name) }
	keep := func(list []int) (kept []int) {
		for _, i := range list {
			if stay(i) {
				kept = append(kept, i)
			}
		}
		return kept
	}
	less.always = keep(b.always)
	for t, list := range b.wakes {
		less.wakes[t] = keep(list)
	}
	return less
}
