package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many marks on one character survive. No language needs more;
// beyond about thirty, normal forms stop being stable (UAX #15, Stream-Safe).
const maxMarks = 8

// normalPasses bounds the search for a text that normalising leaves alone. Two
// are enough for all but a few characters whose lower case decomposes.
const normalPasses = 4

// Normal returns the form of s in which texts are compared: compatibility
// characters replaced by what they stand for (NFKC: ﬁ, ２, 𝐚), characters that
// nobody sees left out, lower case, one kind of apostrophe, and every run of white
// space one space, none at the ends. It does not allocate where s is in that form already. Normal of
// a normal text is that text.
func Normal(s string) string {
	ascii, done := normalASCIIForm(s)
	if done {
		return s
	}
	if ascii {
		return normalASCII(s)
	}
	if normal, ok := normalSteady(s); ok {
		return normal
	}
	s = valid(s)
	for range normalPasses {
		visible := stripInvisible(s)
		composed := norm.NFKC.String(visible)
		lower, stable := lowerAndCollapse(composed)
		if stable && composed == visible || lower == s {
			return lower
		}
		s = lower
	}
	return s
}

// normalASCIIForm reports whether s is ASCII, and whether it also needs no
// change.
func normalASCIIForm(s string) (ascii, done bool) {
	done = true
	gap := true // a space here would be one too many
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			return false, false
		case c == ' ':
			done = done && !gap
			gap = true
		case c < ' ' || c == 0x7F || 'A' <= c && c <= 'Z':
			done = false
			gap = false
		default:
			gap = false
		}
	}
	return true, done && (!gap || s == "")
}

// normalASCII is Normal for ASCII alone.
func normalASCII(s string) string {
	b, _ := appendNormalASCII(nil, s)
	return asString(b)
}

// asciiForms has what each byte is in a normal text: small letters for capitals,
// a space for white space, 0 for what is left out, and bytes beyond ASCII as they
// are.
var asciiForms = newASCIIForms()

// newASCIIForms makes the table.
func newASCIIForms() (forms [1 << 8]byte) {
	for i := range forms {
		c := byte(i)
		switch {
		case c == ' ' || '\t' <= c && c <= '\r':
			c = ' '
		case c < ' ' || c == 0x7F:
			c = 0
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		forms[i] = c
	}
	return forms
}

// appendNormalASCII appends the normal form of s, which is ASCII, to an empty b,
// and reports whether s is. What is left out is written and then written over, so
// that a processor has nothing to guess.
func appendNormalASCII(b []byte, s string) (normal []byte, ascii bool) {
	b = slices.Grow(b, len(s))[:len(s)]
	n, last, all := 0, byte(' '), byte(0)
	for i := range len(s) {
		c := asciiForms[s[i]]
		all |= c
		b[n] = c
		kept := 1
		if c == 0 || c == ' ' && last == ' ' {
			kept = 0
		}
		n += kept
		if c != 0 {
			last = c
		}
	}
	if n > 0 && b[n-1] == ' ' {
		n--
	}
	return b[:n], all < utf8.RuneSelf
}

// asString returns b as a string that shares its memory: b must not be written to
// any more.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Normalizer is [Normal] for many texts one after another, in memory that it
// keeps. It is not safe for concurrent use.
type Normalizer struct{ buffer []byte }

// Normal returns the normal form of s. It may stand in the normalizer's memory:
// it must not be used after the next call.
func (n *Normalizer) Normal(s string) string {
	normal, ok := appendNormalASCII(n.buffer[:0], s)
	if !ok {
		normal, ok = appendNormalSteady(n.buffer[:0], s)
	}
	n.buffer = normal
	if !ok {
		return Normal(s)
	}
	return asString(normal) // never written to while it may be used
}

// appendNormalSteady appends the normal form of s to an empty b, and reports
// whether all its characters are steady: ASCII, and those that are normal forms
// whatever stands beside them, as no mark does.
func appendNormalSteady(b []byte, s string) (normal []byte, steady bool) {
	gap := false // a space is due before the next character
	for i := 0; i < len(s); {
		r, size := rune(asciiForms[s[i]]), 1
		if r >= utf8.RuneSelf {
			if r, size = utf8.DecodeRuneInString(s[i:]); !isSteady(r) {
				return b, false
			}
			r = lowerRune(r)
		}
		i += size
		switch r {
		case ' ':
			gap = len(b) > 0
			continue
		case 0:
			continue
		}
		if gap {
			b = append(b, ' ')
			gap = false
		}
		b = utf8.AppendRune(b, r)
	}
	return b, true
}

// normalSteady is appendNormalSteady that does not allocate where s is in normal
// form already.
func normalSteady(s string) (normal string, steady bool) {
	done, gap := true, true // a space here would be one too many
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			done = done && c != 0 && asciiForms[c] == c && !(gap && c == ' ')
			gap = c == ' '
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isSteady(r) {
			return "", false
		}
		done = done && lowerRune(r) == r
		gap = false
		i += size
	}
	if done && !gap {
		return s, true
	}
	b, _ := appendNormalSteady(make([]byte, 0, len(s)), s)
	return asString(b), true
}

