package training

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// The default options, chosen on the corpora's dev parts.
const (
	// DefaultFeatures keeps what all 1.2 million features of the corpora give,
	// but for .001 of AUC.
	DefaultFeatures = 200_000
	// DefaultOKHeld is the contract's share of decent comments that may be held.
	DefaultOKHeld = 0.03
)

// How the logistic is fitted.
const (
	manyFolds  = 10 // for few examples
	fewFolds   = 5
	manyUntil  = 1500
	penalty    = 30.0 // of a model that stands alone, for many examples
	penaltyPer = 40.0 // examples for which the penalty grows by one
	basePull   = 20.0 // towards the base's word alone
	minOfLabel = 10   // examples, for a label to be learned
)

// FitOptions says how to train. The zero value trains from nothing.
type FitOptions struct {
	Base      *classifier.Model        // to build upon; nil: nothing
	Prior     moderation.Probabilities // zero: [DefaultPrior]
	Features  int                      // at most; 0: DefaultFeatures
	OKHeld    float64                  // share of ok comments that the limits may hold; 0: DefaultOKHeld
	Name      string                   // of the model
	Part      string                   // of the files that the examples are; for the record
	Stats     ReadStats                // of the files that they come from; for the record
	TrainedAt time.Time                // for the record
	// Progress is called now and then with how many examples of how many passes
	// over them are done.
	Progress func(done, total int64)
}

// DefaultPrior is what a blog's shares are taken to be; the corpora are about
// half abuse.
func DefaultPrior() moderation.Probabilities {
	return moderation.Probabilities{OK: 0.90, Spam: 0.05, Abuse: 0.05}
}

// Fit trains a model: counts for both views, then a logistic on scores of folds
// that the counts had not seen (5 folds, 10 for fewer than 1,500 examples),
// calibrated on them, moved from the examples' shares of labels to the prior, then the thresholds
// that hold at most OKHeld of the ok examples on those same scores.
//
// Upon a base, the base's log-odds are two more inputs, and fitting pulls
// towards them: little data changes little.
//
// A label with fewer than ten examples is not learned, and keeps the prior's or
// the base's word; without ok and one other label there is nothing to learn,
// which is an error that wraps [moderation.ErrInvalid].
//
// The evaluation is of those same scores: each example as a model judges it that
// has not seen the example's fold.
func Fit(ctx context.Context, examples []Example, opts FitOptions) (*classifier.Model, Evaluation, error) {
	if opts.Prior == (moderation.Probabilities{}) {
		opts.Prior = DefaultPrior()
	}
	opts.Features = cmp.Or(opts.Features, DefaultFeatures)
	opts.OKHeld = cmp.Or(opts.OKHeld, DefaultOKHeld)
	examples, err := learnable(examples)
	if err != nil {
		return nil, Evaluation{}, err
	}
	r := newRun(examples, opts)
	if err := r.count(ctx); err != nil {
		return nil, Evaluation{}, err
	}
	r.trainer.Choose(opts.Features)
	rows, err := r.trainer.Rows(ctx, r.fitted)
	if err != nil {
		return nil, Evaluation{}, err
	}
	logistic, err := r.logistic(ctx, rows)
	if err != nil {
		return nil, Evaluation{}, err
	}
	r.judge(logistic, rows)
	model, err := r.trainer.Model(logistic, r.info())
	if err != nil {
		return nil, Evaluation{}, err
	}
	return model, r.evaluation(model.Limits()), nil
}

// learnable returns the examples of the labels that have enough of them.
func learnable(examples []Example) ([]Example, error) {
	counts := map[moderation.Label]int{}
	for _, e := range examples {
		counts[e.Label]++
	}
	enough := func(l moderation.Label) bool { return counts[l] >= minOfLabel }
	if !enough(moderation.OK) || !enough(moderation.Spam) && !enough(moderation.Abuse) {
		return nil, fmt.Errorf("%w training data: it needs %d comments that are ok and %d that are spam or abuse; it has %d ok, %d spam, %d abuse",
			moderation.ErrInvalid, minOfLabel, minOfLabel, counts[moderation.OK], counts[moderation.Spam], counts[moderation.Abuse])
	}
	return Part(examples, func(i int) bool { return enough(examples[i].Label) }), nil
}

// run is a training run.
type run struct {
	examples []Example
	opts     FitOptions
	folds    []int // of each example
	numFolds int
	weights  []int // of each example, in grains
	trainer  *classifier.Trainer
	judged   []judged // each example, by a model that had not seen its fold
}

// newRun deals the examples into folds and weighs them.
func newRun(examples []Example, opts FitOptions) *run {
	r := &run{examples: examples, opts: opts, numFolds: fewFolds, weights: weights(examples)}
	if len(examples) < manyUntil {
		r.numFolds = manyFolds
	}
	r.folds = Folds(examples, r.numFolds)
	r.trainer = classifier.NewTrainer(opts.Base, r.numFolds, len(sources(examples)) > 1)
	return r
}

