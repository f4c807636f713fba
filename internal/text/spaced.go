package text

import (
	"iter"
	"strings"
	"unicode"
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
	for _, run := range spacedRuns(s) {
		if (utf8.RuneCountInString(run)+1)/2 >= minSpacedWord {
			n++
		}
	}
	return n
}

// SpacedWords returns those words of s, a text that has normal as its normal form,
// as [Fold] writes them. Where one word ended and the next began can be told by a
// wider gap alone: without any, "s h u t u p" is one. As a word of one letter before
// or after another seems to be part of it ("what a m o r o n"), there is each
// reading without it, too.
func SpacedWords(s, normal string) []string {
	words := appendSpaced(nil, normal)
	if len(words) == 0 {
		return nil
	}
	if pieces := splitAtGaps(s); len(pieces) > 1 {
		for _, piece := range pieces {
			words = appendSpaced(words, Normal(piece))
		}
	}
	return words
}

// appendSpaced appends the readings of each run of spaced letters in a normal text.
func appendSpaced(words []string, normal string) []string {
	for _, run := range spacedRuns(normal) {
		var b strings.Builder
		writeJoined(&b, run)
		word := FoldNormal(b.String())
		first, size := utf8.DecodeRuneInString(word)
		last, end := utf8.DecodeLastRuneInString(word)
		end = len(word) - end
		words = append(words, word)
		if isWordOfOne(first) {
			words = append(words, word[size:])
		}
		if isWordOfOne(last) {
			words = append(words, word[:end])
		}
		if isWordOfOne(first) && isWordOfOne(last) && size < end {
			words = append(words, word[size:end])
		}
	}
	return words
}

// isWordOfOne reports whether r, as [Fold] writes it, is a word by itself in some
// language, or what people write for one ("u").
func isWordOfOne(r rune) bool { return strings.ContainsRune("aiouyeивяоусакй", r) }

// splitAtGaps splits s where white space is wider than one character.
func splitAtGaps(s string) []string {
	var pieces []string
	from, gap, width := 0, 0, 0 // where the piece and the white space begin
	for i, r := range s {
		if unicode.IsSpace(r) {
			if width == 0 {
				gap = i
			}
			width++
			continue
		}
		if width > 1 {
			pieces = append(pieces, s[from:gap])
			from = i
		}
		width = 0
	}
	return append(pieces, s[from:])
}

// spacedRuns yields the runs of spaced letters in s, each with where it begins.
func spacedRuns(s string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
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
			if !yield(at, s[at:end]) {
				return
			}
			at = end
		}
	}
}
