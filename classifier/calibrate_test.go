package classifier

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestCalibratedFindsTheScale draws labels by log-odds that a logistic gets wrong
// by a factor and a constant, with weights that say nothing.
func TestCalibratedFindsTheScale(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	wrong := Logistic{Weights: [numContrasts][]float64{{1}, {3}}, Intercept: [numContrasts]float64{0, 5}}
	var rows []Row
	for range 40_000 {
		x := 2 * r.NormFloat64()
		row := Row{Inputs: []float64{x}, Weight: math.Exp(r.NormFloat64())}
		if r.Float64() < 1/(1+math.Exp(-(x-1))) {
			row.Label = 1 + abuse
		}
		rows = append(rows, row)
	}
	got, err := wrong.Calibrated(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	wantNear(t, "scale", got.Weights[abuse][0], 1, 0.05)
	wantNear(t, "constant", got.Intercept[abuse], -1, 0.05)
	if got.Weights[spam][0] != 1 || got.Intercept[spam] != 0 {
		t.Errorf("a label without rows changed: %+v", got)
	}
	if wrong.Weights[abuse][0] != 3 {
		t.Error("the logistic itself changed")
	}
}
