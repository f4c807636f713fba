package text

import "strings"

// figures is a run of digits with the signs that people put between them: "+49
// (30) 123-45 67".
type figures struct {
	span
	count int // of digits
}

// isFigureSign reports whether c stands between the digits of one number.
func isFigureSign(c byte) bool {
	switch c {
	case ' ', '-', '.', '/', '(', ')':
		return true
	}
	return false
}

// maxGap is how many signs stand between two digits of one number.
const maxGap = 3

// nextFigures returns the first run of digits of s from byte at on, with the + or
// bracket before it, and false where there is none.
func nextFigures(s string, at int) (f figures, ok bool) {
	first := strings.IndexAny(s[at:], "0123456789")
	if first < 0 {
		return f, false
	}
	f.start = at + first
	f.end = f.start
	for i := f.start; i < len(s) && i <= f.end+maxGap; i++ {
		c := s[i]
		if isASCIIDigit(c) {
			f.count++
			f.end = i + 1
		} else if !isFigureSign(c) {
			break
		}
	}
	for f.start > at && (s[f.start-1] == '+' || s[f.start-1] == '(') {
		f.start--
	}
	return f, true
}

// number is a run of digits taken apart.
type number struct {
	digits string // alone
	groups []int  // how many digits stand together, in their order
	signs  string // what stands before and between them
}

// take takes f apart.
func (f figures) take(s string) number {
	var n number
	var digits, signs strings.Builder
	for i := f.start; i < f.end; i++ {
		if c := s[i]; !isASCIIDigit(c) {
			signs.WriteByte(c)
			continue
		}
		if i == f.start || !isASCIIDigit(s[i-1]) {
			n.groups = append(n.groups, 0)
		}
		n.groups[len(n.groups)-1]++
		digits.WriteByte(s[i])
	}
	n.digits, n.signs = digits.String(), signs.String()
	return n
}

// standsAlone reports whether no word, number or address goes on before or after
// the part of s: a piece of a longer code is nobody's number.
func standsAlone(s string, at span) bool {
	before, after := s[:at.start], s[at.end:]
	chunk := before[strings.LastIndexByte(before, ' ')+1:]
	if strings.ContainsAny(chunk, "/=&%@#_\\$€£") || strings.HasPrefix(chunk, "www.") || goesOn(chunk) || !boundaryAt(s, at.end) {
		return false
	}
	if len(after) > 1 && isASCIIDigit(after[1]) {
		return strings.IndexByte(".,:-%@=_/$", after[0]) < 0
	}
	return after == "" || strings.IndexByte("%@=_/$", after[0]) < 0
}

// goesOn reports whether what stands before a number, up to the space before, is
// part of it or of a word that it belongs to.
func goesOn(chunk string) bool {
	if chunk == "" {
		return false
	}
	if len(chunk) > 1 && isASCIIDigit(chunk[len(chunk)-2]) && strings.IndexByte(",.:-", chunk[len(chunk)-1]) >= 0 {
		return true
	}
	return !boundaryBefore(chunk, len(chunk))
}
