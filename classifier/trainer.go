package classifier

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"gatehouse/internal/moderation"
)

// Trainer makes models of labelled comments. First every text is heard, then
// every comment added, then Choose, then Rows, then Model with the logistic that
// was fitted on the rows.
type Trainer struct {
	base   *Model // that the new layer stands upon; nil: none
	folds  int
	pooled bool

	heard    heard
	views    [numViews]*vocabulary
	comments [numLabels]int64
	weights  [numLabels]int64
	rows     []trainRow
	choices  [numViews]choice
	linear   [numViews][]pair // the mean of the folds' weights
}

// Comment is a labelled comment to train on.
type Comment struct {
	Text   string
	Parent string // the name of whom it answers; empty: nobody
	Label  moderation.Label
	Weight int // in grains, at least 1
	Fold   int
}

// trainRow is what is kept of a comment.
type trainRow struct {
	ids     [numViews][]int32
	numbers classNumbers
	base    pair // the word of the model below
	label   uint8
	fold    uint8
	weight  int32
}

// NewTrainer returns a trainer for a layer upon base, or with nil for a model
// that stands alone. Pooled says that the comments come from several sources, so
// that how many words of a class they use tells the source rather than the label.
func NewTrainer(base *Model, folds int, pooled bool) *Trainer {
	t := &Trainer{base: base, folds: folds, pooled: pooled, heard: heard{words: map[key]heardWord{}}}
	for v := range t.views {
		t.views[v] = newVocabulary()
	}
	return t
}

// Hear notes the words of a text: disguised words are read as words that were
// heard.
func (t *Trainer) Hear(text string) { t.heard.add(text) }

// knows reports whether a word was heard in enough comments.
func (t *Trainer) knows(word []byte) bool {
	return t.heard.words[keyOf(hashOf(word))].comments >= minComments || t.base != nil && t.base.hasWord(word)
}

// Add counts comments, on all cores. Labels that are none of the three are left
// out.
func (t *Trainer) Add(comments []Comment) {
	features := make([]Features, len(comments))
	inParallel(len(comments), func(from, to int) {
		x := extractor{known: t.knows}
		for i := from; i < to; i++ {
			x.read(comments[i].Text, comments[i].Parent)
			features[i] = x.clone()
		}
	})
	from := len(t.rows)
	for i, c := range comments {
		y, ok := labelIndex(c.Label)
		if !ok {
			continue
		}
		row := trainRow{label: uint8(y), fold: uint8(c.Fold), weight: int32(c.Weight)}
		if !t.pooled {
			row.numbers = features[i].numbers
		}
		if t.base != nil {
			row.base = t.base.logOdds(&features[i])
		}
		t.rows = append(t.rows, row)
		t.comments[y]++
		t.weights[y] += int64(c.Weight)
	}
	var views sync.WaitGroup
	for v := range t.views {
		views.Go(func() {
			n := from
			for i, c := range comments {
				if _, ok := labelIndex(c.Label); ok {
					row := &t.rows[n]
					row.ids[v] = t.views[v].add(features[i].keys[v], int(row.label), c.Weight, c.Fold)
					n++
				}
			}
		})
	}
	views.Wait()
}

// inParallel calls work for parts of 0 to n-1, on all cores.
func inParallel(n int, work func(from, to int)) {
	const part = 64
	parts := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n/part+1) {
		workers.Go(func() {
			for from := range parts {
				work(from, min(from+part, n))
			}
		})
	}
	for from := 0; from < n; from += part {
		parts <- from
	}
	close(parts)
	workers.Wait()
}

// Comments returns how many comments of each label were added.
func (t *Trainer) Comments() [3]int64 { return t.comments }

// background returns how ordinary comments speak, or nil without a base.
func (t *Trainer) background() *background {
	if t.base == nil {
		return nil
	}
	return t.base.background
}

// Choose settles the features: of those that more than one comment has the most
// important ones, at most limit in both views together, and those that are
// common in ok comments, whose rates lessons are compared with.
func (t *Trainer) Choose(limit int) {
	base := t.background()
	var weights []float64
	for v, view := range t.views {
		c := &t.choices[v]
		var sizes []int
		c.size, sizes = view.size(v, t.folds, base)
		c.whole = newRatios(view.totals, base.total(v), c.size)
		for f, size := range sizes {
			c.seen = append(c.seen, newRatios(t.totalsWithout(v, f), base.total(v), size))
		}
		for id, count := range view.counts {
			if t.common(count) {
				limit--
			} else if count.comments >= minComments {
				weights = append(weights, importance(count, c.whole.of(count, base.of(v, view.keys[id]))))
			}
		}
	}
	least := 0.0
	if len(weights) > limit {
		slices.Sort(weights)
		least = math.Nextafter(weights[len(weights)-1-max(limit, 0)], math.Inf(1))
	}
	for v := range t.views {
		t.renumber(v, least)
	}
}

