package text

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Bounds of the search for the word behind a disguise, which keep the time
// linear.
const (
	minUnmasked = 3   // letters of a word that is looked up; two letters hide nothing
	maxUnmasked = 24  // letters of such a word
	maxApart    = 48  // letters of a run that stand apart
	maxChunk    = 512 // bytes between two spaces; in more there is no word
	maxLookups  = 96  // words that are tried for one disguise
	// maxPieceLookups and maxPiece bound the words in a run of letters that stand
	// apart, which may begin and end at each of them.
	maxPieceLookups = 4
	maxPiece        = 15
	// maxUnlikely is how many characters of a word may stand for a letter that
	// they are seldom written for.
	maxUnlikely = 3
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
	out   []byte // what text[:kept] becomes
	kept  int
	latin int    // what mostlyLatin found: 1 yes, -1 no, 0 not asked
	parts []span // of a chunk, or letters that stand apart
	reading
}

// span is a part of the text.
type span struct{ start, end int }

// nextSuspect returns the start of the first chunk, from that of a chunk at
// byte at on, which may have to do with a disguise; the length of s if there is
// none. A chunk is what stands between two spaces.
func nextSuspect(s string, at int) int {
	for at < len(s) {
		end, plain := endOfLetters(s, at)
		if plain && (end-at < 2 || end < len(s) && s[end] != ' ') {
			end, plain = plainChunk(s, at)
		}
		if !plain {
			return at
		}
		at = end + 1
	}
	return len(s)
}

// endOfLetters returns where the Latin letters and apostrophes end that begin
// at byte at. Plain is false where there are two v, which may be a w, or three
// of another letter in a row.
func endOfLetters(s string, at int) (end int, plain bool) {
	prev := byte(0)
	for i := at; i < len(s); i++ {
		c := s[i]
		if c-'a' > 'z'-'a' && c != '\'' {
			return i, true
		}
		if c == prev && (c == 'v' || i > at+1 && s[i-2] == c) {
			return i, false
		}
		prev = c
	}
	return len(s), true
}

