package training

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/moderation"
)

// contestant is one of those that are measured side by side.
type contestant struct {
	name string
	fit  func(t testing.TB, train []Example, l moderation.Label) Scorer
}

// The places of contestants that are measured against each other.
const (
	placeRival = 2 // the better of the two logistic regressions
	placeOurs  = 3 // the last
)

// contestants returns all of them. Only ours makes use of the test.
func contestants() []contestant {
	regression := func(damped bool) func(testing.TB, []Example, moderation.Label) Scorer {
		return func(_ testing.TB, train []Example, l moderation.Label) Scorer { return newRegression(train, l, damped) }
	}
	return []contestant{
		{"library", func(_ testing.TB, train []Example, l moderation.Label) Scorer { return newLibrary(train, l) }},
		{"plain LR", regression(false)},
		placeRival: {"LR", regression(true)}, // with sublinear_tf
		placeOurs:  {"ours", func(t testing.TB, train []Example, _ moderation.Label) Scorer { return fitted(t, train) }},
	}
}

// outcome is what the contestants reached on one corpus.
type outcome struct {
	corpus
	aucs      []float64 // in the order of contestants
	low, high float64   // between which ours - LR lies, see pairedInterval
}

// compare trains all contestants and measures them on what they have not seen.
func compare(t testing.TB, c corpus, train, unseen []Example) outcome {
	who := contestants()
	scores := make([][]float64, len(who))
	run := func(i int) {
		s := who[i].fit(t, train, c.label)
		for _, e := range unseen {
			p := Score(s, moderation.Thresholds{}, e).P
			scores[i] = append(scores[i], p.Of(c.label))
		}
	}
	var others sync.WaitGroup
	for i := range placeOurs {
		others.Go(func() { run(i) })
	}
	run(placeOurs) // here, as it may end the test
	others.Wait()
	positive := make([]bool, len(unseen))
	for i, e := range unseen {
		positive[i] = e.Label == c.label
	}
	o := outcome{corpus: c}
	once := slices.Repeat([]int{1}, len(unseen))
	for _, of := range scores {
		o.aucs = append(o.aucs, newAUCOrder(of).auc(positive, once))
	}
	o.low, o.high = pairedInterval(positive, scores[placeOurs], scores[placeRival])
	return o
}

// compareParts trains on a corpus' train part and measures on its dev part.
func compareParts(t testing.TB, c corpus) outcome {
	all := readCorpora(t, c.name)
	return compare(t, c, Part(all, func(i int) bool { return all[i].Split == "train" }), Part(all, func(i int) bool { return all[i].Split == "dev" }))
}

// tableOf writes outcomes for people, and the means below them, if asked those
// by label too.
func tableOf(outcomes []outcome, byLabel bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-15s", "AUC")
	for _, who := range contestants() {
		fmt.Fprintf(&b, " %8s", who.name)
	}
	fmt.Fprintln(&b, "   ours - LR, 95 %")
	row := func(name string, aucs []float64) {
		fmt.Fprintf(&b, "%-15s", name)
		for _, auc := range aucs {
			fmt.Fprintf(&b, " %8.4f", auc)
		}
		fmt.Fprintf(&b, "   %+.4f", aucs[placeOurs]-aucs[placeRival])
	}
	for _, o := range outcomes {
		row(o.name, o.aucs)
		fmt.Fprintf(&b, " (%+.4f to %+.4f)\n", o.low, o.high)
	}
	for _, l := range []moderation.Label{moderation.Abuse, moderation.Spam} {
		if of := ofLabel(outcomes, l); byLabel && len(of) > 0 {
			row("mean, "+string(l), meanAUCs(of))
			fmt.Fprintln(&b)
		}
	}
	row("mean", meanAUCs(outcomes))
	return b.String()
}

// ofLabel returns the outcomes of corpora with this label.
func ofLabel(outcomes []outcome, l moderation.Label) []outcome {
	return slices.DeleteFunc(slices.Clone(outcomes), func(o outcome) bool { return o.label != l })
}

// meanAUCs returns the mean AUC of each contestant.
func meanAUCs(outcomes []outcome) []float64 {
	sums := make([]float64, len(contestants()))
	for _, o := range outcomes {
		addScaled(sums, 1/float64(len(outcomes)), o.aucs)
	}
	return sums
}

// aucOrder holds scores from the highest to the lowest.
type aucOrder struct {
	scores []float64
	places []int // in scores
	steps  []step
}

