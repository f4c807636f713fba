package text

import (
	"strings"
	"sync"
	"unicode"
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
	if r >= utf8.RuneSelf {
		return confusables()[r]
	}
	switch r {
	case '0':
		return "o"
	case '1', '!', '|':
		return "il"
	case '2':
		return "z"
	case '3':
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
	case '(', '<':
		return "c"
	}
	return ""
}

// confusables returns what characters beyond ASCII, in normal form, are taken
// for: more of Unicode's confusables.txt (UTS #39) than [latinTwin] has, and
// what generators of fancy text write. What looks like several letters, in its
// small form and its capital or to a hasty eye, has the likely one first.
var confusables = sync.OnceValue(func() map[rune]string {
	// A letter, and what is taken for it. The order of the lines is that of the
	// readings.
	lines := [...]string{
		"aаαɑɐᴀⱥꓮᎪᗩλΔд∆∀Λ", "nпηոռπɲɳƞɴŋꓠᑎ₦й", "bвβьъƀɓʙꓐᏴᏏᗷ฿бßЪ", "cсϲσᴄƈȼꓚᏟᑕ¢©ⲥↄ⊂", "dԁɗđðᴅꓓᎠᗪժ∂δД",
		"eеεэєɛəǝɘᴇɇꓰᎬ℮ҽέ€зξσ∑", "fƒғꓝᖴꜰϝք", "gɡցɢɠǥԍꓖᏀᏳ", "hнһηհɦħʜђћꓧᎻᕼⱨҺ", "iіιıɪɨӏꓲᎥ¡",
		"jјϳյʝɉᴊꓙᎫᒍ", "kкκƙᴋĸқҝԟꓗᏦ₭", "lӏłɭʟⱡꓡᏞᒪլ£|", "mмμɱᴍꓟᎷᗰʍ", "oоοσօøɵөᴏꓳᎾ○◯●⭕◎۵θфδ",
		"pрρƥᴘþꓑᏢᑭⲣ", "qԛզʠɋգ", "rгяɍɽʀꓣᎡᏒᖇɾ®ґ", "sѕʂꜱƽꓢᏚ§տ∫ʃσ", "tтτƭŧʈⱦᴛꓔᎢ†⊤ԏ", "uυиսμʉᴜꓴᑌʋц∪µй",
		"vνѵꓦᏙᐯᴠ√∨", "wωԝшщѡɯᴡꓪᏔᗯ₩ա", "xхχҳꓫ᙭×✕✖ж", "yуγυʏƴɏꓬᎩ¥үчყψ", "zζȥʐƶᴢꓜᏃзɀ", "pя", "bδ", "nν",
	}
	found := map[rune]string{}
	add := func(r rune, letter string) {
		if r = lowerRune(r); !strings.Contains(found[r], letter) {
			found[r] += letter
		}
	}
	for _, line := range lines {
		for _, r := range line[1:] {
			add(r, line[:1])
		}
	}
	for i := range rune(26) { // squared, circled and regional letters
		letter := string('a' + i)
		add(0x1F150+i, letter)
		add(0x1F170+i, letter)
		add(0x1F1E6+i, letter)
	}
	return found
})

