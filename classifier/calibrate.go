package classifier

import (
	"context"
	"math"
)

// calibrationPull is how hard a curve is pulled towards the identity.
const calibrationPull = 1.0

// Curve bends log-odds z into Low·z + (High−Low)·ln(1+exp(z)) + Shift: its slope
// goes from Low, far below 0, to High, far above. It is beta calibration (Kull,
// Silva Filho, Flach 2017, "Beta calibration", there in probabilities), of which
// Platt's method is the case of one slope. Slopes are above 0, so that no two
// comments change places.
type Curve struct {
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Shift float64 `json:"shift"`
}

// straight returns the curve that leaves log-odds as they are.
func straight() Curve { return Curve{Low: 1, High: 1} }

// of bends log-odds.
func (c Curve) of(z float64) float64 { return c.Low*z + (c.High-c.Low)*softplus(z) + c.Shift }

// softplus returns ln(1+exp(z)).
func softplus(z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }

// slope returns the mean slope from one point to another.
func (c Curve) slope(from, to float64) float64 {
	if to == from {
		return c.Low // nothing weighs in what does not move
	}
	return (c.of(to) - c.of(from)) / (to - from)
}

// valid reports whether a curve rises everywhere.
func (c Curve) valid() bool {
	return c.Low > 0 && c.High > 0 && !isNotFinite(c.Low) && !isNotFinite(c.High) && !isNotFinite(c.Shift)
}

// Calibrated returns the logistic with each label's log-odds bent so that they are
// those of the rows, which count the same whatever they weigh: the weights say
// what is to be learned from, not how frequent it is. Each label is fitted against
// ok. Labels without rows stay as they are.
func (l Logistic) Calibrated(ctx context.Context, rows []Row) (Logistic, error) {
	curves := [numContrasts]Curve{straight(), straight()}
	for c := range curves {
		var err error
		if curves[c], err = l.curve(ctx, c, rows); err != nil {
			return l, err
		}
	}
	l.Curves = &curves
	return l, nil
}

// curve fits the curve of a contrast. Where rows are so few or so odd that it would
// fall somewhere it has one slope, and where even that would, none.
func (l Logistic) curve(ctx context.Context, c int, rows []Row) (Curve, error) {
	var own []Row
	heard := false
	for i := range rows {
		if y := rows[i].Label; y == 0 || y == 1+c {
			z := l.linear(rows[i].Inputs)[c]
			own = append(own, Row{Inputs: []float64{z, softplus(z)}, Label: y, Weight: 1})
			heard = heard || y > 0
		}
	}
	if !heard {
		return straight(), nil
	}
	for inputs := 2; inputs > 0; inputs-- {
		identity := []float64{1, 0}[:inputs]
		for i := range own {
			own[i].Inputs = own[i].Inputs[:inputs]
		}
		fit, err := FitLogistic(ctx, own, Logistic{Weights: [numContrasts][]float64{identity, identity}}, calibrationPull)
		if err != nil {
			return straight(), err
		}
		w := append(fit.Weights[c], 0)
		if bent := (Curve{Low: w[0], High: w[0] + w[1], Shift: fit.Intercept[c]}); bent.valid() {
			return bent, nil
		}
	}
	return straight(), nil
}

// Shifted returns the logistic with a label's log-odds that much larger: the label
// with this place in moderation.Labels, which is not ok.
func (l Logistic) Shifted(label int, by float64) Logistic {
	if l.Curves == nil {
		l.Intercept[label-1] += by
		return l
	}
	curves := *l.Curves
	curves[label-1].Shift += by
	l.Curves = &curves
	return l
}
