package classifier

import (
	_ "embed" // for the lexicon
	"math/bits"
	"strings"
	"sync"
)

// lexiconText is the list of classes with their words.
//
//go:embed lexicon.txt
var lexiconText string

// class is a class of words of the lexicon.
type class uint8

// The classes, first those of the lexicon in its order.
const (
	classProfanity class = iota
	classInsult
	classSlur
	classGroup
	classViolence
	classSex
	classYou
	classThey
	classMe
	classCall
	classMoney
	classContact
	classWork
	classOwn
	classNumber // not in the lexicon: what has the digits of a telephone's number
	classLink   // nor this: an address
	numClasses

	numListed = classNumber // classes of the lexicon
)

// classNames are the headings of the lexicon.
func classNames() [numListed]string {
	return [numListed]string{
		"profanity", "insult", "slur", "group", "violence", "sex", "you", "they", "me", "call", "money", "contact", "work", "own",
	}
}

// classSet is a set of classes, one a bit.
type classSet uint32

// has reports whether c is in the set.
func (s classSet) has(c class) bool { return s&(1<<c) != 0 }

// all yields the classes of the set in their order.
func (s classSet) all(yield func(class) bool) {
	for rest := s; rest != 0; rest &= rest - 1 {
		if !yield(class(bits.TrailingZeros32(uint32(rest)))) {
			return
		}
	}
}

// lexicon says which classes a word is in. Words are looked up by the hashes of
// their beginnings, which whoever reads a word byte by byte has at hand.
type lexicon struct {
	slots  []lexiconSlot
	shift  uint8
	begins [1 << 16]bool // the two bytes with which an entry begins; one alone has 0 after it
}

// lexiconSlot is a place in the table; key 0 is free.
type lexiconSlot struct {
	key   key
	whole classSet // of the word itself
	start classSet // of all words that begin so
}

// words is the lexicon that comes with the program.
var words = sync.OnceValue(func() *lexicon { return newLexicon(lexiconText) })

// newLexicon reads a lexicon. The text is this package's own: what it says wrongly
// is found by tests.
func newLexicon(text string) *lexicon {
	const size = 1 << 13
	l := &lexicon{slots: make([]lexiconSlot, size), shift: uint8(32 - bits.TrailingZeros(size))}
	in := classSet(0)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if name, heading := strings.CutSuffix(strings.TrimSpace(line), ":"); heading {
			in = classNamed(name)
			continue
		}
		for word := range strings.FieldsSeq(line) {
			l.put(word, in)
		}
	}
	return l
}

// classNamed returns the class of a heading alone in a set, and none for another
// word.
func classNamed(name string) classSet {
	for c, other := range classNames() {
		if name == other {
			return 1 << c
		}
	}
	return 0
}

// put adds an entry to the classes.
func (l *lexicon) put(word string, in classSet) {
	start, open := strings.CutSuffix(word, "*")
	slot := l.slot(keyOf(hashOf(start)))
	if open {
		slot.start |= in
	} else {
		slot.whole |= in
	}
	l.begins[beginning(start)] = true
}

// slot returns the place of a key, its own from then on.
func (l *lexicon) slot(k key) *lexiconSlot {
	mask := uint32(len(l.slots) - 1)
	for i := slotOf(k, l.shift); ; i = (i + 1) & mask {
		if slot := &l.slots[i]; slot.key == k || slot.key == 0 {
			slot.key = k
			return slot
		}
	}
}

// find returns the place of a key, nil if there is none.
func (l *lexicon) find(k key) *lexiconSlot {
	mask := uint32(len(l.slots) - 1)
	for i := slotOf(k, l.shift); ; i = (i + 1) & mask {
		switch slot := &l.slots[i]; slot.key {
		case k:
			return slot
		case 0:
			return nil
		}
	}
}

// shortestStart is the length from which an entry with * may be; longestStart
// bounds the search.
const (
	shortestStart = 2
	longestStart  = 24
)

// classesOf returns the classes of a word.
func (l *lexicon) classesOf(word string) (in classSet) {
	if word == "" || !l.begins[beginning(word)] {
		return 0
	}
	h := uint64(hashSeed)
	for i := range len(word) {
		h = extend(h, word[i])
		last := i == len(word)-1
		if n := i + 1; !last && (n < shortestStart || n > longestStart) {
			continue
		}
		if slot := l.find(keyOf(h)); slot != nil {
			in |= slot.start
			if last {
				in |= slot.whole
			}
		}
	}
	return in
}

// beginning returns the first two bytes of a word, the second 0 where there is
// none.
func beginning(word string) uint16 {
	if len(word) == 1 {
		return uint16(word[0])
	}
	return uint16(word[0]) | uint16(word[1])<<8
}

// hashOf returns the hash of a word.
func hashOf[T string | []byte](word T) uint64 {
	h := uint64(hashSeed)
	for i := range len(word) {
		h = extend(h, word[i])
	}
	return h
}
