package classifier

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// testBlend returns a blend over a model, which looks at everything.
func testBlend(m *Model) *Blend {
	b := &Blend{
		Model: m.ID(), Logistic: NeutralBlend(), Number: 3,
		Prior:  moderation.Probabilities{OK: .7, Spam: .1, Abuse: .2},
		Limits: moderation.Thresholds{Spam: .4, Abuse: .3},
	}
	for c := range b.Logistic.Weights {
		for j := range b.Logistic.Weights[c] {
			b.Logistic.Weights[c][j] += .1 * float64(j+c)
		}
		b.Logistic.Intercept[c] = -.5
	}
	return b
}

func TestBlendSurvivesEncoding(t *testing.T) {
	b := testBlend(testModel(t))
	data, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadBlend(data)
	if err != nil {
		t.Fatal(err)
	}
	want := *b
	want.Number = 0
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("blend (-want +got):\n%s", diff)
	}
}

func TestReadBlendRefuses(t *testing.T) {
	good := testBlend(testModel(t))
	tests := map[string]struct {
		change func(b *Blend)
		says   string
	}{
		"too few weights":  {func(b *Blend) { b.Logistic.Weights[0] = []float64{1} }, "1 weights, not 7"},
		"a prior of none":  {func(b *Blend) { b.Prior.Spam = 0 }, "prior"},
		"a large limit":    {func(b *Blend) { b.Limits.Abuse = 2 }, "threshold of 2"},
		"an infinite load": {func(b *Blend) { b.Logistic.Intercept[1] = math.Inf(1) }, "not a finite number"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := *good
			tt.change(&b)
			err := b.check()
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("err = %v, want one that says %q", err, tt.says)
			}
		})
	}
	for _, data := range []string{"", "null", "{}", `{"format":1}`, `{"format":7}`, "[]"} {
		if _, err := ReadBlend([]byte(data)); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("ReadBlend(%q): %v, want ErrInvalid", data, err)
		}
	}
}

// taught teaches a site so many lessons of each label.
func taught(t *testing.T, c *Checker, each int) {
	t.Helper()
	texts := []string{"I like trams", "buy cheap pills", "what a moron"}
	for i := range each * numLabels {
		mustApply(t, c, lesson(int64(i+1), 0, moderation.Labels()[i%numLabels], fmt.Sprint(texts[i%numLabels], " ", i)))
	}
}

// TestBlendLeavesFewLessonsToTheDefault takes lessons back until one label alone
// stands: then the blend decides nothing about the others.
func TestBlendLeavesFewLessonsToTheDefault(t *testing.T) {
	m := testModel(t)
	c, plain := New(m), New(m)
	taught(t, c, handful)
	taught(t, plain, handful)
	b := testBlend(m)
	b.Logistic.Weights[abuse] = append([]float64(nil), b.Logistic.Weights[abuse]...)
	b.Logistic.Intercept[abuse] = 5
	if err := c.SetBlend(1, b); err != nil {
		t.Fatal(err)
	}
	sub := submission(1, "trams are late")
	if c.Score(sub) == plain.Score(sub) {
		t.Fatal("the blend changes nothing")
	}
	back := lesson(100, 1, "", "I like trams 0")
	mustApply(t, c, back)
	mustApply(t, plain, back)
	if got, want := c.Score(sub), plain.Score(sub); got != want {
		t.Errorf("with %d lessons of ok %v, want the default's %v", handful-1, got, want)
	}
	if got := check(t, c, "trams").Limits; got != m.Limits() {
		t.Errorf("limits %v, want the model's", got)
	}
}

// TestBlendLeavesNewLabelsToTheDefault has a blend that was fitted before there
// was any abuse: what is learned of it since counts.
func TestBlendLeavesNewLabelsToTheDefault(t *testing.T) {
	m := testModel(t)
	c, plain := New(m), New(m)
	taught(t, c, handful)
	taught(t, plain, handful)
	b := testBlend(m)
	b.Logistic.Weights[abuse] = NeutralBlend().Weights[abuse]
	if err := c.SetBlend(1, b); err != nil {
		t.Fatal(err)
	}
	sub := submission(1, "what a moron of a tram")
	odds := func(c *Checker) float64 { p := c.Score(sub); return math.Log(p.Abuse / p.OK) }
	if got, want := odds(c), odds(plain); math.Abs(got-want) > 1e-9 {
		t.Errorf("log-odds of abuse %v, want the default's %v", got, want)
	}
}

