package classifier

import (
	"context"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// nothing returns a logistic of n inputs that says nothing.
func nothing(n int) Logistic {
	return Logistic{Weights: [numContrasts][]float64{make([]float64, n), make([]float64, n)}}
}

// wantNear fails where got is not want to so many units.
func wantNear(t testing.TB, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestLogisticKnownSolution fits R's data set mtcars (Henderson and Velleman
// 1981), glm(am ~ wt, binomial): intercept 12.040, slope -4.024.
func TestLogisticKnownSolution(t *testing.T) {
	weight := []float64{2.620, 2.875, 2.320, 3.215, 3.440, 3.460, 3.570, 3.190, 3.150, 3.440, 3.440, 4.070, 3.730, 3.780, 5.250, 5.424,
		5.345, 2.200, 1.615, 1.835, 2.465, 3.520, 3.435, 3.840, 3.845, 1.935, 2.140, 1.513, 3.170, 2.770, 3.570, 2.780}
	manual := "11100000000000000111000001111111"
	var rows []Row
	for i, w := range weight {
		rows = append(rows, Row{[]float64{w}, int(manual[i]-'0') * (1 + abuse), 1})
	}
	l, err := FitLogistic(t.Context(), rows, nothing(1), 0)
	if err != nil {
		t.Fatal(err)
	}
	wantNear(t, "slope", l.Weights[abuse][0], -4.02397, 1e-4)
	wantNear(t, "intercept", l.Intercept[abuse], 12.04037, 1e-3)
	wantNear(t, "slope of a label without rows", l.Weights[spam][0], 0, 0)
}

// TestLogisticClosedForms has solutions that can be written down: a model that
// can tell all groups gives each group its shares.
func TestLogisticClosedForms(t *testing.T) {
	counts := [2][numLabels]float64{{40, 10, 20}, {15, 30, 5}} // by group, then label
	var rows []Row
	for group, byLabel := range counts {
		for y, n := range byLabel {
			rows = append(rows, Row{[]float64{float64(group)}, y, n})
		}
	}
	l, err := FitLogistic(t.Context(), rows, nothing(1), 0)
	if err != nil {
		t.Fatal(err)
	}
	for group, byLabel := range counts {
		p := probabilities(l.logOdds([]float64{float64(group)}))
		sum := byLabel[0] + byLabel[1] + byLabel[2]
		for y, n := range byLabel {
			wantNear(t, "share", p[y], n/sum, 1e-6)
		}
	}
}

// TestLogisticIsAtAMinimum moves every variable of random fits a little.
func TestLogisticIsAtAMinimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []Row
		for range rapid.IntRange(3, 30).Draw(t, "rows") {
			rows = append(rows, Row{
				[]float64{rapid.Float64Range(-3, 3).Draw(t, "x"), rapid.Float64Range(-3, 3).Draw(t, "y")},
				rapid.IntRange(0, 2).Draw(t, "label"), rapid.Float64Range(0.1, 3).Draw(t, "weight"),
			})
		}
		prior := nothing(2)
		prior.Weights[spam][0] = 1
		l, err := FitLogistic(context.Background(), rows, prior, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		f := newFit(rows, prior, []float64{0.5, 0.5})
		for a, c := range f.active {
			copy(f.at[a*3:], append(append([]float64{}, l.Weights[c]...), l.Intercept[c]))
		}
		least := f.lossAt(f.at)
		for i := range f.at {
			for _, d := range []float64{-0.01, 0.01} {
				f.at[i] += d
				if moved := f.lossAt(f.at); moved < least-1e-7*(1+least) {
					t.Fatalf("loss %v, and %v when variable %d moves by %v", least, moved, i, d)
				}
				f.at[i] -= d
			}
		}
	})
}

func TestLogisticPullsTowardsPrior(t *testing.T) {
	rows := []Row{{[]float64{1}, 0, 1}, {[]float64{1}, 1 + spam, 1}, {[]float64{-1}, 0, 1}}
	prior := nothing(1)
	prior.Weights[spam][0], prior.Weights[abuse][0] = 2, 7
	l, err := FitLogistic(t.Context(), rows, prior, 1e6)
	if err != nil {
		t.Fatal(err)
	}
	wantNear(t, "pulled weight", l.Weights[spam][0], 2, 1e-4)
	wantNear(t, "weight without rows", l.Weights[abuse][0], 7, 0)
}

// TestStandardisedIgnoresUnits measures one input in other units: its weight
// follows, and nothing else changes.
func TestStandardisedIgnoresUnits(t *testing.T) {
	var rows, other []Row
	for i := range 60 {
		x, y := math.Sin(float64(i*i)), math.Cos(float64(3*i))
		rows = append(rows, Row{[]float64{x, y}, i % numLabels, 1})
		other = append(other, Row{[]float64{1000 * x, y}, i % numLabels, 1})
	}
	a, err := FitStandardised(t.Context(), rows, nothing(2), 5)
	if err != nil {
		t.Fatal(err)
	}
	b, err := FitStandardised(t.Context(), other, nothing(2), 5)
	if err != nil {
		t.Fatal(err)
	}
	for c := range numContrasts {
		wantNear(t, "weight in other units", 1000*b.Weights[c][0], a.Weights[c][0], 1e-4)
		wantNear(t, "other weight", b.Weights[c][1], a.Weights[c][1], 1e-4)
	}
}

func TestLogisticRefuses(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		row  Row
		says string
	}{
		{"too many inputs", t.Context(), Row{[]float64{1, 2}, 1, 1}, "2 inputs, not 1"},
		{"no number", t.Context(), Row{[]float64{math.NaN()}, 1, 1}, "not a finite number"},
		{"an end", ended, Row{[]float64{1}, 1, 1}, "canceled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := []Row{{[]float64{1}, 0, 1}, c.row}
			if _, err := FitLogistic(c.ctx, rows, nothing(1), 1); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %q", err, c.says)
			}
		})
	}
}
