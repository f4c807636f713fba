package classifier

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// labelled is a text with its label.
type labelled struct {
	text  string
	label moderation.Label
}

// invented returns n comments of words that are typical of their labels among
// words that all share; the same seed gives the same.
func invented(seed uint64, n int) []labelled {
	shared := strings.Fields("the a council road budget vote report town people number plan school bridge money year said think")
	typical := map[moderation.Label][]string{
		moderation.OK:    strings.Fields("agree interesting thanks question figures perhaps however learned"),
		moderation.Spam:  strings.Fields("cheap viagra casino click http://pills.example.com bonus !!! winner"),
		moderation.Abuse: strings.Fields("moron idiot scum filth worthless vermin stupid disgusting"),
	}
	r := rand.New(rand.NewPCG(seed, 1))
	all := make([]labelled, n)
	for i := range all {
		l := moderation.Labels()[i%numLabels]
		var words []string
		for range 4 + r.IntN(12) {
			from := shared
			if r.IntN(3) == 0 {
				from = typical[l]
			}
			words = append(words, from[r.IntN(len(from))])
		}
		all[i] = labelled{strings.Join(words, " "), l}
	}
	return all
}

// train returns a model of the comments, upon base or by itself.
func train(t testing.TB, base *Model, all []labelled, features int) *Model {
	t.Helper()
	trainer := trainerOf(base, all)
	trainer.Choose(features)
	rows, err := trainer.Rows(t.Context(), func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	l, err := FitLogistic(t.Context(), rows, trainer.Neutral(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for c := range l.Intercept {
		l.Intercept[c] += logOddsOf(testPrior())[c] // the labels are equally frequent
	}
	m, err := trainer.Model(l, Info{
		Name: "test", Prior: testPrior(), Limits: moderation.Thresholds{Spam: 0.5, Abuse: 0.5},
		Sources: []SourceCounts{{Name: "invented", Comments: trainer.Comments()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// trainerOf returns a trainer that has counted the comments.
func trainerOf(base *Model, all []labelled) *Trainer {
	const folds = 5
	trainer := NewTrainer(base, folds, false)
	var comments []Comment
	for i, c := range all {
		trainer.Hear(c.text)
		comments = append(comments, Comment{Text: c.text, Label: c.label, Weight: Grain, Fold: i / numLabels % folds})
	}
	trainer.Add(comments)
	return trainer
}

// extract returns the features of a text as it came.
func extract(text string) Features {
	var x extractor
	x.read(text, "")
	return x.Features
}

// testPrior is the prior of all test models.
func testPrior() moderation.Probabilities {
	return moderation.Probabilities{OK: 0.9, Spam: 0.05, Abuse: 0.05}
}

// testModel is a model of invented comments.
func testModel(t testing.TB) *Model {
	t.Helper()
	return train(t, nil, invented(1, 300), 1000)
}

// submission returns a comment on a site.
func submission(site moderation.SiteID, text string) moderation.Submission {
	var s moderation.Submission
	s.Site.ID, s.Comment.Text = site, text
	return s
}

// lesson returns a lesson of a site; withdraws 0 teaches.
func lesson(number, withdraws int64, label moderation.Label, text string) moderation.Lesson {
	return moderation.Lesson{Number: number, Withdraws: withdraws, Site: 1, Label: label, Text: text}
}

// mustApply applies lessons.
func mustApply(t testing.TB, c *Checker, lessons ...moderation.Lesson) {
	t.Helper()
	for _, l := range lessons {
		if err := c.Apply(l); err != nil {
			t.Fatal(err)
		}
	}
}

// check returns the checker's signal on a text on site 1.
func check(t testing.TB, c *Checker, text string) moderation.Signal {
	t.Helper()
	r, err := c.Check(t.Context(), submission(1, text))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Signals) != 1 {
		t.Fatalf("%d signals, want 1", len(r.Signals))
	}
	return r.Signals[0]
}

// names returns what tokens are, for tests to read.
func names(s string) []string {
	kinds := [...]string{tokenWord: "word", tokenBang: "bang", tokenSymbol: "symbol", tokenLink: "link", tokenHandle: "handle"}
	s = normalise(new(text.Normalizer), s, nil)
	var all []string
	for _, t := range tokenise(nil, s) {
		all = append(all, fmt.Sprintf("%s %s", kinds[t.kind], s[t.start:t.end]))
	}
	return all
}