// TestBlendWeighs says that check and score agree, that the evidence adds up to
// what it should, and that leaving the blend leaves no trace.
func TestBlendWeighs(t *testing.T) {
	m := testModel(t)
	c := New(m)
	taught(t, c, handful)
	sub := moderation.Submission{}
	sub.Site.ID, sub.Comment.Text = 1, "you moron like cheap trams"
	before := c.Score(sub)
	if err := c.SetBlend(1, testBlend(m)); err != nil {
		t.Fatal(err)
	}
	with := c.Score(sub)
	if with == before {
		t.Error("the blend changes nothing")
	}
	report, err := c.Check(context.Background(), sub)
	if err != nil {
		t.Fatal(err)
	}
	if got := *report.Signals[0].Scores; got != with {
		t.Errorf("Check says %v, Score %v", got, with)
	}
	if want := m.Version() + "+15/b3"; report.Version != want || report.Signals[0].Limits != testBlend(m).Limits {
		t.Errorf("version %s with limits %v, want %s with the blend's", report.Version, report.Signals[0].Limits, want)
	}
	if err := c.SetBlend(1, nil); err != nil || c.Score(sub) != before {
		t.Errorf("without the blend: %v, %v; want %v", c.Score(sub), err, before)
	}
}

// TestBlendEvidence says that each feature's share of the log-odds is what is
// missing without its views' scores.
func TestBlendEvidence(t *testing.T) {
	m := testModel(t)
	c := New(m)
	taught(t, c, handful)
	s := c.site(1)
	s.blend = testBlend(m)
	f := extract("cheap moron trams")
	e := newEvidence(&f)
	z := s.explain(&f, pair{}, &e)
	scores := s.scores(&f, nil)
	var nothing [numViews]score
	empty, _ := s.say(&f, &nothing, pair{})
	want, _ := s.say(&f, &scores, pair{})
	var sum pair
	for v := range e {
		for _, add := range e[v] {
			sum[spam] += add[spam]
			sum[abuse] += add[abuse]
		}
	}
	for c := range sum {
		if d := sum[c] - (want[c] - empty[c]); math.Abs(d) > 1e-9 || z != want {
			t.Errorf("the evidence sums to %v, want %v less %v; explain says %v", sum, want, empty, z)
		}
	}
}

func TestBlendOverAnotherModelIsRefused(t *testing.T) {
	m := testModel(t)
	c := New(m)
	if err := c.SetBlend(1, testBlend(m)); err != nil {
		t.Fatal(err)
	}
	other := testBlend(m)
	other.Model = "0badcafe"
	err := c.SetBlend(1, other)
	if !errors.Is(err, moderation.ErrInvalid) || !strings.Contains(err.Error(), "0badcafe") || !strings.Contains(err.Error(), "retrain") {
		t.Errorf("err = %v, want ErrInvalid that names the model and says what to do", err)
	}
	report, err := c.Check(context.Background(), moderation.Submission{Arrival: moderation.Arrival{Site: moderation.Site{ID: 1}}})
	if err != nil || strings.Contains(report.Version, "/b") {
		t.Errorf("version %s, %v; want none with a blend", report.Version, err)
	}
}

// TestBlendTrainerIsTheChecker says that the trainer judges as the service does.
func TestBlendTrainerIsTheChecker(t *testing.T) {
	m := testModel(t)
	c, trainer := New(m), NewBlendTrainer(m, 2)
	for i := range 20 {
		l := moderation.Lesson{Number: int64(i + 1), Site: 1, Label: moderation.Labels()[i%3], Text: fmt.Sprintf("word%d and %s", i%4, moderation.Labels()[i%3])}
		if err := c.Apply(l); err != nil {
			t.Fatal(err)
		}
		if err := trainer.Learn(l, i%2); err != nil {
			t.Fatal(err)
		}
	}
	b := testBlend(m)
	sub := moderation.Submission{}
	sub.Site.ID, sub.Comment.Text = 1, "word1 is abuse"
	got, err := trainer.Judge(moderation.Lesson{Text: sub.Comment.Text}, b)
	if err != nil {
		t.Fatal(err)
	}
	if want := c.Score(sub); got.Default != want || got.Model != m.Score(sub) {
		t.Errorf("by default %v, want %v; by the model %v, want %v", got.Default, want, got.Model, m.Score(sub))
	}
	if err := c.SetBlend(1, b); err != nil {
		t.Fatal(err)
	}
	if want := c.Score(sub); got.Blends[0] != want {
		t.Errorf("by the blend %v, want %v", got.Blends[0], want)
	}
	f := extract("word1 is abuse")
	scores := trainer.whole.scores(&f, nil)
	inputs, err := trainer.Inputs(moderation.Lesson{Text: "word1 is abuse"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.inputs(nil, &f, &scores, m.logOdds(&f)), inputs); diff == "" {
		t.Error("the inputs of a fold hold its own lessons")
	}
}

// TestBlendWhileChecking sets blends while checks run; the race detector looks
// on.
func TestBlendWhileChecking(t *testing.T) {
	m := testModel(t)
	c := New(m)
	sub := moderation.Submission{}
	sub.Site.ID, sub.Comment.Text = 1, "you moron"
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for range 200 {
				c.Score(sub)
				if _, err := c.Check(context.Background(), sub); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 200 {
		b := testBlend(m)
		if i%3 == 0 {
			b = nil
		}
		if err := c.SetBlend(1, b); err != nil {
			t.Fatal(err)
		}
	}
	workers.Wait()
}
