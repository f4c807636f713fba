package training

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// baseWithout returns a model of all sources but one. $GATEHOUSE_BASES names a
// folder in which such models are kept from one run to the next, for choosing
// what stands in defaultRecipe; empty it when the classifier changes.
func baseWithout(b *testing.B, all []Example, source string) *classifier.Model {
	b.Helper()
	path := filepath.Join(os.Getenv("GATEHOUSE_BASES"), source+".model")
	if f, err := os.Open(path); err == nil {
		defer f.Close()
		if m, err := classifier.Read(f); err == nil {
			return m
		}
	}
	m := fitted(b, Part(all, func(i int) bool { return all[i].Source != source }))
	if os.Getenv("GATEHOUSE_BASES") == "" {
		return m
	}
	f, err := os.Create(path)
	if err == nil {
		_, err = m.WriteTo(f)
		err = cmp.Or(err, f.Close())
	}
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// asLessons makes lessons of examples, one a minute.
func asLessons(examples []Example) []moderation.PastLesson {
	lessons := make([]moderation.PastLesson, len(examples))
	for i, e := range examples {
		lessons[i] = pastLesson(int64(i+1), float64(i)/60, e.Label, e.Text)
	}
	return lessons
}

// BenchmarkRetrain is how the recipe was chosen: a model of all other sources
// meets a new one, and after so many lessons of it the blend is fitted. Measured
// on the 500 comments that follow are the model alone, the lessons as they weigh
// by default, the blend, and a model of the lessons alone. It counts in how many
// places the blend is worse than the model or than the default by the paired
// bootstrap.
func BenchmarkRetrain(b *testing.B) {
	all := append(ownTexts(b), readCorpora(b)...)
	counts := []int{20, 50, 100, 200, 500, 1000}
	var table retrainTable
	for _, c := range corpora() {
		base := baseWithout(b, all, c.name)
		own := Part(all, func(i int) bool { return all[i].Source == c.name })
		for round := range orders(b) {
			r := rand.New(rand.NewPCG(1, uint64(round)))
			r.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
			for _, n := range counts {
				if n+100 <= len(own) {
					table.measure(b, c, base, own[:n], own[n:min(n+500, len(own))], round < lessonsAlone)
				}
			}
		}
	}
	table.print(b, counts)
}

// lessonsAlone is in how many of the orders the lessons alone are measured, too,
// which takes most of the time.
const lessonsAlone = 3

// orders is in how many random orders each source is met: $GATEHOUSE_ORDERS, or 3.
func orders(b *testing.B) int {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("GATEHOUSE_ORDERS"), "3"))
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// retrainTable gathers what BenchmarkRetrain measures.
type retrainTable struct {
	cells map[int][]retrainCell
}

// retrainCell is one place: AUC and log loss of the candidate, the default, the
// model and, only its AUC, of the lessons alone.
type retrainCell struct {
	auc   [contenders + 1]float64
	loss  [contenders]float64
	ece   [contenders]float64
	worse string
}

// measure fits and compares in one place.
func (t *retrainTable) measure(b *testing.B, c corpus, base *classifier.Model, lessons, next []Example, alone bool) {
	b.Helper()
	d := newRetrainData(asLessons(lessons), moderation.Published{})
	if d.tooFew() != "" {
		return
	}
	blend, trainer, err := d.fit(b.Context(), base, &retrainSteps{})
	if err != nil {
		b.Fatal(err)
	}
	after := retrainData{lessons: asLessons(next)}
	got, err := after.compare(b.Context(), trainer, blend, nil, &retrainSteps{})
	if err != nil {
		b.Fatal(err)
	}
	cell := retrainCell{}
	for who, s := range []Standing{contestCandidate: got.Candidate, contestInForce: got.InForce, contestModel: got.Model} {
		cell.auc[who], cell.ece[who] = float64(s.AbuseAUC), float64(s.AbuseECE)
		if c.label == moderation.Spam {
			cell.auc[who], cell.ece[who] = float64(s.SpamAUC), float64(s.SpamECE)
		}
		cell.loss[who] = float64(s.LogLoss)
	}
	cell.auc[contenders] = math.NaN()
	if alone {
		if m, _, err := Fit(b.Context(), lessons, FitOptions{}); err == nil {
			cell.auc[contenders] = aucOf(m, next, c.label)
		}
	}
	if promote, reason := got.verdict(); !promote {
		cell.worse = fmt.Sprintf("%s after %d: %s", c.name, len(lessons), reason)
	}
	b.Logf("%-14s %4d lessons: AUC %.3f, default %.3f, model %.3f, lessons alone %.3f", c.name, len(lessons),
		cell.auc[contestCandidate], cell.auc[contestInForce], cell.auc[contestModel], cell.auc[contenders])
	if t.cells == nil {
		t.cells = map[int][]retrainCell{}
	}
	t.cells[len(lessons)] = append(t.cells[len(lessons)], cell)
}

