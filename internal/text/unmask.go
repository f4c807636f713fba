package text

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Bounds of the search for the word behind a disguise.
const (
	minUnmasked = 3  // letters of a word that is looked up; two letters hide nothing
	maxUnmasked = 24 // letters of a word, and characters of what may hide it
	maxSpacedUp = 48 // letters of a run that stand apart
	maxLookups  = 96 // words that are tried for one disguise
	// maxPieceLookups is the same for a piece of a run of letters that stand apart.
	maxPieceLookups = 6
)

// Unmask returns a normal text (see [Normal]) with disguised words written as
// the words behind them: letters of other alphabets, digits and signs in place
// of letters, accents, letters repeated, spaced apart or masked ("f*ck"). What
// is a word is asked of known, which gets three or more bytes in normal form
// and must not keep or change them; only words that it knows are written, and
// those that it knows already stay. Addresses and the names of people (@name)
// stay too. A text without a disguise comes back as it is, without allocation.
func Unmask(normal string, known func(word []byte) bool) string {
	at := nextSuspect(normal, 0)
	if at == len(normal) {
		return normal
	}
	u := unmaskers.Get().(*unmasker)
	u.text, u.known, u.out, u.kept, u.latin = normal, known, u.out[:0], 0, 0
	for at < len(normal) {
		at = nextSuspect(normal, u.chunk(at))
	}
	if u.kept > 0 {
		u.out = append(u.out, normal[u.kept:]...)
		normal = string(u.out)
	}
	u.text, u.known = "", nil
	unmaskers.Put(u)
	return normal
}

// unmaskers keeps the room that Unmask works in.
var unmaskers = sync.Pool{New: func() any { return new(unmasker) }}

// unmasker is the work on one text.
type unmasker struct {
	text  string
	known func(word []byte) bool
	out   []byte // what the text becomes, as far as kept
	kept  int    // text[:kept] is in out
	latin int    // what mostlyLatin found: 1 yes, -1 no, 0 not asked

	cells   []cell
	word    []byte // the candidate
	lookups int    // how many are left
	parts   []span
	best    []cut
}

// span is a part of the text.
type span struct{ start, end int }

// nextSuspect returns the start of the first chunk, from that of a chunk at
// byte at on, that is anything but a word with the punctuation of a sentence;
// the length of s if there is none. Chunks stand between spaces.
func nextSuspect(s string, at int) int {
	for at < len(s) {
		i := at
		for i < len(s) && (s[i] == '"' || s[i] == '\'') {
			i++
		}
		first := i
		for ; i < len(s) && ('a' <= s[i] && s[i] <= 'z' || s[i] == '\''); i++ {
			if i > first && s[i] == s[i-1] && (s[i] == 'v' || i > first+1 && s[i] == s[i-2]) {
				return at
			}
		}
		if i-at == 1 && (i == len(s) || s[i] == ' ') {
			return at
		}
		letters := i - first
		for i < len(s) && isPlainEnd(s, i, letters) {
			i++
		}
		if i < len(s) && s[i] != ' ' || letters == 0 {
			return at
		}
		at = i + 1
	}
	return len(s)
}

// isPlainEnd reports whether the sign at byte i is punctuation behind a word of
// that many letters. One exclamation mark may be an i or an l.
func isPlainEnd(s string, i, letters int) bool {
	switch s[i] {
	case '.', ',', ';', ':', '?', '"', ')', '\'':
		return true
	case '!':
		return letters < minUnmasked || i+1 < len(s) && s[i+1] == '!' || s[i-1] == '!'
	}
	return false
}

// chunk works on the chunk that starts at byte at, and on those behind it where
// they belong together, and returns where the next one starts.
func (u *unmasker) chunk(at int) int {
	end := u.chunkEnd(at)
	if end-at <= utf8.UTFMax && utf8.RuneCountInString(u.text[at:end]) == 1 {
		return u.spaced(at, end) + 1
	}
	if end-at <= 8*maxSpacedUp && !isAddress(u.text[at:end]) {
		u.token(at, end)
	}
	return end + 1
}

