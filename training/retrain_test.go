package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// ownWays returns lessons of a blog on which words mean what no model knows:
// "gronk" is abuse and "zorp" is spam there.
func ownWays(n int) []moderation.PastLesson {
	lessons := make([]moderation.PastLesson, n)
	for i := range lessons {
		label := moderation.Labels()[i%3]
		word := map[moderation.Label]string{moderation.OK: "tram", moderation.Spam: "zorp", moderation.Abuse: "gronk"}[label]
		lessons[i] = pastLesson(int64(i+1), float64(i), label, fmt.Sprintf("the %s of reader %d, %s said", word, i%7, strings.Repeat("well ", i%4)))
	}
	return lessons
}

func mustRetrain(t *testing.T, lessons []moderation.PastLesson, published moderation.Published, opts RetrainOptions) Retrained {
	t.Helper()
	r, err := Retrain(t.Context(), starter(t), lessons, published, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRetrainLearnsASitesWays(t *testing.T) {
	lessons := ownWays(150)
	r := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{})
	c := r.Comparison
	if !r.Promote || r.LastLesson != 150 || r.Lessons != [3]int64{50, 50, 50} || c.Lessons != 30 || !c.From.Equal(lessons[120].At) {
		t.Fatalf("retrained %+v with comparison %+v", r, c)
	}
	if c.Candidate.AbuseAUC < .95 || c.Candidate.LogLoss > c.InForce.LogLoss || c.Candidate.LogLoss > c.Model.LogLoss {
		t.Errorf("candidate %+v, in force %+v, the model %+v", c.Candidate, c.InForce, c.Model)
	}
	if len(c.Differences) != 6 {
		t.Errorf("%d differences, want three figures against two", len(c.Differences))
	}
	if p := r.Blend.Prior; p.OK > .8 || math.Abs(p.OK+p.Spam+p.Abuse-1) > 1e-9 {
		t.Errorf("prior %+v of a blog with a third of each", p)
	}
	checker := classifier.New(starter(t))
	for _, l := range lessons {
		if err := checker.Apply(l.Lesson); err != nil {
			t.Fatal(err)
		}
	}
	sub := moderation.Submission{}
	sub.Site.ID, sub.Comment.Text = 1, "the gronk of reader 3, well said"
	before := checker.Score(sub).Abuse
	if err := checker.SetBlend(1, r.Blend); err != nil {
		t.Fatal(err)
	}
	if after := checker.Score(sub).Abuse; after < before || after < .8 {
		t.Errorf("abuse %.3f, before %.3f", after, before)
	}
}

// TestRetrainIsAFunctionOfItsData says that the order in which lessons are
// handed over does not matter.
func TestRetrainIsAFunctionOfItsData(t *testing.T) {
	lessons := ownWays(60)
	first := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{})
	for i := range 30 {
		lessons[i], lessons[59-i] = lessons[59-i], lessons[i]
	}
	second := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{})
	a, err := first.Blend.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := second.Blend.Encode(); err != nil || string(a) != string(b) || first.DataSHA256 != second.DataSHA256 {
		t.Errorf("another order gives another blend: %s, %s, %v", a, b, err)
	}
	lessons[0].Parent.Author = "Brenda"
	if other := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{}); other.DataSHA256 == first.DataSHA256 {
		t.Error("the same lessons as answers to somebody have the same hash")
	}
	lessons[0].Parent.Author = ""
	lessons[0].Text += "!"
	if other := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{}); other.DataSHA256 == first.DataSHA256 {
		t.Error("other data have the same hash")
	}
}

// TestRetrainMakesNothingTwice takes what was made of the same lessons for known,
// also where it is not in force: it was rolled back or refused.
func TestRetrainMakesNothingTwice(t *testing.T) {
	lessons := ownWays(60)
	first := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{})
	opts := RetrainOptions{Versions: map[string]moderation.VersionID{first.DataSHA256: 7}}
	again := mustRetrain(t, lessons, moderation.Published{}, opts)
	if want := "nothing new: version 7 was made of the same lessons"; again.Blend != nil || again.Promote || again.Reason != want {
		t.Errorf("retrained %+v, want nothing, for %q", again, want)
	}
	if more := mustRetrain(t, ownWays(61), moderation.Published{}, opts); more.Blend == nil {
		t.Errorf("with one lesson more: %+v, want a blend", more)
	}
}