// print says the means.
func (t *retrainTable) print(b *testing.B, counts []int) {
	b.Helper()
	places, worse := 0, 0
	for _, n := range counts {
		var lines []string
		for who, name := range []string{contestCandidate: "blend", contestInForce: "default", contestModel: "model", contenders: "lessons alone"} {
			var auc, loss, ece, known float64
			for _, cell := range t.cells[n] {
				if !math.IsNaN(cell.auc[who]) {
					auc, known = auc+cell.auc[who], known+1
				}
				if who < contenders {
					loss, ece = loss+cell.loss[who]/float64(len(t.cells[n])), ece+cell.ece[who]/float64(len(t.cells[n]))
				}
			}
			lines = append(lines, fmt.Sprintf("%s %.4f %.3f %.3f (%.0f)", name, auc/known, loss, ece, known))
		}
		b.Logf("after %4d lessons, mean AUC, log loss, ECE: %s", n, strings.Join(lines, "; "))
		for _, cell := range t.cells[n] {
			if places++; cell.worse != "" {
				worse++
				b.Log(cell.worse)
			}
		}
	}
	b.ReportMetric(float64(places), "places")
	b.ReportMetric(float64(worse), "worse")
}

// BenchmarkRetrainOnWhatWasHeld walks a blog's traffic of which 2, 5 or 10 % is
// spam or abuse. Only what is held comes to the moderator; the rest is published,
// also what should not be. After 200 lessons, or when 1,000 comments are left, it
// retrains, and measures on the next 1,000, of which everything is known.
func BenchmarkRetrainOnWhatWasHeld(b *testing.B) {
	all := append(ownTexts(b), readCorpora(b)...)
	sums, n := map[string][6]float64{}, 0.0
	for _, c := range corpora() {
		own := Part(all, func(i int) bool { return all[i].Source == c.name })
		if len(own) < 4000 {
			continue // too few decent ones for a blog's traffic
		}
		base := baseWithout(b, all, c.name)
		for _, share := range []float64{.02, .05, .1} {
			traffic := trafficOf(own, share)
			d, end := heldOf(b, base, traffic)
			if d.tooFew() != "" {
				b.Logf("%s at %.2f: %s", c.name, share, d.tooFew())
				continue
			}
			n++
			for name, f := range d.afterwards(b, base, traffic[end:min(end+1000, len(traffic))], c.label) {
				b.Logf("%-14s at %.2f, %7s: AUC %.3f, log loss %.3f, ECE %.3f, %.3f of ok held, %.2f caught, prior %.3f", c.name, share, name, f[0], f[1], f[2], f[3], f[4], f[5])
				sum := sums[name]
				for i := range sum {
					sum[i] += f[i]
				}
				sums[name] = sum
			}
		}
	}
	for name, f := range sums {
		b.Logf("mean, %7s: AUC %.4f, log loss %.3f, ECE %.3f, %.3f of ok held, %.2f caught", name, f[0]/n, f[1]/n, f[2]/n, f[3]/n, f[4]/n)
	}
}

