package classifier

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatehouse/internal/moderation"
)

func TestExplanationNamesWords(t *testing.T) {
	c := New(testModel(t))
	for _, test := range []struct {
		name, text string
		label      moderation.Label
		want       []string // among the first
	}{
		{"words", "MORON! the worthless council", moderation.Abuse, []string{"moron", "worthless"}},
		{"links by their number", "http://a.example.org http://b.example.org casino http://c.example.org", moderation.Spam, []string{"3 links", "casino"}},
		{"one link", "casino viagra bonus see www.example.org", moderation.Spam, []string{"a link"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := check(t, c, test.text)
			if s.Label != test.label {
				t.Fatalf("label %s of %v", s.Label, *s.Scores)
			}
			if len(s.Weights) > maxWeights {
				t.Errorf("%d weights", len(s.Weights))
			}
			var features []string
			for i, w := range s.Weights {
				features = append(features, w.Feature)
				if w.Label != test.label {
					t.Errorf("%q speaks of %s", w.Feature, w.Label)
				}
				if i > 0 && abs(w.Weight) > abs(s.Weights[i-1].Weight) {
					t.Errorf("%q is stronger than what stands before it", w.Feature)
				}
			}
			named := "\n" + strings.Join(features, "\n") + "\n"
			for _, word := range test.want {
				if !strings.Contains(named, "\n"+word+"\n") {
					t.Errorf("%q is not among %q", word, features)
				}
			}
			if !strings.HasPrefix(s.Detail, `words that weighed: "`) {
				t.Errorf("detail %q", s.Detail)
			}
		})
	}
}

// abs returns |x|.
func abs(x float64) float64 { return max(x, -x) }

func TestExplanationTellsBothWays(t *testing.T) {
	s := check(t, New(testModel(t)), "you moron and idiot, but thanks, interesting figures, i agree")
	var towards, against bool
	for _, w := range s.Weights {
		towards = towards || w.Weight > 0
		against = against || w.Weight < 0
	}
	if !towards || !against {
		t.Errorf("weights %v", s.Weights)
	}
}

// TestEvidenceSumsUp adds up what all features of a comment weigh: it must be
// the log-odds, but for what no feature has: intercept and length. Lessons and a
// model upon another one are no exception.
func TestEvidenceSumsUp(t *testing.T) {
	alone := testModel(t)
	upon := train(t, alone, invented(4, 60), 1000)
	for _, m := range []*Model{alone, upon} {
		c := New(m)
		for i, text := range invented(7, 40) {
			mustApply(t, c, lesson(int64(i+1), 0, text.label, text.text))
		}
		for _, text := range invented(8, 40) {
			x := &extractor{traced: true}
			x.read(text.text, "")
			e := m.evidence(&x.Features)
			bare := m.logOdds(&x.Features)
			z := c.site(1).explain(&x.Features, bare, &e)
			var sum, want pair
			for v := range e {
				for _, add := range e[v] {
					sum[spam] += add[spam]
					sum[abuse] += add[abuse]
				}
			}
			for i := range z {
				want[i] = z[i] - unexplained(m, &x.Features)[i]
				wantNear(t, text.text, sum[i], want[i], 1e-6)
			}
		}
	}
}

// unexplained returns the part of the log-odds that no feature has.
func unexplained(m *Model, f *Features) pair {
	var rest pair
	for i, l := range m.layers {
		s := l.scores(f)
		var buffer [inputsUpon]float64
		x := inputs(&buffer, &s, &f.numbers, &rest)
		below := rest
		for c := range rest {
			rest[c] = l.logistic.Intercept[c] + l.logistic.Weights[c][inputLength]*x[inputLength]
			if i > 0 {
				rest[c] += l.logistic.Weights[c][inputBase+spam]*below[spam] + l.logistic.Weights[c][inputBase+abuse]*below[abuse]
			}
			if l.logistic.Curves != nil {
				rest[c] = l.logistic.Curves[c].of(rest[c])
			}
		}
	}
	return rest
}

