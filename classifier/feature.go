package classifier

import (
	"math/bits"
	"unicode/utf8"

	"gatehouse/internal/text"
)

// FeatureSet is the version of what this package takes for a feature. Models
// made with another one are refused: their numbers belong to other features.
const FeatureSet = 2

// The views.
const (
	viewWords      = 0 // words, pairs of words in their order, what numbers look like, and classes
	viewCharacters = 1 // runs of characters inside words, their borders included
	numViews       = 2
)

// minRun and maxRun are the lengths of the runs in viewCharacters; a word's
// border counts as a character.
const (
	minRun = 2
	maxRun = 5
)

// key is the hash of a feature, never 0. With half a million features about one
// in ten thousand unknown ones is mistaken for a known one.
type key uint32

// Features are the distinct features of a text in each view, in the order in
// which they first appear.
type Features struct {
	keys    [numViews][]key
	numbers classNumbers
	// marks is where tables note which keys they met: keys may repeat then. A
	// table, which leaves out what it does not know first, is quicker at that.
	marks *marks
}

// span is a part of a text, in bytes.
type span struct{ start, end int32 }

// extractor turns texts into features, one after another, in memory that it
// keeps. A view's features are first all written down, then the repeated ones
// left out: each of the two loops is simple enough to run fast.
type extractor struct {
	Features
	normal  text.Normalizer
	text    string // the normal text that was read last, in normal's memory
	tokens  []token
	classes []classSet // of each token
	first   []bool     // of each token: no other like it stands before it
	padded  []byte     // the word whose runs are read, with its borders
	seen    keySet
	met     marks
	// known reports whether a word is one that a disguised word may have been;
	// nil: texts are taken as they are.
	known func(word []byte) bool
	// spans say for each key where in text it first stood; only where traced.
	traced bool
	spans  [numViews][]span
}

// read replaces the features by those of a comment's text. Addressed is the name
// of whom the comment answers: who writes it means "you".
func (x *extractor) read(s, addressed string) {
	x.readRepeating(s, addressed)
	x.unite()
}

// readNormal is read for a text in normal form.
func (x *extractor) readNormal(s, addressed string) {
	x.readNormalRepeating(s, addressed)
	x.unite()
}

// readRepeating is read without leaving out repeated features, which is enough
// for a model's scores.
func (x *extractor) readRepeating(s, addressed string) {
	x.readNormalRepeating(normalise(&x.normal, s, x.known), addressed)
}

// readNormalRepeating is readRepeating for a text in normal form.
func (x *extractor) readNormalRepeating(s, addressed string) {
	x.text = s
	x.tokens = tokenise(x.tokens[:0], x.text)
	for v := range numViews {
		x.keys[v] = x.keys[v][:0]
		x.spans[v] = x.spans[v][:0]
	}
	x.readWords()
	x.readClasses(addressed)
	for i, t := range x.tokens {
		if t.kind == tokenWord && x.first[i] {
			x.readRuns(t)
		}
	}
	x.marks = &x.met
}

// clone returns the features in memory of their own.
func (f *Features) clone() Features {
	c := Features{numbers: f.numbers}
	for v := range f.keys {
		c.keys[v] = append([]key(nil), f.keys[v]...)
	}
	return c
}

// unite leaves out features that stand there already.
func (x *extractor) unite() {
	for v := range numViews {
		if x.traced {
			x.spans[v] = x.seen.distinctSpans(x.keys[v], x.spans[v])
		}
		x.keys[v] = x.seen.distinct(x.keys[v])
	}
	x.marks = nil
}

// trace notes where the features stand that were last added to a view.
func (x *extractor) trace(view, start, end int) {
	if !x.traced {
		return
	}
	for len(x.spans[view]) < len(x.keys[view]) {
		x.spans[view] = append(x.spans[view], span{int32(start), int32(end)}) // a text has at most 4*maxRunes bytes
	}
}

// readWords adds the words and the pairs of words.
func (x *extractor) readWords() {
	var before uint64
	x.first = x.first[:0]
	slots, shift := x.seen.clear(len(x.tokens))
	for i := range x.tokens {
		t := &x.tokens[i]
		h := t.hash
		x.first = append(x.first, x.seen.add(keyOf(h), slots, shift))
		x.keys[viewWords] = append(x.keys[viewWords], keyOf(h))
		x.trace(viewWords, t.start, t.end)
		if t.digits > 0 && t.kind == tokenWord {
			x.keys[viewWords] = append(x.keys[viewWords], keyOf(shapeHash(x.text[t.start:t.end])))
			x.trace(viewWords, t.start, t.end)
		}
		if i > 0 {
			x.keys[viewWords] = append(x.keys[viewWords], keyOf(pairHash(before, h)))
			x.trace(viewWords, x.tokens[i-1].start, t.end)
		}
		before = h
	}
}

// shapeHash returns the hash of a word with all its digits the same: a price or a
// telephone's number is known by how it looks.
func shapeHash(word string) uint64 {
	hash := extend(hashSeed, shapeSeed)
	for i := range len(word) {
		b := word[i]
		if '0' <= b && b <= '9' {
			b = '0'
		}
		hash = extend(hash, b)
	}
	return hash
}

