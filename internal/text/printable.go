package text

import (
	"strings"
	"unicode"
)

// maxNewlines is how many line breaks in a row Printable leaves: one empty line.
const maxNewlines = 2

// maxPrintableMarks is how many marks on one character Printable leaves.
const maxPrintableMarks = 4

// Printable returns s fit for a card or a log line: no control characters, none
// that turn the direction of what follows, none that nobody sees (except those
// that hold an emoji or a Persian word together), tabs as spaces, at most one
// empty line in a row, and at most four marks on a character. Printable of a
// printable text is that text.
func Printable(s string) string {
	s = strings.ReplaceAll(valid(s), "\r\n", "\n")
	var p printer
	return strings.Trim(strings.Map(p.char, s), "\n")
}

// printer remembers what stands before the next character.
type printer struct {
	newlines, marks int
	joinable        bool // the last character is one that a joiner may follow
}

// char returns what r is printed as; -1: nothing.
func (p *printer) char(r rune) rune {
	switch r {
	case '\r', '\v', '\f', 0x85, 0x2028, 0x2029:
		r = '\n'
	case '\t':
		r = ' '
	}
	switch {
	case r == '\n':
		p.newlines++
		p.marks, p.joinable = 0, false
		if p.newlines > maxNewlines {
			return -1
		}
	case isJoiner(r):
		if !p.joinable {
			return -1
		}
		p.joinable = false
	case isInvisible(r):
		return -1
	case isMark(r):
		p.marks++
		if p.marks > maxPrintableMarks {
			return -1
		}
	default:
		p.newlines, p.marks = 0, 0
		p.joinable = r > 0x7F && !unicode.IsSpace(r)
	}
	return r
}

// isJoiner reports whether r holds characters together or says how the one
// before is drawn: the zero-width joiner and non-joiner, and the selectors of
// text and emoji form.
func isJoiner(r rune) bool {
	return r == 0x200C || r == 0x200D || r == 0xFE0E || r == 0xFE0F
}
