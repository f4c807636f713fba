package text

import (
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// ellipsis is what [Cut] puts where it cut; one UTF-16 unit.
const ellipsis = "…"

// UTF16Len returns the length of s in UTF-16 units, in which Telegram and
// JavaScript count.
func UTF16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// Graphemes returns how many characters a reader counts in s: an emoji of
// several parts and a letter with its marks are one each.
func Graphemes(s string) int {
	return uniseg.GraphemeClusterCount(valid(s))
}

// Cut returns s where it has at most max UTF-16 units; else as many whole
// characters of it as fit together with the "…" that is added.
func Cut(s string, max int) string {
	s = valid(s)
	if len(s) <= max || UTF16Len(s) <= max {
		return s
	}
	if max < 1 {
		return ""
	}
	size, units, state := 0, 0, -1
	for rest := s; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		units += UTF16Len(cluster)
		if units > max-1 {
			break
		}
		size += len(cluster)
	}
	if size == 0 {
		size = wholeRunes(s, max-1)
	}
	return s[:size] + ellipsis
}

// wholeRunes returns how many bytes of s fit into max UTF-16 units where not
// even the first character of it does: it is then a heap of marks.
func wholeRunes(s string, max int) int {
	size, units := 0, 0
	for _, r := range s {
		units += UTF16Len(string(r))
		if units > max {
			break
		}
		size += utf8.RuneLen(r)
	}
	return size
}