// newAUCOrder sorts scores.
func newAUCOrder(scores []float64) *aucOrder {
	o := &aucOrder{scores: scores, places: make([]int, len(scores))}
	for i := range o.places {
		o.places[i] = i
	}
	slices.SortFunc(o.places, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	return o
}

// auc returns the area under the ROC curve with each score taken several times,
// or not at all.
func (o *aucOrder) auc(positive []bool, times []int) float64 {
	r := ranking{steps: o.steps[:0]}
	for k, i := range o.places {
		if positive[i] {
			r.positives += times[i]
		} else {
			r.negatives += times[i]
		}
		if k+1 == len(o.places) || o.scores[o.places[k+1]] != o.scores[i] {
			r.steps = append(r.steps, step{o.scores[i], r.positives, r.negatives})
		}
	}
	o.steps = r.steps
	return float64(r.auc())
}

// pairedInterval returns between which two values the difference of two AUCs lies with
// 95 %: 1.96 standard errors to either side of it, which a paired bootstrap finds
// that draws the comments of each side anew 1,000 times (Efron and Tibshirani
// 1993, "An Introduction to the Bootstrap", sections 6.2 and 13.2). Percentiles
// can't hold nought where one of the two made no mistake at all, whatever chance
// had to do with it.
func pairedInterval(positive []bool, a, b []float64) (low, high float64) {
	var sides [2][]int
	for i, is := range positive {
		if is {
			sides[1] = append(sides[1], i)
		} else {
			sides[0] = append(sides[0], i)
		}
	}
	orderA, orderB := newAUCOrder(a), newAUCOrder(b)
	random := rand.New(rand.NewPCG(1, 1))
	times := make([]int, len(positive))
	differences := make([]float64, 1000)
	for n := range differences {
		clear(times)
		for _, side := range sides {
			for range side {
				times[side[random.IntN(len(side))]]++
			}
		}
		differences[n] = orderA.auc(positive, times) - orderB.auc(positive, times)
	}
	once := slices.Repeat([]int{1}, len(positive))
	d := orderA.auc(positive, once) - orderB.auc(positive, once)
	wide := 1.96 * deviation(differences)
	return d - wide, d + wide
}

// deviation returns the standard deviation.
func deviation(x []float64) float64 {
	mean, square := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		square += (v - mean) * (v - mean)
	}
	return math.Sqrt(square / float64(len(x)-1))
}

// TestPairedInterval holds the bootstrap to the normal interval of DeLong, DeLong and
// Clarke-Pearson (1988, "Comparing the Areas under Two or More Correlated
// Receiver Operating Characteristic Curves").
func TestPairedInterval(t *testing.T) {
	const n = 300
	random := rand.New(rand.NewPCG(2, 2))
	positive, a, b := make([]bool, 2*n), make([]float64, 2*n), make([]float64, 2*n)
	for i := range positive {
		positive[i] = i < n
		a[i] = random.NormFloat64()
		if positive[i] {
			a[i]++
		}
		b[i] = a[i] + random.NormFloat64()
	}
	if low, high := pairedInterval(positive, a, a); low != 0 || high != 0 {
		t.Errorf("nothing differs from itself by %v to %v", low, high)
	}
	caught := make([]float64, 2*n) // of each, how many more of the other side a puts rightly than b
	for i := range n {
		for j := n; j < 2*n; j++ {
			more := float64(cmp.Compare(a[i], a[j])-cmp.Compare(b[i], b[j])) / 2 / n
			caught[i] += more
			caught[j] += more
		}
	}
	mean, variance := 0.0, 0.0
	for _, v := range caught {
		mean += v / (2 * n)
	}
	for _, v := range caught {
		variance += (v - mean) * (v - mean) / (n - 1) / n
	}
	low, high := pairedInterval(positive, a, b)
	wide := 1.96 * math.Sqrt(variance)
	if off := max(math.Abs(low-mean+wide), math.Abs(high-mean-wide)); off > wide/8 {
		t.Errorf("%.4f to %.4f, want %.4f to %.4f", low, high, mean-wide, mean+wide)
	}
}

// lead is how far our mean AUC over the dev parts must be above the logistic
// regression's.
const lead = .012

// TestOneSourceBeatsLogisticRegression trains all contestants on the train part
// of each corpus, two corpora at a time where there are two cores, and measures
// on its dev part: the mean must lead, and no corpus be worse beyond chance.
func TestOneSourceBeatsLogisticRegression(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: training all contestants on corpora takes half a minute")
	}
	corporaFolder(t)
	outcomes := make([]outcome, len(corpora()))
	t.Run("corpora", func(t *testing.T) {
		for i, c := range corpora() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				o := compareParts(t, c)
				if o.high < 0 {
					t.Errorf("AUC %.4f, the logistic regression's %.4f: %+.4f to %+.4f", o.aucs[placeOurs], o.aucs[placeRival], o.low, o.high)
				}
				outcomes[i] = o
			})
		}
	})
	outcomes = slices.DeleteFunc(outcomes, func(o outcome) bool { return o.aucs == nil }) // failed, or left out by -run
	t.Log(tableOf(outcomes, false))
	if len(outcomes) < len(corpora()) {
		return
	}
	if mean := meanAUCs(outcomes); !(mean[placeOurs] >= mean[placeRival]+lead) {
		t.Errorf("mean AUC %.4f, want the logistic regression's %.4f and %.3f more", mean[placeOurs], mean[placeRival], lead)
	}
}

// BenchmarkOneSource compares all contestants on each corpus alone, trained on
// its train part and measured on its dev part.
func BenchmarkOneSource(b *testing.B) {
	for b.Loop() {
		var outcomes []outcome
		for _, c := range corpora() {
			outcomes = append(outcomes, compareParts(b, c))
		}
		fmt.Println(tableOf(outcomes, false)) // Log would cut it to ten lines
	}
}

// BenchmarkDayOneAgainst compares all contestants on each whole corpus, trained
// on all others. It takes minutes.
func BenchmarkDayOneAgainst(b *testing.B) {
	all := append(ownTexts(b), readCorpora(b)...)
	for b.Loop() {
		var outcomes []outcome
		for _, c := range corpora() {
			others := Part(all, func(i int) bool { return all[i].Source != c.name })
			outcomes = append(outcomes, compare(b, c, others, Part(all, func(i int) bool { return all[i].Source == c.name })))
		}
		fmt.Println(tableOf(outcomes, true)) // Log would cut it to ten lines
	}
}
