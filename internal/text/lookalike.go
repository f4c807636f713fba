package text

import (
	"strings"
	"sync"
)

// plainLetters replaces letters that Unicode does not decompose by what people
// type for them on a keyboard without them.
var plainLetters = sync.OnceValue(func() *strings.Replacer {
	return strings.NewReplacer(
		"ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d",
		"þ", "th", "ħ", "h", "ı", "i", "ŋ", "n", "ŧ", "t", "ɑ", "a", "ɡ", "g",
		// Small capitals, which fancy-text generators write.
		"ᴀ", "a", "ʙ", "b", "ᴄ", "c", "ᴅ", "d", "ᴇ", "e", "ꜰ", "f", "ɢ", "g",
		"ʜ", "h", "ɪ", "i", "ᴊ", "j", "ᴋ", "k", "ʟ", "l", "ᴍ", "m", "ɴ", "n",
		"ᴏ", "o", "ᴘ", "p", "ʀ", "r", "ꜱ", "s", "ᴛ", "t", "ᴜ", "u", "ᴠ", "v",
		"ᴡ", "w", "ʏ", "y", "ᴢ", "z",
	)
})

// latinTwin returns the Latin letter that the lower-case Cyrillic or Greek
// letter r looks like, in its small or its capital form, and 0 for none. From
// Unicode's confusables.txt (UTS #39), only those that the eye does not tell
// apart in a word.
func latinTwin(r rune) rune {
	switch r {
	case 'а', 'α':
		return 'a'
	case 'в', 'β':
		return 'b'
	case 'с', 'ϲ':
		return 'c'
	case 'ԁ':
		return 'd'
	case 'е', 'ε':
		return 'e'
	case 'н', 'һ', 'η':
		return 'h'
	case 'і', 'ι':
		return 'i'
	case 'ј', 'ϳ':
		return 'j'
	case 'к', 'κ':
		return 'k'
	case 'ӏ':
		return 'l'
	case 'м', 'μ':
		return 'm'
	case 'ν', 'ѵ':
		return 'v'
	case 'о', 'ο':
		return 'o'
	case 'р', 'ρ':
		return 'p'
	case 'ԛ':
		return 'q'
	case 'ѕ':
		return 's'
	case 'т', 'τ':
		return 't'
	case 'υ', 'у', 'γ':
		return 'y'
	case 'ԝ':
		return 'w'
	case 'х', 'χ':
		return 'x'
	case 'ζ':
		return 'z'
	}
	return 0
}

// leet returns the letter for which r is written inside words, and 0 for none.
// Where a sign is used for several letters (1 for i and l), it is the more
// common one.
func leet(r rune) byte {
	switch r {
	case '0':
		return 'o'
	case '1', '!':
		return 'i'
	case '3':
		return 'e'
	case '4', '@':
		return 'a'
	case '5', '$':
		return 's'
	case '7':
		return 't'
	}
	return 0
}

// lookalikes returns the Latin letters that r, which is none of a-z, is written
// for, the likely one first; empty for none. It knows more than [Fold], which
// can't ask whether a reading is a word.
func lookalikes(r rune) string {
	switch r {
	case '0':
		return "o"
	case '1', '!', '|':
		return "il"
	case '3', '€':
		return "e"
	case '4', '@':
		return "a"
	case '5', '$':
		return "s"
	case '6':
		return "gb"
	case '7', '+':
		return "t"
	case '8':
		return "b"
	case '9':
		return "g"
	case '2':
		return "z"
	case '(', '<':
		return "c"
	case '£':
		return "l"
	case '¥':
		return "y"
	}
	if l := latinTwin(r); l != 0 {
		return string(l)
	}
	return ""
}

// severalOf returns what r, which [lookalikes] knows, is written for where that
// is more than one letter.
func severalOf(r rune) string { return "" }
