package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

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
	s = valid(s)
	for range normalPasses {
		t := lowerAndCollapse(norm.NFKC.String(stripInvisible(s)))
		if t == s {
			break
		}
		s = t
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
	var b strings.Builder
	b.Grow(len(s))
	gap := false // a space is due before the next character
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ' || '\t' <= c && c <= '\r':
			gap = b.Len() > 0
			continue
		case c < ' ' || c == 0x7F:
			continue
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteByte(c)
	}
	return b.String()
}

// stripInvisible takes out what nobody sees, and marks beyond maxMarks on one
// character. It comes before NFKC, which would otherwise not compose across a
// hidden character, and so see two texts where a reader sees one.
func stripInvisible(s string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
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
	}, s)
}

// lowerAndCollapse returns s in lower case, with one kind of apostrophe and every
// run of white space one space, none at the ends.
func lowerAndCollapse(s string) string {
	gap := true
	s = strings.Map(func(r rune) rune {
		if isSpace(r) {
			if gap {
				return -1
			}
			gap = true
			return ' '
		}
		gap = false
		switch r {
		case '’', '\u02BC':
			return '\''
		case 'ς': // the sigma at a word's end is the same letter
			return 'σ'
		}
		return unicode.ToLower(r)
	}, s)
	return strings.TrimSuffix(s, " ")
}
