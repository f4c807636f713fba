package classifier

import (
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/moderation"
)

// maxWeights is how many weights an explanation has at most, minWeight how many
// log-odds one must move to be told, and namedWeight to be named in a line.
const (
	maxWeights  = 8
	minWeight   = 0.1
	namedWeight = 0.25
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
		if l.logistic.Curves != nil {
			e.bend(l, &s, f)
		}
	}
	return e
}

// bend scales evidence by the mean slope of the layer's curves, from what it says
// of a comment without any features to what it says of this one, so that it still
// adds up. The layer stands alone.
func (e *evidence) bend(l *layer, s *[numViews]score, f *Features) {
	var buffer [inputsUpon]float64
	x := inputs(&buffer, s, &f.numbers, nil)
	z := l.logistic.linear(x)
	var slope pair
	for c := range slope {
		slope[c] = l.logistic.Curves[c].slope(l.logistic.Intercept[c]+l.logistic.Weights[c][inputLength]*x[inputLength], z[c])
	}
	for v := range e {
		for i := range e[v] {
			for c := range slope {
				e[v][i][c] *= slope[c]
			}
		}
	}
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
func detail(r Reach, weights []moderation.Weight) string {
	line := "no word weighed towards it"
	if words := named(weights); words != "" {
		line = "words that weighed: " + words
	}
	if !r.Held() && r.Limit > 0 {
		line += " (" + r.from() + ")"
	}
	return line
}

// detailOK is the line for a comment that is ok: what there is of the label that
// is nearest, and how far that is from holding it.
func detailOK(nearest Reach, all []moderation.Weight) string {
	words := named(strongest(all, nearest.Label))
	if words != "" {
		return fmt.Sprintf("little speaks for %s (%s): %s", nearest.Label, nearest.from(), words)
	}
	if named(strongest(all, moderation.Spam)) == "" && named(strongest(all, moderation.Abuse)) == "" {
		return fmt.Sprintf("nothing speaks for spam or abuse (%s)", nearest)
	}
	return fmt.Sprintf("nothing speaks for %s (%s)", nearest.Label, nearest.from())
}

// named lists the strongest words that speak for the label, in quotes.
func named(weights []moderation.Weight) string {
	var towards []string
	for _, w := range weights {
		if w.Weight >= namedWeight && len(towards) < maxNamed {
			towards = append(towards, quoted(w.Feature))
		}
	}
	return strings.Join(towards, ", ")
}

// maxNamed is how many words a line names.
const maxNamed = 4

// quoted puts a feature's name in quotes.
func quoted(name string) string { return `"` + name + `"` }