func TestNamesOfUnits(t *testing.T) {
	for name, c := range map[string]struct {
		text, addressed string
		want            []string // in any order
	}{
		"links and handles are counted": {"See http://a.example.org www.b.example.org, @somebody!!", "",
			[]string{"2 links", "see", "see link", "a handle", "link handle", "!!", "handle !!"}},
		"words as they stand":   {"Earn $50, well-known", "", []string{"earn", "earn $", "$", "$50", "50", "50, well", "well", "well-known", "known"}},
		"other signs are blank": {"oh. no (dear)", "", []string{"oh", "oh no", "no", "no dear", "dear"}},
		"words apart":           {"you big moron", "", []string{"you", "you big", "big", "big moron", "moron", "you … moron"}},
		"side by side wins":     {"you big moron, you moron", "", []string{"you", "you big", "big", "big moron", "moron", "moron, you", "you moron"}},
		"a word with itself":    {"you, you", "", []string{"you"}},
		"whom it answers":       {"martin the moron", "Martin", []string{"martin", "martin the", "the", "the moron", "moron", "martin … moron"}},
	} {
		t.Run(name, func(t *testing.T) {
			x := &extractor{traced: true}
			x.read(c.text, c.addressed)
			e := newEvidence(&x.Features)
			var got []string
			for _, u := range x.units(&e) {
				got = append(got, u.name)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClassesAreShared(t *testing.T) {
	x := &extractor{traced: true}
	x.read("idiots and morons", "")
	e := newEvidence(&x.Features)
	e[viewWords][slices.Index(x.keys[viewWords], classKey(classInsult))] = pair{abuse: 3}
	got := map[string]float64{}
	for _, u := range x.units(&e) {
		if u.sum[abuse] != 0 {
			got[u.name] = u.sum[abuse]
		}
	}
	if diff := cmp.Diff(map[string]float64{"idiots": 1.5, "morons": 1.5}, got); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
}

func TestTold(t *testing.T) {
	// The units are the words a and b, then pairs of them and of b with c.
	for name, c := range map[string]struct {
		a, b, c, ab, bc float64
		aimed           bool // ab, and a is "you"
		want            [5]float64
	}{
		"a weak pair counts for its stronger word": {a: .1, b: 2, ab: .8, want: [5]float64{.1, 2.8}},
		"against it, too":                          {b: 2, ab: -.8, want: [5]float64{0, 1.2}},
		"a strong pair takes its words":            {a: .5, b: 1, ab: .9, want: [5]float64{3: 2.4}},
		"but none that speaks for itself":          {a: .5, b: 1.6, ab: .9, want: [5]float64{1: 1.6, 3: 1.4}},
		"or against it":                            {a: -.5, b: 1, ab: .9, want: [5]float64{0: -.5, 3: 1.9}},
		"the strongest pair takes first":           {b: 1, ab: .9, bc: 1.1, want: [5]float64{3: .9, 4: 2.1}},
		"a weak pair follows a word that is taken": {a: .1, b: 1, c: .3, ab: 1.2, bc: .2, want: [5]float64{2: .3, 3: 2.5}},
		"you and an insult stay a pair":            {a: 1, b: 3, ab: .2, aimed: true, want: [5]float64{1: 3, 3: 1.2}},
		"unless it says hardly anything":           {a: 1, b: 3, ab: .05, aimed: true, want: [5]float64{1, 3.05}},
	} {
		t.Run(name, func(t *testing.T) {
			units := []unit{{you: c.aimed}, {}, {}, {pair: true, words: [2]int{0, 1}, aimed: c.aimed}, {pair: true, words: [2]int{1, 2}}}
			for i, w := range []float64{c.a, c.b, c.c, c.ab, c.bc} {
				units[i].sum[abuse] = w
			}
			if diff := cmp.Diff(c.want[:], told(units, abuse), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// TestToldSumsUp checks that telling loses nothing and makes nothing up.
func TestToldSumsUp(t *testing.T) {
	m := testModel(t)
	for _, text := range invented(8, 40) {
		x := m.newExtractor()
		x.traced = true
		x.read("you "+text.text+" you idiot", "")
		e := m.evidence(&x.Features)
		units := x.units(&e)
		for c := range numContrasts {
			var got, want float64
			for _, w := range told(units, c) {
				got += w
			}
			for v := range e {
				for _, add := range e[v] {
					want += add[c]
				}
			}
			wantNear(t, text.text, got, want, 1e-6)
		}
	}
}

func TestDetails(t *testing.T) {
	weigh := func(l moderation.Label, feature string, w float64) moderation.Weight {
		return moderation.Weight{Feature: feature, Label: l, Weight: w}
	}
	against := []moderation.Weight{weigh(moderation.Abuse, "thanks", -1)}
	both := append(against, weigh(moderation.Abuse, "moron", 1), weigh(moderation.Abuse, "you … scum", 0.5), weigh(moderation.Abuse, "well", 0.2))
	held, near := Reach{moderation.Abuse, .8, .37}, Reach{moderation.Abuse, .3, .37}
	far, spam := Reach{moderation.Abuse, .12, .37}, Reach{moderation.Spam, .02, .4}
	for _, c := range []struct{ got, want string }{
		{detail(held, against), "no word weighed towards it"},
		{detail(held, both), `words that weighed: "moron", "you … scum"`},
		{detail(near, both), `words that weighed: "moron", "you … scum" (0.30, held from 0.37)`},
		{detailOK(far, against), "nothing speaks for spam or abuse (abuse 0.12, held from 0.37)"},
		{detailOK(far, both), `little speaks for abuse (0.12, held from 0.37): "moron", "you … scum"`},
		{detailOK(spam, both), "nothing speaks for spam (0.02, held from 0.40)"},
	} {
		if c.got != c.want {
			t.Errorf("detail %q, want %q", c.got, c.want)
		}
	}
}
