package training

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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

	heldOutPart = 5    // the newest one in so many lessons is held out
	minTraffic  = 100  // published comments, for thresholds to be set by what they hold
	limitNudge  = 1e-6 // log-odds by which they are above what is just let through
	likelier    = 0.5  // the threshold above which none is moved
	limitReach  = 6.0  // by how many log-odds those may move
	minUnseen   = 10   // of them that what is in force was not made of, to compare by those alone
	blendFolds  = 5    // for the scores that the blend is fitted on
)

// recipe is how a blend is fitted.
type recipe struct {
	pull  float64 // towards what weighs without a blend
	half  float64 // lessons at which the fit counts half, and that the rest
	weak  float64 // weight of a published comment, a lesson being one
	prior float64 // comments that the model's own idea of a site's shares is worth
}

// defaultRecipe is the one that retraining uses.
func defaultRecipe() recipe { return recipe{pull: 3, half: 30, weak: 0.05, prior: 10} }

// RetrainOptions says what a site has now. The zero value is a site that was
// never retrained.
type RetrainOptions struct {
	InForce *classifier.Blend // nil: the default
	// Since is the number of the last lesson that InForce was made of, and Data
	// the hash of all that it was; what it was fitted on does not tell it from a
	// candidate.
	Since int64
	Data  string
	// Versions are those of the site that are not in force and could be, by the
	// hash of what they were made of: they are not made again, for somebody or the
	// comparison was against them.
	Versions map[string]moderation.VersionID
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
	if opts.InForce != nil && opts.Data == r.DataSHA256 {
		r.Reason = "nothing new: what is in force was made of the same lessons"
		return r, nil
	}
	if version, made := opts.Versions[r.DataSHA256]; made {
		r.Reason = fmt.Sprintf("nothing new: version %d was made of the same lessons", version)
		return r, nil
	}
	older, newer := data.split()
	seen := 0
	if opts.InForce != nil {
		newer, seen = newer.since(opts.Since)
	}
	steps := &retrainSteps{report: opts.Progress, total: int64(2*(older.size()+data.size()) + newer.size() + resamples)}
	candidate, trainer, err := older.fit(ctx, m, steps)
	if err != nil {
		return r, err
	}
	if r.Comparison, err = newer.compare(ctx, trainer, candidate, opts.InForce, steps); err != nil {
		return r, err
	}
	r.Comparison.Seen = seen
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

// newRetrainData sorts by time and leaves out what nothing can be learned from.
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

// byTime returns the lessons that can be learned, the oldest first.
func byTime(lessons []moderation.PastLesson) []moderation.PastLesson {
	sorted := slices.DeleteFunc(slices.Clone(lessons), func(l moderation.PastLesson) bool { return !canLearn(&l) })
	slices.SortStableFunc(sorted, func(a, b moderation.PastLesson) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Comment, b.Comment))
	})
	return sorted
}

// canLearn says whether a lesson has a text, or what is left of one in a form that
// can be read.
func canLearn(l *moderation.PastLesson) bool {
	if len(l.Features) > 0 {
		return classifier.CheckFeatures(l.Features) == nil
	}
	return strings.TrimSpace(l.Text) != ""
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
		if len(l.Features) > 0 {
			fmt.Fprintf(sum, "lesson %d %s %x\n", l.Number, l.Label, l.Features)
			continue
		}
		fmt.Fprintf(sum, "lesson %d %s %q %q\n", l.Number, l.Label, l.Text, l.Parent.Author)
	}
	for _, l := range d.weak {
		fmt.Fprintf(sum, "published %d %q %q\n", l.Comment, l.Text, l.Parent.Author)
	}
	r.DataSHA256 = hex.EncodeToString(sum.Sum(nil))
	return r
}

