package training

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"gatehouse/internal/moderation"
)

// Scorer says what a text is: package classifier's models do.
type Scorer interface {
	Score(moderation.Submission) moderation.Probabilities
}

// Scored is an example with what a model said of it.
type Scored struct {
	Label     moderation.Label // what it is
	P         moderation.Probabilities
	Predicted moderation.Label // what it was taken for: ok if approved, else what it is held for
	Text      string
	Source    string
	Weights   []moderation.Weight // what weighed, strongest first; nil: nobody asked
}

// Score lets a scorer judge an example. What it is taken for is the policy's
// word in normal mode with these thresholds, no rules and an unknown author.
func Score(s Scorer, limits moderation.Thresholds, e Example) Scored {
	sub := submission(e)
	p := s.Score(sub)
	verdict := moderation.Policy{}.Judge(sub, []moderation.Signal{{Scores: &p, Limits: limits}})
	predicted := moderation.OK
	if verdict.Action != moderation.Approve {
		predicted = verdict.Reasons[0].Label
	}
	return Scored{Label: e.Label, P: p, Predicted: predicted, Text: e.Text, Source: e.Source}
}

// submission returns an example as a comment of an unknown author in normal mode.
func submission(e Example) moderation.Submission {
	sub := moderation.Submission{Mode: moderation.ModeNormal}
	sub.Comment.Body, sub.Comment.Text, sub.Comment.Format = e.Text, e.Text, moderation.FormatText
	sub.Parent.Author = e.ParentAuthor
	return sub
}

// Figure is a measurement that may be undefined, such as the precision of a
// label that was never predicted: NaN, which JSON gets as null.
type Figure float64

// MarshalJSON writes the number, or null.
func (f Figure) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// String writes the figure for people, one that is undefined as a dash.
func (f Figure) String() string {
	if math.IsNaN(float64(f)) {
		return "–"
	}
	return fmt.Sprintf("%.3f", float64(f))
}

// Percent writes a share for people.
func (f Figure) Percent() string {
	if math.IsNaN(float64(f)) {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(f))
}

// share returns part/whole, undefined where whole is 0.
func share(part, whole int) Figure {
	return Figure(float64(part) / float64(whole))
}

// Metrics says how well one label is told from the rest, all from 0 to 1 except
// LogLoss. AUC to RecallAt1PctFPR ask only for the order of the probabilities,
// Precision to F1 for what comments were taken for, LogLoss and ECE for the
// probabilities as such.
type Metrics struct {
	N int `json:"n"` // comments of the label
	// AUC is the chance that a comment of the label has a higher probability
	// than another one, ties counting half (Mann and Whitney 1947).
	AUC Figure `json:"auc"`
	// AveragePrecision is the sum of precisions at each threshold, weighed by
	// the recall that it adds, without interpolation.
	AveragePrecision Figure `json:"average_precision"`
	// RecallAt1PctFPR is the largest recall of a threshold that takes at most
	// one in a hundred others for the label.
	RecallAt1PctFPR Figure `json:"recall_at_1pct_fpr"`
	Precision       Figure `json:"precision"`
	Recall          Figure `json:"recall"`
	F1              Figure `json:"f1"`
	// LogLoss is the mean of -ln(the probability of what is true), of label
	// against not label, probabilities kept from 0 and 1 by 2^-52.
	LogLoss Figure `json:"log_loss"`
	// ECE is the expected calibration error over 15 bins of equal width (Guo et
	// al. 2017, "On Calibration of Modern Neural Networks", equation 3): how far
	// probabilities are from shares, on average.
	ECE Figure `json:"ece"`
}

// PerLabel holds the metrics of every label.
type PerLabel struct {
	OK    Metrics `json:"ok"`
	Spam  Metrics `json:"spam"`
	Abuse Metrics `json:"abuse"`
}

// Of returns the metrics of l.
func (p *PerLabel) Of(l moderation.Label) *Metrics {
	switch l {
	case moderation.Spam:
		return &p.Spam
	case moderation.Abuse:
		return &p.Abuse
	}
	return &p.OK
}

// Threshold says what holding every comment with at least this probability of a
// label would do.
type Threshold struct {
	Label     moderation.Label `json:"label"` // spam or abuse
	Threshold float64          `json:"threshold"`
	Caught    Figure           `json:"caught"`  // share of the label's comments that are held
	OKHeld    Figure           `json:"ok_held"` // share of the decent comments that are
	Held      Figure           `json:"held"`    // share of all comments that are
	Own       bool             `json:"own"`     // it is the threshold that is used
}

// Confusion counts comments by what they are, then by what they were taken for.
type Confusion map[moderation.Label]map[moderation.Label]int

// Evaluation is how good a model is on a corpus.
type Evaluation struct {
	PerLabel
	N          int                 `json:"n"`
	Confusion  Confusion           `json:"confusion"`
	Thresholds []Threshold         `json:"thresholds"`
	Sources    map[string]PerLabel `json:"sources"` // by source; "" where none was said
	rows       []row
	mistakes   []Scored
	words      wordCount
}

// row is a scored example without its text.
type row struct {
	p                [3]float64 // in the order of moderation.Labels
	label, predicted int8       // indices in it
	source           int32
}

// Evaluator gathers scored examples. The zero value is ready.
type Evaluator struct {
	// Limits are the thresholds that are used, for the table of thresholds; 0 is
	// none.
	Limits   moderation.Thresholds
	rows     []row
	sources  []string
	index    map[string]int32
	mistakes [3]worst // by what they are
	words    wordCount
}