// passes is how many times Fit goes through the examples, as it tells progress:
// to hear, to count and to fit.
const passes = 3

// report tells how far the pass is.
func (r *run) report(pass, n, of int) {
	if r.opts.Progress != nil {
		all := int64(len(r.examples))
		r.opts.Progress(int64(pass)*all+all*int64(n)/int64(of), passes*all)
	}
}

// fitted tells how far the last pass is.
func (r *run) fitted(n, of int) { r.report(passes-1, n, of) }

// batch is how many examples are worked on between two looks at the context.
const batch = 2000

// count adds all examples to the trainer.
func (r *run) count(ctx context.Context) error {
	for pass, work := range []func(from, to int){r.hear, r.add} {
		for from := 0; from < len(r.examples); from += batch {
			if err := ctx.Err(); err != nil {
				return err
			}
			to := min(from+batch, len(r.examples))
			work(from, to)
			r.report(pass, to, len(r.examples))
		}
	}
	return nil
}

// hear lets the trainer note the words.
func (r *run) hear(from, to int) {
	for _, e := range r.examples[from:to] {
		r.trainer.Hear(e.Text)
	}
}

// add lets the trainer count the features.
func (r *run) add(from, to int) {
	var comments []classifier.Comment
	for i := from; i < to; i++ {
		e := &r.examples[i]
		comments = append(comments, classifier.Comment{
			Text: e.Text, Parent: e.ParentAuthor, Label: e.Label, Weight: r.weights[i], Fold: r.folds[i],
		})
	}
	r.trainer.Add(comments)
}

// logistic fits the weights, calibrates what stands alone, and moves it from the
// rows' shares of labels to the prior: Bayes' rule adds the log of the ratio of
// the odds.
func (r *run) logistic(ctx context.Context, rows []classifier.Row) (classifier.Logistic, error) {
	fit, pull := classifier.FitStandardised, min(penalty, float64(len(rows))/penaltyPer)
	if r.opts.Base != nil {
		fit, pull = classifier.FitLogistic, basePull
	}
	l, err := fit(ctx, rows, r.trainer.Neutral(), pull)
	if err != nil {
		return l, err
	}
	shares := map[moderation.Label]float64{}
	if r.opts.Base == nil {
		if l, err = l.Calibrated(ctx, rows); err != nil {
			return l, err
		}
	}
	for i := range rows {
		if r.opts.Base == nil {
			shares[r.examples[i].Label]++
		} else {
			shares[r.examples[i].Label] += rows[i].Weight
		}
	}
	for c, label := range moderation.Labels()[1:] {
		prior := math.Log(r.opts.Prior.Of(label) / r.opts.Prior.OK)
		switch {
		case shares[label] > 0:
			l = l.Shifted(1+c, prior-math.Log(shares[label]/shares[moderation.OK]))
		case r.opts.Base == nil:
			l = l.Shifted(1+c, prior)
		}
	}
	return l, nil
}

// judge keeps what the logistic makes of the rows.
func (r *run) judge(l classifier.Logistic, rows []classifier.Row) {
	r.judged = make([]judged, len(rows))
	for i := range rows {
		r.judged[i] = judged{r.examples[i].Label, l.Probabilities(rows[i].Inputs)}
	}
}

// Score is what was judged before: it makes a judged a [Scorer].
func (j judged) Score(moderation.Submission) moderation.Probabilities { return j.p }

// evaluation measures what was judged against the thresholds.
func (r *run) evaluation(limits moderation.Thresholds) Evaluation {
	v := Evaluator{Limits: limits}
	for i, e := range r.examples {
		v.Add(Score(r.judged[i], limits, e))
	}
	return v.Result()
}

// info describes the model, and finds its thresholds.
func (r *run) info() classifier.Info {
	info := classifier.Info{
		Name: r.opts.Name, Prior: r.opts.Prior, DataSHA256: r.opts.Stats.SHA256, TrainedAt: r.opts.TrainedAt.UTC(),
		Sources: sources(r.examples),
		Options: classifier.Options{
			Part: r.opts.Part, Folds: r.numFolds, Features: r.opts.Features, Penalty: penalty, OKHeld: r.opts.OKHeld,
		},
	}
	info.Limits, info.OKHeld = limits(r.judged, r.opts.OKHeld, r.opts.Prior)
	for _, f := range r.opts.Stats.Files {
		info.Files = append(info.Files, classifier.File{Name: filepath.Base(f.Path), SHA256: f.SHA256, Examples: f.Examples})
	}
	return info
}

// sources counts the examples by source and label, sources in the order of
// their names.
func sources(examples []Example) []classifier.SourceCounts {
	counts := map[string]*classifier.SourceCounts{}
	for _, e := range examples {
		if counts[e.Source] == nil {
			counts[e.Source] = &classifier.SourceCounts{Name: e.Source}
		}
		counts[e.Source].Comments[slices.Index(moderation.Labels(), e.Label)]++
	}
	var all []classifier.SourceCounts
	for _, c := range counts {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b classifier.SourceCounts) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
