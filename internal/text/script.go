package text

import "unicode"

// Script is a writing system, or several that are written together.
type Script int

// The scripts that are told apart.
const (
	Latin Script = iota
	Cyrillic
	Greek
	Arabic
	Hebrew
	Devanagari
	Thai
	Han
	Kana // Hiragana and Katakana
	Hangul
	OtherScript
	scriptCount
)

// Scripts returns those that have a name, in their order.
func Scripts() []Script {
	list := make([]Script, scriptCount)
	for i := range list {
		list[i] = Script(i)
	}
	return list
}

// String returns the name in lower case: "latin", "other".
func (s Script) String() string {
	names := [...]string{"latin", "cyrillic", "greek", "arabic", "hebrew", "devanagari", "thai", "han", "kana", "hangul", "other"}
	return names[s]
}

// scriptOf returns the script of a letter.
func scriptOf(r rune) Script {
	switch {
	case r < 0x250, 0x1E00 <= r && r <= 0x1EFF:
		return Latin
	case 0x400 <= r && r <= 0x52F:
		return Cyrillic
	case 0x4E00 <= r && r <= 0x9FFF:
		return Han
	}
	for i, tables := range [...][]*unicode.RangeTable{
		Latin: {unicode.Latin}, Cyrillic: {unicode.Cyrillic}, Greek: {unicode.Greek}, Arabic: {unicode.Arabic}, Hebrew: {unicode.Hebrew},
		Devanagari: {unicode.Devanagari}, Thai: {unicode.Thai}, Han: {unicode.Han}, Kana: {unicode.Hiragana, unicode.Katakana}, Hangul: {unicode.Hangul},
	} {
		if unicode.In(r, tables...) {
			return Script(i)
		}
	}
	return OtherScript
}

// looksLatin reports whether the letters of a script can be taken for Latin ones:
// nobody mixes those within a word but to deceive.
func looksLatin(s Script) bool { return s == Latin || s == Cyrillic || s == Greek }

// isFancy reports whether r is a letter drawn as a sign: mathematical bold,
// circled, squared, full width.
func isFancy(r rune) bool {
	switch {
	case 0x1D400 <= r && r <= 0x1D7CB, // mathematical alphabets
		0x249C <= r && r <= 0x24E9, // in brackets, circled
		0x1F110 <= r && r <= 0x1F169, 0x1F170 <= r && r <= 0x1F189,
		0xFF21 <= r && r <= 0xFF3A, 0xFF41 <= r && r <= 0xFF5A, // full width
		0x2100 <= r && r <= 0x2138 && (unicode.IsLetter(r) && r != 'Ω' && r != 'K' && r != 'Å'): // script and black-letter
		return true
	}
	return false
}