// chunkEnd returns where the chunk ends that is under way at byte at.
func (u *unmasker) chunkEnd(at int) int {
	if i := strings.IndexByte(u.text[at:], ' '); i >= 0 {
		return at + i
	}
	return len(u.text)
}

// replace writes word for a part of the text.
func (u *unmasker) replace(at span, word []byte) {
	u.out = append(u.out, u.text[u.kept:at.start]...)
	u.out = append(u.out, word...)
	u.kept = at.end
}

// isAddress reports whether a chunk is a link or an e-mail address.
func isAddress(chunk string) bool {
	if strings.Contains(chunk, "://") || strings.Contains(chunk, "www.") {
		return true
	}
	chunk = strings.Trim(chunk, "\"'()[]<>.,;:!?*_")
	if at := strings.IndexByte(chunk, '@'); at > 0 && strings.IndexByte(chunk[at:], '.') > 0 {
		return true
	}
	host, path, _ := strings.Cut(chunk, "/")
	dot := strings.LastIndexByte(host, '.')
	return dot > 1 && (path != "" && len(host)-dot > 2 || wellKnown(host[dot+1:]))
}

// token looks for a word in a chunk of more than one character.
func (u *unmasker) token(start, end int) {
	core := u.coreOf(start, end)
	if core.start == core.end {
		u.signsOnly(start, end)
		return
	}
	wide := u.widen(core, start, end)
	if wide != core && u.tryWide(core, wide) {
		return
	}
	u.parts = u.split(core)
	switch {
	case len(u.parts) > 1:
		u.joined(core)
	case !u.isOrdinary(core):
		u.solve(core, false)
	}
}

// coreOf returns a chunk without the signs at its ends.
func (u *unmasker) coreOf(start, end int) span {
	first := strings.IndexFunc(u.text[start:end], isWordCore)
	if first < 0 {
		return span{start, start}
	}
	for end > start {
		r, size := utf8.DecodeLastRuneInString(u.text[start:end])
		if isWordCore(r) {
			break
		}
		end -= size
	}
	return span{start + first, end}
}

