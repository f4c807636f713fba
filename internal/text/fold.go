package text

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// minSpaced is how many letters must stand apart, each alone, to be read as one
// word: "a b" is two words, "m o r o n" is one.
const minSpaced = 3

// maxRepeat is how many of one letter in a row survive. Two, as many words have
// two: "goood" and "good" are the same, "god" is another.
const maxRepeat = 2

// Fold returns [Normal] of s with the disguises taken off that writers use to
// pass a word list: accents, letters of other alphabets that look Latin, digits
// and signs in place of letters inside a word, letters repeated, and letters
// spaced apart. It is for comparing with folded words, not for showing; a text
// without any of that comes back as its normal form, without further
// allocation.
func Fold(s string) string { return FoldNormal(Normal(s)) }

// FoldNormal is [Fold] of a text that is in normal form.
func FoldNormal(s string) string {
	foreign := strings.IndexFunc(s, isForeignLetter) >= 0
	if foreign {
		s = bare(s)
	}
	s = joinSpaced(s)
	if foreign && mayMixLatin(s) {
		s = latinise(s)
	}
	return squeeze(unleet(s))
}

// isForeignLetter reports whether r is a letter or mark beyond ASCII.
func isForeignLetter(r rune) bool {
	return r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsMark(r))
}

// bare takes accents off letters, and writes letters that Unicode does not
// decompose with the plain ones that people type for them. Marks of scripts in
// which they carry the vowels stay.
func bare(s string) string {
	if b, ok := bareFrequent(s); ok {
		return b
	}
	return bareAny(s)
}

// The letters of European languages, of which a table has the bare forms.
const (
	firstFrequent = 0xC0
	lastFrequent  = 0x52F
)

// bareLetters returns the bare forms of the characters from firstFrequent on;
// empty where it depends on what stands beside them, as a mark's does.
var bareLetters = sync.OnceValue(func() *[lastFrequent - firstFrequent + 1]string {
	var forms [lastFrequent - firstFrequent + 1]string
	for i := range forms {
		if r := rune(firstFrequent + i); !unicode.IsMark(r) {
			forms[i] = bareAny(string(r))
		}
	}
	return &forms
})

// bareFrequent is bareAny, and reports whether s has no characters but ASCII,
// those of bareLetters, and others that are steady.
func bareFrequent(s string) (string, bool) {
	forms := bareLetters()
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			b = append(b, s[i])
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case firstFrequent <= r && r <= lastFrequent && forms[r-firstFrequent] != "":
			b = append(b, forms[r-firstFrequent]...)
		case isSteady(r):
			b = append(b, s[i:i+size]...)
		default:
			return "", false
		}
		i += size
	}
	return asString(b), true
}

// bareAny is bare for all characters.
func bareAny(s string) string {
	decomposed := norm.NFD.String(s)
	stripped := strings.Map(func(r rune) rune {
		if isAccent(r) {
			return -1
		}
		return r
	}, decomposed)
	return norm.NFC.String(plainLetters().Replace(stripped))
}

// isAccent reports whether r is in a block of combining marks that belong to no
// script of their own.
func isAccent(r rune) bool {
	switch {
	case r < 0x300:
		return false
	case r <= 0x36F, 0x1AB0 <= r && r <= 0x1AFF, 0x1DC0 <= r && r <= 0x1DFF,
		0x20D0 <= r && r <= 0x20FF, 0xFE20 <= r && r <= 0xFE2F:
		return true
	}
	return false
}

// joinSpaced joins runs of at least minSpaced letters that stand alone with the
// same sign between each two: "m o r o n", "m.o.r.o.n". A digit or sign that
// stands for a letter counts as one inside the run.
func joinSpaced(s string) string {
	var b strings.Builder
	kept := 0 // s[:kept] is in b
	for at, run := range spacedRuns(s) {
		b.WriteString(s[kept:at])
		writeJoined(&b, run)
		kept = at + len(run)
	}
	if kept == 0 {
		return s
	}
	b.WriteString(s[kept:])
	return b.String()
}

// writeJoined writes the letters of a run of spaced ones.
func writeJoined(b *strings.Builder, run string) {
	sep := rune(-1)
	for i, r := range run {
		if sep < 0 && i > 0 {
			sep = r
		}
		if r != sep {
			b.WriteRune(r)
		}
	}
}

// mayBeSpaced reports whether a run of spaced letters can begin at byte at, by
// the ASCII character after the letter there.
func mayBeSpaced(s string, at int) bool {
	if s[at] >= utf8.RuneSelf {
		return true
	}
	return at+1 < len(s) && isSeparator(rune(s[at+1]))
}

// skipWord returns where the letters end that begin at byte at with an ASCII
// one.
func skipWord(s string, at int) int {
	for at < len(s) && isASCIILetter(s[at]) {
		at++
	}
	return at
}

// skipForeign returns where the word ends whose first character, at byte at, is
// no spaced letter; what is no word ends behind that.
func skipForeign(s string, at int) int {
	r, size := utf8.DecodeRuneInString(s[at:])
	for isWordRune(r) {
		at += size
		if at == len(s) {
			return at
		}
		r, size = utf8.DecodeRuneInString(s[at:])
	}
	if size == 0 {
		return at
	}
	return at + size
}