// totalsWithout returns the totals of a view without those of a fold.
func (t *Trainer) totalsWithout(view, fold int) [numLabels]int64 {
	totals := t.views[view].totals
	for i := range t.rows {
		if r := &t.rows[i]; int(r.fold) == fold {
			totals[r.label] -= int64(r.weight) * int64(len(r.ids[view]))
		}
	}
	return totals
}

// renumber makes the choice of a view, of what is common or has at least this
// importance, and numbers the comments' features by it.
func (t *Trainer) renumber(v int, least float64) {
	view, c, base := t.views[v], &t.choices[v], t.background()
	number := make([]int32, len(view.keys))
	for id, count := range view.counts {
		number[id] = -1
		if t.common(count) || count.comments >= minComments && importance(count, c.whole.of(count, base.of(v, view.keys[id]))) >= least {
			number[id] = int32(len(c.keys))
			c.keys = append(c.keys, view.keys[id])
			c.counts = append(c.counts, count)
		}
	}
	c.without = make([][]Count, t.folds)
	for f := range c.without {
		c.without[f] = make([]Count, len(c.keys))
	}
	for i := range t.rows {
		r := &t.rows[i]
		chosen := r.ids[v][:0]
		for _, id := range r.ids[v] {
			if number[id] >= 0 {
				chosen = append(chosen, number[id])
				c.without[r.fold][number[id]].add(int(r.label), int(r.weight))
			}
		}
		r.ids[v] = chosen
	}
}

// common reports whether a feature belongs to the new layer's own background.
func (t *Trainer) common(c Count) bool {
	return c.comments >= minComments && backgroundOf(c.labels[0], t.weights[0]) > 0
}

// Rows returns the logistic's row of each comment, in the order in which they
// were added, as models compute it that were trained without the comment's fold.
// Done is called after each fold with how many are done, and how many there are.
func (t *Trainer) Rows(ctx context.Context, done func(n, of int)) ([]Row, error) {
	rows := make([]Row, len(t.rows))
	for v := range t.linear {
		t.linear[v] = make([]pair, len(t.choices[v].keys))
	}
	for f := range t.folds {
		m := t.withoutFold(f)
		if err := m.fit(ctx); err != nil {
			return nil, err
		}
		for v := range t.linear {
			for id := range t.linear[v] {
				for c := range numContrasts {
					t.linear[v][id][c] += float64(m.linear[c][v][id]) / float64(t.folds)
				}
			}
		}
		inParallel(len(rows), func(from, to int) {
			for i := from; i < to; i++ {
				if int(t.rows[i].fold) == f {
					rows[i] = m.row(&t.rows[i])
				}
			}
		})
		done(f+1, t.folds)
	}
	return rows, ctx.Err()
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
	info.FeatureSet, info.Labels, info.Comments = FeatureSet, moderation.Labels(), t.comments
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
	top, err := newLayer(t.record(), l, t.background())
	if err != nil {
		return nil, fmt.Errorf("freeze model: %w", err)
	}
	if err := t.agree(top); err != nil {
		return nil, err
	}
	m := newModel(info, append(layers, top))
	return m, m.encode()
}

// record returns the counts and linear weights of the chosen features.
func (t *Trainer) record() layerData {
	data := layerData{weights: t.weights, linearUnit: t.linearUnit()}
	for v := range data.views {
		view, c := &data.views[v], &t.choices[v]
		view.totals, view.vocabulary = t.views[v].totals, c.size
		order := make([]int, len(c.keys))
		for id := range order {
			order[id] = id
		}
		slices.SortFunc(order, func(a, b int) int { return cmp.Compare(c.keys[a], c.keys[b]) })
		for _, id := range order {
			view.keys = append(view.keys, c.keys[id])
			view.counts = append(view.counts, c.counts[id].labels)
			var linear [numContrasts]int16
			for i := range linear {
				if data.linearUnit > 0 {
					linear[i] = int16(math.Round(t.linear[v][id][i] / data.linearUnit))
				}
			}
			view.linear = append(view.linear, linear)
		}
	}
	return data
}

// linearUnits is how many units the largest linear weight has.
const linearUnits = 1000

// linearUnit returns the unit in which linear weights are kept.
func (t *Trainer) linearUnit() float64 {
	most := 0.0
	for v := range t.linear {
		for _, w := range t.linear[v] {
			most = max(most, math.Abs(w[spam]), math.Abs(w[abuse]))
		}
	}
	return most / linearUnits
}
