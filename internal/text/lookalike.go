package text

import (
	"strings"
	"sync"
	"unicode/utf8"
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

// cell is a place of a disguised word, and what can be read there.
type cell struct {
	letters   string // one reading each, the likely one first
	several   string // one reading of several letters
	at        span
	stretched bool
}

// readings returns how many ways there are to read a cell.
func (c *cell) readings() int {
	n := len(c.letters)
	if c.stretched {
		n *= 2
	}
	if c.several != "" {
		n++
	}
	return n
}

// read appends the kth reading.
func (c *cell) read(word []byte, k int) []byte {
	n := len(c.letters)
	switch {
	case c.stretched && k < 2*n:
		l := c.letters[k/2]
		word = append(word, l)
		if (k%2 == 0) == oftenDouble(l) {
			word = append(word, l)
		}
		return word
	case !c.stretched && k < n:
		return append(word, c.letters[k])
	}
	return append(word, c.several...)
}

// oftenDouble reports whether two of a letter are more likely than one where it
// stands in a longer row.
func oftenDouble(letter byte) bool {
	return strings.IndexByte("eosltfdgz", letter) >= 0
}

// isNumber reports whether s is a number, one with a unit, or a name that ends
// in one.
func isNumber(s string) bool {
	rest := strings.TrimLeft(s, "0123456789.,:/-")
	digits := len(s) - len(rest)
	switch {
	case rest == "":
		return true
	case digits > 0:
		return len(rest) < minUnmasked-1 || isUnit(rest) || digits > 1 && len(rest) < 4
	}
	stem := strings.TrimRight(s, "0123456789")
	return len(stem) < len(s) && (len(s) < 4 || isShortWord(stem))
}

// isUnit reports whether s is written behind numbers.
func isUnit(s string) bool {
	switch s {
	case "am", "pm", "th", "st", "nd", "rd", "km", "kg", "mm", "cm", "ft", "lb", "oz", "ms", "gb", "mb", "kb", "tb",
		"hr", "hz", "pt", "xp", "hp", "yo", "yr", "mp", "in", "min", "sec", "hrs", "lbs", "pts", "mph", "kph", "mins", "secs", "years":
		return true
	}
	return false
}

// isShortWord reports whether s is a word of one or two letters, or what is
// written as one.
func isShortWord(s string) bool {
	if len(s) == 1 {
		return true
	}
	switch s {
	case "ad", "ah", "am", "an", "as", "at", "be", "by", "co", "de", "do", "ex", "go", "ha", "he", "hi", "ho", "if", "in", "is", "it",
		"la", "le", "lo", "ma", "me", "mr", "ms", "my", "no", "of", "oh", "ok", "on", "or", "pa", "pc", "re", "so", "to", "tv",
		"uk", "un", "up", "us", "vs", "we", "ya", "ye", "yo", "eu", "im", "ur", "et", "al", "el", "en", "es", "il", "du", "da":
		return true
	}
	return false
}

// cellOf returns the readings of the character s, which is r.
func cellOf(s string, r rune) cell {
	switch {
	case 'a' <= r && r <= 'z':
		return cell{letters: s}
	case r == '*' || r == '#' || isSplit(r):
		return cell{letters: "uiaoectsgknlrhmpbdfwyvxzjq"}
	}
	if l := lookalikes(r); l != "" {
		return cell{letters: l, several: severalOf(r)}
	}
	if r < utf8.RuneSelf {
		return cell{}
	}
	plain := bare(s)
	if !isLetters(plain) {
		if first, n := utf8.DecodeRuneInString(plain); n == len(plain) {
			return cell{letters: lookalikes(first), several: severalOf(first)}
		}
		return cell{}
	}
	if len(plain) > 1 {
		return cell{several: plain}
	}
	return cell{letters: plain}
}

// isSplit reports whether r is put between letters and looks like none.
func isSplit(r rune) bool {
	switch r {
	case '.', '-', '_', ',', '/', '~', ':', ';', '?', '=', '&', '^', '\'', '"', '\\', '–', '—', '·', '•', '…':
		return true
	}
	return false
}

// isLetters reports whether s is small Latin letters alone.
func isLetters(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return true
}
