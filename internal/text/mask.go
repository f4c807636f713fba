package text

import (
	"strings"
	"unicode/utf8"
)

// mask is signs that stand for letters that are not shown, and those letters,
// the likely ones first.
type mask struct{ signs, letters string }

// Letters that signs are put for, in the order in which they are tried.
const (
	vowels     = "uiaoe"
	consonants = "ctsgknlrhmpbdfwyvxzjq"
)

// oftenMasked are the beginnings of the words, or the words, that people write
// with signs in place of letters: a sign in "sh*t" is no u.
var oftenMasked = []string{
	"fuck", "shit", "bitch", "cunt", "dick", "cock", "ass", "asshole", "arse", "pussy", "slut", "whore", "fag", "faggot",
	"nigger", "nigga", "bastard", "damn", "crap", "piss", "twat", "wank", "tits", "retard", "suck", "prick", "rape", "porn",
	"kill", "hell", "kike", "spic", "chink", "dyke", "tranny", "moron", "idiot",
}

// hidden looks for the known word, of those that people seldom write in full,
// that is shown with some signs in place of letters.
func (d *reading) hidden(shown string) bool {
	if len(shown) > maxUnmasked {
		return false
	}
	for _, stem := range oftenMasked {
		for at := 0; at+len(stem) <= len(shown); at++ {
			if !hides(shown, stem, at) {
				continue
			}
			d.word = append(append(append(d.word[:0], shown[:at]...), stem...), shown[at+len(stem):]...)
			if d.known(d.word) {
				return true
			}
		}
	}
	return false
}

// hides reports whether a part of a text that may have signs in place of
// letters, from byte at on, is stem, with letters around it: two letters of it
// must be there, or its first and nothing else but signs.
func hides(shown, stem string, at int) bool {
	letters := 0
	for i := range len(stem) {
		switch c := shown[at+i]; {
		case c == stem[i], c < utf8.RuneSelf && strings.IndexByte(lookalikes(rune(c)), stem[i]) >= 0:
			letters++
		case strings.IndexByte("*#-_&%^@$", c) < 0:
			return false
		}
	}
	rest := shown[:at] + shown[at+len(stem):]
	switch {
	case letters == len(stem) || !isLetters(rest):
		return false
	case shown[at] == '*':
		return letters >= 3 && letters == len(stem)-1
	case letters >= 2:
		return isASCIILetter(shown[at]) || lookalikes(rune(shown[at])) != ""
	}
	return letters == 1 && shown[at] == stem[0] && rest == "" && strings.Trim(shown[at+1:], "*#") == "" && len(shown) >= minUnmasked
}
