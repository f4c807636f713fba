package classifier

import (
	"math"
	"strings"

	"gatehouse/internal/text"
)

// classReach is how many tokens apart two words may stand to be seen together.
const classReach = 4

// numNumbers is how many class numbers there are: of each class two, and one for
// each of the angry ones near "you".
const (
	numAngry   = 4
	numNumbers = 2*int(numClasses) + numAngry
)

// classNumbers say how a comment is made of classes: of each class the log of how
// many words it has, then of each their share of the tokens, then the log of how
// often words of each angry class stand near "you". Logs are of one more.
type classNumbers [numNumbers]float32

// angry are the classes that are told apart by whom they are aimed at.
func angry() [numAngry]class {
	return [numAngry]class{classProfanity, classInsult, classSlur, classViolence}
}

// readClasses adds the classes of words, and the pairs of classes near each
// other in the order in which they stand.
func (x *extractor) readClasses(addressed string) {
	x.classify(addressed)
	var counts [numClasses]int
	var near [numAngry]int
	for i, in := range x.classes {
		if in == 0 {
			continue
		}
		for c := range in.all {
			counts[c]++
			x.keys[viewWords] = append(x.keys[viewWords], classKey(c))
		}
		x.trace(viewWords, x.tokens[i].start, x.tokens[i].end)
		for j := i + 1; j < len(x.classes) && j <= i+classReach; j++ {
			if x.classes[j] != 0 {
				x.readClassPair(i, j)
				countAngry(&near, in, x.classes[j])
			}
		}
	}
	x.numbers.set(&counts, &near, len(x.tokens))
}

// readClassPair adds the pairs of classes of two tokens.
func (x *extractor) readClassPair(i, j int) {
	for a := range x.classes[i].all {
		for b := range x.classes[j].all {
			x.keys[viewWords] = append(x.keys[viewWords], classPairKey(a, b))
		}
	}
	x.trace(viewWords, x.tokens[i].start, x.tokens[j].end)
}

// countAngry counts which angry classes stand by "you".
func countAngry(near *[numAngry]int, a, b classSet) {
	if !a.has(classYou) && !b.has(classYou) {
		return
	}
	for i, c := range angry() {
		if a.has(classYou) && b.has(c) || b.has(classYou) && a.has(c) {
			near[i]++
		}
	}
}

// classify finds the classes of all tokens. A word of the name of whom one
// answers is "you".
func (x *extractor) classify(addressed string) {
	x.classes = x.classes[:0]
	lexicon := words()
	for _, t := range x.tokens {
		in := classSet(0)
		switch t.kind {
		case tokenWord, tokenSymbol:
			in = lexicon.classesOf(x.text[t.start:t.end])
			if t.digits >= longDigits {
				in |= 1 << classNumber
			}
		case tokenLink:
			in = 1<<classLink | 1<<classContact
		}
		x.classes = append(x.classes, in)
	}
	if addressed != "" {
		x.findAddressed(addressed)
	}
}

// longDigits is how many digits a number has at least that is dialled rather than
// read, a telephone's or a short code; years and small sums have fewer.
const longDigits = 5

// Of a name, parts of at least minName bytes are looked for, at most maxNames of
// them: whoever writes a name may make it as long as a comment.
const (
	minName  = 3
	maxNames = 8
	maxName  = 200 // characters that are looked at
)

// findAddressed marks the words of a name as "you".
func (x *extractor) findAddressed(name string) {
	parts := 0
	for _, part := range text.Words(text.Normal(firstRunes(name, maxName))) {
		if len(part) < minName {
			continue
		}
		if parts++; parts > maxNames {
			return
		}
		for i, t := range x.tokens {
			word := x.text[t.start:t.end]
			if t.kind == tokenHandle {
				word = strings.TrimPrefix(word, "@")
			}
			if word == part || t.kind == tokenWord && strings.TrimSuffix(word, "'s") == part {
				x.classes[i] |= 1 << classYou
			}
		}
	}
}

// set computes the numbers of a comment of so many tokens.
func (n *classNumbers) set(counts *[numClasses]int, near *[numAngry]int, tokens int) {
	*n = classNumbers{}
	for c, count := range counts {
		if count > 0 {
			n[c] = float32(math.Log1p(float64(count)))
			n[int(numClasses)+c] = float32(count) / float32(tokens)
		}
	}
	for i, count := range near {
		if count > 0 {
			n[2*int(numClasses)+i] = float32(math.Log1p(float64(count)))
		}
	}
}

// classSeed, classPairSeed and shapeSeed begin the hashes of classes, of their
// pairs and of numbers' shapes; no word in normal form holds these bytes.
const (
	classSeed     = 3
	classPairSeed = 4
	shapeSeed     = 5
)

// classKey returns the feature that a class is.
func classKey(c class) key {
	return keyOf(extend(extend(hashSeed, classSeed), byte(c)))
}

// classPairKey returns the feature that two classes near each other are.
func classPairKey(a, b class) key {
	return keyOf(extend(extend(extend(hashSeed, classPairSeed), byte(a)), byte(b)))
}
