package training

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// How the paired bootstrap is done (Efron & Tibshirani 1993, chapter 13).
const (
	resamples     = 1000
	bootstrapSeed = 1
	tail          = 0.025 // of the interval, on either side
)

// Comparison is how a candidate does on what was held out, beside what is in
// force and the model alone.
type Comparison struct {
	From      time.Time `json:"from"`      // the oldest lesson held out
	Lessons   int       `json:"lessons"`   // that were held out
	Published int       `json:"published"` // weak examples of ok of that time
	// Seen is how many of those lessons what is in force was made of, which
	// favours it. It is 0 unless there are few newer ones.
	Seen      int      `json:"seen"`
	Candidate Standing `json:"candidate"`
	InForce   Standing `json:"in_force"`
	Model     Standing `json:"model"` // alone
	// Differences are the candidate's figures minus another's.
	Differences []Difference `json:"differences"`
}

// Standing is how one contender does. AUC and ECE are of the label against the
// rest; LogLoss is the mean of -ln(the probability of what is true), of three.
type Standing struct {
	SpamAUC  Figure `json:"spam_auc"`
	AbuseAUC Figure `json:"abuse_auc"`
	LogLoss  Figure `json:"log_loss"`
	SpamECE  Figure `json:"spam_ece"`
	AbuseECE Figure `json:"abuse_ece"`
}

// Difference is how far the candidate's figure is above another's, with its 95 %
// interval.
type Difference struct {
	Against    string `json:"against"` // in_force or model
	Figure     string `json:"figure"`  // spam_auc, abuse_auc or log_loss
	Difference Figure `json:"difference"`
	Low        Figure `json:"low"`
	High       Figure `json:"high"`
	Worse      bool   `json:"worse"` // the whole interval is on the worse side
}

// The contenders, and the order of their probabilities.
const (
	contestCandidate = iota
	contestInForce
	contestModel
	contenders
)

// contest is the comments held out, with what each contender says of them.
type contest struct {
	labels  []int
	weights []float64
	p       [contenders][][3]float64
	order   [contenders][2][]int // by rising probability of spam, of abuse
}

// compare lets the candidate, what is in force and the model alone judge the
// data with the trainer's lessons.
func (d *retrainData) compare(ctx context.Context, t *classifier.BlendTrainer, candidate, inForce *classifier.Blend, steps *retrainSteps) (*Comparison, error) {
	c := &contest{}
	blends := []*classifier.Blend{candidate}
	if inForce != nil {
		blends = append(blends, inForce)
	}
	judge := func(l moderation.PastLesson, weight float64) error {
		j, err := t.Judge(l.Lesson, blends...)
		if err != nil {
			return err
		}
		c.labels, c.weights = append(c.labels, int(labelIndex(l.Label))), append(c.weights, weight)
		said := [contenders]moderation.Probabilities{contestCandidate: j.Blends[0], contestInForce: j.Default, contestModel: j.Model}
		if inForce != nil {
			said[contestInForce] = j.Blends[1]
		}
		for who, p := range said {
			c.p[who] = append(c.p[who], [3]float64{p.OK, p.Spam, p.Abuse})
		}
		return steps.step(ctx)
	}
	for _, l := range d.lessons {
		if err := judge(l, 1); err != nil {
			return nil, err
		}
	}
	for _, l := range d.weak {
		if err := judge(l, d.stands); err != nil {
			return nil, err
		}
	}
	c.sort()
	comparison := &Comparison{From: d.lessons[0].At, Lessons: len(d.lessons), Published: len(d.weak)}
	comparison.Candidate, comparison.InForce, comparison.Model = c.standing(contestCandidate), c.standing(contestInForce), c.standing(contestModel)
	var err error
	comparison.Differences, err = c.differences(ctx, steps)
	return comparison, err
}

// sort orders the comments by what each contender says.
func (c *contest) sort() {
	for who := range c.order {
		for l := range c.order[who] {
			order := make([]int, len(c.labels))
			for i := range order {
				order[i] = i
			}
			slices.SortFunc(order, func(a, b int) int { return cmp.Compare(c.p[who][a][1+l], c.p[who][b][1+l]) })
			c.order[who][l] = order
		}
	}
}

// figures are those that are compared.
type figures struct {
	auc     [2]float64 // spam, abuse; NaN where there are none, or nothing else
	logLoss float64
}

// figures returns a contender's figures with each comment counting so much.
func (c *contest) figures(who int, weights []float64) (f figures) {
	for l := range f.auc {
		f.auc[l] = c.auc(who, l, weights)
	}
	sum := 0.0
	for i, y := range c.labels {
		f.logLoss -= weights[i] * math.Log(max(c.p[who][i][y], 0x1p-52))
		sum += weights[i]
	}
	f.logLoss /= sum
	return f
}

