package training

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// What retraining takes, and how it weighs it; all chosen on the corpora, see
// BenchmarkRetrain.
const (
	// MinLessons is how many lessons must stand, and MinOfLabel how many of ok
	// and of one other label.
	MinLessons = 20
	MinOfLabel = 5
	// WeakPerLesson bounds how many published comments are taken for each
	// lesson.
	WeakPerLesson = 3

	heldOutPart   = 5     // the newest one in so many lessons is held out
	blendFolds    = 5     // for the scores that the blend is fitted on
	blendPull     = 20.0  // towards the model's word alone
	blendHalf     = 100.0 // lessons at which the fit counts half, the model's word the rest
	weakWeight    = 0.2   // of a published comment, a lesson being one
	priorComments = 200.0 // that the model's own idea of a site's shares is worth
)

// RetrainOptions says what a site has now. The zero value is a site that was
// never retrained.
type RetrainOptions struct {
	InForce *classifier.Blend // nil: the default
	// Progress is called now and then with how many of how many steps are done.
	Progress func(done, total int64)
}

// Retrained is what came of a retraining.
type Retrained struct {
	Blend      *classifier.Blend // of all lessons; nil where there were too few
	Promote    bool              // it is not worse than what is in force
	Reason     string            // why, or why not
	Lessons    [3]int64          // that were learned, in the order of moderation.Labels
	LastLesson int64
	Published  int    // comments that were taken as weak lessons of ok
	DataSHA256 string // of all that it was made of
	Comparison *Comparison
}

// Retrain fits how much a site's lessons weigh beside the model, and says
// whether the site is better served by it. The newest fifth of the lessons by
// time is held out: what was fitted on the rest, what is in force, and the model
// alone judge it and the published comments of that time, all with the counts of
// the older lessons. Promoted is what is not worse than what is in force nor than
// the model alone, by the paired bootstrap's 95 % intervals. Then it is fitted
// on everything.
//
// Published comments are those that stood for long without anybody's decision.
// They count as weak examples of ok in the fit, though not in the counts, and
// stand for all traffic in the calibration and the comparison: lessons alone are
// a biased sample, for a person sees what was held.
//
// Too few lessons are no error: then there is no blend, and the reason says so.
func Retrain(ctx context.Context, m *classifier.Model, lessons []moderation.PastLesson, published moderation.Published, opts RetrainOptions) (Retrained, error) {
	data := newRetrainData(lessons, published)
	r := data.describe()
	if r.Reason = data.tooFew(); r.Reason != "" {
		return r, nil
	}
	older, newer := data.split()
	steps := &retrainSteps{report: opts.Progress, total: int64(2*(older.size()+data.size()) + newer.size() + resamples)}
	candidate, trainer, err := older.fit(ctx, m, steps)
	if err != nil {
		return r, err
	}
	if r.Comparison, err = newer.compare(ctx, trainer, candidate, opts.InForce, steps); err != nil {
		return r, err
	}
	r.Promote, r.Reason = r.Comparison.verdict()
	r.Blend, _, err = data.fit(ctx, m, steps)
	return r, err
}

// retrainSteps counts the steps of a retraining.
type retrainSteps struct {
	report      func(done, total int64)
	done, total int64
}

// step counts one more, and returns why to stop.
func (s *retrainSteps) step(ctx context.Context) error {
	if s.done++; s.report != nil && (s.done%100 == 0 || s.done == s.total) {
		s.report(s.done, s.total)
	}
	return ctx.Err()
}

// retrainData is what a blend is fitted on or compared by.
type retrainData struct {
	lessons []moderation.PastLesson // by time
	weak    []moderation.PastLesson // published comments, by time
	stands  float64                 // for how many published comments one of them does
}

// newRetrainData sorts by time and leaves out what has no text.
func newRetrainData(lessons []moderation.PastLesson, published moderation.Published) retrainData {
	d := retrainData{lessons: byTime(lessons), weak: byTime(published.Sample), stands: 1}
	if most := WeakPerLesson * len(d.lessons); len(d.weak) > most {
		thinned := make([]moderation.PastLesson, most)
		for i := range thinned {
			thinned[i] = d.weak[i*len(d.weak)/most]
		}
		d.weak = thinned
	}
	if len(d.weak) > 0 {
		d.stands = max(1, float64(published.Total)/float64(len(d.weak)))
	}
	return d
}

