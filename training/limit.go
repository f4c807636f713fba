package training

import (
	"cmp"
	"math"
	"slices"

	"gatehouse/internal/moderation"
)

// limitSteps is how many ways of sharing the decent comments that may be held
// between spam and abuse are tried.
const limitSteps = 60

// judged is a comment's label and what a model that had not seen it says.
type judged struct {
	label moderation.Label
	p     moderation.Probabilities
}

// limits returns the lowest thresholds that together hold at most share of the
// ok comments, and the share that they hold. Of the ways of sharing it between
// spam and abuse it takes the one that catches most: the mean of both labels'
// shares caught. A label that is not there gets the threshold 1, and none gets one
// that the prior reaches: that is what a comment has of which nothing is known.
func limits(all []judged, share float64, prior moderation.Probabilities) (best moderation.Thresholds, held float64) {
	var ok, spam, abuse []moderation.Probabilities
	for _, j := range all {
		switch j.label {
		case moderation.OK:
			ok = append(ok, j.p)
		case moderation.Spam:
			spam = append(spam, j.p)
		case moderation.Abuse:
			abuse = append(abuse, j.p)
		}
	}
	best = moderation.Thresholds{Spam: 1, Abuse: 1}
	most := math.Inf(-1)
	bySpam := descending(ok, moderation.Spam)
	for step := range limitSteps + 1 {
		t := moderation.Thresholds{Spam: 1, Abuse: 1}
		allowed := int(share * float64(len(ok)))
		if len(spam) > 0 {
			t.Spam = max(above(bySpam, allowed*step/limitSteps), overPrior(prior.Spam))
		}
		rest := slices.DeleteFunc(slices.Clone(ok), func(p moderation.Probabilities) bool { return p.Spam >= t.Spam })
		if len(abuse) > 0 {
			t.Abuse = max(above(descending(rest, moderation.Abuse), allowed-(len(ok)-len(rest))), overPrior(prior.Abuse))
		}
		caught := sharesOver(spam, t) + sharesOver(abuse, t)
		if caught > most {
			most, best, held = caught, t, sharesOver(ok, t)
		}
	}
	return best, held
}

// descending returns the probabilities of a label, the highest first.
func descending(all []moderation.Probabilities, l moderation.Label) []float64 {
	values := make([]float64, len(all))
	for i, p := range all {
		values[i] = p.Of(l)
	}
	slices.SortFunc(values, func(a, b float64) int { return cmp.Compare(b, a) })
	return values
}

// above returns the lowest threshold that at most n of the descending values
// reach, rounded up to where people can read it.
func above(values []float64, n int) float64 {
	if n >= len(values) {
		return minLimit
	}
	steps := math.Ceil(values[n] * limitDigits)
	if steps/limitDigits <= values[n] {
		steps++
	}
	return min(max(steps/limitDigits, minLimit), 1)
}

// overPrior returns the lowest threshold that a label's prior does not reach.
func overPrior(p float64) float64 { return min((math.Floor(p*limitDigits)+1)/limitDigits, 1) }

// Thresholds have four digits and are never nought, which would mean unset.
const (
	limitDigits = 1e4
	minLimit    = 1 / limitDigits
)

// sharesOver returns the share of comments that the thresholds hold; 0 of none.
func sharesOver(all []moderation.Probabilities, t moderation.Thresholds) float64 {
	if len(all) == 0 {
		return 0
	}
	n := 0
	for _, p := range all {
		if p.Spam >= t.Spam || p.Abuse >= t.Abuse {
			n++
		}
	}
	return float64(n) / float64(len(all))
}
