package classifier

import (
	"math"

	"gatehouse/internal/text"
)

// minComments is how many comments must have a feature for it to be learned; the
// vocabulary that counts are smoothed over has the others too.
const minComments = 2

// vocabulary counts the features of one view over all training comments. A
// feature's number is its place in the lists.
type vocabulary struct {
	numbers map[key]int32
	keys    []key
	counts  []Count
	only    []int16 // the fold that alone has the feature; manyFolds: several have it
	totals  [numLabels]int64
}

// manyFolds stands for more than one fold.
const manyFolds = -1

// newVocabulary returns an empty one.
func newVocabulary() *vocabulary { return &vocabulary{numbers: map[key]int32{}} }

// add counts a comment and returns its features' numbers.
func (v *vocabulary) add(keys []key, label, weight, fold int) []int32 {
	ids := make([]int32, len(keys))
	for i, k := range keys {
		id, known := v.numbers[k]
		if !known {
			id = int32(len(v.keys)) // fewer than keys are possible
			v.numbers[k] = id
			v.keys = append(v.keys, k)
			v.counts = append(v.counts, Count{})
			v.only = append(v.only, int16(fold))
		}
		v.counts[id].add(label, weight)
		if v.only[id] != int16(fold) {
			v.only[id] = manyFolds
		}
		ids[i] = id
	}
	v.totals[label] += int64(weight) * int64(len(keys))
	return ids
}

// size returns how many features there are, those of a background included, and
// how many there would be without each fold.
func (v *vocabulary) size(view, folds int, base *background) (whole int, without []int) {
	whole = len(v.keys)
	for k := range base.all(view) {
		if _, known := v.numbers[k]; !known {
			whole++
		}
	}
	without = make([]int, folds)
	for f := range without {
		without[f] = whole
	}
	for id, only := range v.only {
		if only != manyFolds && base.of(view, v.keys[id]) == 0 {
			without[only]--
		}
	}
	return whole, without
}

// tally returns the counts as a Tally of one view has them.
func (v *vocabulary) tally() viewTally {
	t := viewTally{counts: make(map[key]Count, len(v.keys)), totals: v.totals}
	for id, k := range v.keys {
		t.counts[k] = v.counts[id]
	}
	return t
}

// heard counts in how many comments each word stands.
type heard struct {
	words  map[key]heardWord
	normal text.Normalizer
	texts  int32
}

// heardWord is what is kept of a word.
type heardWord struct {
	comments int32
	last     int32 // the comment that was counted last, from 1
}

// add counts the words of a comment.
func (h *heard) add(s string) {
	h.texts++
	s = normalise(&h.normal, s, nil)
	for _, t := range tokenise(nil, s) {
		if t.kind != tokenWord {
			continue
		}
		k := keyOf(hashOf(s[t.start:t.end]))
		if w := h.words[k]; w.last != h.texts {
			h.words[k] = heardWord{w.comments + 1, h.texts}
		}
	}
}

// choice is the features that a model is made of, in one view, numbered anew.
type choice struct {
	keys   []key
	counts []Count
	whole  ratios
	// seen and without say the same without each fold: the ratios, and how the
	// counts are less.
	seen    []ratios
	without [][]Count
	size    int // of the vocabulary, all features
}

// known returns the log ratios of a feature by a model that has not seen the
// fold, and whether it would know the feature.
func (c *choice) known(id int32, fold int, base uint32) (ratio pair, known bool) {
	count := c.counts[id].sub(c.without[fold][id])
	if count.comments < minComments {
		return pair{}, false
	}
	return c.seen[fold].of(count, base), true
}

// column returns the length that a feature's column has for a contrast in the
// linear fit, squared: see fitLinear.
func column(ratio float64) float32 { return float32(math.Abs(ratio)) }
