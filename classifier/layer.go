package classifier

import (
	"errors"
	"sync"
)

// layer is one trained step of a model: the tables of both views and the
// logistic that joins their scores, upon the log-odds of the layer below it.
type layer struct {
	tables   [numViews]table
	logistic Logistic
	encoded  layerData // what the layer was made from, for the file
}

// layerData is the record of a layer: the counts and linear weights of the
// features that were chosen, and what else their ratios depend on.
type layerData struct {
	weights    [numLabels]int64 // of the comments, in grains
	linearUnit float64          // of the linear weights
	views      [numViews]viewData
}

// viewData is the record of one view.
type viewData struct {
	totals     [numLabels]int64 // over all features, also those not chosen
	vocabulary int              // all features, also those not chosen
	keys       []key            // ascending
	counts     [][numLabels]uint32
	linear     [][numContrasts]int16 // in linearUnit
}

// newLayer freezes a record; base is the background of the model below, nil if
// the layer stands alone. It fails for keys that are no hashes.
func newLayer(data layerData, logistic Logistic, base *background) (*layer, error) {
	l := &layer{logistic: logistic, encoded: data}
	var views sync.WaitGroup
	var errs [numViews]error
	for v := range l.tables {
		views.Go(func() { l.tables[v], errs[v] = data.table(v, base) })
	}
	views.Wait()
	return l, errors.Join(errs[:]...)
}

// table freezes a view.
func (d *layerData) table(v int, base *background) (table, error) {
	view := &d.views[v]
	r := newRatios(view.totals, base.total(v), view.vocabulary)
	return newTable(view.keys, func(i int) tableFeature {
		linear := pair{float64(view.linear[i][spam]) * d.linearUnit, float64(view.linear[i][abuse]) * d.linearUnit}
		return tableFeature{single(r.of(Count{labels: view.counts[i]}, base.of(v, view.keys[i]))), single(linear)}
	})
}

// single returns a pair in single precision.
func single(p pair) [numContrasts]float32 {
	return [numContrasts]float32{float32(p[spam]), float32(p[abuse])}
}

// background returns how the layer's ok comments speak.
func (l *layer) background() *background {
	b := newBackground()
	for v := range l.encoded.views {
		view := &l.encoded.views[v]
		for i, k := range view.keys {
			b.put(v, k, backgroundOf(view.counts[i][0], l.encoded.weights[0]))
		}
	}
	return b
}

// scores returns what the views say of a comment.
func (l *layer) scores(f *Features) (s [numViews]score) {
	for v := range s {
		if f.marks != nil {
			s[v] = l.tables[v].scoreOnce(f.keys[v], f.marks)
		} else {
			s[v] = l.tables[v].score(f.keys[v])
		}
	}
	return s
}

// logOdds returns the layer's word, given that of the layer below (nil: none).
// A comment in which it knows nothing leaves things as they are: base, or the
// prior.
func (l *layer) logOdds(s *[numViews]score, numbers *classNumbers, base *pair, prior pair) pair {
	if s[viewWords].n+s[viewCharacters].n == 0 {
		if base != nil {
			return *base
		}
		return prior
	}
	var buffer [inputsUpon]float64
	return l.logistic.logOdds(inputs(&buffer, s, numbers, base))
}