func TestRetrainOfTooFew(t *testing.T) {
	only := func(label moderation.Label) (some []moderation.PastLesson) {
		for i := range 40 {
			some = append(some, pastLesson(int64(i+1), float64(i), label, fmt.Sprint("comment ", i)))
		}
		return some
	}
	blank := ownWays(30)
	for i := range blank {
		blank[i].Text = " "
	}
	for name, lessons := range map[string][]moderation.PastLesson{
		"none": nil, "nineteen": ownWays(19), "one label": only(moderation.OK), "no ok": append(only(moderation.Spam), only(moderation.Abuse)...),
		"without text": blank,
	} {
		t.Run(name, func(t *testing.T) {
			r := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{})
			if r.Blend != nil || r.Promote || !strings.Contains(r.Reason, "too few lessons") {
				t.Errorf("retrained %+v, want nothing for too few", r)
			}
		})
	}
}

// TestRetrainRefusesWhatIsWorse gives a blog whose older lessons mean the opposite
// of the newest ones, which mean what the model knows.
func TestRetrainRefusesWhatIsWorse(t *testing.T) {
	lessons := make([]moderation.PastLesson, 200)
	for i := range lessons {
		text, label, other := "thanks, a fair point about the trams, reader %d", moderation.OK, moderation.Abuse
		if i%2 == 1 {
			text, label, other = "you stupid worthless moron, reader %d", moderation.Abuse, moderation.OK
		}
		if i < 160 {
			label = other
		}
		lessons[i] = pastLesson(int64(i+1), float64(i), label, fmt.Sprintf(text, i%7))
	}
	r := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{})
	if r.Promote || r.Blend == nil || !strings.Contains(r.Reason, "worse on the newest lessons: its") || !strings.Contains(r.Reason, " to ") {
		t.Errorf("promote %v, reason %q; want a refusal with figures", r.Promote, r.Reason)
	}
}

func TestRetrainComparesWithWhatIsInForce(t *testing.T) {
	lessons := ownWays(200)
	first := mustRetrain(t, lessons[:100], moderation.Published{}, RetrainOptions{})
	opts := RetrainOptions{InForce: first.Blend, Since: first.LastLesson, Data: first.DataSHA256}
	if r := mustRetrain(t, lessons[:100], moderation.Published{}, opts); r.Blend != nil || !strings.Contains(r.Reason, "nothing new") {
		t.Errorf("the same lessons again: %+v", r)
	}
	if c := mustRetrain(t, lessons, moderation.Published{}, opts).Comparison; c.Seen != 0 || c.Lessons != 40 {
		t.Errorf("comparison %+v, want one by 40 lessons, none seen", c)
	}
	if c := mustRetrain(t, lessons[:115], moderation.Published{}, opts).Comparison; c.Seen != 0 || c.Lessons != 15 {
		t.Errorf("comparison %+v, want one by the 15 new lessons", c)
	}
	if c := mustRetrain(t, lessons[:103], moderation.Published{}, opts).Comparison; c.Seen != 17 || c.Lessons != 20 {
		t.Errorf("comparison %+v, want one by 20 lessons, 17 of them seen", c)
	}
}

