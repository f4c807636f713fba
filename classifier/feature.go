package classifier

import (
	"math/bits"
	"unicode/utf8"
)

// FeatureSet is the version of what this package takes for a feature. Models
// made with another one are refused: their numbers belong to other features.
const FeatureSet = 1

// The views.
const (
	viewWords      = 0 // words, and pairs of words in their order
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
	keys [numViews][]key
}

// Extract returns the features of a text as it came.
func Extract(text string) Features {
	var x extractor
	x.read(text)
	return x.Features
}

// span is a part of a text, in bytes.
type span struct{ start, end int32 }

// extractor turns texts into features, one after another, in memory that it
// keeps.
type extractor struct {
	Features
	text   string // the normal text that was read last
	tokens []token
	seen   [numViews]keySet
	// spans say for each key where in text it first stood; only where traced.
	traced bool
	spans  [numViews][]span
}

// read replaces the features by those of s.
func (x *extractor) read(s string) {
	x.text = normalise(s)
	x.tokens = tokenise(x.tokens[:0], x.text)
	for v := range numViews {
		x.keys[v] = x.keys[v][:0]
		x.spans[v] = x.spans[v][:0]
	}
	x.seen[viewWords].clear(2 * len(x.tokens))
	x.seen[viewCharacters].clear((maxRun - minRun + 1) * (len(x.text) + 2*len(x.tokens)))
	x.readWords()
	for _, t := range x.tokens {
		if t.kind == tokenWord {
			x.readRuns(t)
		}
	}
}

// add takes a feature in whose hash is h, unless it is there already.
func (x *extractor) add(view int, h uint64, start, end int) {
	k := keyOf(h)
	if !x.seen[view].add(k) {
		return
	}
	x.keys[view] = append(x.keys[view], k)
	if x.traced {
		x.spans[view] = append(x.spans[view], span{int32(start), int32(end)}) // a text has at most 4*maxRunes bytes
	}
}

// readWords adds the words and the pairs of words.
func (x *extractor) readWords() {
	var before uint64
	for i, t := range x.tokens {
		h := x.hashToken(t)
		x.add(viewWords, h, t.start, t.end)
		if i > 0 {
			x.add(viewWords, pairHash(before, h), x.tokens[i-1].start, t.end)
		}
		before = h
	}
}

// hashToken returns the hash of a token; all links have one, and all handles.
func (x *extractor) hashToken(t token) uint64 {
	switch t.kind {
	case tokenLink:
		return extend(hashSeed, 1)
	case tokenHandle:
		return extend(hashSeed, 2)
	}
	h := uint64(hashSeed)
	for i := t.start; i < t.end; i++ {
		h = extend(h, x.text[i])
	}
	return h
}

// readRuns adds the runs of characters of a word, with a space for its border
// at either end.
func (x *extractor) readRuns(t token) {
	word := x.text[t.start:t.end]
	x.runsFrom(extend(hashSeed, ' '), 1, word, t)
	for i := 0; i < len(word); {
		x.runsFrom(hashSeed, 0, word[i:], t)
		if word[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, size := utf8.DecodeRuneInString(word[i:])
		i += size
	}
}

// runsFrom adds the runs that begin with what h already holds, n characters,
// and go on with rest, up to the border behind it.
func (x *extractor) runsFrom(h uint64, n int, rest string, t token) {
	for i := 0; i < len(rest); n++ {
		if n >= minRun {
			x.add(viewCharacters, h, t.start, t.end)
		}
		if n == maxRun {
			return
		}
		size := 1
		if rest[i] >= utf8.RuneSelf {
			_, size = utf8.DecodeRuneInString(rest[i:])
		}
		for range size {
			h = extend(h, rest[i])
			i++
		}
	}
	if n >= minRun {
		x.add(viewCharacters, h, t.start, t.end)
	}
	if n < maxRun {
		x.add(viewCharacters, extend(h, ' '), t.start, t.end)
	}
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

// keySet says which keys of the present text have been seen. Clearing it costs
// nothing: what it holds counts only with the present generation.
type keySet struct {
	slots      []keySlot
	shift      uint8
	generation uint32
}

// keySlot is a place in a keySet.
type keySlot struct {
	generation uint32
	key        key
}

// clear empties the set and makes room for n keys.
func (s *keySet) clear(n int) {
	size := 1 << bits.Len(uint(2*n+8))
	if len(s.slots) < size {
		s.slots = make([]keySlot, size)
		s.generation = 0
	}
	s.shift = uint8(32 - bits.TrailingZeros(uint(size)))
	s.generation++
	if s.generation == 0 {
		clear(s.slots)
		s.generation = 1
	}
}

// add puts k into the set and reports whether it was not there.
func (s *keySet) add(k key) bool {
	mask := uint32(1)<<(32-s.shift) - 1
	for i := slotOf(k, s.shift); ; i = (i + 1) & mask {
		slot := &s.slots[i]
		if slot.generation != s.generation {
			*slot = keySlot{s.generation, k}
			return true
		}
		if slot.key == k {
			return false
		}
	}
}

// slotOf returns the place of k in a table of 2^(32-shift) places.
func slotOf(k key, shift uint8) uint32 {
	return uint32(k) * 0x9e3779b1 >> shift
}
