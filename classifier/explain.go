package classifier

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gatehouse/internal/moderation"
)

// maxWeights is how many weights an explanation has at most, minWeight how many
// log-odds one must move to be told.
const (
	maxWeights = 8
	minWeight  = 0.05
)

// evidence is what each feature of a comment adds to the log-odds, parallel to
// the keys of the features.
type evidence [numViews][]pair

// newEvidence returns no evidence about the features.
func newEvidence(f *Features) evidence {
	var e evidence
	for v := range e {
		e[v] = make([]pair, len(f.keys[v]))
	}
	return e
}

// evidence returns what each feature adds to the log-odds in all layers. A layer
// hands on what the one below said, times its weights for it.
func (m *Model) evidence(f *Features) evidence {
	e := newEvidence(f)
	for i, l := range m.layers {
		s := l.scores(f)
		if s[viewWords].n+s[viewCharacters].n == 0 {
			continue
		}
		w := &l.logistic.Weights
		for v := range e {
			norm := s[v].norm()
			for j, k := range f.keys[v] {
				below := e[v][j]
				ratio, linear, _ := l.tables[v].get(k)
				for c := range numContrasts {
					at := v * numContrasts
					e[v][j][c] = (w[c][at+spam]*ratio[spam] + w[c][at+abuse]*ratio[abuse] +
						w[c][inputLinear+spam]*linear[spam] + w[c][inputLinear+abuse]*linear[abuse]) / norm
					if i > 0 {
						e[v][j][c] += w[c][inputBase+spam]*below[spam] + w[c][inputBase+abuse]*below[abuse]
					}
				}
			}
		}
		e.addNumbers(l, f)
	}
	return e
}

// addNumbers adds what the class numbers say to the features that are those
// classes: a class itself, or the first pair of it with "you".
func (e *evidence) addNumbers(l *layer, f *Features) {
	add := func(k key, input int, number float32) bool {
		i := slices.Index(f.keys[viewWords], k)
		if i < 0 {
			return false
		}
		for c := range numContrasts {
			e[viewWords][i][c] += l.logistic.Weights[c][inputNumbers+input] * float64(number)
		}
		return true
	}
	for input, number := range f.numbers {
		switch {
		case number == 0:
		case input < 2*int(numClasses):
			add(classKey(class(input%int(numClasses))), input, number)
		default:
			c := angry()[input-2*int(numClasses)]
			_ = add(classPairKey(classYou, c), input, number) || add(classPairKey(c, classYou), input, number)
		}
	}
}

// weights returns what weighed, as a person reads it, strongest first: the words
// with the evidence of the characters in them, pairs of words, and links
// and handles by their number. x must have been traced.
func (x *extractor) weights(e *evidence) []moderation.Weight {
	sums := map[string]pair{}
	for v := range e {
		for i, add := range e[v] {
			at := x.spans[v][i]
			name := x.name(at)
			sum := sums[name]
			for c := range sum {
				sum[c] += add[c]
			}
			sums[name] = sum
		}
	}
	var all []moderation.Weight
	for name, sum := range sums {
		for c, label := range moderation.Labels()[1:] {
			if math.Abs(sum[c]) >= minWeight {
				all = append(all, moderation.Weight{Feature: name, Label: label, Weight: sum[c]})
			}
		}
	}
	slices.SortFunc(all, func(a, b moderation.Weight) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), cmp.Compare(a.Feature, b.Feature), cmp.Compare(a.Label, b.Label))
	})
	return all
}

// name returns how a person calls the feature that first stood at a place: the
// words themselves, links and handles by what they are.
func (x *extractor) name(at span) string {
	first, _ := slices.BinarySearchFunc(x.tokens, at.start, func(t token, start int32) int { return cmp.Compare(t.start, int(start)) })
	own := x.tokens[first:]
	end, _ := slices.BinarySearchFunc(own, at.end, func(t token, end int32) int { return cmp.Compare(t.start, int(end)) })
	if end > 1 {
		between := " "
		if end > 2 {
			between = " … "
		}
		return x.tokenName(own[0], "link", "handle") + between + x.tokenName(own[end-1], "link", "handle")
	}
	return x.tokenName(own[0], x.counted(tokenLink, "a link", "links"), x.counted(tokenHandle, "a handle", "handles"))
}

// tokenName returns how a person calls a token, given names for links and
// handles.
func (x *extractor) tokenName(t token, link, handle string) string {
	switch t.kind {
	case tokenLink:
		return link
	case tokenHandle:
		return handle
	}
	return x.text[t.start:t.end]
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

// strongest returns the weights that an explanation of a label shows: those that
// speak of it, towards and against, at most maxWeights.
func strongest(all []moderation.Weight, label moderation.Label) []moderation.Weight {
	var own []moderation.Weight
	for _, w := range all {
		if w.Label == label {
			own = append(own, w)
		}
	}
	return own[:min(len(own), maxWeights)]
}

// detail is the line that a person reads: what pushed a comment towards its
// label.
func detail(weights []moderation.Weight) string {
	if words := named(weights); words != "" {
		return "words that weighed: " + words
	}
	return "no word weighed towards it"
}

// detailOK is the line for a comment that is ok: what there is of the label that
// is nearest.
func detailOK(nearest moderation.Label, weights []moderation.Weight) string {
	if words := named(weights); words != "" {
		return fmt.Sprintf("little speaks for %s: %s", nearest, words)
	}
	return fmt.Sprintf("nothing speaks for %s", nearest)
}

// named lists the strongest words that speak for the label, in quotes.
func named(weights []moderation.Weight) string {
	var towards []string
	for _, w := range weights {
		if w.Weight > 0 && len(towards) < maxNamed {
			towards = append(towards, `"`+w.Feature+`"`)
		}
	}
	return strings.Join(towards, ", ")
}

// maxNamed is how many words a line names.
const maxNamed = 4