// endOfSpaced returns where the run of spaced letters ends that begins at byte
// at, or at where none does.
func endOfSpaced(s string, at int) int {
	first, size := utf8.DecodeRuneInString(s[at:])
	if !unicode.IsLetter(first) || !boundaryBefore(s, at) {
		return at
	}
	end, last, letters := at+size, at, 1
	sep, sepSize := utf8.DecodeRuneInString(s[end:])
	if !isSeparator(sep) {
		return at
	}
	for strings.HasPrefix(s[end:], s[at+size:at+size+sepSize]) {
		r, n := utf8.DecodeRuneInString(s[end+sepSize:])
		next := end + sepSize + n
		if n == 0 || !isLetterOrLeet(r) || !boundaryAt(s, next) {
			break
		}
		end = next
		letters++
		if unicode.IsLetter(r) {
			last = end
		}
	}
	if letters < minSpaced || last == at {
		return at
	}
	return last
}

// isSeparator reports whether r is one of the signs that are put between
// letters to break up a word.
func isSeparator(r rune) bool {
	switch r {
	case ' ', '.', '-', '_', '*', ',', '/', '|', '~', '+', ':', ';':
		return true
	}
	return false
}

// isLetterOrLeet reports whether r is a letter or written for one.
func isLetterOrLeet(r rune) bool {
	return unicode.IsLetter(r) || leet(r) != 0
}

// boundaryBefore reports whether nothing of a word stands before byte at.
func boundaryBefore(s string, at int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:at])
	return at == 0 || !isWordRune(r)
}

// boundaryAt reports whether nothing of a word stands at byte at.
func boundaryAt(s string, at int) bool {
	r, _ := utf8.DecodeRuneInString(s[at:])
	return at == len(s) || !isWordRune(r)
}

// isWordRune reports whether r goes with a letter beside it.
func isWordRune(r rune) bool {
	return isFrequentLetter(r) || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || r == '\''
}

// mayMixLatin reports whether s has letters of Latin and of others.
func mayMixLatin(s string) bool {
	latin, others := false, false
	for i := 0; i < len(s) && !(latin && others); {
		if s[i] < utf8.RuneSelf {
			latin = latin || isASCIILetter(s[i])
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		latin = latin || r < 0x370 || r > 0x52F // or neither
		others = others || r >= 0x370
		i += size
	}
	return latin && others
}

// latinise writes the letters of words that mix alphabets in Latin, where every
// foreign letter of the word looks like a Latin one. Words all in one alphabet
// stay.
func latinise(s string) string {
	var b strings.Builder
	kept := 0
	for at, word := range Words(s) {
		if !mixesLatin(word) {
			continue
		}
		b.WriteString(s[kept:at])
		for _, r := range word {
			if l := latinTwin(r); l != 0 {
				r = l
			}
			b.WriteRune(r)
		}
		kept = at + len(word)
	}
	if kept == 0 {
		return s
	}
	b.WriteString(s[kept:])
	return b.String()
}

// mixesLatin reports whether word has both Latin letters and look-alikes of
// some, and no other letters.
func mixesLatin(word string) bool {
	latin, twin := false, false
	for _, r := range word {
		switch {
		case latinTwin(r) != 0:
			twin = true
		case unicode.Is(unicode.Latin, r):
			latin = true
		case unicode.IsLetter(r):
			return false
		}
	}
	return latin && twin
}

// unleet replaces digits and signs by the letters that they are written for,
// only where Latin letters stand on both sides: "m0r0n" and "a55hole", not
// "100", "4 you" or "covid19".
func unleet(s string) string {
	var b []byte
	for i := 1; i < len(s)-1; i++ {
		if s[i] >= 'a' || leet(rune(s[i])) == 0 || !isASCIILetter(s[i-1]) {
			continue
		}
		end := i
		for end < len(s) && leet(rune(s[end])) != 0 {
			end++
		}
		if end < len(s) && isASCIILetter(s[end]) {
			if b == nil {
				b = []byte(s)
			}
			for j := i; j < end; j++ {
				b[j] = leet(rune(s[j]))
			}
		}
		i = end
	}
	if b == nil {
		return s
	}
	return asString(b)
}

// Unleet writes the digit or sign with which a word of s, a folded text, begins as
// the letter that it may be written for: "1diot" as "idiot". [Fold] does not, as it
// is not known to be one in "1st" and "$us".
func Unleet(s string) string {
	var b []byte
	for i := range len(s) - 1 {
		if s[i] >= 'a' || s[i] == '@' || leet(rune(s[i])) == 0 || !isASCIILetter(s[i+1]) || !boundaryBefore(s, i) {
			continue
		}
		if b == nil {
			b = []byte(s)
		}
		b[i] = leet(rune(s[i]))
	}
	if b == nil {
		return s
	}
	return asString(b)
}

// squeeze shortens runs of one letter to maxRepeat.
func squeeze(s string) string { return shorten(s, maxRepeat) }

// Squeeze writes every run of three or more of one letter as a single letter:
// "mooooron" as "moron". [Fold] leaves two of them, as many words have two;
// compare with both.
func Squeeze(s string) string { return shorten(s, 1) }

// shorten leaves n letters of every run of more than maxRepeat of one letter.
func shorten(s string, n int) string {
	i := firstRun(s)
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:i])
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		end := i + size
		for strings.HasPrefix(s[end:], s[i:i+size]) {
			end += size
		}
		if unicode.IsLetter(r) && end-i > maxRepeat*size {
			b.WriteString(s[i : i+n*size])
		} else {
			b.WriteString(s[i:end])
		}
		i = end
	}
	return b.String()
}

// firstRun returns where the first run of more than maxRepeat of one character
// begins; the length of s if there is none.
func firstRun(s string) int {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf && (i+1 == len(s) || s[i+1] != s[i]) {
			i++
			continue
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		end := i + size
		for strings.HasPrefix(s[end:], s[i:i+size]) {
			end += size
		}
		if end-i > maxRepeat*size {
			return i
		}
		i = end
	}
	return len(s)
}
