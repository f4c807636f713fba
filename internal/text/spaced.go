package text

import (
	"iter"
	"strings"
	"unicode/utf8"
)

// minSpacedWord is how many letters apart make a word beyond doubt: three may be
// somebody's initials.
const minSpacedWord = 4

// Spaced counts the words of s, which is a normal form, that are written with
// their letters apart, each alone and the same sign between each two: "m o r o n",
// "m.o.r.o.n".
func Spaced(s string) int {
	n := 0
	for run := range spacedRuns(s) {
		if (utf8.RuneCountInString(run)+1)/2 >= minSpacedWord {
			n++
		}
	}
	return n
}

// SpacedWords returns those words as [Fold] writes them. Where one word ended and
// the next began can't be told any more: "s h u t u p" is one.
func SpacedWords(s string) []string {
	var words []string
	for run := range spacedRuns(s) {
		var b strings.Builder
		writeJoined(&b, run)
		words = append(words, FoldNormal(b.String()))
	}
	return words
}

// spacedRuns yields the runs of spaced letters in s.
func spacedRuns(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for at := 0; at < len(s); {
			if c := s[at]; c < utf8.RuneSelf && !isASCIILetter(c) {
				at++
				continue
			}
			if !mayBeSpaced(s, at) {
				at = skipWord(s, at)
				continue
			}
			end := endOfSpaced(s, at)
			if end == at {
				at = skipForeign(s, at)
				continue
			}
			if !yield(s[at:end]) {
				return
			}
			at = end
		}
	}
}
