package classifier

import "testing"

// dealt returns comments in so many folds, with weights that differ.
func dealt(all []labelled, folds int) []Comment {
	var comments []Comment
	for i, c := range all {
		comments = append(comments, Comment{Text: c.text, Label: c.label, Weight: Grain + i%5, Fold: i % folds})
	}
	return comments
}

// trainerFrom returns a trainer that has heard and counted the comments.
func trainerFrom(base *Model, folds int, comments []Comment) *Trainer {
	t := NewTrainer(base, folds, false)
	for _, c := range comments {
		t.Hear(c.Text)
	}
	t.Add(comments)
	return t
}

// TestRowsAreThoseOfAModelWithoutTheFold trains once more without the fold, alone
// and upon a base, and asks that model. The linear weights, which depend on the
// order of the comments, have a test of their own.
func TestRowsAreThoseOfAModelWithoutTheFold(t *testing.T) {
	const folds, all = 4, 1_000_000
	comments := dealt(invented(1, 120), folds)
	for _, base := range []*Model{nil, train(t, nil, invented(2, 90), 1000)} {
		whole := trainerFrom(base, folds, comments)
		whole.Choose(all)
		rows, err := whole.Rows(t.Context(), func(int, int) {})
		if err != nil {
			t.Fatal(err)
		}
		for fold := range folds {
			var others []Comment
			for _, c := range comments {
				if c.Fold != fold {
					c.Fold = 0
					others = append(others, c)
				}
			}
			without := trainerFrom(base, 1, others)
			without.Choose(all)
			for v := range without.linear {
				without.linear[v] = make([]pair, len(without.choices[v].keys))
			}
			l, err := newLayer(without.record(), without.Neutral(), without.background())
			if err != nil {
				t.Fatal(err)
			}
			for i := fold; i < len(comments); i += folds {
				x := extractor{known: without.knows}
				x.read(comments[i].Text, "")
				scores := l.scores(&x.Features)
				var below *pair
				if base != nil {
					z := base.logOdds(&x.Features)
					below = &z
				}
				var buffer [inputsUpon]float64
				want := inputs(&buffer, &scores, &x.numbers, below)
				for j, got := range rows[i].Inputs {
					if j < inputLinear || j >= inputLength {
						wantNear(t, comments[i].Text, got, want[j], 1e-5)
					}
				}
			}
		}
	}
}

func TestChooseKeepsTheMostImportant(t *testing.T) {
	const limit = 60
	chosen := func(features int) map[key]bool {
		trainer := trainerFrom(nil, 2, dealt(invented(1, 300), 2))
		trainer.Choose(features)
		keys := map[key]bool{}
		for v := range trainer.choices {
			c := &trainer.choices[v]
			for id, k := range c.keys {
				count := trainer.views[v].counts[trainer.views[v].numbers[k]]
				if c.counts[id] != count {
					t.Fatalf("counts %v, want %v", c.counts[id], count)
				}
				if count.comments < minComments {
					t.Fatalf("a feature of %d comments", count.comments)
				}
				if !trainer.common(count) {
					keys[k] = true
				}
			}
		}
		return keys
	}
	all, few := chosen(1_000_000), chosen(limit)
	if len(few) > limit || len(few) >= len(all) {
		t.Errorf("%d features of %d, at most %d", len(few), len(all), limit)
	}
}

// TestPooledCommentsHaveNoNumbers sees that how many words of a class sources use
// is not learned from several of them.
func TestPooledCommentsHaveNoNumbers(t *testing.T) {
	for _, pooled := range []bool{false, true} {
		trainer := NewTrainer(nil, 2, pooled)
		trainer.Add([]Comment{{Text: "you moron, you idiot", Label: "abuse", Weight: Grain}})
		if got := trainer.rows[0].numbers != (classNumbers{}); got == pooled {
			t.Errorf("pooled %t: has numbers %t", pooled, got)
		}
	}
}