// decided says of spam and of abuse whether there are enough lessons of it for a
// blend to decide about it. What it does not decide about is said, and held, as it
// is without a blend.
func (d *retrainData) decided() (yes [2]bool) {
	n := d.counts()
	for c := range yes {
		yes[c] = min(n[0], n[1+c]) >= MinOfLabel
	}
	return yes
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

// since returns what is newer than the lesson of a number, if that is enough to
// compare by; else everything, and how many of the lessons are not newer.
func (d *retrainData) since(number int64) (newer retrainData, seen int) {
	newer = retrainData{stands: d.stands}
	for _, l := range d.lessons {
		if l.Number > number {
			newer.lessons = append(newer.lessons, l)
		}
	}
	if len(newer.lessons) < minUnseen {
		return *d, len(d.lessons) - len(newer.lessons)
	}
	for _, l := range d.weak {
		if !l.At.Before(newer.lessons[0].At) {
			newer.weak = append(newer.weak, l)
		}
	}
	return newer, 0
}

// folds puts the lessons into folds, those with the same text into one, and those
// of purged texts with the same features.
func (d *retrainData) folds() []int {
	examples := make([]Example, len(d.lessons))
	for i, l := range d.lessons {
		examples[i] = Example{Text: l.Text, Label: l.Label}
		if len(l.Features) > 0 {
			examples[i].Text = hex.EncodeToString(l.Features)
		}
	}
	return Folds(examples, blendFolds)
}

// fit returns the blend of the data, and the trainer that holds its lessons.
func (d *retrainData) fit(ctx context.Context, m *classifier.Model, steps *retrainSteps) (*classifier.Blend, *classifier.BlendTrainer, error) {
	trainer, rows, err := d.rows(ctx, m, steps)
	if err != nil {
		return nil, nil, err
	}
	b, err := d.blend(ctx, m, rows, trainer.Start(), defaultRecipe())
	return b, trainer, err
}

// rows learns the lessons, and returns what each one and then each published
// comment is without the lessons of its fold.
func (d *retrainData) rows(ctx context.Context, m *classifier.Model, steps *retrainSteps) (*classifier.BlendTrainer, []classifier.Row, error) {
	trainer, folds := classifier.NewBlendTrainer(m, blendFolds), d.folds()
	for i, l := range d.lessons {
		if err := errors.Join(trainer.Learn(l.Lesson, folds[i]), steps.step(ctx)); err != nil {
			return nil, nil, err
		}
	}
	rows := make([]classifier.Row, 0, d.size())
	for i, l := range slices.Concat(d.lessons, d.weak) {
		fold := i % blendFolds
		if i < len(folds) {
			fold = folds[i]
		}
		inputs, err := trainer.Inputs(l.Lesson, fold)
		if err := errors.Join(err, steps.step(ctx)); err != nil {
			return nil, nil, err
		}
		rows = append(rows, classifier.Row{Inputs: inputs, Label: int(labelIndex(l.Label))})
	}
	steps.done += int64(len(d.weak)) // which were not learned
	return trainer, rows, nil
}

// blend fits the rows. About a label with too few lessons it takes the model's word.
func (d *retrainData) blend(ctx context.Context, m *classifier.Model, rows []classifier.Row, start classifier.Logistic, how recipe) (*classifier.Blend, error) {
	d.weigh(rows, how.weak)
	fitted, err := classifier.FitLogistic(ctx, rows, start, how.pull)
	if err != nil {
		return nil, err
	}
	for c, decided := range d.decided() {
		if !decided {
			fitted.Weights[c], fitted.Intercept[c] = start.Weights[c], start.Intercept[c]
		}
	}
	b := &classifier.Blend{Model: m.ID(), Logistic: mixed(start, fitted, float64(len(d.lessons)), how.half)}
	d.weigh(rows, d.stands)
	d.calibrate(b, m, rows, how.prior)
	if len(d.weak) >= minTraffic {
		d.limit(b, m, rows)
	}
	return b, nil
}

// weigh gives each lesson the weight one, each published comment another.
func (d *retrainData) weigh(rows []classifier.Row, published float64) {
	for i := range rows {
		if rows[i].Weight = 1; i >= len(d.lessons) {
			rows[i].Weight = published
		}
	}
}

// mixed returns a logistic between two, the nearer to the fitted one the more
// lessons there are.
func mixed(start, fitted classifier.Logistic, lessons, half float64) classifier.Logistic {
	share := lessons / (lessons + half)
	var l classifier.Logistic
	for c := range l.Weights {
		l.Weights[c] = make([]float64, len(start.Weights[c]))
		for j, w := range start.Weights[c] {
			l.Weights[c][j] = w + share*(fitted.Weights[c][j]-w)
		}
		l.Intercept[c] = share * fitted.Intercept[c]
	}
	return l
}

// calibrate moves a blend so that its mean probabilities over the lessons, of the
// labels that it decides about, are their shares among them. Published comments
// have no say in it: what the classifier let through was seen by nobody, and
// taking it all for ok makes probabilities far too low. That lessons are what was
// held does no harm: they were chosen by what the inputs are, and not by their
// labels. To the lessons the model's own mean probabilities are added as if it had
// judged so many more: a few say little. The site's prior is then the mean over all
// its traffic.
func (d *retrainData) calibrate(b *classifier.Blend, m *classifier.Model, rows []classifier.Row, prior float64) {
	alone, lessons := classifier.NeutralBlend(), rows[:len(d.lessons)]
	model, shares := meanProbabilities(alone, lessons), [3]float64{}
	for y, n := range d.counts() {
		shares[y] = (float64(n) + prior*model[y]) / (float64(len(lessons)) + prior)
	}
	b.Logistic.Intercept = levelled(b.Logistic, lessons, shares, d.decided())
	p := meanProbabilities(b.Logistic, rows)
	b.Prior = moderation.Probabilities{OK: p[0], Spam: p[1], Abuse: p[2]}
	shift, limits := levelled(alone, lessons, shares, d.decided()), m.Limits()
	b.Limits = movedLimits(limits, shift, d.decided())
}

// limit moves a blend's thresholds of the labels that it decides about, both as
// far, to where all thresholds hold the share of the site's decent comments that the
// model's are meant to hold. Before that, calibrate moved them as far as the model
// alone would have to be moved: then they ask for the evidence that the model's ask
// for.
func (d *retrainData) limit(b *classifier.Blend, m *classifier.Model, rows []classifier.Row) {
	type over struct{ by, weight float64 } // log-odds above the nearer threshold
	var ok []over
	sum := 0.0
	for i := range rows {
		if r := &rows[i]; r.Label == 0 {
			ok = append(ok, over{overLimits(b.Logistic.Probabilities(r.Inputs), b.Limits, d.decided()), r.Weight})
			sum += r.Weight
		}
	}
	slices.SortFunc(ok, func(x, y over) int { return cmp.Compare(y.by, x.by) })
	held := cmp.Or(m.Info().Options.OKHeld, DefaultOKHeld) * sum
	for _, o := range ok {
		if held -= o.weight; held < 0 {
			by := min(max(o.by+limitNudge, -limitReach), limitReach)
			b.Limits = movedLimits(b.Limits, [2]float64{by, by}, d.decided())
			return
		}
	}
}

// overLimits returns by how many log-odds a comment is above the nearest threshold
// that a blend decides about; infinitely many where another one holds it anyhow.
func overLimits(p moderation.Probabilities, limits moderation.Thresholds, decided [2]bool) float64 {
	if !decided[0] && p.Spam >= limits.Spam || !decided[1] && p.Abuse >= limits.Abuse {
		return math.Inf(1)
	}
	over := math.Inf(-1)
	if decided[0] {
		over = logit(p.Spam) - logit(limits.Spam)
	}
	if decided[1] {
		over = max(over, logit(p.Abuse)-logit(limits.Abuse))
	}
	return over
}

// logit returns the log-odds of a probability.
func logit(p float64) float64 { return math.Log(p / (1 - p)) }

// moved returns the probability whose log-odds are by so much larger.
func moved(p, by float64) float64 {
	if p <= 0 || p >= 1 {
		return p
	}
	return 1 / (1 + (1-p)/p*math.Exp(-by))
}

// movedLimit moves a threshold, but not to where what is likelier than not would
// be let through.
func movedLimit(limit, by float64) float64 {
	return min(max(moved(limit, by), minLimit), max(limit, likelier))
}

// movedLimits moves the thresholds of the labels that a blend decides about.
func movedLimits(limits moderation.Thresholds, by [2]float64, decided [2]bool) moderation.Thresholds {
	if decided[0] {
		limits.Spam = movedLimit(limits.Spam, by[0])
	}
	if decided[1] {
		limits.Abuse = movedLimit(limits.Abuse, by[1])
	}
	return limits
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

// levelled returns the intercepts with which the mean probabilities of the labels
// that a blend decides about are target's: iterative scaling, each step by the ratio
// of what is wanted to what is there, that of the rest taken for one.
func levelled(l classifier.Logistic, rows []classifier.Row, target [3]float64, decided [2]bool) [2]float64 {
	for range levelSteps {
		mean := meanProbabilities(l, rows)
		wanted, there := 1.0, 1.0
		for c, yes := range decided {
			if yes {
				wanted, there = wanted-target[1+c], there-mean[1+c]
			}
		}
		far := 0.0
		for c, yes := range decided {
			if yes {
				step := math.Log(target[1+c]/mean[1+c]) - math.Log(wanted/there)
				l.Intercept[c] += step
				far = max(far, math.Abs(step))
			}
		}
		if far < levelDone {
			break
		}
	}
	return l.Intercept
}
