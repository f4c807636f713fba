package classifier

import (
	"strconv"

	"github.com/jbrukh/bayesian"

	"gatehouse/internal/moderation"
)

// Grain is what one comment of weight one adds to a count. Counts are integers;
// a comment of another weight adds another number, at least 1.
const Grain = 16

// Count is what a tally knows of one feature.
type Count struct {
	labels   [numLabels]uint32 // the weights, in grains, of the comments with the feature
	comments uint32            // how many those are
}

// add counts a comment of a label, by its place, with this weight in grains.
func (c *Count) add(label, weight int) {
	c.labels[label] += uint32(weight)
	c.comments++
}

// sub returns c without what d counts.
func (c Count) sub(d Count) Count {
	for y := range c.labels {
		c.labels[y] -= d.labels[y]
	}
	c.comments -= d.comments
	return c
}

// Tally counts the features of labelled comments: the record from which log
// ratios are made. It is a pure function of the comments that stand in it,
// whatever their order: taking one out again leaves no trace. It is not safe for
// concurrent use.
type Tally struct {
	views    [numViews]viewTally
	comments [numLabels]int64 // how many
	weights  [numLabels]int64 // and their weights, in grains
}

// viewTally is a tally of one view.
type viewTally struct {
	counts map[key]Count
	totals [numLabels]int64 // sums of counts.labels
}

// NewTally returns an empty tally.
func NewTally() *Tally {
	t := &Tally{}
	for v := range t.views {
		t.views[v].counts = map[key]Count{}
	}
	return t
}

// Add counts a comment of the label and the weight, in grains, at least 1.
// Labels that are none of the three count nothing.
func (t *Tally) Add(f *Features, label moderation.Label, weight int) {
	t.change(f, label, weight, 1, nil)
}

// Remove takes out a comment that was added with the same features, label and
// weight. Features that no comment has any more leave.
func (t *Tally) Remove(f *Features, label moderation.Label, weight int) {
	t.change(f, label, weight, -1, nil)
}

// change adds a comment, or with sign -1 takes it out. It calls turned, if that is
// set, for each feature that no comment had before, or that none has any more.
func (t *Tally) change(f *Features, label moderation.Label, weight, sign int, turned func(view int, k key)) {
	y, ok := labelIndex(label)
	if !ok {
		return
	}
	grains := int64(sign) * int64(weight)
	t.comments[y] += int64(sign)
	t.weights[y] += grains
	for v := range t.views {
		view := &t.views[v]
		for _, k := range f.keys[v] {
			c := view.counts[k]
			if turned != nil && c.comments+uint32(min(sign, 0)) == 0 {
				turned(v, k)
			}
			c.labels[y] += uint32(grains) // two's complement: takes away what is negative
			c.comments += uint32(sign)
			if c.comments == 0 {
				delete(view.counts, k)
			} else {
				view.counts[k] = c
			}
		}
		view.totals[y] += grains * int64(len(f.keys[v]))
	}
}

// Comments returns how many comments of each label the tally counts, in the
// order of moderation.Labels.
func (t *Tally) Comments() [3]int64 { return t.comments }

// Library returns the counts of the words (view 0) or characters (view 1) as a
// classifier of the library that is the model of record, with its classes in
// the order of moderation.Labels and the features as [key.word] writes them.
//
// The library adds one to each count and knows a feature only where it was
// observed. So every feature is observed in every class: that makes a joint
// vocabulary. In grains, adding one comment is adding [Grain]; the library adds
// the last grain itself.
func (t *Tally) Library(view int, base *background) *bayesian.Classifier {
	lib := bayesian.NewClassifier(classes()...)
	observe := func(k key, c Count) {
		for y, class := range lib.Classes {
			lib.Observe(k.word(), int(c.labels[y])+int(base.of(view, k))+Grain-1, class)
		}
	}
	for k, c := range t.views[view].counts {
		observe(k, c)
	}
	for k := range base.all(view) {
		if _, known := t.views[view].counts[k]; !known {
			observe(k, Count{})
		}
	}
	return lib
}

// classes returns the library's names of the labels.
func classes() []bayesian.Class {
	var all []bayesian.Class
	for _, l := range moderation.Labels() {
		all = append(all, bayesian.Class(l))
	}
	return all
}

// word returns the feature's name in the library.
func (k key) word() string { return strconv.FormatUint(uint64(k), 36) }
