package classifier

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gatehouse/internal/moderation"
)

// Logistic is a multinomial logistic of the three labels with ok as the one the
// others are told from: the log-odds of label c are Intercept[c] plus Weights[c]
// times the inputs, bent by Curves[c].
type Logistic struct {
	Weights   [numContrasts][]float64 `json:"weights"`
	Intercept [numContrasts]float64   `json:"intercept"`
	Curves    *[numContrasts]Curve    `json:"curves,omitempty"` // nil: as they are
}

// logOdds returns the log-odds of spam and abuse against ok.
func (l *Logistic) logOdds(x []float64) pair {
	z := l.linear(x)
	if l.Curves != nil {
		for c := range z {
			z[c] = l.Curves[c].of(z[c])
		}
	}
	return z
}

// linear returns the log-odds before they are bent.
func (l *Logistic) linear(x []float64) pair {
	z := pair(l.Intercept)
	for c := range z {
		for j, w := range l.Weights[c] {
			z[c] += w * x[j]
		}
	}
	return z
}

// Probabilities returns what the logistic makes of the inputs.
func (l *Logistic) Probabilities(x []float64) moderation.Probabilities {
	return probabilitiesOf(l.logOdds(x))
}

// probabilities returns the probabilities that log-odds stand for, in the order
// of moderation.Labels.
func probabilities(z pair) (p [numLabels]float64) {
	top := max(0, z[spam], z[abuse])
	p[0] = math.Exp(-top)
	sum := p[0]
	for c := range z {
		p[1+c] = math.Exp(z[c] - top)
		sum += p[1+c]
	}
	for y := range p {
		p[y] /= sum
	}
	return p
}

// Row is one comment to fit a logistic on.
type Row struct {
	Inputs []float64
	Label  int // its place in moderation.Labels
	Weight float64
}

// Fit bounds: Newton's method on a convex function of few variables needs about
// ten steps; a step is halved while it leads upwards.
const (
	maxSteps    = 100
	maxHalvings = 40
	tolerance   = 1e-10 // of the loss, relative
)

// FitLogistic returns the logistic that minimises the rows' weighed log loss
// plus penalty/2 times the squared distance of the weights, intercepts left out,
// from those of prior, which has no curves. Labels without rows keep prior's weights. It is Newton's
// method with the full Hessian (Böhning 1992, "Multinomial logistic regression
// algorithm"). Rows whose inputs are not as many as prior's weights, or not
// finite, are an error.
func FitLogistic(ctx context.Context, rows []Row, prior Logistic, penalty float64) (Logistic, error) {
	return newFit(rows, prior, slices.Repeat([]float64{penalty}, len(prior.Weights[0]))).run(ctx)
}

// FitStandardised is [FitLogistic] with each input's penalty multiplied by its
// variance, as if inputs were scaled to the same spread first: those that vary
// little have little to say, however they are measured.
func FitStandardised(ctx context.Context, rows []Row, prior Logistic, penalty float64) (Logistic, error) {
	penalties := variances(rows, len(prior.Weights[0]))
	for j, variance := range penalties {
		penalties[j] = max(penalty*variance, leastPenalty)
	}
	return newFit(rows, prior, penalties).run(ctx)
}

// leastPenalty keeps inputs that never vary where they are.
const leastPenalty = 1e-6

// variances returns each input's weighed variance.
func variances(rows []Row, inputs int) []float64 {
	mean, square, total := make([]float64, inputs), make([]float64, inputs), 0.0
	for i := range rows {
		total += rows[i].Weight
		for j, x := range rows[i].Inputs[:min(inputs, len(rows[i].Inputs))] {
			mean[j] += rows[i].Weight * x
			square[j] += rows[i].Weight * x * x
		}
	}
	for j := range square {
		mean[j] /= total
		square[j] = square[j]/total - mean[j]*mean[j]
	}
	return square
}

// run minimises.
func (f *fit) run(ctx context.Context) (Logistic, error) {
	f.loss = f.lossAt(f.at)
	if err := f.checkRows(); err != nil {
		return f.prior, err
	}
	for range maxSteps {
		if err := ctx.Err(); err != nil {
			return f.prior, err
		}
		gradient, hessian := f.slopes()
		step, err := solve(hessian, gradient)
		if err != nil {
			return f.prior, fmt.Errorf("fit logistic: %w", err)
		}
		if !f.descend(step) {
			break
		}
	}
	return f.logistic(), nil
}

// fit is a minimisation under way.
type fit struct {
	rows      []Row
	prior     Logistic
	penalties []float64 // of each input
	inputs    int
	active    []int     // the contrasts whose label has rows
	at        []float64 // for each active contrast its weights, then its intercept
	loss      float64   // there
}

// newFit starts at prior.
func newFit(rows []Row, prior Logistic, penalties []float64) *fit {
	f := &fit{rows: rows, prior: prior, penalties: penalties, inputs: len(penalties)}
	var seen [numLabels]bool
	for i := range rows {
		seen[rows[i].Label] = true
	}
	for c := range numContrasts {
		if seen[1+c] && seen[0] {
			f.active = append(f.active, c)
			f.at = append(append(f.at, prior.Weights[c]...), prior.Intercept[c])
		}
	}
	return f
}

// checkRows returns what is wrong with the rows.
func (f *fit) checkRows() error {
	for i := range f.rows {
		if n := len(f.rows[i].Inputs); n != f.inputs {
			return fmt.Errorf("fit logistic: row %d has %d inputs, not %d", i, n, f.inputs)
		}
	}
	if math.IsNaN(f.loss) || math.IsInf(f.loss, 0) {
		return errors.New("fit logistic: an input or weight is not a finite number")
	}
	return nil
}

