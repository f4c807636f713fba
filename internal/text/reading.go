package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

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
