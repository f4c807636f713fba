package classifier

import (
	"math"
	"math/rand/v2"
	"testing"
)

// linearProblem returns rows of which some features tell the label, and columns.
func linearProblem(seed uint64, n int) (rows []linearRow, columns [numViews][]float32) {
	const features = 12
	r := rand.New(rand.NewPCG(seed, 2))
	for v := range columns {
		for range features {
			columns[v] = append(columns[v], r.Float32()*2)
		}
	}
	for i := range n {
		row := linearRow{cost: 0.5 + 3*r.Float64(), sign: 1}
		if i%3 == 0 {
			row.sign = -1
		}
		for v := range row.ids {
			for id := range int32(features) {
				often := 0.3
				if id < 4 && (row.sign > 0) == (id%2 == 0) {
					often = 0.6
				}
				if r.Float64() < often {
					row.ids[v] = append(row.ids[v], id)
				}
			}
			row.scale[v] = float32(1 / math.Sqrt(float64(len(row.ids[v]))+1))
		}
		rows = append(rows, row)
	}
	return rows, columns
}

// linearLoss is what fitLinear minimises: half the squared length of the weights
// for scaled columns, the bias among them, and the costs of the comments.
func linearLoss(rows []linearRow, columns, weights [numViews][]float32, bias float64) float64 {
	loss := bias * bias / 2
	for v := range columns {
		for id, c := range columns[v] {
			if c > 0 {
				w := float64(weights[v][id])
				loss += w * w / float64(c) / 2
			}
		}
	}
	for _, r := range rows {
		margin := bias
		for v := range r.ids {
			for _, id := range r.ids[v] {
				margin += float64(weights[v][id] * r.scale[v])
			}
		}
		loss += r.cost * math.Log1p(math.Exp(-r.sign*margin))
	}
	return loss
}

// TestLinearIsTheMinimum compares with what plain gradient descent comes to, which
// shares nothing with the dual method.
func TestLinearIsTheMinimum(t *testing.T) {
	for seed := range uint64(5) {
		rows, columns := linearProblem(seed, 150)
		got, err := fitLinear(t.Context(), rows, columns, seed)
		if err != nil {
			t.Fatal(err)
		}
		want, bias := descended(rows, columns)
		least := linearLoss(rows, columns, want, bias)
		if loss := linearLoss(rows, columns, got, bias); loss > least*1.005 {
			t.Errorf("problem %d: loss %v, the least is %v", seed, loss, least)
		}
	}
}

// descended minimises by gradient descent, slowly and surely.
func descended(rows []linearRow, columns [numViews][]float32) (weights [numViews][]float32, bias float64) {
	for v := range weights {
		weights[v] = make([]float32, len(columns[v]))
	}
	const rate, steps = 0.002, 6000
	for range steps {
		slopes, biasSlope := [numViews][]float64{}, bias
		for v := range slopes {
			slopes[v] = make([]float64, len(columns[v]))
		}
		for _, r := range rows {
			margin := bias
			for v := range r.ids {
				for _, id := range r.ids[v] {
					margin += float64(weights[v][id] * r.scale[v])
				}
			}
			push := -r.cost * r.sign / (1 + math.Exp(r.sign*margin))
			biasSlope += push
			for v := range r.ids {
				for _, id := range r.ids[v] {
					slopes[v][id] += push * float64(r.scale[v])
				}
			}
		}
		bias -= rate * biasSlope
		for v := range weights {
			for id, c := range columns[v] { // in the coordinates of the scaled columns
				weights[v][id] -= float32(rate * (float64(weights[v][id]) + float64(c)*slopes[v][id]))
			}
		}
	}
	return weights, bias
}

// TestSolveDual checks the equation that a dual variable must meet.
func TestSolveDual(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 2000 {
		cost := math.Exp(r.NormFloat64() * 2)
		square, margin, old := 1+5*r.Float64(), 10*r.NormFloat64(), cost*r.Float64()
		got := solveDual(square, margin, cost, old)
		if !(got >= 0 && got <= cost) {
			t.Fatalf("%v is not between 0 and %v", got, cost)
		}
		if gap := math.Log(got/(cost-got)) + square*(got-old) + margin; math.Abs(gap) > 1e-3 && got > 1e-12*cost && got < cost*(1-1e-12) {
			t.Errorf("cost %v, square %v, margin %v, old %v: off by %v", cost, square, margin, old, gap)
		}
	}
}