// width returns how many variables one contrast has.
func (f *fit) width() int { return f.inputs + 1 }

// shares sets p to the probabilities of the active contrasts of a row, and
// returns minus the log of the probability of its label. Labels that are not
// active do not take part.
func (f *fit) shares(at []float64, r *Row, p []float64) float64 {
	top := 0.0
	for a := range f.active {
		w := at[a*f.width() : (a+1)*f.width()]
		z := w[f.inputs]
		for j, x := range r.Inputs {
			z += w[j] * x
		}
		p[a] = z
		top = max(top, z)
	}
	own, sum := 0.0, math.Exp(-top)
	for a, c := range f.active {
		if r.Label == 1+c {
			own = p[a]
		}
		p[a] = math.Exp(p[a] - top)
		sum += p[a]
	}
	for a := range p {
		p[a] /= sum
	}
	return top + math.Log(sum) - own
}

// lossAt returns the penalised loss.
func (f *fit) lossAt(at []float64) float64 {
	p := make([]float64, len(f.active))
	loss := 0.0
	for i := range f.rows {
		loss += f.rows[i].Weight * f.shares(at, &f.rows[i], p)
	}
	for a, c := range f.active {
		for j, mean := range f.prior.Weights[c] {
			d := at[a*f.width()+j] - mean
			loss += f.penalties[j] / 2 * d * d
		}
	}
	return loss
}

// slopes returns the gradient and the Hessian of the loss where the fit stands.
func (f *fit) slopes() (gradient []float64, hessian [][]float64) {
	n, width := len(f.at), f.width()
	gradient, hessian = make([]float64, n), make([][]float64, n)
	for i := range hessian {
		hessian[i] = make([]float64, n)
	}
	p, x := make([]float64, len(f.active)), make([]float64, width)
	x[f.inputs] = 1
	for i := range f.rows {
		r := &f.rows[i]
		f.shares(f.at, r, p)
		copy(x, r.Inputs)
		for a, c := range f.active {
			e := p[a]
			if r.Label == 1+c {
				e--
			}
			for j, v := range x {
				gradient[a*width+j] += r.Weight * e * v
			}
			for b := range a + 1 {
				f.addBlock(hessian, a, b, r.Weight*curvature(p, a, b), x)
			}
		}
	}
	f.addPenalty(gradient, hessian)
	for i := range hessian {
		for j := range i {
			hessian[j][i] = hessian[i][j]
		}
	}
	return gradient, hessian
}

// curvature is the second derivative of a row's loss by the log-odds a and b.
func curvature(p []float64, a, b int) float64 {
	if a == b {
		return p[a] * (1 - p[a])
	}
	return -p[a] * p[b]
}

// addBlock adds weight times x times x transposed to the lower half of the block
// of the contrasts a and b.
func (f *fit) addBlock(hessian [][]float64, a, b int, weight float64, x []float64) {
	for j, v := range x {
		if v == 0 {
			continue
		}
		row := hessian[a*f.width()+j][b*f.width():]
		v *= weight
		for l, u := range x {
			row[l] += v * u
		}
	}
}

// addPenalty adds the penalty's part; the intercepts have none, but a trace so
// that the Hessian stays invertible.
func (f *fit) addPenalty(gradient []float64, hessian [][]float64) {
	for a, c := range f.active {
		at := a * f.width()
		for j, mean := range f.prior.Weights[c] {
			gradient[at+j] += f.penalties[j] * (f.at[at+j] - mean)
			hessian[at+j][at+j] += f.penalties[j]
		}
		hessian[at+f.inputs][at+f.inputs] += 1e-9
	}
}

// descend takes the step, or the largest half of halves of it that leads
// downwards, and reports whether to go on.
func (f *fit) descend(step []float64) bool {
	next := make([]float64, len(f.at))
	scale := 1.0
	for range maxHalvings {
		for i := range next {
			next[i] = f.at[i] - scale*step[i]
		}
		loss := f.lossAt(next)
		if loss < f.loss {
			gain := f.loss - loss
			f.at, f.loss = next, loss
			return gain > tolerance*(1+loss)
		}
		scale /= 2
	}
	return false
}

// logistic returns where the fit stands.
func (f *fit) logistic() Logistic {
	l := f.prior
	for a, c := range f.active {
		w := f.at[a*f.width() : (a+1)*f.width()]
		l.Weights[c] = append([]float64(nil), w[:f.inputs]...)
		l.Intercept[c] = w[f.inputs]
	}
	return l
}

// solve returns x with a·x = b, by Gaussian elimination with partial pivoting;
// it overwrites a.
func solve(a [][]float64, b []float64) ([]float64, error) {
	n := len(b)
	x := append([]float64(nil), b...)
	for i := range n {
		pivot := i
		for j := i + 1; j < n; j++ {
			if math.Abs(a[j][i]) > math.Abs(a[pivot][i]) {
				pivot = j
			}
		}
		a[i], a[pivot] = a[pivot], a[i]
		x[i], x[pivot] = x[pivot], x[i]
		if a[i][i] == 0 || math.IsNaN(a[i][i]) {
			return nil, errors.New("the equations have no single solution")
		}
		for j := i + 1; j < n; j++ {
			factor := a[j][i] / a[i][i]
			for k := i; k < n; k++ {
				a[j][k] -= factor * a[i][k]
			}
			x[j] -= factor * x[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		for j := i + 1; j < n; j++ {
			x[i] -= a[i][j] * x[j]
		}
		x[i] /= a[i][i]
	}
	return x, nil
}
