package bot

import (
	"regexp"
	"strings"
	"unicode"
)

// Our separators, parentheses and emoji tell people which words are ours. What
// others wrote must not speak with them: it is set in quotation marks where it
// has any of them, and looks like itself where it has none.

// plainName is a name that nobody takes for anything else: words, and what may
// join two of them.
var plainName = regexp.MustCompile(`^[\pL\pN][\pL\pM\pN]*(?:(?:\.? |\.?['’_-]|\.)[\pL\pN][\pL\pM\pN]*)*\.?$`)

// plainAddress is how an address looks that nobody takes for anything else: ASCII
// without spaces, parentheses and commas.
var plainAddress = regexp.MustCompile(`^[\x21-\x27\x2a\x2b\x2d-\x7e]+$`)

// name adds what somebody or something is called.
func (s *sheet) name(words string) *sheet {
	if plainName.MatchString(words) && !strings.ContainsFunc(words, isDot) {
		return s.foreign(words)
	}
	return s.quoted(words)
}

// address adds what others gave as an address, among words of ours.
func (s *sheet) address(words string) *sheet {
	if plainAddress.MatchString(words) && tappable(words) {
		return s.foreign(words)
	}
	return s.quoted(words)
}

// passage adds words of others that have a place of their own.
func (s *sheet) passage(words string) *sheet {
	if isPlain(words) {
		return s.foreign(words)
	}
	return s.quoted(words)
}

// quoted adds words of others in quotation marks, which they can't leave.
func (s *sheet) quoted(words string) *sheet {
	return s.own("“").foreign(unquote(words)).own("”")
}

// isPlain reports whether words have no mark of ours, nor one that looks like it.
func isPlain(words string) bool {
	return !strings.ContainsFunc(words, func(r rune) bool {
		switch {
		case isDot(r):
			return true
		case r <= unicode.MaxASCII, r == '…':
			return false
		}
		return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Zs, unicode.Pd, unicode.Pi, unicode.Pf)
	})
}

// isDot reports whether r is a letter that looks like our separator.
func isDot(r rune) bool { return strings.ContainsRune("ꞏᐧㆍᆞ", r) }

// unquote replaces each run of marks that look like quotation marks by one that
// does not close ours. An apostrophe alone stays as it is.
func unquote(words string) string {
	var out strings.Builder
	marks := 0
	for _, r := range words {
		if !isQuote(r) {
			out.WriteRune(r)
			marks = 0
			continue
		}
		if marks++; marks == 1 {
			if r != '’' {
				r = '\''
			}
			out.WriteRune(r)
		}
	}
	return out.String()
}

// isQuote reports whether r looks like a quotation mark or a half of one.
func isQuote(r rune) bool {
	return unicode.In(r, unicode.Pi, unicode.Pf) || strings.ContainsRune("\"'`´„‚″‴‶‷〃〝〞〟＂＇ʺˮ˝״❛❜❝❞❟❠❮❯🙶🙷🙸⹂", r)
}
