package classifier

import "context"

// calibrationPull is how hard the scale of log-odds is pulled towards one.
const calibrationPull = 1.0

// Calibrated returns the logistic with each label's log-odds scaled and moved so
// that they are those of the rows, which count the same whatever they weigh: the
// weights say what is to be learned from, not how frequent it is. It is Platt's
// method (1999, "Probabilistic Outputs for Support Vector Machines") for each
// label against ok, so that no two rows change places. Labels without rows stay
// as they are.
func (l Logistic) Calibrated(ctx context.Context, rows []Row) (Logistic, error) {
	out := l
	for c := range numContrasts {
		var own []Row
		heard := false
		for i := range rows {
			if y := rows[i].Label; y == 0 || y == 1+c {
				z := l.logOdds(rows[i].Inputs)[c]
				own = append(own, Row{Inputs: []float64{z}, Label: y, Weight: 1})
				heard = heard || y > 0
			}
		}
		if !heard {
			continue
		}
		fit, err := FitLogistic(ctx, own, Logistic{Weights: [numContrasts][]float64{{1}, {1}}}, calibrationPull)
		if err != nil {
			return l, err
		}
		scale := fit.Weights[c][0]
		out.Weights[c] = make([]float64, len(l.Weights[c]))
		for j, w := range l.Weights[c] {
			out.Weights[c][j] = scale * w
		}
		out.Intercept[c] = scale*l.Intercept[c] + fit.Intercept[c]
	}
	return out, nil
}