// TestRetrainSeesAllTraffic says that published comments move the prior, and
// that thresholds move with it.
func TestRetrainSeesAllTraffic(t *testing.T) {
	lessons := ownWays(90)
	alone := mustRetrain(t, lessons, moderation.Published{}, RetrainOptions{})
	published := moderation.Published{Total: 5000}
	for i := range 500 {
		l := pastLesson(0, float64(i)/6, moderation.OK, fmt.Sprintf("a plain comment, the %d of many, on trams", i))
		l.Comment = moderation.CommentID(1000 + i)
		published.Sample = append(published.Sample, l)
	}
	r := mustRetrain(t, lessons, published, RetrainOptions{})
	if r.Published != 270 || r.Comparison.Published == 0 {
		t.Errorf("%d published comments, %d in the comparison; want 270, some", r.Published, r.Comparison.Published)
	}
	if r.Blend.Prior.OK < .9 || r.Blend.Prior.OK <= alone.Blend.Prior.OK {
		t.Errorf("prior %+v, without traffic %+v", r.Blend.Prior, alone.Blend.Prior)
	}
	checker := classifier.New(starter(t))
	for _, l := range lessons {
		if err := checker.Apply(l.Lesson); err != nil {
			t.Fatal(err)
		}
	}
	if err := checker.SetBlend(1, r.Blend); err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, l := range published.Sample {
		sub := moderation.Submission{}
		sub.Site.ID, sub.Comment.Text = 1, l.Text
		if p := checker.Score(sub); p.Spam >= r.Blend.Limits.Spam || p.Abuse >= r.Blend.Limits.Abuse {
			held++
		}
	}
	if held > 25 {
		t.Errorf("the thresholds %+v hold %d of 500 decent comments", r.Blend.Limits, held)
	}
}

// TestRetrainMovesOnlyTheLimitsOfWhatItDecides teaches spam and next to no abuse,
// and publishes what the model nearly takes for abuse: the threshold of abuse
// remains the model's, and that of spam takes what may be held.
func TestRetrainMovesOnlyTheLimitsOfWhatItDecides(t *testing.T) {
	for name, abuse := range map[string]int{"no abuse": 0, "fewer than decide": MinOfLabel - 1} {
		t.Run(name, func(t *testing.T) {
			var lessons []moderation.PastLesson
			for _, l := range ownWays(150) {
				if l.Label != moderation.Abuse || abuse > 0 {
					lessons = append(lessons, l)
				}
				if l.Label == moderation.Abuse {
					abuse--
				}
			}
			m := starter(t)
			published := moderation.Published{Total: 300}
			for i := range 300 {
				l := pastLesson(0, float64(i)/2, moderation.OK, fmt.Sprintf("the %d of many trams, said somebody, zorp %d", i, i%9))
				l.Comment = moderation.CommentID(1000 + i)
				published.Sample = append(published.Sample, l)
			}
			r := mustRetrain(t, lessons, published, RetrainOptions{})
			if got, want := r.Blend.Limits.Abuse, m.Limits().Abuse; got != want {
				t.Errorf("abuse is held from %v, want the model's %v", got, want)
			}
			if r.Blend.Limits.Spam == m.Limits().Spam {
				t.Error("the threshold of spam was not moved")
			}
			if got, want := r.Blend.Logistic.Weights[1], classifier.NeutralBlend().Weights[1]; !slices.Equal(got, want) || r.Blend.Logistic.Intercept[1] != 0 {
				t.Errorf("weights for abuse %v and %v, want the model's word", got, r.Blend.Logistic.Intercept[1])
			}
		})
	}
}

func TestRetrainStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var last, total int64
	_, err := Retrain(ctx, starter(t), ownWays(400), moderation.Published{}, RetrainOptions{Progress: func(done, all int64) {
		if last, total = done, all; done > 500 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || last > 700 {
		t.Errorf("err = %v after %d of %d steps, want an end soon after 500", err, last, total)
	}
	_, err = Retrain(t.Context(), starter(t), ownWays(400), moderation.Published{}, RetrainOptions{Progress: func(done, all int64) { last, total = done, all }})
	if err != nil || last != total {
		t.Errorf("%d of %d steps at the end, %v", last, total, err)
	}
}

// TestBootstrapFindsWhatIsWorse compares contenders of whom the truth is known.
func TestBootstrapFindsWhatIsWorse(t *testing.T) {
	build := func(candidate, other float64) *contest {
		c := &contest{}
		for i := range 200 {
			y := 2 * (i % 2) // ok, abuse
			c.labels, c.weights = append(c.labels, y), append(c.weights, 1)
			for who, sure := range [contenders]float64{candidate, other, other} {
				p := sure
				if i%10 < 2 { // everybody's mistakes
					p = 1 - sure
				}
				if y == 0 {
					p = 1 - p
				}
				c.p[who] = append(c.p[who], [3]float64{1 - p - 1e-3, 1e-3, p})
			}
		}
		c.sort()
		return c
	}
	for name, tt := range map[string]struct {
		candidate, other float64
		worse            bool
	}{
		"the same": {.8, .8, false}, "surer than it may be": {.99, .8, true}, "better": {.8, .99, false},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := build(tt.candidate, tt.other).differences(t.Context(), &retrainSteps{})
			if err != nil {
				t.Fatal(err)
			}
			worse := false
			for _, d := range all {
				worse = worse || d.Worse
				if d.Figure == "spam_auc" || !(d.Low <= d.Difference && d.Difference <= d.High) {
					t.Errorf("difference %+v", d)
				}
			}
			if worse != tt.worse {
				t.Errorf("worse: %v, want %v: %+v", worse, tt.worse, all)
			}
		})
	}
}