// Add takes one in. Of the texts only the worst mistakes' are kept.
func (v *Evaluator) Add(s Scored) {
	if v.index == nil {
		v.index = map[string]int32{}
	}
	source, known := v.index[s.Source]
	if !known {
		source = int32(len(v.sources))
		v.index[s.Source] = source
		v.sources = append(v.sources, s.Source)
	}
	r := row{
		p:     [3]float64{s.P.OK, s.P.Spam, s.P.Abuse},
		label: labelIndex(s.Label), predicted: labelIndex(s.Predicted), source: source,
	}
	v.rows = append(v.rows, r)
	if s.Weights != nil {
		v.words.add(s.Label, s.Weights)
	}
	if r.label != r.predicted {
		v.mistakes[r.label].add(s)
	}
}

// labelIndex returns the place of l among the labels.
func labelIndex(l moderation.Label) int8 {
	return int8(slices.Index(moderation.Labels(), l))
}

// Result returns the evaluation of what was added.
func (v *Evaluator) Result() Evaluation {
	e := Evaluation{
		PerLabel: perLabel(v.rows), N: len(v.rows), Confusion: confusion(v.rows),
		Thresholds: thresholds(v.rows, v.Limits), Sources: map[string]PerLabel{}, rows: v.rows, words: v.words,
	}
	bySource := make([][]row, len(v.sources))
	for _, r := range v.rows {
		bySource[r.source] = append(bySource[r.source], r)
	}
	for i, source := range v.sources {
		e.Sources[source] = perLabel(bySource[i])
	}
	for i := range v.mistakes {
		e.mistakes = append(e.mistakes, v.mistakes[i].scored...)
	}
	return e
}

// Evaluate is an [Evaluator] over what is in memory already.
func Evaluate(scored []Scored) Evaluation {
	var v Evaluator
	for _, s := range scored {
		v.Add(s)
	}
	return v.Result()
}

// perLabel returns the metrics of each label.
func perLabel(rows []row) PerLabel {
	var all PerLabel
	for l, label := range moderation.Labels() {
		r := rankingOf(rows, l)
		m := Metrics{
			N: r.positives, AUC: r.auc(), AveragePrecision: r.averagePrecision(),
			RecallAt1PctFPR: r.recallAtFPR(0.01),
			LogLoss:         logLoss(rows, l), ECE: calibration(rows, l).ece(),
		}
		m.Precision, m.Recall, m.F1 = atPrediction(rows, l)
		*all.Of(label) = m
	}
	return all
}

// confusion counts pairs of labels.
func confusion(rows []row) Confusion {
	labels, c := moderation.Labels(), Confusion{}
	for _, actual := range labels {
		c[actual] = map[moderation.Label]int{}
		for _, predicted := range labels {
			c[actual][predicted] = 0
		}
	}
	for _, r := range rows {
		c[labels[r.label]][labels[r.predicted]]++
	}
	return c
}

// thresholds returns the table of thresholds for spam and for abuse, the one that
// is used among them.
func thresholds(rows []row, limits moderation.Thresholds) (table []Threshold) {
	for l, label := range moderation.Labels() {
		own := moderation.Probabilities{Spam: limits.Spam, Abuse: limits.Abuse}.Of(label)
		if label != moderation.OK {
			table = append(table, thresholdsOf(rows, l, own)...)
		}
	}
	return table
}

// thresholdsOf returns the table's rows for one label.
func thresholdsOf(rows []row, l int, own float64) []Threshold {
	at := []float64{.05, .1, .2, .3, .4, .5, .6, .7, .8, .9, .95, .98, .99}
	if i, there := slices.BinarySearch(at, own); own > 0 && !there {
		at = slices.Insert(at, i, own)
	}
	reached := make([][3]int, len(at)+1) // by number of thresholds reached, then by label
	var total [3]int
	for _, r := range rows {
		n, _ := slices.BinarySearchFunc(at, r.p[l], func(t, p float64) int {
			if t <= p {
				return -1
			}
			return 1
		})
		reached[n][r.label]++
		total[r.label]++
	}
	var held [3]int
	table := make([]Threshold, len(at))
	for i := len(at) - 1; i >= 0; i-- {
		for actual, n := range reached[i+1] {
			held[actual] += n
		}
		table[i] = Threshold{
			Label: moderation.Labels()[l], Threshold: at[i], Caught: share(held[l], total[l]), Own: at[i] == own,
			OKHeld: share(held[0], total[0]), Held: share(held[0]+held[1]+held[2], len(rows)),
		}
	}
	return table
}

// keptMistakes is how many mistakes are kept for each label.
const keptMistakes = 20

// worst keeps the examples of one label to which the model gave least of it.
type worst struct{ scored []Scored }

// add keeps s if it is among them.
func (w *worst) add(s Scored) {
	of := func(s Scored) float64 { return s.P.Of(s.Label) }
	i, _ := slices.BinarySearchFunc(w.scored, of(s), func(kept Scored, p float64) int { return cmp.Compare(of(kept), p) })
	if i == keptMistakes {
		return
	}
	if len(w.scored) == keptMistakes {
		w.scored = w.scored[:keptMistakes-1]
	}
	w.scored = slices.Insert(w.scored, i, s)
}