// isSteady reports whether r, which is beyond ASCII, is one of the frequent
// characters that NFKC leaves alone, that are seen and no white space, and of which
// the same holds in lower case: the letters of Western European languages and of
// Russian, dashes, quotation marks, Chinese characters and most emoji.
// TestNormalizerIsNormal holds it to that.
func isSteady(r rune) bool {
	switch {
	case 0xC0 <= r && r <= 0xFF, 0x410 <= r && r <= 0x44F, r == 'Ё', r == 'ё',
		0x2013 <= r && r <= 0x2014, 0x2018 <= r && r <= 0x2019, 0x201C <= r && r <= 0x201E, r == '€', r == '£', r == '«', r == '»', r == '•',
		0x4E00 <= r && r <= 0x9FA5, 0x1F300 <= r && r <= 0x1F5FF, 0x1F600 <= r && r <= 0x1F64F:
		return true
	}
	return false
}

// stripInvisible takes out what nobody sees, and marks beyond maxMarks on one
// character. It comes before NFKC, which would otherwise not compose across a
// hidden character, and so see two texts where a reader sees one.
func stripInvisible(s string) string {
	first := firstInvisible(s)
	if first == len(s) {
		return s
	}
	marks := trailingMarks(s[:first])
	return s[:first] + strings.Map(func(r rune) rune {
		switch {
		case isInvisible(r):
			return -1
		case isMark(r):
			marks++
			if marks > maxMarks {
				return -1
			}
		default:
			marks = 0
		}
		return r
	}, s[first:])
}

// firstInvisible returns where the first character is that stripInvisible takes
// out; the length of s if there is none.
func firstInvisible(s string) int {
	marks := 0
	for i := 0; i < len(s); {
		if c := s[i]; ' ' <= c && c < 0x7F {
			marks = 0
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case isInvisible(r):
			return i
		case !isMark(r):
			marks = 0
		case marks == maxMarks:
			return i
		default:
			marks++
		}
		i += size
	}
	return len(s)
}

// trailingMarks returns how many marks s ends in.
func trailingMarks(s string) int {
	n := 0
	for {
		r, size := utf8.DecodeLastRuneInString(s)
		if size == 0 || !isMark(r) {
			return n
		}
		s = s[:len(s)-size]
		n++
	}
}

// lowerAndCollapse returns s in lower case, with one kind of apostrophe and every
// run of white space one space, none at the ends. Stable is false where that can
// have made characters that normal forms would write otherwise: beyond ASCII,
// the small letter may compose where the capital did not.
func lowerAndCollapse(s string) (lower string, stable bool) {
	if isLowerAndCollapsed(s) {
		return s, true
	}
	var b strings.Builder
	b.Grow(len(s))
	stable = true
	gap := false // a space is due before the next character
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		i += size
		if isSpace(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		switch {
		case 'A' <= r && r <= 'Z':
			b.WriteByte(byte(r) + 'a' - 'A')
		case r < utf8.RuneSelf:
			b.WriteByte(byte(r))
		default:
			small := lowerRune(r)
			stable = stable && small == r && !isMark(r)
			b.WriteRune(small)
		}
	}
	return b.String(), stable
}

// isLowerAndCollapsed reports whether lowerAndCollapse would change nothing.
func isLowerAndCollapsed(s string) bool {
	gap := true
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		i += size
		switch {
		case r == ' ':
			if gap {
				return false
			}
			gap = true
			continue
		case 'A' <= r && r <= 'Z', isSpace(r), r >= utf8.RuneSelf && lowerRune(r) != r:
			return false
		}
		gap = false
	}
	return !gap || s == ""
}

// lowerRune returns the small letter of r, and the plain apostrophe for the
// typographic ones.
func lowerRune(r rune) rune {
	switch r {
	case '’', '\u02BC':
		return '\''
	case 'ς': // the sigma at a word's end is the same letter
		return 'σ'
	}
	return unicode.ToLower(r)
}
