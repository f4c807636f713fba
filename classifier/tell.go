package classifier

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gatehouse/internal/moderation"
)

// How evidence is told of words and of pairs of them, so that nothing is said
// twice; chosen by reading explanations.
const (
	// pairShare is how strong a pair must be beside the stronger of its words to
	// be told at all; else it counts for that word.
	pairShare = 0.5
	// takenShare is how strong a word may be beside a pair to count for the pair.
	takenShare = 1.5
)

// linkWord and handleWord stand for all links and for all handles.
const (
	linkWord   = "\x01"
	handleWord = "\x02"
)

// unit is what evidence is told of: a word, whichever links or handles, or a pair.
type unit struct {
	name  string
	sum   pair
	pair  bool
	words [2]int // of a pair: the units of its words
	you   bool   // of a word: it is "you"
	aimed bool   // of a pair: "you" with an angry word
	apart bool   // a pair of words that never stand side by side
}

// telling gathers evidence by unit, in the order in which they are met.
type telling struct {
	*extractor
	units []unit
	word  map[string]int
	pairs map[[2]int]int
}

// weights returns what weighed, as a person reads it, strongest first: the words
// with the evidence of their characters and classes, pairs of words, and links
// and handles by their number. x must have been traced.
func (x *extractor) weights(e *evidence) []moderation.Weight {
	units := x.units(e)
	var all []moderation.Weight
	for c, label := range moderation.Labels()[1:] {
		for i, w := range told(units, c) {
			if math.Abs(w) >= minWeight {
				all = append(all, moderation.Weight{Feature: units[i].name, Label: label, Weight: w})
			}
		}
	}
	slices.SortFunc(all, func(a, b moderation.Weight) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), cmp.Compare(a.Feature, b.Feature), cmp.Compare(a.Label, b.Label))
	})
	return all
}

// units returns what the evidence is told of, each with its sum.
func (x *extractor) units(e *evidence) []unit {
	t := &telling{extractor: x, word: map[string]int{}, pairs: map[[2]int]int{}}
	classes := t.addClasses(e)
	for v := range e {
		for i, add := range e[v] {
			if v != viewWords || !slices.Contains(classes, i) {
				t.unitAt(x.spans[v][i]).add(add)
			}
		}
	}
	return t.units
}

// addClasses shares what a class says, and its numbers, among its words. It
// returns which features the classes are.
func (t *telling) addClasses(e *evidence) (features []int) {
	for c := range numClasses {
		i := slices.Index(t.keys[viewWords], classKey(c))
		if i < 0 {
			continue
		}
		features = append(features, i)
		var words []int
		for at, in := range t.classes {
			if u := t.wordOf(t.tokens[at]); in.has(c) && !slices.Contains(words, u) {
				words = append(words, u)
			}
		}
		share := e[viewWords][i]
		for c := range share {
			share[c] /= float64(len(words))
		}
		for _, u := range words {
			t.units[u].add(share)
		}
	}
	return features
}

// add adds evidence.
func (u *unit) add(p pair) {
	for c := range p {
		u.sum[c] += p[c]
	}
}

// unitAt returns the unit of a feature that first stood at a place.
func (t *telling) unitAt(at span) *unit {
	first, _ := slices.BinarySearchFunc(t.tokens, at.start, func(t token, start int32) int { return cmp.Compare(t.start, int(start)) })
	end, _ := slices.BinarySearchFunc(t.tokens, at.end, func(t token, end int32) int { return cmp.Compare(t.start, int(end)) })
	words := [2]int{t.wordOf(t.tokens[first]), t.wordOf(t.tokens[end-1])}
	if words[0] == words[1] {
		return &t.units[words[0]]
	}
	i, known := t.pairs[words]
	if !known {
		i = len(t.units)
		t.pairs[words] = i
		t.units = append(t.units, unit{pair: true, words: words, apart: true})
	}
	if u := &t.units[i]; u.apart {
		u.apart = end-first > 2
		u.name = t.pairName(t.tokens[first], t.tokens[end-1], u.apart)
		u.aimed = aimed(t.classes[first], t.classes[end-1])
		t.units[words[0]].you, t.units[words[1]].you = t.classes[first].has(classYou), t.classes[end-1].has(classYou)
	}
	return &t.units[i]
}

// aimed reports whether one of two words is "you" and the other an angry one.
func aimed(a, b classSet) bool {
	var near [numAngry]int
	countAngry(&near, a, b)
	return near != [numAngry]int{}
}

// wordOf returns the unit of a token's word.
func (t *telling) wordOf(token token) int {
	id, name := t.called(token)
	i, known := t.word[id]
	if !known {
		i = len(t.units)
		t.word[id] = i
		t.units = append(t.units, unit{name: name})
	}
	return i
}

// called returns what tells a token's word from others, and how a person calls it.
func (x *extractor) called(t token) (id, name string) {
	switch t.kind {
	case tokenLink:
		return linkWord, x.counted(tokenLink, "a link", "links")
	case tokenHandle:
		return handleWord, x.counted(tokenHandle, "a handle", "handles")
	}
	id = x.text[t.start:t.end]
	return id, id
}

// counted names the tokens of a kind, which are one feature, by their number.
func (x *extractor) counted(kind tokenKind, one, many string) string {
	n := 0
	for _, t := range x.tokens {
		if t.kind == kind {
			n++
		}
	}
	if n == 1 {
		return one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// pairName returns how a person calls a pair of words: as they stand in the
// comment, or with an ellipsis where they stand apart.
func (x *extractor) pairName(a, b token, apart bool) string {
	between := " "
	if apart {
		between = " … "
	} else if x.wordName(a)+x.wordName(b) == x.text[a.start:a.end]+x.text[b.start:b.end] { // neither link nor handle
		switch as := x.text[a.end:b.start]; as {
		case "", "-", "/", ", ":
			between = as
		}
	}
	return x.wordName(a) + between + x.wordName(b)
}

// wordName returns how a pair calls one of its words.
func (x *extractor) wordName(t token) string {
	switch t.kind {
	case tokenLink:
		return "link"
	case tokenHandle:
		return "handle"
	}
	return x.text[t.start:t.end]
}

// told returns what to tell of each unit for a contrast. The sum stays the same:
// a pair that adds little to one of its words counts for it, and a word that says
// hardly more than a pair counts for the pair; "you" always does.
func told(units []unit, c int) []float64 {
	weight := func(i int) float64 { return units[i].sum[c] }
	heavy := func(i int) float64 { return math.Abs(weight(i)) }
	var pairs []int
	home := make([]int, len(units)) // which unit speaks for it
	for i := range units {
		home[i] = i
		if units[i].pair {
			pairs = append(pairs, i)
		}
	}
	slices.SortStableFunc(pairs, func(a, b int) int { return cmp.Compare(heavy(b), heavy(a)) })
	for _, p := range pairs {
		words := units[p].words
		stronger := words[0]
		if heavy(words[1]) > heavy(stronger) {
			stronger = words[1]
		}
		if heavy(p) < pairShare*heavy(stronger) && (!units[p].aimed || weight(p) < minWeight) {
			home[p] = stronger
			continue
		}
		for _, w := range words {
			taken := heavy(w) <= takenShare*heavy(p) || units[p].aimed && units[w].you
			if taken && home[w] == w && weight(w)*weight(p) >= 0 {
				home[w] = p
			}
		}
	}
	sums := make([]float64, len(units))
	for i := range units {
		at := home[home[i]] // a pair may count for a word that counts for another pair
		sums[at] += weight(i)
	}
	return sums
}
