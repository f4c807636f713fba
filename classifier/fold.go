package classifier

import (
	"cmp"
	"context"
	"math"
	"sync"
)

// foldModel is what the comments outside one fold say, of the chosen features.
type foldModel struct {
	trainer *Trainer
	fold    int
	ratios  [numViews][]pair
	known   [numViews][]bool
	linear  [numContrasts][numViews][]float32
}

// withoutFold returns the counts' part of a fold's model.
func (t *Trainer) withoutFold(fold int) *foldModel {
	m, base := &foldModel{trainer: t, fold: fold}, t.background()
	for v := range m.ratios {
		c := &t.choices[v]
		m.ratios[v], m.known[v] = make([]pair, len(c.keys)), make([]bool, len(c.keys))
		for id, k := range c.keys {
			m.ratios[v][id], m.known[v][id] = c.known(int32(id), fold, base.of(v, k))
		}
	}
	return m
}

// fit fits the linear weights of both contrasts, side by side. A label without
// comments has none.
func (m *foldModel) fit(ctx context.Context) error {
	var contrasts sync.WaitGroup
	var errs [numContrasts]error
	for c := range numContrasts {
		var columns [numViews][]float32
		for v := range columns {
			columns[v] = make([]float32, len(m.known[v]))
			m.linear[c][v] = make([]float32, len(m.known[v]))
			for id, known := range m.known[v] {
				if known {
					columns[v][id] = column(m.ratios[v][id][c])
				}
			}
		}
		if m.trainer.comments[1+c] == 0 || m.trainer.comments[0] == 0 {
			continue
		}
		contrasts.Go(func() {
			m.linear[c], errs[c] = fitLinear(ctx, m.linearRows(c), columns, uint64(m.fold)) // a fold's number is not negative
		})
	}
	contrasts.Wait()
	return cmp.Or(errs[:]...)
}

// linearRows returns the rows of the comments outside the fold.
func (m *foldModel) linearRows(contrast int) []linearRow {
	var rows []linearRow
	for i := range m.trainer.rows {
		r := &m.trainer.rows[i]
		if int(r.fold) == m.fold {
			continue
		}
		row := linearRow{ids: r.ids, cost: linearCost * float64(r.weight) / Grain, sign: -1}
		if int(r.label) == 1+contrast {
			row.sign = 1
		}
		for v := range r.ids {
			n := 0
			for _, id := range r.ids[v] {
				if m.known[v][id] {
					n++
				}
			}
			row.scale[v] = float32(1 / math.Sqrt(float64(n)+1))
		}
		rows = append(rows, row)
	}
	return rows
}

// row returns the logistic's inputs for a comment of the fold.
func (m *foldModel) row(r *trainRow) Row {
	var scores [numViews]score
	for v := range scores {
		for _, id := range r.ids[v] {
			if m.known[v][id] {
				linear := pair{float64(m.linear[spam][v][id]), float64(m.linear[abuse][v][id])}
				scores[v].add(m.ratios[v][id], linear)
			}
		}
	}
	var base *pair
	if m.trainer.base != nil {
		base = &r.base
	}
	var buffer [inputsUpon]float64
	x := inputs(&buffer, &scores, &r.numbers, base)
	return Row{Inputs: append([]float64(nil), x...), Label: int(r.label), Weight: float64(r.weight) / Grain}
}