// TestWeighedFiguresAreThoseOfRepeatedComments compares with the evaluator's.
func TestWeighedFiguresAreThoseOfRepeatedComments(t *testing.T) {
	c, repeated := &contest{}, Evaluator{}
	for i := range 60 {
		p := moderation.Probabilities{Spam: float64(i*7%10) / 20, Abuse: float64(i*3%10) / 20}
		p.OK = 1 - p.Spam - p.Abuse
		label, weight := moderation.Labels()[i*i%3], 1+i%4
		c.labels, c.weights = append(c.labels, int(labelIndex(label))), append(c.weights, float64(weight))
		c.p[0] = append(c.p[0], [3]float64{p.OK, p.Spam, p.Abuse})
		for range weight {
			repeated.Add(Scored{Label: label, P: p, Predicted: moderation.OK})
		}
	}
	c.p[1], c.p[2] = c.p[0], c.p[0]
	c.sort()
	got, want := c.standing(0), repeated.Result()
	for what, pair := range map[string][2]Figure{
		"AUC of spam": {got.SpamAUC, want.Spam.AUC}, "AUC of abuse": {got.AbuseAUC, want.Abuse.AUC},
		"ECE of spam": {got.SpamECE, want.Spam.ECE}, "ECE of abuse": {got.AbuseECE, want.Abuse.ECE},
	} {
		if math.Abs(float64(pair[0]-pair[1])) > 1e-9 && !(math.IsNaN(float64(pair[0])) && math.IsNaN(float64(pair[1]))) {
			t.Errorf("%s: %v, want %v", what, pair[0], pair[1])
		}
	}
}

func TestMoved(t *testing.T) {
	for _, tt := range []struct{ p, by, want float64 }{{.5, 0, .5}, {.5, math.Log(3), .75}, {.75, -math.Log(3), .5}, {1, 3, 1}, {0, 3, 0}} {
		if got := moved(tt.p, tt.by); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("moved(%v, %v) = %v, want %v", tt.p, tt.by, got, tt.want)
		}
	}
}

func TestMovedLimit(t *testing.T) {
	for _, tt := range []struct{ limit, by, want float64 }{{.2, 0, .2}, {.2, 9, .5}, {.8, 9, .8}, {.5, -100, minLimit}, {1, -3, 1}} {
		if got := movedLimit(tt.limit, tt.by); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("movedLimit(%v, %v) = %v, want %v", tt.limit, tt.by, got, tt.want)
		}
	}
}

func TestSplitIsByTime(t *testing.T) {
	lessons := ownWays(50)
	d := newRetrainData(lessons, moderation.Published{Total: 3, Sample: []moderation.PastLesson{
		pastLesson(0, 10, moderation.OK, "early"), pastLesson(0, 45, moderation.OK, "late"), pastLesson(0, 40, moderation.OK, "as the first one held out"),
	}})
	older, newer := d.split()
	if len(older.lessons) != 40 || len(newer.lessons) != 10 || len(older.weak) != 1 || len(newer.weak) != 2 {
		t.Errorf("%d and %d lessons, %d and %d published", len(older.lessons), len(newer.lessons), len(older.weak), len(newer.weak))
	}
	if older.lessons[39].At.After(newer.lessons[0].At) || newer.lessons[0].At.Sub(noon) != 40*time.Hour {
		t.Errorf("held out from %v on", newer.lessons[0].At)
	}
}