// isCore reports whether a word can begin or end with r.
func isCore(r rune) bool {
	if r < utf8.RuneSelf {
		return isASCIILetter(byte(r)) || isASCIIDigit(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || unicode.In(r, unicode.So, unicode.Sm) && lookalikes(r) != ""
}

// cell is a place of a disguised word, and what can be read there.
type cell struct {
	letters   string // one reading each, the likely one first
	several   string // one more, of several letters
	at        span
	stretched bool // each of letters once or twice
	first     bool // of a word
	final     bool
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
		if (k%2 == 0) == c.oftenDouble(l) {
			word = append(word, l)
		}
		return word
	case !c.stretched && k < n:
		return append(word, c.letters[k])
	}
	return append(word, c.several...)
}

// oftenDouble reports whether two of a letter are more likely than one where a
// longer row of it stands.
func (c *cell) oftenDouble(letter byte) bool {
	switch {
	case c.first:
		return false
	case c.final:
		return strings.IndexByte("lsf", letter) >= 0
	}
	return strings.IndexByte("eobcdfglmnprstz", letter) >= 0
}

// cellOf returns the readings of the character s, which is r.
func cellOf(s string, r rune) cell {
	switch {
	case 'a' <= r && r <= 'z' || r == '\'':
		return cell{letters: s}
	case r < utf8.RuneSelf:
		return cell{letters: lookalikes(r)}
	}
	l := lookalikes(r)
	if !unicode.IsLetter(r) || l != "" && !unicode.Is(unicode.Latin, r) {
		return cell{letters: l}
	}
	plain := bare(s)
	first, size := utf8.DecodeRuneInString(plain)
	switch {
	case size < len(plain):
		if !isLetters(plain) {
			plain = ""
		}
		return cell{letters: l, several: plain}
	case isLetters(plain) && plain != l:
		l = plain + l
	case l == "":
		l = lookalikes(first)
	}
	return cell{letters: l}
}

// reading is the cells of a part of a text, and the search for a word in them.
type reading struct {
	known   func(word []byte) bool
	cells   []cell
	word    []byte // the candidate
	lookups int    // how many more candidates there may be
	cuts    []cut

	// How many characters are Latin letters, letters of other alphabets, and
	// others that are no digits and no punctuation.
	ours, foreign, other int
}

// letters returns how many characters are letters, whatever their reading.
func (d *reading) letters() int { return d.ours + d.foreign + d.other }

// read reads the characters of a part, without those between letters, and
// reports false where one can't be read. Those of m stand for a letter.
func (d *reading) read(text string, s span, m mask) bool {
	d.cells, d.ours, d.foreign, d.other = d.cells[:0], 0, 0, 0
	row, prev := 0, rune(-1)
	for i, next := s.start, 0; i < s.end; i = next {
		r, size := utf8.DecodeRuneInString(text[i:s.end])
		next = i + size
		var c cell
		switch {
		case strings.ContainsRune(m.signs, r):
			c.letters = m.letters
		case r == ' ' || isSplit(r) || unicode.IsMark(r):
			continue
		default:
			c = cellOf(text[i:next], r)
			d.count(r)
		}
		if c.readings() == 0 || len(d.cells) >= maxApart {
			return false
		}
		if r != prev {
			row = 0
		}
		prev, row = r, row+1
		c.at = span{i, next}
		d.push(c, row)
	}
	return len(d.cells) > 0
}

// count counts r.
func (d *reading) count(r rune) {
	switch {
	case r < utf8.RuneSelf:
		if isASCIILetter(byte(r)) {
			d.ours++
		} else if r == '@' || r == '$' {
			d.other++
		}
	case unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r):
		d.foreign++
	default:
		d.other++
	}
}

// push appends a cell whose character stands there for the rowth time in a row.
// Three and more are one cell, and so are two v, which are often a w.
func (d *reading) push(c cell, row int) {
	if row == 1 || row == 2 && c.letters != "v" {
		d.cells = append(d.cells, c)
		return
	}
	end := c.at.end
	if row == 3 && c.letters != "v" {
		d.cells = d.cells[:len(d.cells)-1]
	}
	last := &d.cells[len(d.cells)-1]
	last.at.end = end
	if row == 2 {
		last.letters, last.several = "w", "vv"
	} else {
		last.letters, last.stretched = c.letters, true
	}
}

// search tries the readings of the cells, those with fewer unlikely ones first.
func (d *reading) search() bool {
	for unlikely := range maxUnlikely + 1 {
		d.word = d.word[:0]
		if d.try(0, unlikely) {
			return true
		}
		if d.lookups <= 0 {
			break
		}
	}
	return false
}

// try reads the cells from i on, with just that many in an unlikely way.
func (d *reading) try(i, unlikely int) bool {
	if i == len(d.cells) {
		if unlikely > 0 || d.lookups <= 0 || len(d.word) < minUnmasked {
			return false
		}
		d.lookups--
		return d.known(d.word)
	}
	c, n := &d.cells[i], len(d.word)
	for k := range c.readings() {
		left := unlikely
		if k > 0 {
			left--
		}
		if left < 0 || d.lookups <= 0 {
			break
		}
		d.word = c.read(d.word[:n], k)
		if d.try(i+1, left) {
			return true
		}
	}
	d.word = d.word[:n]
	return false
}

// cut is the best way to read the cells up to one.
type cut struct {
	score int
	from  int  // where its last piece begins
	known bool // that piece is a word
}

// cutUp finds the best pieces of the cells, long words rather than short ones,
// and reports whether enough of them is in words.
func (d *reading) cutUp(cells []cell) bool {
	d.cuts = append(d.cuts[:0], cut{})
	for end := 1; end <= len(cells); end++ {
		best := cut{score: d.cuts[end-1].score, from: end - 1}
		for from := end - minUnmasked; from >= max(0, end-maxPiece); from-- {
			score := d.cuts[from].score + (end-from)*(end-from)
			if score > best.score && d.reads(cells[from:end]) {
				best = cut{score, from, true}
			}
		}
		d.cuts = append(d.cuts, best)
	}
	covered, longest := 0, 0
	for end := len(cells); end > 0; end = d.cuts[end].from {
		if d.cuts[end].known {
			covered += end - d.cuts[end].from
			longest = max(longest, end-d.cuts[end].from)
		}
	}
	return 2*covered >= len(cells) || longest > minUnmasked
}

