package rules

import (
	"fmt"
	"slices"
	"strings"
)

// didYouMean returns ` (did you mean "x"?)` for the name that is closest to what
// was written, whole or in its last part, and nothing where none is close.
func didYouMean(written string, names []string) string {
	names = slices.Sorted(slices.Values(names))
	best, distance := "", len(written)/4+2
	for _, name := range names {
		last := name[strings.LastIndexByte(name, '.')+1:]
		if d := min(editDistance(written, name), editDistance(written, last)); d < distance {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// editDistance returns how many bytes must be added, dropped or exchanged to
// make b of a (Levenshtein). Names are short and ASCII.
func editDistance(a, b string) int {
	const longest = 40
	if len(a) > longest || len(b) > longest {
		return longest
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
