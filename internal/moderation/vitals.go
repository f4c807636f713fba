package moderation

import (
	"math"
	"time"
)

// Vitals is how the service stands at a moment, as far as the database tells.
type Vitals struct {
	Sites      []SiteVitals // by name
	Deliveries []DeliveryVitals
	Bytes      int64     // of the database
	WALBytes   int64     // of what is written and not in it yet
	FreeBytes  int64     // on the disk that it is on; below 0: not known
	Backup     time.Time // when the newest backup was made; zero: none is known of
}

// SiteVitals is how one site stands.
type SiteVitals struct {
	ID      SiteID
	Name    string
	Waiting int       // comments that a moderator has to decide
	Urgent  int       // of those
	Oldest  time.Time // since when the first of them waits; zero: none does
	// Judged are the first verdicts of the last day, by action.
	Judged map[Action]int
	Drift  Drift
}

// DeliveryVitals is how the deliveries of one kind to one site stand.
type DeliveryVitals struct {
	Kind    string
	Site    string
	Pending int
	Oldest  time.Time // when the oldest that waits was made; zero: none does
	GivenUp int
}

// Drift is how far the scores of a site's newest comments are from those of the
// ones before, by [Stability]. NaN: too few comments to say.
type Drift struct {
	Spam, Abuse float64
}

// ScoreBounds divide scores into the bins of [Bins]: finer towards 0 and 1, where
// most scores are.
func ScoreBounds() []float64 { return []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95} }

// Bins counts scores by the bin that they are in; a bound belongs to the bin below.
func Bins(scores []float64) []int {
	bounds := ScoreBounds()
	bins := make([]int, len(bounds)+1)
	for _, s := range scores {
		i := 0
		for i < len(bounds) && s > bounds[i] {
			i++
		}
		bins[i]++
	}
	return bins
}

// Stability is the population stability index of two counts by bins:
//
//	PSI = Σ (aᵢ − eᵢ) · ln(aᵢ / eᵢ)
//
// with aᵢ and eᵢ the shares of bin i among the newest and the earlier scores, half
// a score added to each count so that none is 0. It is 0 where both are alike, and
// from 0.25 on taken for a change that needs a look: N. Siddiqi, Credit Risk
// Scorecards, 2006, p. 136. Where nothing changed it is about
// (bins−1)·(1/n + 1/m) for n and m scores: B. Yurdakul, J. Naranjo, Statistical
// properties of the population stability index, Journal of Risk Model Validation
// 14(4), 2020.
func Stability(newest, earlier []int) float64 {
	total := func(bins []int) (sum float64) {
		for _, n := range bins {
			sum += float64(n) + 0.5
		}
		return sum
	}
	a, e := total(newest), total(earlier)
	var psi float64
	for i := range newest {
		ai, ei := (float64(newest[i])+0.5)/a, (float64(earlier[i])+0.5)/e
		psi += (ai - ei) * math.Log(ai/ei)
	}
	return psi
}
