package classifier

import (
	"math"
	"math/rand/v2"
	"testing"

	"gatehouse/internal/moderation"
)

// librarian scores texts with the library alone: strings in maps, no tables.
type librarian struct {
	model *Model
	views [numViews]interface {
		LogScores([]string) ([]float64, int, bool)
	}
	none  [numViews][]float64
	known [numViews]map[key]bool
}

// newLibrarian builds the library's classifiers from the comments that a model
// was trained on.
func newLibrarian(m *Model, all []labelled) *librarian {
	tally := NewTally()
	for _, c := range all {
		f := extract(c.text)
		tally.Add(&f, c.label, Grain)
	}
	l := &librarian{model: m}
	for v := range l.views {
		lib := tally.Library(v, nil)
		l.none[v], _, _ = lib.LogScores(nil)
		l.views[v] = lib
		l.known[v] = map[key]bool{}
		for _, k := range m.layers[0].encoded.views[v].keys {
			l.known[v][k] = true
		}
	}
	return l
}

// scores returns a text's features and both views' sums of log ratios. The linear
// weights, which the library knows nothing of, are the model's.
func (l *librarian) scores(text string) (f Features, s [numViews]score) {
	f = l.model.features(text, "")
	for v, words := range l.words(&f) {
		got, _, _ := l.views[v].LogScores(words)
		s[v].n = len(words)
		for c := range s[v].sum {
			s[v].sum[c] = got[1+c] - l.none[v][1+c] - got[0] + l.none[v][0]
		}
	}
	for v, own := range l.model.layers[0].scores(&f) {
		s[v].linear = own.linear
	}
	return f, s
}

// words returns the features that the model knows as the library names them.
func (l *librarian) words(f *Features) (words [numViews][]string) {
	for v := range words {
		for _, k := range f.keys[v] {
			if l.known[v][k] {
				words[v] = append(words[v], k.word())
			}
		}
	}
	return words
}

// TestFrozenFormIsTheLibrary holds the bound that table promises, with all
// features and with a choice of them.
func TestFrozenFormIsTheLibrary(t *testing.T) {
	all := invented(1, 300)
	for _, features := range []int{100_000, 300} {
		m := train(t, nil, all, features)
		lib := newLibrarian(m, all)
		for _, c := range append(invented(2, 200), labelled{"", ""}, labelled{"nothing of it: ξ", ""}) {
			f, want := lib.scores(c.text)
			got := m.layers[0].scores(&f)
			for v := range got {
				if got[v].n != want[v].n {
					t.Fatalf("%q, view %d: knows %d features, the library %d", c.text, v, got[v].n, want[v].n)
				}
				for i := range want[v].sum {
					wantNear(t, c.text, got[v].sum[i], want[v].sum[i], 1e-6*float64(1+got[v].n))
				}
			}
			p := m.ScoreText(c.text)
			q := probabilitiesOf(m.layers[0].logOdds(&want, &f.numbers, nil, m.prior))
			wantNear(t, "probability", p.Abuse, q.Abuse, 1e-5)
		}
	}
}

func TestModelTellsLabels(t *testing.T) {
	m := testModel(t)
	right := 0
	unseen := invented(3, 300)
	for _, c := range unseen {
		p := m.ScoreText(c.text)
		wantNear(t, "sum", p.OK+p.Spam+p.Abuse, 1, 1e-12)
		z := logOddsOf(p)
		for i, prior := range logOddsOf(testPrior()) {
			z[i] -= prior // judged as if the labels were equally frequent
		}
		best := moderation.OK
		if z[spam] > 0 && z[spam] >= z[abuse] {
			best = moderation.Spam
		} else if z[abuse] > 0 {
			best = moderation.Abuse
		}
		if best == c.label {
			right++
		}
	}
	if right < 270 {
		t.Errorf("%d of %d right", right, len(unseen))
	}
}

func TestNothingKnownGivesThePrior(t *testing.T) {
	alone := testModel(t)
	for _, m := range []*Model{alone, train(t, alone, invented(4, 60), 1000)} {
		for _, text := range []string{"", " \n", "...", "这篇文章写得很好", "Ѯ", "\u200b\u200b"} {
			p := m.ScoreText(text)
			wantNear(t, "spam of "+text, p.Spam, 0.05, 1e-12)
			wantNear(t, "abuse of "+text, p.Abuse, 0.05, 1e-12)
		}
	}
}

// TestBaseCounts trains little upon a base: the new words are learned, and what
// the base knows stays.
func TestBaseCounts(t *testing.T) {
	base := testModel(t)
	var own []labelled
	for i, c := range invented(5, 90) {
		if c.label == moderation.Abuse {
			c.text = []string{"you gammon of the town", "another gammon said", "gammon gammon money"}[i%3]
		}
		own = append(own, c)
	}
	m := train(t, base, own, 1000)
	if m.Info().Base != base.ID() {
		t.Errorf("base %q, want %q", m.Info().Base, base.ID())
	}
	if old, now := base.ScoreText("a gammon said it"), m.ScoreText("a gammon said it"); now.Abuse < old.Abuse+0.2 {
		t.Errorf("a word that was taught: abuse %v, before %v", now.Abuse, old.Abuse)
	}
	if now := m.ScoreText("stupid vermin, worthless filth, idiot"); now.Abuse < 0.5 {
		t.Errorf("words that only the base knows: abuse %v", now.Abuse)
	}
}

func TestModelIsAPureFunctionOfItsComments(t *testing.T) {
	all := invented(1, 300)
	a := train(t, nil, all, 1000)
	r := rand.New(rand.NewPCG(1, 1))
	b := train(t, nil, all, 1000)
	if a.ID() != b.ID() {
		t.Error("the same comments gave another model")
	}
	text := all[r.IntN(len(all))].text
	if p, q := a.ScoreText(text), b.ScoreText(text); p != q {
		t.Errorf("%v and %v", p, q)
	}
}

// TestScoringDoesNotAllocate asks the way that classify and serve go.
func TestScoringDoesNotAllocate(t *testing.T) {
	m := testModel(t)
	text := "The Council should have told the people what the plan is, idiot!!"
	m.ScoreText(text)
	if n := testing.AllocsPerRun(200, func() { m.ScoreText(text) }); n > 0 && !raceDetector { // the pool drops things at random for the race detector
		t.Errorf("%v allocations", n)
	}
}

func TestTrainerRefuses(t *testing.T) {
	trainer := NewTrainer(nil, 2, false)
	if _, err := trainer.Model(trainer.Neutral(), Info{}); err == nil {
		t.Error("a model without a prior")
	}
}

func TestProbabilitiesOfExtremes(t *testing.T) {
	for _, z := range []pair{{1e4, -1e4}, {-1e4, -1e4}, {1e4, 1e4}} {
		p := probabilities(z)
		if sum := p[0] + p[1] + p[2]; math.Abs(sum-1) > 1e-12 {
			t.Errorf("%v: %v", z, p)
		}
	}
}
