package text

import (
	"iter"
	"unicode"
	"unicode/utf8"
)

// runeClass says what a character does at the border of words.
type runeClass uint8

const (
	classOther  runeClass = iota
	classLetter           // letters and digits, which stand in a row
	classSingle           // a word by itself: scripts written without spaces
	classMark             // belongs to the character before it
	classInner            // inside a word only between two letters
)

// singles are the scripts that put no spaces between words. As in UAX #29,
// without a dictionary each character counts as a word; a word of several is
// then a phrase.
var singles = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// Words yields each word of s and the byte at which it begins. A word is a run
// of letters, digits and the marks on them, with single apostrophes between
// letters inside ("don't"); in scripts without spaces it is one character.
func Words(s string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for at := 0; at < len(s); {
			start, end := nextWord(s, at)
			if start == end || !yield(start, s[start:end]) {
				return
			}
			at = end
		}
	}
}

// nextWord returns where the first word of s from byte at on begins and ends;
// an empty range if there is none.
func nextWord(s string, at int) (start, end int) {
	for at < len(s) {
		class, size := classAt(s, at)
		switch class {
		case classLetter:
			return at, endOfRun(s, at+size)
		case classSingle:
			return at, endOfMarks(s, at+size)
		}
		at += size
	}
	return at, at
}

// endOfRun returns where the word ends that is under way at byte at.
func endOfRun(s string, at int) int {
	for at < len(s) {
		class, size := classAt(s, at)
		switch class {
		case classLetter, classMark:
			at += size
			continue
		case classInner:
			if next, _ := classAt(s, at+size); next == classLetter {
				at += size
				continue
			}
		}
		break
	}
	return at
}

// endOfMarks returns where the marks end that begin at byte at.
func endOfMarks(s string, at int) int {
	for at < len(s) {
		class, size := classAt(s, at)
		if class != classMark {
			break
		}
		at += size
	}
	return at
}

// classAt returns the class and the size in bytes of the character at byte at;
// beyond the end it is classOther.
func classAt(s string, at int) (class runeClass, size int) {
	if at >= len(s) {
		return classOther, 0
	}
	c := s[at]
	if c < utf8.RuneSelf {
		switch {
		case isASCIILetter(c) || isASCIIDigit(c):
			return classLetter, 1
		case c == '\'':
			return classInner, 1
		}
		return classOther, 1
	}
	r, size := utf8.DecodeRuneInString(s[at:])
	return classOf(r), size
}

// isFrequentLetter reports whether r is a letter of the languages that most
// comments are written in; not all letters are.
func isFrequentLetter(r rune) bool {
	return 0x400 <= r && r <= 0x481 || 0xC0 <= r && r <= 0x24F && r != '×' && r != '÷'
}

// classOf returns the class of a character beyond ASCII.
func classOf(r rune) runeClass {
	switch {
	case isFrequentLetter(r):
		return classLetter
	case r == '’' || r == '\u02BC':
		return classInner
	case unicode.IsMark(r) || isInvisible(r):
		return classMark
	case r >= 0xE00 && unicode.In(r, singles...):
		return classSingle
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return classLetter
	}
	return classOther
}
