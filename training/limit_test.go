package training

import (
	"testing"

	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
)

// sure returns what was judged of a comment with these probabilities.
func sure(l moderation.Label, spam, abuse float64) judged {
	return judged{l, moderation.Probabilities{OK: 1 - spam - abuse, Spam: spam, Abuse: abuse}}
}

func TestLimits(t *testing.T) {
	var all []judged
	for i := range 100 {
		all = append(all, sure(moderation.OK, float64(i)/1000, float64(i)/500)) // up to .099 and .198
	}
	all = append(all, sure(moderation.Spam, 0.5, 0.01), sure(moderation.Abuse, 0.01, 0.197))
	got, held := limits(all, 0.03, DefaultPrior())
	// All three go to abuse, whose comment lies among the decent ones.
	want := moderation.Thresholds{Spam: 0.0991, Abuse: 0.1921}
	if got != want || held != 0.03 {
		t.Errorf("limits %v hold %v, want %v and 0.03", got, held, want)
	}
}

func TestLimitsOfAbsentLabels(t *testing.T) {
	all := []judged{sure(moderation.OK, 0.1, 0.1), sure(moderation.OK, 0.9, 0.1), sure(moderation.Abuse, 0, 0.8)}
	got, held := limits(all, 0.03, DefaultPrior())
	if got.Spam != 1 || got.Abuse <= 0.1 || got.Abuse > 0.8 || held != 0 {
		t.Errorf("limits %v hold %v", got, held)
	}
}

// TestLimitsAreOverThePrior sees that what is known of nothing is not held, however
// well the labels are told apart.
func TestLimitsAreOverThePrior(t *testing.T) {
	all := []judged{sure(moderation.OK, 0, 0), sure(moderation.Abuse, 0, 0.9), sure(moderation.Spam, 0.9, 0)}
	got, _ := limits(all, 0.03, DefaultPrior())
	if p := DefaultPrior(); got.Spam <= p.Spam || got.Abuse <= p.Abuse || got.Spam > 0.06 {
		t.Errorf("limits %v, the prior is %v", got, p)
	}
}

// TestLimitsHoldTheirShare draws judgements of all kinds, ties included.
func TestLimitsHoldTheirShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []judged
		for range rapid.IntRange(1, 80).Draw(t, "comments") {
			spam := float64(rapid.IntRange(0, 50).Draw(t, "spam")) / 100
			abuse := float64(rapid.IntRange(0, 50).Draw(t, "abuse")) / 100
			all = append(all, sure(rapid.SampledFrom(moderation.Labels()).Draw(t, "label"), spam, abuse))
		}
		share := rapid.SampledFrom([]float64{0.01, 0.03, 0.2, 0.49}).Draw(t, "share")
		got, held := limits(all, share, DefaultPrior())
		var ok []moderation.Probabilities
		for _, j := range all {
			if j.label == moderation.OK {
				ok = append(ok, j.p)
			}
		}
		if got.Spam <= 0 || got.Abuse <= 0 || got.Spam > 1 || got.Abuse > 1 {
			t.Fatalf("limits %v", got)
		}
		if held > share || held != sharesOver(ok, got) {
			t.Fatalf("limits %v hold %v of the decent comments, said %v; allowed %v", got, sharesOver(ok, got), held, share)
		}
	})
}
