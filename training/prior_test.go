package training

import (
	"math"
	"math/rand/v2"
	"testing"

	"gatehouse/internal/moderation"
)

// TestAtPrior draws comments half of which are abuse and judges them by the
// probabilities that are right where one in twenty is.
func TestAtPrior(t *testing.T) {
	prior := moderation.Probabilities{OK: 0.9, Spam: 0.05, Abuse: 0.05}
	r := rand.New(rand.NewPCG(4, 4))
	var scored []Scored
	for i := range 30_000 {
		label := moderation.Labels()[[]int{0, 0, 1, 2, 2, 2}[i%6]]
		var density [3]float64 // of what is seen of the comment, by label
		x, y := r.NormFloat64(), r.NormFloat64()
		switch label {
		case moderation.Spam:
			x += 2
		case moderation.Abuse:
			y += 2
		}
		density[0], density[1], density[2] = 1, math.Exp(2*x-2), math.Exp(2*y-2)
		sum := 0.9*density[0] + 0.05*density[1] + 0.05*density[2]
		p := moderation.Probabilities{OK: 0.9 * density[0] / sum, Spam: 0.05 * density[1] / sum, Abuse: 0.05 * density[2] / sum}
		scored = append(scored, Scored{Label: label, Predicted: label, P: p})
	}
	e := Evaluate(scored)
	if e.Abuse.ECE < 0.1 {
		t.Errorf("plain ECE %v: the test shows nothing", e.Abuse.ECE)
	}
	got := e.AtPrior(prior)
	for name, f := range map[string]Figure{
		"spam at the prior": got.Spam.AtPrior, "abuse at the prior": got.Abuse.AtPrior,
		"spam at the shares": got.Spam.AtShares, "abuse at the shares": got.Abuse.AtShares,
	} {
		if !(f < 0.012) {
			t.Errorf("%s: ECE %v", name, f)
		}
	}
}

func TestAtPriorWithoutALabel(t *testing.T) {
	e := Evaluate([]Scored{{Label: moderation.OK, Predicted: moderation.OK, P: DefaultPrior()}})
	got := e.AtPrior(DefaultPrior())
	if !math.IsNaN(float64(got.Abuse.AtPrior)) || math.IsNaN(float64(got.Abuse.AtShares)) {
		t.Errorf("got %+v", got)
	}
}