// plainChunk returns where the chunk ends that begins at byte at, where it is
// plain: a word of Latin letters or a number, with the punctuation of a
// sentence. A lone letter is not.
func plainChunk(s string, at int) (end int, plain bool) {
	first := at
	for first < len(s) && (s[first] == '"' || s[first] == '\'' || s[first] == '(') {
		first++
	}
	i, plain := endOfLetters(s, first)
	letters := i - first
	switch {
	case letters == 0:
		for i < len(s) && ('0' <= s[i] && s[i] <= '9' || strings.IndexByte(",.:-/%", s[i]) >= 0) {
			i++
		}
		if i-first == 1 && i < len(s) {
			return i, false
		}
	case letters == 1 || !plain:
		return i, false
	}
	closed := false
	for ; i < len(s) && isPlainEnd(s, i, letters); i++ {
		closed = closed || s[i] == ')'
	}
	opened := first > at && s[first-1] == '(' && letters >= minUnmasked
	return i, (i == len(s) || s[i] == ' ') && (closed || !opened)
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
	if end-at > maxChunk || isForeign(u.text[at:end]) && !u.mostlyLatin() {
		return end + 1
	}
	core := u.coreOf(at, end)
	if whole := (span{at, end}); u.isSingle(whole) {
		return u.apart(whole, end) + 1
	}
	if u.isSingle(core) && !strings.ContainsAny(u.text[at:end], "$@|<+*#") {
		return u.apart(core, end) + 1
	}
	if !isAddress(u.text[core.start:core.end]) {
		u.token(core, span{at, end})
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

// coreOf returns a chunk without the signs at its ends.
func (u *unmasker) coreOf(start, end int) span {
	for start < end {
		r, size := utf8.DecodeRuneInString(u.text[start:end])
		if isCore(r) {
			break
		}
		start += size
	}
	for start < end {
		r, size := utf8.DecodeLastRuneInString(u.text[start:end])
		if isCore(r) {
			break
		}
		end -= size
	}
	return span{start, end}
}

// isSingle reports whether a part is one character that may be a letter.
func (u *unmasker) isSingle(p span) bool {
	if p.end-p.start > utf8.UTFMax || p.end == p.start {
		return false
	}
	r, size := utf8.DecodeRuneInString(u.text[p.start:p.end])
	if size < p.end-p.start || r == '\'' || 0x1F1E6 <= r && r <= 0x1F1FF { // the last are of flags
		return false
	}
	c := cellOf(u.text[p.start:p.end], r)
	return c.readings() > 0
}

// replace writes word for a part of the text.
func (u *unmasker) replace(at span, word []byte) {
	u.out = append(u.out, u.text[u.kept:at.start]...)
	u.out = append(u.out, word...)
	u.kept = at.end
}

// token looks for a word in a chunk of more than one character, given without
// and with the signs at its ends.
func (u *unmasker) token(core, whole span) {
	s := u.text[whole.start:whole.end]
	if strings.ContainsAny(s, "*#") && u.masked(core, whole) || u.widened(core, whole) {
		return
	}
	u.split(core)
	if len(u.parts) > 1 {
		u.joined(core)
	} else if !u.isOrdinary(core) {
		u.solve(core, mask{})
	}
}

// widened looks for a word that has letters in the signs at its ends, and
// reports whether the chunk is done with.
func (u *unmasker) widened(core, whole span) bool {
	wide := core
	for wide.start > whole.start && core.start-wide.start < 3 && strings.IndexByte(signsForLetters, u.text[wide.start-1]) >= 0 {
		wide.start--
	}
	for wide.end < whole.end && wide.end-core.end < 3 && strings.IndexByte(signsForLetters, u.text[wide.end]) >= 0 {
		wide.end++
	}
	if wide == core {
		return false
	}
	// quiet is where the chunk ends without exclamation marks.
	quiet := max(core.end, wide.start+len(strings.TrimRight(u.text[wide.start:wide.end], "!")))
	if core.start < core.end && strings.TrimLeft(u.text[wide.start:core.start], "(<") == "@" {
		inner := u.text[core.start:core.end]
		figures := isASCIIDigit(inner[0]) && isNumber(inner) && quiet == core.end
		if !figures && (len(inner) == 1 || !isShortWord(inner)) && !u.isKnown(inner) {
			u.solve(span{core.start - 1, quiet}, mask{})
		}
		return true
	}
	if wide.end-quiet > 1 || wide.end > quiet && wide.end < whole.end && u.text[wide.end] == '!' {
		wide.end = quiet
	}
	for wide != core && u.mayWiden(core, wide) {
		if u.solve(wide, mask{}) {
			return true
		}
		if wide.end == core.end || u.text[wide.end-1] != '!' {
			break
		}
		wide.end--
	}
	return false
}

// signsForLetters are the signs that stand for letters at the ends of words.
const signsForLetters = "$@!(<|+"

// mayWiden reports whether the signs around a core may be letters of it.
func (u *unmasker) mayWiden(core, wide span) bool {
	before, after, inner := u.text[wide.start:core.start], u.text[core.end:wide.end], u.text[core.start:core.end]
	signs := strings.TrimRight(after, "!")
	switch {
	case core.start == core.end: // nothing but signs
		return before == "@$$" || after == "@$$"
	case isPrice(before, inner, after), strings.HasPrefix(after, "++"):
		return false
	case strings.ContainsAny(before+after, "$@"):
		return true
	case len(inner) == 1:
		return len(before)+len(signs) >= 2
	case strings.ContainsAny(before, "(<") && u.isBracket(core):
		return false
	case signs == "" && before == "" && (len(inner) < minUnmasked || strings.ContainsFunc(inner, isSplit)):
		return false
	}
	if len(before)+len(signs) > 1 {
		return !u.isKnown(inner)
	}
	return !isShortWord(inner) && !u.isKnown(inner) && !(isASCIIDigit(inner[0]) && isNumber(inner))
}

// isPrice reports whether a number, or the name of a currency, and the signs
// around it are an amount of money.
func isPrice(before, inner, after string) bool {
	if !isASCIIDigit(inner[0]) || !isNumber(inner) {
		return inner == "us" && after == "$"
	}
	return strings.HasSuffix(before, "$") && before[0] != '@' || before == "" && after == "$" && isASCIIDigit(inner[len(inner)-1])
}

// isBracket reports whether a bracket that stands before the core is closed
// not far behind it.
func (u *unmasker) isBracket(core span) bool {
	behind := u.text[core.end:min(len(u.text), core.end+maxChunk)]
	return core.end-core.start < 2 || strings.ContainsAny(behind, ")>")
}

// split finds the parts of a core between signs that stand for no letter.
func (u *unmasker) split(core span) {
	u.parts = u.parts[:0]
	s := u.text[:core.end]
	from := core.start
	for i := core.start; i < core.end; {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if isSplit(r) {
			if i > from {
				u.parts = append(u.parts, span{from, i})
			}
			from = i + size
		}
		i += size
	}
	u.parts = append(u.parts, span{from, core.end})
}

// joined looks for a word in a core of several parts. Parts that are all words
// or numbers stay apart.
func (u *unmasker) joined(core span) {
	gaps, singles, ordinary, figures := core.end-core.start, 0, true, false
	for _, p := range u.parts {
		gaps -= p.end - p.start
		if u.isSingle(p) {
			singles++
			continue
		}
		ordinary = ordinary && u.isOrdinary(p)
		figures = figures || isASCIIDigit(u.text[p.start]) && isNumber(u.text[p.start:p.end])
	}
	if singles >= minSpaced && u.segments() || ordinary && (singles != 2 || gaps != 2) {
		return
	}
	if !figures && !strings.ContainsAny(u.text[core.start:core.end], ",/:;=&?\"'") {
		if gaps < len(u.parts) && u.solve(core, mask{}) || u.hyphened(core, gaps) {
			return
		}
	}
	for i := range u.parts {
		p := u.coreOf(u.parts[i].start, u.parts[i].end)
		if s := u.text[p.start:p.end]; (!isLetters(s) || hasRow(s)) && !u.isOrdinary(p) {
			u.solve(p, mask{})
		}
	}
}

// hyphened looks for a word in a core of two parts with that many signs between
// them, which stand for letters: "f--k", "sh_t".
func (u *unmasker) hyphened(core span, gaps int) bool {
	if len(u.parts) != 2 || gaps > 2 || core.end-core.start <= minUnmasked {
		return false
	}
	if a, b := u.parts[0], u.parts[1]; a.end-a.start > 2 && b.end-b.start > 2 {
		return false
	}
	if u.hidden(u.text[core.start:core.end]) {
		u.replace(core, u.word)
		return true
	}
	return gaps == 1 && u.solve(core, mask{"-._", vowels})
}

// masked looks for a word with * or # in place of letters.
func (u *unmasker) masked(core, whole span) bool {
	if core.start == core.end {
		return false
	}
	wide, ordinary := core, u.isOrdinary(core)
	starred := core.start > whole.start && u.text[core.start-1] == '*'
	for (!ordinary || core.end-core.start == 1) && !starred && wide.end < whole.end && strings.IndexByte("*#@$%&^", u.text[wide.end]) >= 0 {
		wide.end++
	}
	if starred && !ordinary && u.text[whole.end-1] != '*' {
		wide.start--
	}
	u.split(core)
	if !strings.ContainsAny(u.text[wide.start:wide.end], "*#") || len(u.parts) >= minSpaced && u.isSingle(u.parts[0]) && u.isSingle(u.parts[1]) {
		return false
	}
	if u.hidden(u.text[wide.start:wide.end]) {
		u.replace(wide, u.word)
		return true
	}
	wide.end = core.end
	signs := strings.Count(u.text[wide.start:wide.end], "*") + strings.Count(u.text[wide.start:wide.end], "#")
	switch {
	case wide.end-wide.start <= minUnmasked || signs == 0 || signs > 2:
		return false
	case signs == 2:
		return u.solve(wide, mask{"*#", vowels})
	}
	return u.solve(wide, mask{"*#", vowels + consonants})
}

// isOrdinary reports whether a part is a word or a number as people write them.
func (u *unmasker) isOrdinary(p span) bool {
	s := u.text[p.start:p.end]
	if a, b, found := strings.Cut(s, "'"); found && isLetters(a) && isLetters(b) && !hasRow(s) {
		return true
	}
	return isShortWord(s) || u.isKnown(s) || isNumber(s) || isStretchedShort(s) || u.isNumbered(s)
}

// isNumbered reports whether s is a word with a number behind it: "top100".
func (u *unmasker) isNumbered(s string) bool {
	stem := strings.TrimRight(s, "0123456789")
	return len(stem)+1 < len(s) && u.isKnown(stem)
}

// isKnown asks whether s is a word.
func (u *unmasker) isKnown(s string) bool {
	if len(s) < minUnmasked || len(s) > maxChunk {
		return false
	}
	u.word = append(u.word[:0], s...)
	return u.known(u.word)
}

// apart works on letters that stand apart, from one on that is the core of a
// chunk, and returns where the last chunk ends that it looked at.
func (u *unmasker) apart(first span, end int) int {
	u.parts = append(u.parts[:0], first)
	last := end // of the chunk of the last part
	for last == u.parts[len(u.parts)-1].end && last < len(u.text) && len(u.parts) < maxApart {
		next := last + 1
		stop := u.chunkEnd(next)
		if stop == next+1 && stop+1 < len(u.text) && isSplit(rune(u.text[next])) && u.text[next] != '\'' {
			next = stop + 1 // "m - o - r"
			stop = u.chunkEnd(next)
		}
		p := span{next, stop}
		if !u.isSingle(p) {
			if p = u.coreOf(next, min(stop, next+maxChunk)); p.start != next || !u.isSingle(p) {
				break
			}
		}
		u.parts = append(u.parts, p)
		last = stop
	}
	if len(u.parts) >= minSpaced && u.segment(u.parts) {
		return last
	}
	if len(u.parts) <= minSpaced {
		last = max(last, u.uneven())
	}
	return last
}

// uneven looks for a word in letters that stand apart and the fragments of
// words beside them, and returns where the last chunk ends that it is in; 0 for
// none.
func (u *unmasker) uneven() int {
	first, last := u.parts[0], u.parts[len(u.parts)-1]
	if !isLetters(u.text[first.start:first.end]) || !isLetters(u.text[last.start:last.end]) {
		return 0
	}
	right := last
	if last.end < len(u.text) && u.text[last.end] == ' ' {
		p := u.coreOf(last.end+1, u.chunkEnd(last.end+1))
		if p.start == last.end+1 && u.isFragment(p) {
			right = p
		}
	}
	left := first
	if c := u.text[first.start]; len(u.parts) > 1 || c != 'a' && c != 'i' {
		left = u.leftOf(first)
	}
	done := 0
	for _, s := range [...]span{
		{left.start, right.end}, {first.start, right.end}, {left.start, last.end}, // together
		{left.start, first.end}, {last.start, right.end}, // apart
	} {
		fragment := s.start < first.start || s.end > last.end
		if !fragment || s.start < u.kept || s.end-s.start-strings.Count(u.text[s.start:s.end], " ") <= minUnmasked {
			continue
		}
		if u.solve(s, mask{}) {
			done = u.chunkEnd(s.end)
		}
	}
	return done
}

// leftOf returns the fragment of a word that stands before the part p, or p.
func (u *unmasker) leftOf(p span) span {
	end := p.start - 1
	if end <= u.kept || u.text[end] != ' ' {
		return p
	}
	start := u.kept + 1 + strings.LastIndexByte(u.text[u.kept:end], ' ')
	if start > u.kept && u.isFragment(span{start, end}) {
		return span{start, p.end}
	}
	return p
}

// isFragment reports whether a part is letters and no word.
func (u *unmasker) isFragment(p span) bool {
	n := p.end - p.start
	s := u.text[p.start:p.end]
	return 1 < n && n <= maxUnmasked && isLetters(s) && !hasRow(s) && !isShortWord(s) && !u.isKnown(s)
}

// solve writes the first known word that a part can be read as, and reports
// whether there is one.
func (u *unmasker) solve(s span, m mask) bool {
	if s.end-s.start < minUnmasked || !u.read(s, m) || len(u.cells) > maxUnmasked {
		return false
	}
	u.cells[0].first, u.cells[len(u.cells)-1].final = true, true
	if u.lookups = maxLookups; !u.search() {
		return false
	}
	if string(u.word) != u.text[s.start:s.end] {
		u.replace(s, u.word)
	}
	return true
}

// read makes the cells of a part. It reports false where there is something
// that can't be read, or nothing that must be read as letters. A word more in
// another alphabet than in ours is one of another language where the text is.
func (u *unmasker) read(s span, m mask) bool {
	if !u.reading.read(u.text, s, m) || u.letters() == 0 {
		return false
	}
	return u.foreign <= u.ours || u.mostlyLatin()
}

// mostlyLatin reports whether more of the text's letters are Latin than not.
func (u *unmasker) mostlyLatin() bool {
	if u.latin == 0 {
		u.latin = -1
		if mostlyLatin(u.text) {
			u.latin = 1
		}
	}
	return u.latin > 0
}

// segments is segment for as many parts as there are.
func (u *unmasker) segments() (found bool) {
	for rest := u.parts; len(rest) >= minSpaced; {
		n := min(len(rest), maxApart)
		found = u.segment(rest[:n]) || found
		rest = rest[n:]
	}
	return found
}

// segment writes the words that can be read in the parts, letters that stand
// apart, one behind the other.
func (u *unmasker) segment(parts []span) bool {
	all := span{parts[0].start, parts[len(parts)-1].end}
	if !u.read(all, mask{}) || 2*u.letters() < len(u.cells) {
		return false
	}
	if u.solve(all, mask{}) {
		return true
	}
	cells := u.cells
	found := u.cutUp(cells)
	if found {
		u.writeCuts(cells)
	}
	u.cells = cells
	return found
}

// writeCuts writes the pieces of the cells that cutUp found. What is in no word
// stays as it is.
func (u *unmasker) writeCuts(cells []cell) {
	ends := make([]int, 0, len(cells))
	for end := len(cells); end > 0; end = u.cuts[end].from {
		ends = append(ends, end)
	}
	slices.Reverse(ends)
	from, afterWord := 0, false
	for _, end := range ends {
		word := u.cuts[end].known
		if from > 0 && (word || afterWord) {
			u.replace(span{cells[from-1].at.end, cells[from].at.start}, []byte(" "))
		}
		if word && u.reads(cells[from:end]) {
			u.replace(span{cells[from].at.start, cells[end-1].at.end}, u.word)
		}
		from, afterWord = end, word
	}
}
