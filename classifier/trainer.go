package classifier

import (
	"fmt"
	"math"
	"slices"

	"gatehouse/internal/moderation"
)

// Trainer counts labelled comments and makes models of the counts. First every
// comment is added, then Choose, then Inputs of every comment, then Model with
// the logistic that was fitted on them.
type Trainer struct {
	base  *Model // that the new layer stands upon; nil: none
	all   *Tally
	folds []*Tally
	seen  []foldRatios // of all comments but a fold's
	whole foldRatios   // of all
	least float64      // the importance from which a feature is chosen
}

// foldRatios are the ratios of both views.
type foldRatios [numViews]ratios

// NewTrainer returns a trainer for a layer upon base, or with nil for a model
// that stands alone.
func NewTrainer(base *Model, folds int) *Trainer {
	t := &Trainer{base: base, all: NewTally(), folds: make([]*Tally, folds), seen: make([]foldRatios, folds)}
	for i := range t.folds {
		t.folds[i] = NewTally()
	}
	return t
}

// Add counts a comment, in its fold too.
func (t *Trainer) Add(f *Features, label moderation.Label, weight, fold int) {
	t.all.Add(f, label, weight)
	t.folds[fold].Add(f, label, weight)
}

// Comments returns how many comments of each label were added.
func (t *Trainer) Comments() [3]int64 { return t.all.Comments() }

// background returns how ordinary comments speak, or nil without a base.
func (t *Trainer) background() *background {
	if t.base == nil {
		return nil
	}
	return t.base.background
}

// Choose settles the vocabulary: of all features that were added, the most
// important ones, at most limit in both views together, and those that are
// common in ok comments, whose rates lessons are compared with.
func (t *Trainer) Choose(limit int) {
	base := t.background()
	var weights []float64
	for v := range t.all.views {
		t.whole[v] = newRatios(t.all.views[v].totals, base.total(v), t.vocabulary(v, nil))
		for i, fold := range t.folds {
			totals := t.all.views[v].totals
			for y := range totals {
				totals[y] -= fold.views[v].totals[y]
			}
			t.seen[i][v] = newRatios(totals, base.total(v), t.vocabulary(v, fold))
		}
		for k, c := range t.all.views[v].counts {
			if !t.common(c) {
				weights = append(weights, importance(c, t.whole[v].of(c, base.of(v, k))))
			} else {
				limit--
			}
		}
	}
	if t.least = 0; len(weights) > limit {
		slices.Sort(weights)
		t.least = math.Nextafter(weights[len(weights)-1-max(limit, 0)], math.Inf(1))
	}
}

// vocabulary returns how many features there are in a view without those that
// only the fold has; a nil fold is empty.
func (t *Trainer) vocabulary(view int, fold *Tally) int {
	base := t.background()
	counts := t.all.views[view].counts
	n := len(counts)
	for k := range base.all(view) {
		if _, known := counts[k]; !known {
			n++
		}
	}
	if fold == nil {
		return n
	}
	for k, c := range fold.views[view].counts {
		if c.comments == counts[k].comments && base.of(view, k) == 0 {
			n--
		}
	}
	return n
}

// common reports whether a feature belongs to the new layer's own background.
func (t *Trainer) common(c Count) bool {
	return backgroundOf(c.labels[0], t.all.weights[0]) > 0
}

// Inputs returns the logistic's inputs for a comment of the fold, as a model
// that was trained without that fold would compute them.
func (t *Trainer) Inputs(f *Features, fold int) []float64 {
	base := t.background()
	var scores [numViews]score
	least := t.least * math.Sqrt(1-1/float64(len(t.folds))) // as fewer comments have the feature
	for v := range scores {
		for _, k := range f.keys[v] {
			whole := t.all.views[v].counts[k]
			c := whole.sub(t.folds[fold].views[v].counts[k])
			if c.comments == 0 {
				continue
			}
			ratio := t.seen[fold][v].of(c, base.of(v, k))
			if importance(c, ratio) >= least || t.common(whole) {
				scores[v].add(ratio)
			}
		}
	}
	if t.base == nil {
		return inputs(nil, &scores, nil)
	}
	below := t.base.logOdds(f)
	return inputs(nil, &scores, &below)
}

// Neutral returns the logistic from which fitting starts: nothing but the base's
// word.
func (t *Trainer) Neutral() Logistic {
	n := inputsAlone
	if t.base != nil {
		n = inputsUpon
	}
	var l Logistic
	for c := range l.Weights {
		l.Weights[c] = make([]float64, n)
		if t.base != nil {
			l.Weights[c][inputBase+c] = 1
		}
	}
	return l
}

// Model returns the model of all comments that were added, with the chosen
// features and the logistic. Info.FeatureSet, Labels, Comments and Base are
// filled in. A model whose frozen form disagrees with the library is an error.
func (t *Trainer) Model(l Logistic, info Info) (*Model, error) {
	info.FeatureSet, info.Labels, info.Comments = FeatureSet, moderation.Labels(), t.all.comments
	if err := checkPrior(info.Prior); err != nil {
		return nil, fmt.Errorf("%w model: %w", moderation.ErrInvalid, err)
	}
	var layers []*layer
	if t.base != nil {
		layers, info.Base = append(layers, t.base.layers...), t.base.id
	}
	if len(layers) == maxLayers {
		return nil, fmt.Errorf("%w model: it would stand upon %d others, more than a model may", moderation.ErrInvalid, maxLayers)
	}
	top := newLayer(t.record(), l, t.background())
	if err := t.agree(top); err != nil {
		return nil, err
	}
	m := newModel(info, append(layers, top))
	return m, m.encode()
}

// record returns the counts of the chosen features.
func (t *Trainer) record() layerData {
	base := t.background()
	data := layerData{weights: t.all.weights}
	for v := range data.views {
		view, counts := &data.views[v], t.all.views[v].counts
		view.totals, view.vocabulary = t.all.views[v].totals, t.vocabulary(v, nil)
		for k, c := range counts {
			if t.common(c) || importance(c, t.whole[v].of(c, base.of(v, k))) >= t.least {
				view.keys = append(view.keys, k)
			}
		}
		slices.Sort(view.keys)
		for _, k := range view.keys {
			view.counts = append(view.counts, counts[k].labels)
		}
	}
	return data
}

// How the frozen form is compared with the library.
const (
	agreeSamples = 100
	agreeSize    = 50 // features of a sample
)

// agree compares the layer's scores with the library's on samples of features.
func (t *Trainer) agree(l *layer) error {
	for v := range l.tables {
		keys := l.encoded.views[v].keys
		if len(keys) == 0 {
			continue
		}
		lib := t.all.Library(v, t.background())
		none, _, _ := lib.LogScores(nil) // its prior, which is not ours
		stride := max(1, len(keys)/agreeSamples)
		for from := 0; from < len(keys); from += stride {
			sample := keys[from:min(from+agreeSize, len(keys))]
			words := make([]string, len(sample))
			for i, k := range sample {
				words[i] = k.word()
			}
			scores, _, _ := lib.LogScores(words)
			frozen := l.tables[v].score(sample)
			for c := range frozen.sum {
				want := scores[1+c] - none[1+c] - scores[0] + none[0]
				if d := math.Abs(frozen.sum[c] - want); t.all.weights[1+c] > 0 && t.all.weights[0] > 0 && d > frozenError*float64(len(sample)) {
					return fmt.Errorf("freeze model: its score %v is not the library's, %v", frozen.sum[c], want)
				}
			}
		}
	}
	return nil
}

// frozenError bounds, for each feature, how far a frozen sum of log ratios is
// from the library's.
const frozenError = 1e-6
