package classifier

import "testing"

// TestInputsAreThoseOfAModelWithoutTheFold trains once more without the fold,
// alone and upon a base, and asks that model.
func TestInputsAreThoseOfAModelWithoutTheFold(t *testing.T) {
	const folds, all = 4, 1_000_000
	comments := invented(1, 120)
	for _, base := range []*Model{nil, train(t, nil, invented(2, 90), 1000)} {
		whole := NewTrainer(base, folds)
		for i, c := range comments {
			f := Extract(c.text)
			whole.Add(&f, c.label, Grain+i%5, i%folds)
		}
		whole.Choose(all)
		for fold := range folds {
			without := NewTrainer(base, 1)
			for i, c := range comments {
				if i%folds != fold {
					f := Extract(c.text)
					without.Add(&f, c.label, Grain+i%5, 0)
				}
			}
			without.Choose(all)
			l := newLayer(without.record(), without.Neutral(), without.background())
			for i := fold; i < len(comments); i += folds {
				f := Extract(comments[i].text)
				scores := l.scores(&f)
				want := inputs(nil, &scores, nil)
				if base != nil {
					below := base.logOdds(&f)
					want = inputs(nil, &scores, &below)
				}
				for j, got := range whole.Inputs(&f, fold) {
					wantNear(t, comments[i].text, got, want[j], 1e-5)
				}
			}
		}
	}
}

func TestChooseKeepsTheMostImportant(t *testing.T) {
	const limit = 60
	chosen := func(features int) map[key]bool {
		trainer := NewTrainer(nil, 2)
		for i, c := range invented(1, 300) {
			f := Extract(c.text)
			trainer.Add(&f, c.label, Grain, i%2)
		}
		trainer.Choose(features)
		keys := map[key]bool{}
		for v, view := range trainer.record().views {
			for i, k := range view.keys {
				c := trainer.all.views[v].counts[k]
				if view.counts[i] != c.labels {
					t.Fatalf("counts %v, want %v", view.counts[i], c.labels)
				}
				if !trainer.common(c) {
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
