package classifier

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
)

// comment is a drawn comment to count.
type comment struct {
	text   string
	label  moderation.Label
	weight int
}

// anyComments draws comments of few words, so that they share features.
func anyComments(least, most int) *rapid.Generator[[]comment] {
	one := rapid.Custom(func(t *rapid.T) comment {
		return comment{
			text:   rapid.StringMatching(`([abc]{1,2} ){0,6}`).Draw(t, "text"),
			label:  rapid.SampledFrom(moderation.Labels()).Draw(t, "label"),
			weight: rapid.IntRange(1, 3*Grain).Draw(t, "weight"),
		}
	})
	return rapid.SliceOfN(one, least, most)
}

// exposeTally lets go-cmp look into tallies.
var exposeTally = cmp.AllowUnexported(Tally{}, viewTally{}, Count{})

func TestAddThenRemoveIsTheIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stay, leave := anyComments(0, 5).Draw(t, "stay"), anyComments(0, 5).Draw(t, "leave")
		want, got := NewTally(), NewTally()
		change := func(do func(*Features, moderation.Label, int), all []comment) {
			for _, c := range all {
				f := extract(c.text)
				do(&f, c.label, c.weight)
			}
		}
		change(want.Add, stay)
		change(got.Add, leave)
		change(got.Add, stay)
		change(got.Remove, leave)
		if diff := cmp.Diff(want, got, exposeTally); diff != "" {
			t.Fatalf("tally (-never added +removed):\n%s", diff)
		}
	})
}

func TestOtherLabelsCountNothing(t *testing.T) {
	tally := NewTally()
	f := extract("a word")
	tally.Add(&f, "praise", Grain)
	if diff := cmp.Diff(NewTally(), tally, exposeTally); diff != "" {
		t.Error(diff)
	}
}

// TestRatiosAreTheLibrarys compares our arithmetic with the model of record.
func TestRatiosAreTheLibrarys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tally, base := NewTally(), newBackground()
		for _, c := range anyComments(3, 12).Draw(t, "comments") {
			f := extract(c.text)
			tally.Add(&f, c.label, c.weight)
		}
		ordinary := extract("a b ab x xy")
		for v, keys := range ordinary.keys {
			for i, k := range keys {
				base.put(v, k, uint32(i%3)*Grain)
			}
		}
		for v := range tally.views {
			lib := tally.Library(v, base)
			none, _, _ := lib.LogScores(nil)
			vocabulary := len(tally.views[v].counts)
			for k := range base.grains[v] {
				if _, known := tally.views[v].counts[k]; !known {
					vocabulary++
				}
			}
			r := newRatios(tally.views[v].totals, base.total(v), vocabulary)
			for k, c := range tally.views[v].counts {
				scores, _, _ := lib.LogScores([]string{k.word()})
				ratio := r.of(c, base.of(v, k))
				for i := range ratio {
					want := scores[1+i] - none[1+i] - scores[0] + none[0]
					if r.heard[i] && math.Abs(ratio[i]-want) > 1e-12 {
						t.Fatalf("view %d, contrast %d: ratio %v, the library's %v", v, i, ratio[i], want)
					}
				}
			}
		}
	})
}