// trafficOf returns comments of which the share is not ok, as they come.
func trafficOf(own []Example, share float64) []Example {
	r := rand.New(rand.NewPCG(7, 0))
	r.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
	decent := Part(own, func(i int) bool { return own[i].Label == moderation.OK })
	others := Part(own, func(i int) bool { return own[i].Label != moderation.OK })
	decent = decent[:min(len(decent), 5000)]
	others = others[:min(len(others), int(share/(1-share)*float64(len(decent))))]
	traffic := slices.Concat(decent, others)
	r.Shuffle(len(traffic), func(i, j int) { traffic[i], traffic[j] = traffic[j], traffic[i] })
	return traffic
}

// heldOf walks the traffic, and returns what retraining sees of it and where it
// stopped.
func heldOf(b *testing.B, base *classifier.Model, traffic []Example) (d retrainData, end int) {
	b.Helper()
	checker, limits := classifier.New(base), base.Limits()
	var lessons []moderation.PastLesson
	var published moderation.Published
	for end < len(traffic)-1000 && len(lessons) < 200 {
		e := traffic[end]
		end++
		l := pastLesson(int64(end), float64(end)/60, e.Label, e.Text)
		sub := moderation.Submission{}
		sub.Site.ID, sub.Comment.Text = 1, e.Text
		if p := checker.Score(sub); p.Spam < limits.Spam && p.Abuse < limits.Abuse {
			l.Number, l.Label = 0, moderation.OK
			published.Sample = append(published.Sample, l)
			continue
		}
		lessons = append(lessons, l)
		if err := checker.Apply(l.Lesson); err != nil {
			b.Fatal(err)
		}
	}
	published.Total = len(published.Sample)
	return newRetrainData(lessons, published), end
}

// afterwards returns for each contender AUC, log loss, ECE, the share of ok that
// is held, the share of the rest that is, and the prior.
func (d *retrainData) afterwards(b *testing.B, base *classifier.Model, next []Example, label moderation.Label) map[string][6]float64 {
	b.Helper()
	blend, trainer, err := d.fit(b.Context(), base, &retrainSteps{})
	if err != nil {
		b.Fatal(err)
	}
	out := map[string][6]float64{}
	for name, how := range map[string]struct {
		limits moderation.Thresholds
		prior  float64
		of     func(classifier.Judged) moderation.Probabilities
	}{
		"blend":   {trainer.Limits(blend), blend.Prior.Of(label), func(j classifier.Judged) moderation.Probabilities { return j.Blends[0] }},
		"default": {base.Limits(), math.NaN(), func(j classifier.Judged) moderation.Probabilities { return j.Default }},
		"model":   {base.Limits(), math.NaN(), func(j classifier.Judged) moderation.Probabilities { return j.Model }},
	} {
		var v Evaluator
		for _, e := range next {
			judged, err := trainer.Judge(moderation.Lesson{Text: e.Text}, blend)
			if err != nil {
				b.Fatal(err)
			}
			p := how.of(judged)
			predicted := moderation.OK
			if p.Spam >= how.limits.Spam || p.Abuse >= how.limits.Abuse {
				predicted = label
			}
			v.Add(Scored{Label: e.Label, P: p, Predicted: predicted})
		}
		e := v.Result()
		m := e.Of(label)
		out[name] = [6]float64{float64(m.AUC), float64(m.LogLoss), float64(m.ECE), 1 - float64(e.OK.Recall), float64(m.Recall), how.prior}
	}
	return out
}

// BenchmarkRetrainMany retrains on 10,000 lessons and 20,000 published comments.
func BenchmarkRetrainMany(b *testing.B) {
	lessons := ownWays(10_000)
	published := moderation.Published{Sample: asLessons(invented(7000)), Total: 100_000}
	for i := range published.Sample {
		published.Sample[i].Label = moderation.OK
	}
	for b.Loop() {
		start := time.Now()
		if _, err := Retrain(b.Context(), starter(b), lessons, published, RetrainOptions{}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s")
	}
}
