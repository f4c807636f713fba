package training

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"gatehouse/internal/moderation"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// about compares figures to 1e-12; undefined ones are equal.
func about() cmp.Option {
	return cmp.Comparer(func(a, b Figure) bool {
		return a == b || math.Abs(float64(a-b)) < 1e-12 || math.IsNaN(float64(a)) && math.IsNaN(float64(b))
	})
}

// spamOrNot returns an example of two labels with a probability of spam.
func spamOrNot(spam bool, p float64) Scored {
	s := Scored{Label: moderation.OK, Predicted: moderation.OK, P: moderation.Probabilities{OK: 1 - p, Spam: p}}
	if spam {
		s.Label = moderation.Spam
	}
	if p >= 0.5 {
		s.Predicted = moderation.Spam
	}
	return s
}

// taken returns examples by what they are and what they were taken for, as
// indices among the labels.
func taken(actual, predicted []int) (all []Scored) {
	labels := moderation.Labels()
	for i := range actual {
		all = append(all, Scored{Label: labels[actual[i]], Predicted: labels[predicted[i]], P: moderation.Probabilities{OK: 1}})
	}
	return all
}

// TestRankingFigures holds known values: the examples in the documentation of
// scikit-learn's roc_auc_score, average_precision_score and log_loss, and some
// worked out by hand.
func TestRankingFigures(t *testing.T) {
	nan := Figure(math.NaN())
	manyOthers := []Scored{spamOrNot(true, .9), spamOrNot(true, .9), spamOrNot(true, .5), spamOrNot(true, .1)}
	for i := range 200 {
		manyOthers = append(manyOthers, spamOrNot(false, map[bool]float64{true: .6, false: .2}[i < 2]))
	}
	ln := func(p ...float64) Figure {
		var sum float64
		for _, x := range p {
			sum -= math.Log(x)
		}
		return Figure(sum / float64(len(p)))
	}
	for name, tc := range map[string]struct {
		scored                   []Scored
		auc, ap, recall, logLoss Figure
	}{
		"scikit-learn's ranking": {
			scored: []Scored{spamOrNot(false, .1), spamOrNot(false, .4), spamOrNot(true, .35), spamOrNot(true, .8)},
			auc:    .75, ap: .5*1 + .5*2/3., recall: .5, logLoss: ln(.9, .6, .35, .8),
		},
		"scikit-learn's log loss": {
			scored: []Scored{spamOrNot(true, .9), spamOrNot(false, .1), spamOrNot(false, .2), spamOrNot(true, .65)},
			auc:    1, ap: 1, recall: 1, logLoss: ln(.9, .9, .8, .65),
		},
		"all alike": {
			scored: []Scored{spamOrNot(true, .5), spamOrNot(false, .5), spamOrNot(false, .5), spamOrNot(false, .5)},
			auc:    .5, ap: .25, recall: 0, logLoss: Figure(math.Ln2),
		},
		"the wrong way round, certain": {
			scored: []Scored{spamOrNot(true, 0), spamOrNot(false, 1)},
			auc:    0, ap: .5, recall: 0, logLoss: Figure(52 * math.Ln2),
		},
		"a tie across": { // of 4 pairs 2 are won, 2 tied
			scored: []Scored{spamOrNot(true, .9), spamOrNot(true, .5), spamOrNot(false, .5), spamOrNot(false, .5)},
			auc:    .75, ap: .5*1 + .5*.5, recall: .5, logLoss: ln(.9, .5, .5, .5),
		},
		"two others of 200 may be taken": { // both .6, so .5 is allowed too
			scored: manyOthers,
			auc:    Figure((200 + 200 + 198 + 0) / 800.), ap: (1 + 1 + 3/5. + 4/204.) / 4, recall: .75,
			logLoss: Figure(-(2*math.Log(.9) + math.Log(.5) + math.Log(.1) + 2*math.Log(.4) + 198*math.Log(.8)) / 204),
		},
		"no spam":   {scored: []Scored{spamOrNot(false, .5)}, auc: nan, ap: nan, recall: nan, logLoss: Figure(math.Ln2)},
		"only spam": {scored: []Scored{spamOrNot(true, .5)}, auc: nan, ap: 1, recall: nan, logLoss: Figure(math.Ln2)},
		"nothing":   {auc: nan, ap: nan, recall: nan, logLoss: nan},
	} {
		t.Run(name, func(t *testing.T) {
			m := Evaluate(tc.scored).Spam
			got := []Figure{m.AUC, m.AveragePrecision, m.RecallAt1PctFPR, m.LogLoss}
			if diff := cmp.Diff([]Figure{tc.auc, tc.ap, tc.recall, tc.logLoss}, got, about()); diff != "" {
				t.Errorf("auc, average precision, recall at 1 %% FPR, log loss (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPredictionFigures holds the examples of scikit-learn's precision_score,
// recall_score and f1_score (average=None), and of confusion_matrix.
func TestPredictionFigures(t *testing.T) {
	e := Evaluate(taken([]int{0, 1, 2, 0, 1, 2}, []int{0, 2, 1, 0, 0, 1}))
	got := [][]Figure{{e.OK.Precision, e.OK.Recall, e.OK.F1}, {e.Spam.Precision, e.Spam.Recall, e.Spam.F1}, {e.Abuse.Precision, e.Abuse.Recall, e.Abuse.F1}}
	if diff := cmp.Diff([][]Figure{{2 / 3., 1, .8}, {0, 0, 0}, {0, 0, 0}}, got, about()); diff != "" {
		t.Errorf("precision, recall, F1 per label (-want +got):\n%s", diff)
	}
	e = Evaluate(taken([]int{2, 0, 2, 2, 0, 1}, []int{0, 0, 2, 2, 0, 2}))
	want := Confusion{
		moderation.OK:    {moderation.OK: 2, moderation.Spam: 0, moderation.Abuse: 0},
		moderation.Spam:  {moderation.OK: 0, moderation.Spam: 0, moderation.Abuse: 1},
		moderation.Abuse: {moderation.OK: 1, moderation.Spam: 0, moderation.Abuse: 2},
	}
	if diff := cmp.Diff(want, e.Confusion); diff != "" {
		t.Errorf("confusion (-want +got):\n%s", diff)
	}
	if !math.IsNaN(float64(e.Spam.Precision)) || e.Spam.Recall != 0 || e.Spam.F1 != 0 {
		t.Errorf("spam was never predicted: precision %v, recall %v, F1 %v; want NaN, 0, 0", e.Spam.Precision, e.Spam.Recall, e.Spam.F1)
	}
}

func TestECE(t *testing.T) {
	for name, tc := range map[string]struct {
		scored []Scored
		want   Figure
	}{
		"in one bin": { // mean .71, share 2/3
			scored: []Scored{spamOrNot(true, .70), spamOrNot(true, .71), spamOrNot(false, .72)},
			want:   Figure(math.Abs(.71 - 2/3.)),
		},
		"two bins of one and three": { // .25·|0 − .1| + .75·|1/3 − .9|
			scored: []Scored{spamOrNot(false, .1), spamOrNot(true, .9), spamOrNot(false, .9), spamOrNot(false, .9)},
			want:   Figure(.25*.1 + .75*(.9-1/3.)),
		},
		"bounds of bins": { // 1/15 is in the second, 1 in the last
			scored: []Scored{spamOrNot(true, 0), spamOrNot(false, 1/15.), spamOrNot(true, 1), spamOrNot(true, 14./15)},
			want:   Figure((1 + 1/15. + 1/15.) / 4),
		},
		"certain and right": {scored: []Scored{spamOrNot(true, 1), spamOrNot(false, 0)}, want: 0},
		"nothing":           {want: Figure(math.NaN())},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Evaluate(tc.scored).Spam.ECE; !cmp.Equal(tc.want, got, about()) {
				t.Errorf("ECE %v; want %v", got, tc.want)
			}
		})
	}
}

func TestThresholds(t *testing.T) {
	e := Evaluate([]Scored{
		spamOrNot(true, .95), spamOrNot(true, .5), spamOrNot(true, .04), spamOrNot(true, .3),
		spamOrNot(false, .5), spamOrNot(false, .1),
		{Label: moderation.Abuse, Predicted: moderation.OK, P: moderation.Probabilities{Spam: .5, Abuse: .5}},
		{Label: moderation.Abuse, Predicted: moderation.OK, P: moderation.Probabilities{Spam: .01, Abuse: .99}},
	})
	got := map[string]Threshold{}
	for _, row := range e.Thresholds {
		got[fmt.Sprint(row.Label, row.Threshold)] = row
	}
	for key, want := range map[string]Threshold{
		"spam0.05":  {moderation.Spam, .05, .75, 1, 6 / 8., false},
		"spam0.5":   {moderation.Spam, .5, .5, .5, 4 / 8., false},
		"spam0.6":   {moderation.Spam, .6, .25, 0, 1 / 8., false},
		"spam0.99":  {moderation.Spam, .99, 0, 0, 0, false},
		"abuse0.5":  {moderation.Abuse, .5, 1, 0, 2 / 8., false},
		"abuse0.99": {moderation.Abuse, .99, .5, 0, 1 / 8., false},
	} {
		if diff := cmp.Diff(want, got[key], about()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
}

// TestOwnThresholds checks that the thresholds in use are in the table, once.
func TestOwnThresholds(t *testing.T) {
	v := Evaluator{Limits: moderation.Thresholds{Spam: .35, Abuse: .5}}
	v.Add(spamOrNot(true, .37))
	v.Add(spamOrNot(false, .33))
	var own []Threshold
	e := v.Result()
	for i, row := range e.Thresholds {
		if row.Own {
			own = append(own, row)
		}
		if i > 0 && row.Label == e.Thresholds[i-1].Label && row.Threshold <= e.Thresholds[i-1].Threshold {
			t.Errorf("%v stands after %v", row, e.Thresholds[i-1])
		}
	}
	want := []Threshold{
		{moderation.Spam, .35, 1, 0, .5, true},
		{moderation.Abuse, .5, Figure(math.NaN()), 0, 0, true},
	}
	if diff := cmp.Diff(want, own, about()); diff != "" {
		t.Errorf("own thresholds (-want +got):\n%s", diff)
	}
}

func TestSourcesAreMeasuredApart(t *testing.T) {
	scored := []Scored{spamOrNot(true, .3), spamOrNot(false, .2), spamOrNot(true, .8), spamOrNot(false, .7)}
	for i := range scored {
		scored[i].Source = []string{"a", "a", "b", "b"}[i]
	}
	e := Evaluate(scored)
	if e.Spam.AUC != .75 || e.Sources["a"].Spam.AUC != 1 || e.Sources["b"].Spam.AUC != 1 {
		t.Errorf("AUC %v, of a %v, of b %v; want .75, 1, 1", e.Spam.AUC, e.Sources["a"].Spam.AUC, e.Sources["b"].Spam.AUC)
	}
}

func TestWorstMistakesAreKept(t *testing.T) {
	var v Evaluator
	for i := range 100 {
		s := spamOrNot(true, float64((i*37)%100)/200) // all approved
		s.Text = fmt.Sprint((i * 37) % 100)
		v.Add(s)
	}
	v.Add(spamOrNot(false, .4)) // no mistake
	var got []string
	for _, s := range v.Result().mistakes {
		got = append(got, s.Text)
	}
	var want []string
	for i := range keptMistakes {
		want = append(want, fmt.Sprint(i))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

// fixed says the same of every text.
type fixed moderation.Probabilities

func (f fixed) Score(moderation.Submission) moderation.Probabilities {
	return moderation.Probabilities(f)
}

func TestScorePredictsWhatThePolicySays(t *testing.T) {
	limits := moderation.Thresholds{Spam: .5, Abuse: .2}
	for name, tc := range map[string]struct {
		p    moderation.Probabilities
		want moderation.Label
	}{
		"under both":           {moderation.Probabilities{OK: .4, Spam: .45, Abuse: .15}, moderation.OK},
		"spam":                 {moderation.Probabilities{OK: .4, Spam: .5, Abuse: .1}, moderation.Spam},
		"abuse, though less":   {moderation.Probabilities{OK: .55, Spam: .25, Abuse: .2}, moderation.Abuse},
		"further over its own": {moderation.Probabilities{Spam: .6, Abuse: .4}, moderation.Abuse},
	} {
		t.Run(name, func(t *testing.T) {
			e := Example{Text: "x", Label: moderation.Spam, Source: "s"}
			want := Scored{Label: moderation.Spam, P: tc.p, Predicted: tc.want, Text: "x", Source: "s"}
			if diff := cmp.Diff(want, Score(fixed(tc.p), limits, e)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEvaluationJSON(t *testing.T) {
	got, err := json.Marshal(Evaluate([]Scored{spamOrNot(true, .5)}))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(got, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ok", "spam", "abuse", "n", "confusion", "thresholds", "sources"} {
		if fields[name] == nil {
			t.Errorf("no field %s in %s", name, got)
		}
	}
	const want = `{"n":1,"auc":null,"average_precision":1,"recall_at_1pct_fpr":null,"precision":1,"recall":1,"f1":1,"log_loss":0.6931471805599453,"ece":0.5}`
	if diff := cmp.Diff(want, string(fields["spam"])); diff != "" {
		t.Errorf("spam (-want +got):\n%s", diff)
	}
}

// drawScored draws examples with few distinct probabilities, so that ties occur.
func drawScored(rt *rapid.T) []Scored {
	labels := moderation.Labels()
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) Scored {
		a, b := rapid.IntRange(0, 8).Draw(rt, "a"), rapid.IntRange(0, 8).Draw(rt, "b")
		lo, hi := float64(min(a, b))/8, float64(max(a, b))/8
		return Scored{
			Label: rapid.SampledFrom(labels).Draw(rt, "label"), Predicted: rapid.SampledFrom(labels).Draw(rt, "predicted"),
			P: moderation.Probabilities{OK: lo, Spam: hi - lo, Abuse: 1 - hi},
		}
	}), 1, 40).Draw(rt, "scored")
}

// TestAUCIsTheShareOfPairs counts pairs, and looks at the ranges of the rest.
func TestAUCIsTheShareOfPairs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		scored := drawScored(rt)
		e := Evaluate(scored)
		for _, label := range moderation.Labels() {
			var won, pairs float64
			for _, a := range scored {
				for _, b := range scored {
					if a.Label != label || b.Label == label {
						continue
					}
					pairs++
					switch pa, pb := a.P.Of(label), b.P.Of(label); {
					case pa > pb:
						won++
					case pa == pb:
						won += .5
					}
				}
			}
			m := e.Of(label)
			if diff := cmp.Diff(Figure(won/pairs), m.AUC, about()); diff != "" {
				rt.Errorf("%s (-want +got):\n%s", label, diff)
			}
			for _, f := range []Figure{m.AUC, m.AveragePrecision, m.RecallAt1PctFPR, m.Precision, m.Recall, m.F1, m.ECE} {
				if f < 0 || f > 1 {
					rt.Errorf("%s: a figure is %v in %+v", label, f, m)
				}
			}
		}
	})
}

// TestOrderFiguresAreInvariant bends the probabilities without changing their
// order, and shuffles nothing else: what asks only for order must not move.
func TestOrderFiguresAreInvariant(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		scored := drawScored(rt)
		bent := make([]Scored, len(scored))
		for i, s := range scored {
			s.P.Spam = s.P.Spam * s.P.Spam / 2
			bent[len(scored)-1-i] = s
		}
		a, b := Evaluate(scored).Spam, Evaluate(bent).Spam
		if diff := cmp.Diff(
			[]Figure{a.AUC, a.AveragePrecision, a.RecallAt1PctFPR}, []Figure{b.AUC, b.AveragePrecision, b.RecallAt1PctFPR}, about(),
		); diff != "" {
			rt.Errorf("after bending (-before +after):\n%s", diff)
		}
	})
}

// TestThresholdsFall checks that a higher threshold never holds more.
func TestThresholdsFall(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		table := Evaluate(drawScored(rt)).Thresholds
		for i := 1; i < len(table); i++ {
			a, b := table[i-1], table[i]
			if a.Label == b.Label && (b.Threshold <= a.Threshold || b.Caught > a.Caught || b.OKHeld > a.OKHeld || b.Held > a.Held) {
				rt.Errorf("%+v comes before %+v", a, b)
			}
		}
	})
}
