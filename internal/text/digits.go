package text

import "strings"

// figures is a run of digits with the signs that people put between them: "+49
// (30) 123-45 67".
type figures struct {
	span
	digits string // alone
	groups []int  // how many digits stand together, in their order
	signs  string // what stands between, in front and inside, digits left out
}

// isFigureSign reports whether c stands between the digits of one number.
func isFigureSign(c byte) bool {
	switch c {
	case ' ', '-', '.', '/', '(', ')':
		return true
	}
	return false
}

// nextFigures returns the first run of digits of s from byte at on, and false
// where there is none. Between two digits stand at most three signs.
func nextFigures(s string, at int) (f figures, ok bool) {
	start := strings.IndexAny(s[at:], "0123456789")
	if start < 0 {
		return f, false
	}
	start += at
	f.start = start
	for f.start > at && (s[f.start-1] == '+' || s[f.start-1] == '(') {
		f.start--
	}
	f.signs = s[f.start:start]
	var digits, signs strings.Builder
	group, end := 0, start
	for i := start; i < len(s) && i < end+4; i++ {
		switch c := s[i]; {
		case isASCIIDigit(c):
			if i > end && group > 0 {
				f.groups = append(f.groups, group)
				signs.WriteString(s[end:i])
				group = 0
			}
			digits.WriteByte(c)
			group++
			end = i + 1
		case !isFigureSign(c):
			i = len(s)
		}
	}
	f.groups = append(f.groups, group)
	f.end, f.digits, f.signs = end, digits.String(), f.signs+signs.String()
	return f, true
}

// standsAlone reports whether no word, number or address goes on before or after
// the part of s: a piece of a longer code is nobody's number.
func standsAlone(s string, at span) bool {
	before, after := s[:at.start], s[at.end:]
	chunk := before[strings.LastIndexByte(before, ' ')+1:]
	if strings.ContainsAny(chunk, "/=&%@#_\\") || strings.HasPrefix(chunk, "www.") || boundarySign(chunk, len(chunk)-1) {
		return false
	}
	if after == "" {
		return true
	}
	if c := after[0]; c == '%' || c == '@' || c == '=' || c == '_' || c == '/' || c == '$' {
		return false
	}
	return boundaryAt(s, at.end) && !(len(after) > 1 && isASCIIDigit(after[1]) && strings.IndexByte(".,:-", after[0]) >= 0)
}

// boundarySign reports whether the ith character of a chunk, the last one before
// a number, goes with it.
func boundarySign(chunk string, i int) bool {
	if i < 0 {
		return false
	}
	c := chunk[i]
	return isASCIILetter(c) || isASCIIDigit(c) || c == '$' || c == ',' && i > 0 && isASCIIDigit(chunk[i-1]) || !isASCII(chunk[i:])
}