// byTime returns the lessons that have a text, the oldest first.
func byTime(lessons []moderation.PastLesson) []moderation.PastLesson {
	sorted := slices.DeleteFunc(slices.Clone(lessons), func(l moderation.PastLesson) bool { return strings.TrimSpace(l.Text) == "" })
	slices.SortStableFunc(sorted, func(a, b moderation.PastLesson) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Comment, b.Comment))
	})
	return sorted
}

// size returns how many comments there are.
func (d *retrainData) size() int { return len(d.lessons) + len(d.weak) }

// counts returns how many lessons of each label there are.
func (d *retrainData) counts() (n [3]int64) {
	for i := range d.lessons {
		n[labelIndex(d.lessons[i].Label)]++
	}
	return n
}

// describe returns what there is to say before anything is fitted.
func (d *retrainData) describe() Retrained {
	r := Retrained{Lessons: d.counts(), Published: len(d.weak)}
	sum := sha256.New()
	for _, l := range d.lessons {
		r.LastLesson = max(r.LastLesson, l.Number)
		fmt.Fprintf(sum, "lesson %d %s %q %q %q\n", l.Number, l.Label, l.Text, l.Author, l.Parent.Text)
	}
	for _, l := range d.weak {
		fmt.Fprintf(sum, "published %d %q %q %q\n", l.Comment, l.Text, l.Author, l.Parent.Text)
	}
	r.DataSHA256 = hex.EncodeToString(sum.Sum(nil))
	return r
}

// tooFew says what is missing, and nothing where there is enough.
func (d *retrainData) tooFew() string {
	n := d.counts()
	if len(d.lessons) >= MinLessons && n[0] >= MinOfLabel && max(n[1], n[2]) >= MinOfLabel {
		return ""
	}
	return fmt.Sprintf("too few lessons: it needs %d, of them %d of ok and %d of spam or of abuse; there are %d ok, %d spam, %d abuse",
		MinLessons, MinOfLabel, MinOfLabel, n[0], n[1], n[2])
}

// split returns the older lessons and the newest fifth, each with what was
// published in its time.
func (d *retrainData) split() (older, newer retrainData) {
	cut := len(d.lessons) - len(d.lessons)/heldOutPart
	from := d.lessons[cut].At
	weak, _ := slices.BinarySearchFunc(d.weak, from, func(l moderation.PastLesson, t time.Time) int { return l.At.Compare(t) })
	older = retrainData{lessons: d.lessons[:cut], weak: d.weak[:weak], stands: d.stands}
	newer = retrainData{lessons: d.lessons[cut:], weak: d.weak[weak:], stands: d.stands}
	return older, newer
}

// folds puts the lessons into folds, those with the same text into one.
func (d *retrainData) folds() []int {
	examples := make([]Example, len(d.lessons))
	for i, l := range d.lessons {
		examples[i] = Example{Text: l.Text, Label: l.Label}
	}
	return Folds(examples, blendFolds)
}

// fit returns the blend of the data, and the trainer that holds its lessons.
func (d *retrainData) fit(ctx context.Context, m *classifier.Model, steps *retrainSteps) (*classifier.Blend, *classifier.BlendTrainer, error) {
	trainer, folds := classifier.NewBlendTrainer(m, blendFolds), d.folds()
	for i, l := range d.lessons {
		trainer.Learn(l.Lesson, folds[i])
		if err := steps.step(ctx); err != nil {
			return nil, nil, err
		}
	}
	rows := make([]classifier.Row, 0, d.size())
	add := func(l moderation.PastLesson, fold int, weight float64) error {
		rows = append(rows, classifier.Row{Inputs: trainer.Inputs(l.Lesson, fold), Label: int(labelIndex(l.Label)), Weight: weight})
		return steps.step(ctx)
	}
	for i, l := range d.lessons {
		if err := add(l, folds[i], 1); err != nil {
			return nil, nil, err
		}
	}
	for i, l := range d.weak {
		if err := add(l, i%blendFolds, weakWeight); err != nil {
			return nil, nil, err
		}
	}
	steps.done += int64(len(d.weak)) // which were not learned
	fitted, err := classifier.FitLogistic(ctx, rows, classifier.NeutralBlend(), blendPull)
	if err != nil {
		return nil, nil, err
	}
	b := &classifier.Blend{Model: m.ID(), Logistic: mixed(fitted, float64(len(d.lessons)))}
	for i := range d.weak {
		rows[len(d.lessons)+i].Weight = d.stands
	}
	calibrate(b, m, rows)
	return b, trainer, nil
}