// isWordCore reports whether a word can begin or end with r, read as it is.
func isWordCore(r rune) bool {
	if r < utf8.RuneSelf {
		return isASCIILetter(byte(r)) || isASCIIDigit(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || lookalikes(r) != "" && !unicode.IsPunct(r) && !unicode.Is(unicode.Sc, r)
}

// widen returns the core with the signs around it that may be letters.
func (u *unmasker) widen(core span, start, end int) span {
	for n := 0; core.start > start && n < 3; n++ {
		r, size := utf8.DecodeLastRuneInString(u.text[start:core.start])
		if isWordCore(r) || lookalikes(r) == "" && r != '*' && r != '#' {
			break
		}
		core.start -= size
	}
	for n := 0; core.end < end && n < 3; n++ {
		r, size := utf8.DecodeRuneInString(u.text[core.end:end])
		if lookalikes(r) == "" && r != '*' && r != '#' {
			break
		}
		core.end += size
	}
	return core
}

// tryWide looks for a word that has letters in the signs around a core.
func (u *unmasker) tryWide(core, wide span) bool {
	before, after := u.text[wide.start:core.start], u.text[core.end:wide.end]
	if before != "" && strings.IndexByte("$€£¥+", before[len(before)-1]) >= 0 && isASCIIDigit(u.text[core.start]) {
		before, wide.start = "", core.start
	}
	if !strings.ContainsAny(before+after, "$€£") && u.isOrdinary(core) {
		return false
	}
	if strings.HasPrefix(before, "*") || strings.HasPrefix(before, "#") {
		if strings.HasPrefix(after, before[:1]) || u.isOrdinary(core) {
			return false
		}
	}
	if strings.Contains(before, "(") && strings.Contains(u.text[core.start:u.chunkEnd(core.start)], ")") {
		return false
	}
	if u.text[core.start:core.end] == "us" && after == "$" || strings.HasPrefix(after, "!!") {
		return false
	}
	for {
		if u.solve(wide, true) {
			return true
		}
		if wide.end <= core.end || u.text[wide.end-1] != '!' {
			return false
		}
		wide.end--
		if wide == core {
			return false
		}
	}
}

// signsOnly looks for a word in a chunk without letters: "@$$".
func (u *unmasker) signsOnly(start, end int) {
	tok := u.text[start:end]
	if len(tok) < 3 || len(tok) > 8 || tok[0] != '@' || strings.Trim(tok, "@$!(<|+") != "" {
		return
	}
	u.solve(span{start, end}, false)
}

// split returns the parts of a core between signs that stand for no letter.
func (u *unmasker) split(core span) []span {
	parts := u.parts[:0]
	from := core.start
	for i, r := range u.text[core.start:core.end] {
		if r != '*' && r != '#' && !isSplit(r) {
			continue
		}
		if at := core.start + i; at > from {
			parts = append(parts, span{from, at})
		}
		from = core.start + i + utf8.RuneLen(r)
	}
	return append(parts, span{from, core.end})
}

// joined looks for a word in a core of several parts.
func (u *unmasker) joined(core span) {
	singles, ordinary := 0, true
	for _, p := range u.parts {
		if u.isSingle(p) {
			singles++
		}
		ordinary = ordinary && u.isOrdinary(p)
	}
	inside := u.text[core.start:core.end]
	switch {
	case singles >= minSpaced:
		u.segment()
		return
	case strings.ContainsAny(inside, "*#"):
		if u.solveMasked(core) || ordinary || u.solve(core, false) {
			return
		}
	case !ordinary && !strings.ContainsAny(inside, ",/:;=&\""):
		if u.solve(core, false) || u.solveMasked(core) {
			return
		}
	}
	for i := range len(u.parts) {
		if p := u.parts[i]; !u.isOrdinary(p) {
			u.solve(p, false)
		}
	}
}

// isSingle reports whether a part is one character that may be a letter.
func (u *unmasker) isSingle(p span) bool {
	r, size := utf8.DecodeRuneInString(u.text[p.start:p.end])
	return size == p.end-p.start && ('a' <= r && r <= 'z' || lookalikes(r) != "")
}

// isOrdinary reports whether a part is a word or a number as people write them.
func (u *unmasker) isOrdinary(p span) bool {
	s := u.text[p.start:p.end]
	letters := 0
	for letters < len(s) && ('a' <= s[letters] && s[letters] <= 'z' || s[letters] == '\'') {
		letters++
	}
	if letters == len(s) {
		return isShortWord(s) || u.isKnown(s) || strings.IndexByte(s, '\'') > 0
	}
	return u.isKnown(s) || isNumber(s)
}

// isKnown asks whether s is a word.
func (u *unmasker) isKnown(s string) bool {
	if len(s) < minUnmasked || len(s) > 2*maxUnmasked {
		return false
	}
	u.word = append(u.word[:0], s...)
	return u.known(u.word)
}

// spaced works on letters that stand apart, from the one in the chunk
// [at,end) on, and returns where the last chunk ends that it looked at.
func (u *unmasker) spaced(at, end int) int {
	if !u.isSingle(span{at, end}) {
		return end
	}
	u.parts = append(u.parts[:0], span{at, end})
	next := end + 1
	for next < len(u.text) && len(u.parts) < maxSpacedUp {
		stop := u.chunkEnd(next)
		core := u.coreOf(next, stop)
		if !u.isSingle(span{next, stop}) {
			if core.start == next && u.isSingle(core) && core.end > core.start {
				u.parts = append(u.parts, core)
			}
			break
		}
		u.parts = append(u.parts, span{next, stop})
		next = stop + 1
	}
	last := u.chunkEnd(u.parts[len(u.parts)-1].start)
	if len(u.parts) >= minSpaced && u.segment() {
		return last
	}
	return max(u.uneven(next), last)
}

// uneven looks for a word in letters that stand apart and the fragments of
// words beside them, of which the one behind begins at byte next, and returns
// where the last chunk ends that it looked at.
func (u *unmasker) uneven(next int) int {
	first, last := u.parts[0], u.parts[len(u.parts)-1]
	if len(u.parts) > 4 {
		return last.end
	}
	right := span{last.end, last.end}
	if next < len(u.text) && next == last.end+1 {
		right = u.coreOf(next, u.chunkEnd(next))
		if right.start != next || right.end-right.start < 2 || !isLetters(u.text[right.start:right.end]) || u.isOrdinary(right) {
			right = span{last.end, last.end}
		}
	}
	left := first
	if c := u.text[first.start]; first.start > u.kept+1 && (len(u.parts) > 1 || c != 'a' && c != 'i') {
		from := 1 + strings.LastIndexByte(u.text[u.kept:first.start-1], ' ') + u.kept
		if p := (span{from, first.start - 1}); p.end-p.start > 1 && isLetters(u.text[p.start:p.end]) && !u.isOrdinary(p) {
			left = p
		}
	}
	for _, s := range [...]span{{left.start, right.end}, {first.start, right.end}, {left.start, last.end}} {
		if s.start == first.start && s.end == last.end {
			continue
		}
		if u.solve(s, false) {
			return u.chunkEnd(s.end)
		}
	}
	return last.end
}

// cellsOf reads the characters from start to end, without those that split
// words, into cells. It reports false where one can't be read.
func (u *unmasker) cellsOf(s span, masks bool) bool {
	latin, foreign := false, false
	prev, row := rune(-1), 0
	for i := s.start; i < s.end; {
		r, size := utf8.DecodeRuneInString(u.text[i:s.end])
		from := i
		i += size
		if r == ' ' || isSplit(r) && !masks || (r == '*' || r == '#') && !masks || unicode.IsMark(r) {
			continue
		}
		if r == prev {
			if row++; row >= 3 {
				u.cells = u.cells[:len(u.cells)-row+2]
				u.cells[len(u.cells)-1].stretched = true
			}
			if last := &u.cells[len(u.cells)-1]; last.stretched {
				last.at.end, row = i, 1
				continue
			}
		} else {
			prev, row = r, 1
		}
		c := cellOf(u.text[from:i], r)
		if c.letters == "" && c.several == "" || len(u.cells) >= 2*maxUnmasked {
			return false
		}
		c.at = span{from, i}
		latin = latin || r < utf8.RuneSelf && isASCIILetter(byte(r))
		foreign = foreign || r >= utf8.RuneSelf && unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r)
		u.cells = append(u.cells, c)
	}
	return latin || !foreign || u.mostlyLatin()
}

// mostlyLatin reports whether more of the text's letters are Latin than not.
func (u *unmasker) mostlyLatin() bool {
	if u.latin == 0 {
		n := 0
		for _, r := range u.text {
			switch {
			case 'a' <= r && r <= 'z' || unicode.Is(unicode.Latin, r):
				n++
			case r >= utf8.RuneSelf && unicode.IsLetter(r):
				n--
			}
		}
		u.latin = -1
		if n > 0 {
			u.latin = 1
		}
	}
	return u.latin > 0
}

// solve writes the first known word that can be read from start to end.
func (u *unmasker) solve(s span, masks bool) bool {
	u.cells, u.lookups = u.cells[:0], maxLookups
	if !u.cellsOf(s, masks) || len(u.cells) > maxUnmasked || !u.search() {
		return false
	}
	if string(u.word) != u.text[s.start:s.end] {
		u.replace(s, u.word)
	}
	return true
}

// solveMasked writes the first known word that can be read from start to end
// with signs in place of letters.
func (u *unmasker) solveMasked(s span) bool {
	n := 0
	for _, r := range u.text[s.start:s.end] {
		if r == '*' || r == '#' || isSplit(r) {
			n++
		}
	}
	return n > 0 && n <= 2 && u.solve(s, true)
}

// search tries the readings of the cells, those with fewer unlikely ones first.
func (u *unmasker) search() bool {
	for unlikely := range 4 {
		u.word = u.word[:0]
		if u.try(0, unlikely) {
			return true
		}
		if u.lookups <= 0 {
			break
		}
	}
	return false
}

// try reads the cells from i on, with just that many in an unlikely way.
func (u *unmasker) try(i, unlikely int) bool {
	if i == len(u.cells) {
		if unlikely > 0 || u.lookups <= 0 || len(u.word) < minUnmasked {
			return false
		}
		u.lookups--
		return u.known(u.word)
	}
	if u.lookups <= 0 {
		return false
	}
	c, n := &u.cells[i], len(u.word)
	for k := range c.readings() {
		left := unlikely
		if k > 0 {
			if left--; left < 0 {
				break
			}
		}
		u.word = c.read(u.word[:n], k)
		if u.try(i+1, left) {
			return true
		}
	}
	u.word = u.word[:n]
	return false
}

// cut is the best way to read the cells up to one.
type cut struct {
	score int
	from  int  // where its last piece begins
	known bool // that piece is a word
}

// segment writes the words that can be read in the parts, letters that stand
// apart, one behind the other.
func (u *unmasker) segment() bool {
	all := span{u.parts[0].start, u.parts[len(u.parts)-1].end}
	u.cells = u.cells[:0]
	if !u.cellsOf(all, false) {
		return false
	}
	u.lookups = maxLookups
	if len(u.cells) <= maxUnmasked && u.search() {
		u.replace(all, u.word)
		return true
	}
	cells := u.cells
	covered := u.cutUp(cells)
	if 2*covered < len(cells) {
		return false
	}
	u.writeCuts(all, cells)
	return true
}

// cutUp finds the best pieces of the cells, long words rather than short ones,
// and returns how many cells are in words.
func (u *unmasker) cutUp(cells []cell) (covered int) {
	u.best = append(u.best[:0], cut{})
	for end := 1; end <= len(cells); end++ {
		best := cut{score: u.best[end-1].score, from: end - 1}
		for from := end - minUnmasked; from >= max(0, end-maxUnmasked); from-- {
			score := u.best[from].score + (end-from)*(end-from)
			if score > best.score && u.reads(cells[from:end]) {
				best = cut{score, from, true}
			}
		}
		u.best = append(u.best, best)
	}
	for end := len(cells); end > 0; end = u.best[end].from {
		if u.best[end].known {
			covered += end - u.best[end].from
		}
	}
	return covered
}

// reads reports whether the cells are a word, with few tries.
func (u *unmasker) reads(cells []cell) bool {
	u.cells, u.lookups = cells, maxPieceLookups
	return u.search()
}

// writeCuts writes the pieces that cutUp found for the part of the text that
// the cells are of.
func (u *unmasker) writeCuts(all span, cells []cell) {
	ends := []int{}
	for end := len(cells); end > 0; end = u.best[end].from {
		ends = append(ends, end)
	}
	slices.Reverse(ends)
	from := 0
	for i, end := range ends {
		at := span{cells[from].at.start, cells[end-1].at.end}
		if i > 0 && u.best[end].known || i > 0 && u.best[from].known {
			u.replace(span{cells[from-1].at.end, at.start}, []byte(" "))
		}
		if u.best[end].known && u.reads(cells[from:end]) {
			u.replace(at, u.word)
		}
		from = end
	}
	u.cells = cells
}
