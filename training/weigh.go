package training

import (
	"math"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// oneSided is what a comment's weight is multiplied by where its source has
// only one label: how that source speaks would be mistaken for the label.
// Measured by leaving each source of the corpora out in turn.
const oneSided = 0.1

// weights returns how much each example counts, in grains (see
// [classifier.Grain]), so that neither large sources nor frequent labels speak
// for all. A source's share of its label grows with the square root of how many
// comments it has; the labels count the same in sum; the mean is one comment.
// What an example says of its own weight comes on top.
func weights(examples []Example) []int {
	type stratum struct {
		source string
		label  moderation.Label
	}
	counts := map[stratum]float64{}
	labels := map[string]map[moderation.Label]bool{}
	for _, e := range examples {
		counts[stratum{e.Source, e.Label}]++
		if labels[e.Source] == nil {
			labels[e.Source] = map[moderation.Label]bool{}
		}
		labels[e.Source][e.Label] = true
	}
	weight := map[stratum]float64{}
	sums := map[moderation.Label]float64{}
	for s, n := range counts {
		weight[s] = 1 / math.Sqrt(n)
		if len(labels[s.source]) == 1 {
			weight[s] *= oneSided
		}
	}
	for _, e := range examples {
		sums[e.Label] += e.own() * weight[stratum{e.Source, e.Label}]
	}
	each := float64(len(examples)) / float64(len(sums))
	grains := make([]int, len(examples))
	for i, e := range examples {
		s := stratum{e.Source, e.Label}
		grains[i] = max(1, int(math.Round(classifier.Grain*e.own()*weight[s]*each/sums[s.label])))
	}
	return grains
}

// own returns the weight that the example itself asks for.
func (e *Example) own() float64 {
	if e.Weight == 0 {
		return 1
	}
	return e.Weight
}
