package training

import (
	"cmp"
	"math"
	"slices"
)

// step is one threshold: how many comments of the label and how many others
// have at least this probability of it.
type step struct {
	p              float64
	caught, others int
}

// ranking is every threshold that tells comments apart, from the highest down,
// for one label against the rest.
type ranking struct {
	steps                []step
	positives, negatives int
}

// rankingOf ranks rows by their probability of a label.
func rankingOf(rows []row, label int) ranking {
	type score struct {
		p        float64
		positive bool
	}
	scores := make([]score, len(rows))
	for i, r := range rows {
		scores[i] = score{r.p[label], int(r.label) == label}
	}
	slices.SortFunc(scores, func(a, b score) int { return cmp.Compare(b.p, a.p) })
	var r ranking
	for i, s := range scores {
		if s.positive {
			r.positives++
		} else {
			r.negatives++
		}
		if i+1 == len(scores) || scores[i+1].p != s.p {
			r.steps = append(r.steps, step{s.p, r.positives, r.negatives})
		}
	}
	return r
}

// auc returns the area under the ROC curve by the trapezoidal rule, which is
// the statistic of Mann and Whitney with ties counting half. Undefined without
// comments on either side.
func (r ranking) auc() Figure {
	var area float64
	var last step
	for _, s := range r.steps {
		area += float64(s.others-last.others) * float64(s.caught+last.caught) / 2
		last = s
	}
	return Figure(area / float64(r.positives) / float64(r.negatives))
}

// averagePrecision returns Σ (Rₙ − Rₙ₋₁) Pₙ over the thresholds, as scikit-learn
// does. Undefined without comments of the label.
func (r ranking) averagePrecision() Figure {
	if r.positives == 0 {
		return Figure(math.NaN())
	}
	var sum float64
	last := 0
	for _, s := range r.steps {
		sum += float64(s.caught-last) * float64(s.caught) / float64(s.caught+s.others)
		last = s.caught
	}
	return Figure(sum / float64(r.positives))
}

// recallAtFPR returns the largest recall of a threshold that takes at most the
// share fpr of the others for the label. Undefined without comments on either
// side.
func (r ranking) recallAtFPR(fpr float64) Figure {
	if r.positives == 0 || r.negatives == 0 {
		return Figure(math.NaN())
	}
	best := 0
	for _, s := range r.steps {
		if float64(s.others) > fpr*float64(r.negatives) {
			break
		}
		best = s.caught
	}
	return share(best, r.positives)
}

// atPrediction returns precision, recall and F1 of what comments were taken for.
func atPrediction(rows []row, label int) (precision, recall, f1 Figure) {
	var hits, predicted, actual int
	for _, r := range rows {
		is, said := int(r.label) == label, int(r.predicted) == label
		if is {
			actual++
		}
		if said {
			predicted++
		}
		if is && said {
			hits++
		}
	}
	return share(hits, predicted), share(hits, actual), share(2*hits, predicted+actual)
}

// logLoss returns the mean of -ln(the probability of what is true).
func logLoss(rows []row, label int) Figure {
	const eps = 0x1p-52 // as scikit-learn for float64
	var sum float64
	for _, r := range rows {
		p := min(max(r.p[label], eps), 1-eps)
		if int(r.label) != label {
			p = 1 - p
		}
		sum -= math.Log(p)
	}
	return Figure(sum / float64(len(rows)))
}

// bins is how many of equal width a calibration has.
const bins = 15

// bin is what fell between two probabilities.
type bin struct {
	n, positives, sum float64 // of weights; sum: times probabilities
}

// calibrated compares probabilities with shares.
type calibrated [bins]bin

// calibration sorts rows into bins by their probability of a label; a bin holds
// its lower bound, the last one also 1.
func calibration(rows []row, label int) *calibrated {
	var c calibrated
	for _, r := range rows {
		c.add(r.p[label], int(r.label) == label, 1)
	}
	return &c
}

// add counts a comment with this weight.
func (c *calibrated) add(p float64, positive bool, weight float64) {
	b := &c[min(int(p*bins), bins-1)]
	b.n += weight
	b.sum += weight * p
	if positive {
		b.positives += weight
	}
}

// ece returns Σ |share − mean probability| over the bins, weighed by their size.
func (c *calibrated) ece() Figure {
	var off, n float64
	for _, b := range c {
		off += math.Abs(b.positives - b.sum)
		n += b.n
	}
	return Figure(off / n)
}
