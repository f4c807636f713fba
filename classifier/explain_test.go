package classifier

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		}
	}
	return rest
}

func TestNamesOfFeatures(t *testing.T) {
	x := &extractor{traced: true}
	x.read("See http://a.example.org www.b.example.org, @somebody!!", "")
	var got []string
	for _, at := range x.spans[viewWords] {
		got = append(got, x.name(at))
	}
	want := []string{"see", "2 links", "see link", "link link", "a handle", "link handle", "!!", "handle !!",
		"2 links", "2 links", "link link", "link link", "link link", "link link"} // of classes: contact, link, and pairs
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestDetails(t *testing.T) {
	against := []moderation.Weight{{Feature: "thanks", Weight: -1}}
	both := append(against, moderation.Weight{Feature: "moron", Weight: 1}, moderation.Weight{Feature: "kill yourself", Weight: 0.5})
	for _, c := range []struct{ got, want string }{
		{detail(against), "no word weighed towards it"},
		{detail(both), `words that weighed: "moron", "kill yourself"`},
		{detailOK(moderation.Abuse, against), "nothing speaks for abuse"},
		{detailOK(moderation.Spam, both), `little speaks for spam: "moron", "kill yourself"`},
	} {
		if c.got != c.want {
			t.Errorf("detail %q, want %q", c.got, c.want)
		}
	}
}