// mixed returns a logistic between the model's word alone and the fitted one,
// the nearer to that the more lessons there are.
func mixed(fitted classifier.Logistic, lessons float64) classifier.Logistic {
	share := lessons / (lessons + blendHalf)
	l := classifier.NeutralBlend()
	for c := range l.Weights {
		for j := range l.Weights[c] {
			l.Weights[c][j] += share * (fitted.Weights[c][j] - l.Weights[c][j])
		}
		l.Intercept[c] = share * fitted.Intercept[c]
	}
	return l
}

// calibrate moves a blend so that its mean probabilities over the site's
// traffic, which the rows and their weights stand for, are the labels' shares in
// it. To those the model's own mean probabilities are added as if it had judged
// so many more comments: a few say little. By how far the model alone would have
// to be moved is how the site's prior differs from the model's; thresholds
// move as far, so that holding asks for the same evidence.
func calibrate(b *classifier.Blend, m *classifier.Model, rows []classifier.Row) {
	alone := classifier.NeutralBlend()
	model := meanProbabilities(alone, rows)
	var target [3]float64
	sum := priorComments
	for y := range target {
		target[y] = priorComments * model[y]
	}
	for i := range rows {
		target[rows[i].Label] += rows[i].Weight
		sum += rows[i].Weight
	}
	for y := range target {
		target[y] /= sum
	}
	b.Logistic.Intercept = levelled(b.Logistic, rows, target)
	shift := levelled(alone, rows, target)
	prior, limits := m.Info().Prior, m.Limits()
	b.Prior = moderation.Probabilities{OK: prior.OK, Spam: prior.Spam * math.Exp(shift[0]), Abuse: prior.Abuse * math.Exp(shift[1])}
	all := b.Prior.OK + b.Prior.Spam + b.Prior.Abuse
	b.Prior.OK, b.Prior.Spam, b.Prior.Abuse = b.Prior.OK/all, b.Prior.Spam/all, b.Prior.Abuse/all
	b.Limits = moderation.Thresholds{Spam: moved(limits.Spam, shift[0]), Abuse: moved(limits.Abuse, shift[1])}
}

// moved returns the probability whose log-odds are by so much larger.
func moved(p, by float64) float64 {
	if p <= 0 || p >= 1 {
		return p
	}
	return min(max(1/(1+(1-p)/p*math.Exp(-by)), minLimit), 1)
}

// meanProbabilities returns the weighed mean probabilities that a logistic gives the rows.
func meanProbabilities(l classifier.Logistic, rows []classifier.Row) (p [3]float64) {
	sum := 0.0
	for i := range rows {
		q, w := l.Probabilities(rows[i].Inputs), rows[i].Weight
		p[0] += w * q.OK
		p[1] += w * q.Spam
		p[2] += w * q.Abuse
		sum += w
	}
	for y := range p {
		p[y] /= sum
	}
	return p
}

// How long levelled goes on.
const (
	levelSteps = 500
	levelDone  = 1e-9
)

// levelled returns the intercepts with which the mean probabilities are target:
// iterative scaling, each step by the ratio of what is wanted to what is there.
func levelled(l classifier.Logistic, rows []classifier.Row, target [3]float64) [2]float64 {
	for range levelSteps {
		mean := meanProbabilities(l, rows)
		far := 0.0
		for c := range l.Intercept {
			step := math.Log(target[1+c]/mean[1+c]) - math.Log(target[0]/mean[0])
			l.Intercept[c] += step
			far = max(far, math.Abs(step))
		}
		if far < levelDone {
			break
		}
	}
	return l.Intercept
}
