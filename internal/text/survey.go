package text

import (
	"unicode"
	"unicode/utf8"
)

// Survey is what a text is made of.
type Survey struct {
	Letters   int
	Digits    int // of all scripts
	Cased     int // letters that have a small and a capital form
	Capitals  int // of those
	Repeated  int // the longest row of one letter, whatever its case
	Emoji     int // as a reader counts them: a flag or a family is one
	Invisible int // characters that nobody sees and that belong to no letter or emoji there
	Fancy     int // letters drawn as signs: 𝐛𝐨𝐥𝐝, ⓒⓘⓡⓒⓛⓔⓓ
	Mixed     int // words with letters of several alphabets that look alike
	scripts   [scriptCount]int
}

// Share returns the part of a script among the letters, 0 to 1.
func (v *Survey) Share(s Script) float64 {
	return float64(v.scripts[s]) / float64(max(1, v.Letters))
}

// CapitalShare returns the part of capitals among the letters that have both
// forms, 0 to 1.
func (v *Survey) CapitalShare() float64 {
	return float64(v.Capitals) / float64(max(1, v.Cased))
}

// Look surveys s.
func Look(s string) Survey {
	w := surveyor{last: -1}
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			w.ascii(c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		w.beyond(r, i)
		i += size
	}
	w.endWord()
	if w.scripts[Arabic]+w.scripts[Hebrew] == 0 {
		w.Invisible += w.directions
	}
	return w.Survey
}

// surveyor is a survey under way.
type surveyor struct {
	Survey
	last       rune // the character before, invisible ones left out
	letter     rune // in lower case, of which row stand in a row; 0: none
	row        int
	alphabets  uint // of the word under way, a bit each
	picture    bool // an emoji is under way
	joined     bool // and the next one belongs to it
	half       bool // of a flag
	directions int  // marks of direction
	greek      bool // the word under way has a Greek letter that looks like no Latin one
}

// ascii notes an ASCII character.
func (w *surveyor) ascii(c byte) {
	w.picture, w.joined, w.half = false, false, false
	lower := c | 0x20
	switch {
	case 'a' <= lower && lower <= 'z':
		w.Cased++
		if c != lower {
			w.Capitals++
		}
		w.scripts[Latin]++
		w.alphabets |= 1 << Latin
		w.noteLetter(rune(lower))
	case isASCIIDigit(c):
		w.Digits++
		w.letter = 0
	case c < ' ' && (c < '\t' || c > '\r') || c == 0x7F:
		w.Invisible++
		return
	case c != '\'':
		w.endWord()
	}
	w.last = rune(c)
}

// noteLetter notes a letter, in lower case.
func (w *surveyor) noteLetter(lower rune) {
	w.Letters++
	if lower != w.letter {
		w.letter, w.row = lower, 0
	}
	w.row++
	w.Repeated = max(w.Repeated, w.row)
}

// endWord notes that no word is under way.
func (w *surveyor) endWord() {
	w.letter = 0
	if w.alphabets&(w.alphabets-1) != 0 {
		w.Mixed++
	}
	w.alphabets, w.greek = 0, false
}

// beyond notes a character beyond ASCII, at byte i.
func (w *surveyor) beyond(r rune, i int) {
	if isInvisible(r) {
		w.unseen(r, i)
		return
	}
	wasJoined, wasHalf, wasPicture := w.joined, w.half, w.picture
	w.joined, w.half, w.picture = false, false, false
	switch {
	case isRegional(r):
		w.half, w.picture = !wasHalf, true
		if !wasHalf {
			w.Emoji++
		}
	case isSkinTone(r) && wasPicture:
		w.picture = true
	case r == keycap && isKeycapBase(w.last):
		w.Emoji++
		w.picture = true
	case isEmoji(r):
		w.picture = true
		if !wasJoined {
			w.Emoji++
		}
	case isMark(r) && r != keycap:
		return // part of the character before
	default:
		w.visible(r)
		return
	}
	w.endWord()
	w.last = r
}

// isKeycapBase reports whether r is a sign of a telephone's keys.
func isKeycapBase(r rune) bool { return '0' <= r && r <= '9' || r == '#' || r == '*' }

// visible notes a character that is seen and no emoji.
func (w *surveyor) visible(r rune) {
	w.last = r
	switch {
	case isFancy(r):
		w.Fancy++
		w.scripts[Latin]++
		w.noteLetter(r)
	case unicode.IsLetter(r):
		script := scriptOf(r)
		w.scripts[script]++
		lower := r
		switch {
		case unicode.IsUpper(r):
			w.Cased++
			w.Capitals++
			lower = unicode.ToLower(r)
		case unicode.IsLower(r):
			w.Cased++
		}
		w.noteAlphabet(script, lower)
		w.noteLetter(lower)
	case unicode.IsDigit(r):
		w.Digits++
		w.letter = 0
	case r != '’':
		w.endWord()
	}
}

// noteAlphabet notes that the word under way has a letter of a script. One of
// Greek's own may be a symbol, as in Δt.
func (w *surveyor) noteAlphabet(script Script, lower rune) {
	if !looksLatin(script) {
		return
	}
	if script == Greek && latinTwin(lower) == 0 && !w.greek {
		w.greek = true
		return
	}
	w.alphabets |= 1 << script
}

// unseen notes an invisible character: whether it belongs where it stands.
func (w *surveyor) unseen(r rune, i int) {
	letter := unicode.IsLetter(w.last)
	foreign := letter && !looksLatin(scriptOf(w.last))
	switch {
	case isVariation(r) && w.last >= 0 && !letter && !unicode.IsSpace(w.last):
		if r == 0xFE0F && !w.picture && w.last >= 0xA9 {
			w.Emoji++ // text that is asked to be drawn as a picture
			w.picture = true
		}
	case r == zeroWidthJoiner && w.picture:
		w.joined = true
	case isTag(r) && w.picture:
	case foreign && (r == zeroWidthJoiner || r == 0x200C || isVariation(r) || 0x180B <= r && r <= 0x180F || 0xE0100 <= r && r <= 0xE01EF):
	case r == 0xFEFF && i == 0: // the mark at the beginning of a file
	case 0x80 <= r && r <= 0x9F: // damage: quotation marks of Windows read as Latin-1
	case r == 0x061C, r == 0x200E, r == 0x200F, 0x202A <= r && r <= 0x202C, 0x2066 <= r && r <= 0x2069:
		w.directions++
	default:
		w.Invisible++
	}
}