// readRuns adds the runs of characters of a word, with a space for its border
// at either end.
func (x *extractor) readRuns(t token) {
	keys := x.keys[viewCharacters]
	switch before, after := t.start-1, t.end+1; {
	case t.wide:
		keys = appendWideRuns(keys, x.pad(t))
	case before >= 0 && after <= len(x.text) && x.text[before] == ' ' && x.text[t.end] == ' ':
		keys = appendRuns(keys, x.text[before:after])
	default:
		keys = appendRuns(keys, x.pad(t))
	}
	x.keys[viewCharacters] = keys
	x.trace(viewCharacters, t.start, t.end)
}

// pad returns a word with its borders, until the next call.
func (x *extractor) pad(t token) []byte {
	x.padded = append(append(append(x.padded[:0], ' '), x.text[t.start:t.end]...), ' ')
	return x.padded
}

// appendRuns appends the runs of a word in ASCII, given with its borders. Where
// five characters are left, as many runs begin as can at all.
func appendRuns[T string | []byte](keys []key, padded T) []key {
	for len(padded) >= maxRun {
		b := padded[:maxRun]
		two := extend(extend(hashSeed, b[0]), b[1])
		three := extend(two, b[2])
		four := extend(three, b[3])
		keys = append(keys, keyOf(two), keyOf(three), keyOf(four), keyOf(extend(four, b[4])))
		padded = padded[1:]
	}
	for len(padded) >= minRun {
		h := extend(hashSeed, padded[0])
		for i := 1; i < len(padded); i++ {
			h = extend(h, padded[i])
			keys = append(keys, keyOf(h))
		}
		padded = padded[1:]
	}
	return keys
}

// appendWideRuns is appendRuns for words with characters of several bytes.
func appendWideRuns(keys []key, padded []byte) []key {
	for i := 0; i < len(padded)-1; i += size(padded[i:]) {
		h, n := uint64(hashSeed), 0
		for j := i; j < len(padded) && n < maxRun; n++ {
			for range size(padded[j:]) {
				h = extend(h, padded[j])
				j++
			}
			if n+1 >= minRun {
				keys = append(keys, keyOf(h))
			}
		}
	}
	return keys
}

// size returns how many bytes the first character of b has.
func size(b []byte) int {
	_, n := utf8.DecodeRune(b)
	return n
}

// hashSeed and hashPrime are those of FNV-1a, 64 bits.
const (
	hashSeed  = 0xcbf29ce484222325
	hashPrime = 0x100000001b3
)

// extend returns the FNV-1a hash of what h is the hash of, and b.
func extend(h uint64, b byte) uint64 { return (h ^ uint64(b)) * hashPrime }

// pairHash returns the hash of a pair of words from theirs.
func pairHash(a, b uint64) uint64 {
	return (bits.RotateLeft64(a, 23) ^ b) * hashPrime
}

// keyOf cuts a hash to a key. FNV leaves the upper bits of short texts poorly
// mixed; the multiplication (Knuth's, with the golden ratio) mends that.
func keyOf(h uint64) key {
	h ^= h >> 32
	k := key((h * 0x9e3779b97f4a7c15) >> 32)
	return max(k, 1)
}

// keySet finds repeated keys. Emptying it costs nothing: what it holds counts
// only with the present generation.
type keySet struct {
	slots      []uint64 // generation, then key
	generation uint32
}

// clear empties the set, makes room for n keys, and returns the slots with the
// shift that finds a key's place in them.
func (s *keySet) clear(n int) (slots []uint64, shift uint8) {
	bitsOf := bits.Len(uint(2*n + 8))
	if len(s.slots) < 1<<bitsOf {
		s.slots = make([]uint64, 1<<bitsOf)
		s.generation = 0
	}
	s.generation++
	if s.generation == 0 {
		clear(s.slots)
		s.generation = 1
	}
	return s.slots[:1<<bitsOf], uint8(32 - bitsOf)
}

// add puts a key into the slots that clear returned, and reports whether it was
// not there before.
func (s *keySet) add(k key, slots []uint64, shift uint8) (fresh bool) {
	mask := uint32(len(slots) - 1)
	now := uint64(s.generation) << 32
	want := now | uint64(k)
	i := slotOf(k, shift) & mask
	for slots[i] != want && slots[i]&^0xffffffff == now {
		i = (i + 1) & mask
	}
	fresh = slots[i] != want
	slots[i] = want
	return fresh
}

// distinct returns the keys without those that stand there earlier, in place.
func (s *keySet) distinct(keys []key) []key {
	slots, shift := s.clear(len(keys))
	n := 0
	for _, k := range keys {
		fresh := s.add(k, slots, shift)
		keys[n] = k
		if fresh {
			n++
		}
	}
	return keys[:n]
}

// distinctSpans returns the spans of what distinct would leave of the keys, in
// place. It must be called first.
func (s *keySet) distinctSpans(keys []key, spans []span) []span {
	seen := make(map[key]bool, len(keys))
	n := 0
	for i, k := range keys {
		if !seen[k] {
			seen[k] = true
			spans[n] = spans[i]
			n++
		}
	}
	return spans[:n]
}

// slotOf returns the place of k in a table of 2^(32-shift) places.
func slotOf(k key, shift uint8) uint32 {
	return uint32(k) * 0x9e3779b1 >> shift
}
