// Package text knows what characters are and nothing of comments: the normal
// and the folded form in which texts are compared, words, links, HTML to what a
// reader sees, and the cutting and cleaning of texts for display.
//
// Every function takes any bytes, gives valid UTF-8, never panics and takes
// time linear in its input.
package text

import (
	"strings"
	"unicode/utf8"
)

// valid returns s with each run of bytes that is not UTF-8 replaced by U+FFFD.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}

// isASCII reports whether s has no byte above 127.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isASCIILetter reports whether c is one of a-z and A-Z.
func isASCIILetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// isASCIIDigit reports whether c is one of 0-9.
func isASCIIDigit(c byte) bool {
	return '0' <= c && c <= '9'
}