// reads reports whether the cells are a word, with few tries.
func (d *reading) reads(cells []cell) bool {
	d.cells, d.lookups = cells, maxPieceLookups
	return d.search()
}

// isForeign reports whether s is beyond ASCII, without a letter of a-z.
func isForeign(s string) bool {
	ascii := true
	for i := range len(s) {
		if 'a' <= s[i] && s[i] <= 'z' {
			return false
		}
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	return !ascii
}

// mostlyLatin reports whether more of the letters in s are Latin than not.
func mostlyLatin(s string) bool {
	n := 0
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z':
			n++
		case r < utf8.RuneSelf || !unicode.IsLetter(r):
		case r < 0x250 || r >= 0x1D00 && unicode.Is(unicode.Latin, r):
			n++
		default:
			n--
		}
	}
	return n > 0
}

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

// isNumber reports whether s is a number, one with a unit, or a name that ends
// in one.
func isNumber(s string) bool {
	if isLetters(s) {
		return s != "" && strings.Trim(s, "ivx") == "" // Roman
	}
	rest := strings.TrimLeft(strings.TrimLeft(s, "$£€¥"), "0123456789.,:/-")
	if len(rest) < len(s) {
		return rest == "" || rest == "'s" || isLetters(rest) && (len(rest) == 1 || isUnit(rest))
	}
	stem := strings.TrimRight(s, "0123456789")
	figures := s[len(stem):]
	switch {
	case !isLetters(stem):
		return false
	case len(stem) == 1:
		return len(figures) < 2 || len(figures) == 2 && figures[0] != '0'
	}
	return len(stem) == 2 && len(figures) == 1
}

// isUnit reports whether s is written behind numbers.
func isUnit(s string) bool {
	switch s {
	case "am", "pm", "th", "st", "nd", "rd", "km", "kg", "mg", "mm", "cm", "ml", "ft", "lb", "oz", "ms", "gb", "mb", "kb", "tb", "px",
		"hr", "hz", "pt", "pc", "cc", "kw", "mw", "bn", "xp", "hp", "yo", "yr", "mp", "in",
		"min", "sec", "hrs", "lbs", "pts", "mph", "kph", "rpm", "fps", "ish", "mins", "secs", "years":
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
	case "ad", "ah", "al", "am", "an", "as", "at", "be", "bi", "by", "co", "da", "de", "do", "du", "el", "en", "es", "et", "eu", "ex",
		"go", "ha", "he", "hi", "ho", "id", "if", "il", "im", "in", "is", "it", "la", "le", "ll", "lo", "ma", "me", "mr", "ms", "my",
		"no", "of", "oh", "ok", "on", "op", "or", "pa", "pc", "re", "so", "to", "tv", "uk", "un", "up", "ur", "us", "ve", "vs",
		"we", "ya", "ye", "yo":
		return true
	}
	return false
}

// isStretchedShort reports whether s is a word of two letters, the vowel of
// which stands there longer: "soooo".
func isStretchedShort(s string) bool {
	if !hasRow(s) {
		return false
	}
	once := Squeeze(s)
	return isShortWord(once) && strings.IndexByte("aeiouhy", once[len(once)-1]) >= 0
}

// hasRow reports whether s has a character three times in a row.
func hasRow(s string) bool { return firstRun(s) < len(s) }

// isSplit reports whether r is put between letters and looks like none.
func isSplit(r rune) bool {
	switch r {
	case '.', '-', '_', '*', '#', ',', '/', '~', ':', ';', '?', '=', '&', '^', '"', '\\', '–', '—', '·', '•', '…':
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

// isAddress reports whether a chunk, without the signs at its ends, is a link
// or an e-mail address.
func isAddress(core string) bool {
	if strings.Contains(core, "://") || strings.HasPrefix(core, "www.") {
		return true
	}
	dot := strings.LastIndexByte(core, '.')
	if at := strings.IndexByte(core, '@'); at > 0 && dot > at {
		return true
	}
	host, path, _ := strings.Cut(core, "/")
	dot = strings.LastIndexByte(host, '.')
	return dot > 1 && (path != "" && len(host)-dot > 2 || wellKnown(host[dot+1:]))
}
