package classifier

import (
	"cmp"
	_ "embed" // for the lexicon
	"maps"
	"math/bits"
	"slices"
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

// lexicon says which classes a word is in. It is a tree: a node stands for what
// entries begin with, and most words leave it after two or three letters.
type lexicon struct {
	nodes  []lexiconNode // the first is the root
	labels []byte        // of each node: the byte that leads to it
}

// lexiconNode is a node of the tree. Its children stand side by side, in the order
// of their bytes.
type lexiconNode struct {
	letters  uint32   // the letters of children, 1<<0 for a
	whole    classSet // of the word itself
	start    classSet // of all words that begin so
	first    uint16   // child
	children uint8
	lower    uint8 // how many children come before the letters
}

// words is the lexicon that comes with the program.
var words = sync.OnceValue(func() *lexicon { return newLexicon(lexiconText) })

// newLexicon reads a lexicon. The text is this package's own: what it says wrongly
// is found by tests.
func newLexicon(text string) *lexicon {
	nodes := map[string]*lexiconNode{"": {}} // by what they stand for
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
			putEntry(nodes, word, in)
		}
	}
	order := slices.SortedFunc(maps.Keys(nodes), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	number := make(map[string]int, len(order))
	l := &lexicon{labels: make([]byte, len(order))}
	for i, s := range order {
		number[s] = i
		l.nodes = append(l.nodes, *nodes[s])
		if i > 0 {
			l.labels[i] = s[len(s)-1]
			l.nodes[number[s[:len(s)-1]]].adopt(i, l.labels[i])
		}
	}
	return l
}

// putEntry adds an entry to the classes, with all that it begins with.
func putEntry(nodes map[string]*lexiconNode, word string, in classSet) {
	start, open := strings.CutSuffix(word, "*")
	for n := 1; n <= len(start); n++ {
		if nodes[start[:n]] == nil {
			nodes[start[:n]] = &lexiconNode{}
		}
	}
	if node := nodes[start]; open {
		node.start |= in
	} else {
		node.whole |= in
	}
}

// adopt makes node i a child, the next after those that there are.
func (n *lexiconNode) adopt(i int, label byte) {
	if n.children == 0 {
		n.first = uint16(i) // the lexicon is small
	}
	n.children++
	switch {
	case label < 'a':
		n.lower++
	case label <= 'z':
		n.letters |= 1 << (label - 'a')
	}
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

// child returns the child of a node that a byte leads to; the root if there is
// none.
func (l *lexicon) child(node int, b byte) int {
	n := &l.nodes[node]
	if letter := b - 'a'; letter <= 'z'-'a' {
		bit := uint32(1) << letter
		if n.letters&bit == 0 {
			return 0
		}
		return int(n.first) + int(n.lower) + bits.OnesCount32(n.letters&(bit-1))
	}
	for i := int(n.first); i < int(n.first)+int(n.children); i++ {
		if l.labels[i] == b {
			return i
		}
	}
	return 0
}

// classesOf returns the classes of a word.
func (l *lexicon) classesOf(word string) (in classSet) {
	node := 0
	for i := range len(word) {
		if node = l.child(node, word[i]); node == 0 {
			return in
		}
		in |= l.nodes[node].start
	}
	return in | l.nodes[node].whole
}

// hashOf returns the hash of a word.
func hashOf[T string | []byte](word T) uint64 {
	h := uint64(hashSeed)
	for i := range len(word) {
		h = extend(h, word[i])
	}
	return h
}
