package classifier

import (
	"context"
	"math"
	"math/rand/v2"
)

// How the linear weights are fitted, chosen on the corpora's dev parts.
const (
	linearCost   = 3.0 // of an error, against the squared length of the weights
	linearEpochs = 7   // passes over the comments; more change no AUC by .0005
	linearSteps  = 50  // of Newton's method for one comment at most; three or so are taken
)

// linearRow is a comment for the linear fit: the features that it has among those
// of the fold's model, in each view divided by the view's norm.
type linearRow struct {
	ids    [numViews][]int32
	scale  [numViews]float32 // one over the norm
	square float64           // of the row's length, its columns scaled
	cost   float64
	sign   float64 // 1: of the label; -1: of another
}

// fitLinear returns weights for binary features that tell a label from the
// others: logistic regression, L2-regularised, upon columns that are multiplied
// by the square root of their log ratio (Wang and Manning 2012, "Baselines and
// Bigrams"), with rows divided by each view's norm. columns are the log ratios
// without their sign, for each view by feature; the weights are for the binary
// features themselves.
//
// It is dual coordinate descent (Yu, Huang and Lin 2011, "Dual coordinate descent
// methods for logistic regression"), where a dual variable is kept as its
// log-odds u: alpha = cost / (1 + exp(-u)).
func fitLinear(ctx context.Context, rows []linearRow, columns [numViews][]float32, seed uint64) ([numViews][]float32, error) {
	f := linearFit{columns: columns, alpha: make([]float64, len(rows))}
	for v := range f.weights {
		f.weights[v] = make([]float32, len(columns[v]))
	}
	order := make([]int, len(rows))
	for i := range rows {
		order[i] = i
		rows[i].square = rows[i].squareIn(&columns)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for range linearEpochs {
		if err := ctx.Err(); err != nil {
			return f.weights, err
		}
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			f.step(&rows[i], i)
		}
	}
	return f.weights, nil
}

// linearFit is a fit under way.
type linearFit struct {
	columns [numViews][]float32
	weights [numViews][]float32
	bias    float64
	alpha   []float64
}

// squareIn returns the squared length of the row, the bias counted as one more.
func (r *linearRow) squareIn(columns *[numViews][]float32) float64 {
	sum := 1.0
	for v := range r.ids {
		part := float32(0)
		for _, id := range r.ids[v] {
			part += columns[v][id]
		}
		sum += float64(part * r.scale[v] * r.scale[v])
	}
	return sum
}

// step optimises the dual variable of one comment.
func (f *linearFit) step(r *linearRow, i int) {
	margin := f.bias
	for v := range r.ids {
		weights, sum := f.weights[v], float32(0)
		for _, id := range r.ids[v] {
			sum += weights[id]
		}
		margin += float64(sum * r.scale[v])
	}
	next := solveDual(r.square, r.sign*margin, r.cost, f.alpha[i])
	change := r.sign * (next - f.alpha[i])
	f.alpha[i] = next
	f.bias += change
	for v := range r.ids {
		weights, columns, by := f.weights[v], f.columns[v], float32(change)*r.scale[v]
		for _, id := range r.ids[v] {
			weights[id] += by * columns[id]
		}
	}
}

// solveDual returns the alpha in (0, cost) that solves
// log(alpha/(cost-alpha)) + square*(alpha-old) + margin = 0, by Newton's method on
// u, the logarithm; the left side grows with u at a rate between 1 and
// 1 + square*cost/4, so that the root lies between bounds that are known.
func solveDual(square, margin, cost, old float64) float64 {
	low, high := -margin-square*(cost-old), -margin+square*old
	u := min(max(-margin, low), high)
	alpha := cost / (1 + math.Exp(-u))
	for n := range linearSteps {
		gap := u + square*(alpha-old) + margin
		if math.Abs(gap) < 1e-6 {
			break
		}
		if gap > 0 {
			high = u
		} else {
			low = u
		}
		u -= gap / (1 + square*alpha*(1-alpha/cost))
		if u < low || u > high || n%4 == 3 { // Newton's method alone can go round in circles
			u = (low + high) / 2
		}
		alpha = cost / (1 + math.Exp(-u))
	}
	return alpha
}
