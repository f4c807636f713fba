package classifier

import (
	"math"
	"math/rand/v2"
	"testing"
)

// drawn returns rows whose labels are drawn by the log-odds of abuse that truth
// makes of an input, with weights that say nothing.
func drawn(n int, truth func(x float64) float64) (rows []Row) {
	r := rand.New(rand.NewPCG(1, 9))
	for range n {
		x := 2 * r.NormFloat64()
		row := Row{Inputs: []float64{x}, Weight: math.Exp(r.NormFloat64())}
		if r.Float64() < 1/(1+math.Exp(-truth(x))) {
			row.Label = 1 + abuse
		}
		rows = append(rows, row)
	}
	return rows
}

// TestCalibratedFindsTheCurve draws labels by log-odds that a logistic gets wrong
// by a factor and a constant, or by a factor that is another one above than below.
func TestCalibratedFindsTheCurve(t *testing.T) {
	wrong := Logistic{Weights: [numContrasts][]float64{{1}, {3}}, Intercept: [numContrasts]float64{0, 5}}
	bent := Curve{Low: 2, High: .5, Shift: 1}
	for name, truth := range map[string]func(x float64) float64{
		"a line":  func(x float64) float64 { return x - 1 },
		"a curve": func(x float64) float64 { return bent.of(3*x + 5) },
	} {
		t.Run(name, func(t *testing.T) {
			got, err := wrong.Calibrated(t.Context(), drawn(200_000, truth))
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range []float64{-3, -2, -1, 0, 1, 2} {
				wantNear(t, "log-odds", got.logOdds([]float64{x})[abuse], truth(x), 0.2)
			}
			if x := []float64{.7}; got.logOdds(x)[spam] != wrong.logOdds(x)[spam] {
				t.Errorf("a label without rows changed: %+v", got.Curves)
			}
			if wrong.Curves != nil || wrong.Weights[abuse][0] != 3 {
				t.Error("the logistic itself changed")
			}
		})
	}
}

// TestCalibrationNeverFalls has labels that go against the logistic, all over or
// only above.
func TestCalibrationNeverFalls(t *testing.T) {
	l := Logistic{Weights: [numContrasts][]float64{{1}, {1}}}
	for name, truth := range map[string]func(x float64) float64{
		"all over": func(x float64) float64 { return -x }, "above": func(x float64) float64 { return -math.Abs(x) },
	} {
		t.Run(name, func(t *testing.T) {
			got, err := l.Calibrated(t.Context(), drawn(20_000, truth))
			if err != nil {
				t.Fatal(err)
			}
			if !got.Curves[abuse].valid() {
				t.Errorf("curve %+v falls", got.Curves[abuse])
			}
		})
	}
}

func TestShifted(t *testing.T) {
	l := Logistic{Weights: [numContrasts][]float64{{1}, {3}}}
	bent := l
	bent.Curves = &[numContrasts]Curve{{Low: 1, High: 1}, {Low: 2, High: .5}}
	for _, l := range []Logistic{l, bent} {
		before := l.logOdds([]float64{.3})
		shifted := l.Shifted(1+abuse, 2)
		after := shifted.logOdds([]float64{.3})
		wantNear(t, "abuse", after[abuse], before[abuse]+2, 1e-9)
		wantNear(t, "spam", after[spam], before[spam], 1e-9)
		if l.logOdds([]float64{.3}) != before {
			t.Error("the logistic itself changed")
		}
	}
}

// TestCurvesOfFilesRise refuses files whose curves would turn the order of comments
// round, and curves of a layer upon another one.
func TestCurvesOfFilesRise(t *testing.T) {
	for name, tt := range map[string]struct {
		curve  Curve
		inputs int
		fine   bool
	}{
		"rises": {straight(), inputsAlone, true}, "falls below": {Curve{Low: -1, High: 1}, inputsAlone, false},
		"falls above": {Curve{Low: 1, High: -1}, inputsAlone, false}, "upon another layer": {straight(), inputsUpon, false},
	} {
		t.Run(name, func(t *testing.T) {
			var h layerHeader
			h.Logistic.Curves = &[numContrasts]Curve{straight(), tt.curve}
			for c := range h.Logistic.Weights {
				h.Logistic.Weights[c] = make([]float64, tt.inputs)
			}
			if err := h.check(tt.inputs); (err == nil) != tt.fine {
				t.Errorf("err = %v, want one: %v", err, !tt.fine)
			}
		})
	}
}
