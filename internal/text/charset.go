package text

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// FromCharset returns s as UTF-8: as it is where it is that already, whatever
// charset it claims, for many claim one that they do not send. The names are those
// of the WHATWG's Encoding Standard. What can't be read becomes U+FFFD.
func FromCharset(name, s string) string {
	// An escape begins another alphabet in the charsets of seven bits.
	if utf8.ValidString(s) && !strings.ContainsRune(s, '\x1b') {
		return s
	}
	encoding, err := htmlindex.Get(name)
	if err != nil {
		return valid(s)
	}
	decoded, err := encoding.NewDecoder().String(s)
	if err != nil {
		return valid(s)
	}
	return valid(decoded)
}