// auc returns the area under the ROC curve of spam (0) or abuse (1).
func (c *contest) auc(who, l int, weights []float64) float64 {
	var area, positives, negatives float64
	order, p := c.order[who][l], c.p[who]
	for at := 0; at < len(order); {
		var own, others float64 // of the comments with the same probability
		same := p[order[at]][1+l]
		for ; at < len(order) && p[order[at]][1+l] == same; at++ {
			if i := order[at]; c.labels[i] == 1+l {
				own += weights[i]
			} else {
				others += weights[i]
			}
		}
		area += own * (negatives + others/2)
		positives += own
		negatives += others
	}
	return area / positives / negatives // NaN without either
}

// standing returns all figures of a contender.
func (c *contest) standing(who int) Standing {
	f := c.figures(who, c.weights)
	return Standing{
		SpamAUC: Figure(f.auc[0]), AbuseAUC: Figure(f.auc[1]), LogLoss: Figure(f.logLoss),
		SpamECE: c.ece(who, 0), AbuseECE: c.ece(who, 1),
	}
}

// ece returns the expected calibration error of spam (0) or abuse (1), as
// [Metrics] has it but weighed.
func (c *contest) ece(who, l int) Figure {
	var off [bins]float64
	sum := 0.0
	for i, p := range c.p[who] {
		b := min(int(p[1+l]*bins), bins-1)
		off[b] -= c.weights[i] * p[1+l]
		if c.labels[i] == 1+l {
			off[b] += c.weights[i]
		}
		sum += c.weights[i]
	}
	total := 0.0
	for _, d := range off {
		total += math.Abs(d)
	}
	return Figure(total / sum)
}

// The figures that are compared, in the order of figures.list.
func comparedFigures() []string { return []string{"spam_auc", "abuse_auc", "log_loss"} }

// list returns the figures in the order of comparedFigures, all so that more is
// better.
func (f figures) list() []float64 { return []float64{f.auc[0], f.auc[1], -f.logLoss} }

// differences draws comments with replacement, the same ones for all contenders,
// and returns how the figures differ.
func (c *contest) differences(ctx context.Context, steps *retrainSteps) ([]Difference, error) {
	r := rand.New(rand.NewPCG(bootstrapSeed, uint64(len(c.labels))))
	drawn := make([][][]float64, contenders) // by contender and figure
	for who := range drawn {
		drawn[who] = make([][]float64, len(comparedFigures()))
	}
	weights := make([]float64, len(c.labels))
	for range resamples {
		clear(weights)
		for range weights {
			i := r.IntN(len(weights))
			weights[i] += c.weights[i]
		}
		own := c.figures(contestCandidate, weights).list()
		for _, who := range []int{contestInForce, contestModel} {
			for k, other := range c.figures(who, weights).list() {
				if d := own[k] - other; !math.IsNaN(d) {
					drawn[who][k] = append(drawn[who][k], d)
				}
			}
		}
		if err := steps.step(ctx); err != nil {
			return nil, err
		}
	}
	own := c.figures(contestCandidate, c.weights).list()
	var all []Difference
	for who, against := range []string{contestInForce: "in_force", contestModel: "model"} {
		if against == "" {
			continue
		}
		for k, other := range c.figures(who, c.weights).list() {
			if d := own[k] - other; !math.IsNaN(d) {
				all = append(all, newDifference(against, comparedFigures()[k], d, drawn[who][k]))
			}
		}
	}
	return all, nil
}

// newDifference makes a difference of what was measured and what was drawn, more
// being better.
func newDifference(against, figure string, d float64, drawn []float64) Difference {
	slices.Sort(drawn)
	if len(drawn) == 0 { // as with a single comment of a label, which chance may leave out each time
		drawn = []float64{d}
	}
	at := func(q float64) float64 { return drawn[int(q*float64(len(drawn)-1)+.5)] }
	low, high := at(tail), at(1-tail)
	worse := high < 0
	if figure == "log_loss" {
		d, low, high = -d, -high, -low
	}
	return Difference{Against: against, Figure: figure, Difference: Figure(d), Low: Figure(low), High: Figure(high), Worse: worse}
}

// verdict says whether the candidate may be promoted, and why.
func (c *Comparison) verdict() (promote bool, reason string) {
	names := map[string]string{"in_force": "what is in force", "model": "the model alone"}
	var worse []string
	for _, d := range c.Differences {
		if d.Worse {
			worse = append(worse, fmt.Sprintf("its %s differs from that of %s by %s", strings.ReplaceAll(d.Figure, "_", " "), names[d.Against], d))
		}
	}
	if len(worse) > 0 {
		reason = "worse on the newest lessons: " + strings.Join(worse, "; ")
		if c.Seen > 0 {
			reason += fmt.Sprintf("; what is in force was made of %d of these %d lessons: more new ones would tell", c.Seen, c.Lessons)
		}
		return false, reason
	}
	return true, "not worse on the newest lessons"
}

// String writes the difference for people.
func (d Difference) String() string {
	return fmt.Sprintf("%+.3f (%+.3f to %+.3f)", float64(d.Difference), float64(d.Low), float64(d.High))
}
