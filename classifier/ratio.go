package classifier

import "math"

// ratios turns the counts of one view into log ratios, as the library that is
// the model of record has them: P(feature|label) = (count + one comment) /
// (total + one comment for each feature of the vocabulary).
type ratios struct {
	offset pair               // from the totals
	heard  [numContrasts]bool // false: no comment of the label, so nothing to say
}

// newRatios returns the ratios for counts with these totals in a vocabulary of
// so many features, background included in both.
func newRatios(totals [numLabels]int64, background int64, vocabulary int) ratios {
	denominator := func(y int) float64 {
		return math.Log(float64(totals[y] + background + Grain*int64(vocabulary)))
	}
	var r ratios
	if totals[0] == 0 && background == 0 {
		return r // nothing to compare with
	}
	for c := range r.offset {
		if totals[1+c] > 0 || background > 0 {
			r.heard[c] = true
			r.offset[c] = denominator(0) - denominator(1+c)
		}
	}
	return r
}

// of returns the log ratios of a feature with this count and background.
func (r *ratios) of(c Count, background uint32) (ratio pair) {
	ok := uint64(c.labels[0]) + uint64(background) + Grain
	for i := range ratio {
		if !r.heard[i] {
			continue
		}
		n := uint64(c.labels[1+i]) + uint64(background) + Grain
		ratio[i] = r.offset[i]
		if n != ok {
			ratio[i] += math.Log(float64(n) / float64(ok))
		}
	}
	return ratio
}

// importance says how much is lost without a feature: the larger of its log
// ratios times the square root of how many comments have it.
func importance(c Count, ratio pair) float64 {
	return max(math.Abs(ratio[spam]), math.Abs(ratio[abuse])) * math.Sqrt(float64(c.comments))
}

// score is what one view says of a comment.
type score struct {
	sum    pair // of log ratios
	linear pair // of linear weights
	n      int  // features that it knows
}

// add counts one more known feature.
func (s *score) add(ratio, linear pair) {
	for c := range numContrasts {
		s.sum[c] += ratio[c]
		s.linear[c] += linear[c]
	}
	s.n++
}

// norm returns what the sums are divided by: log ratios of features that stand
// together in words repeat each other, so their sum grows too fast with length.
func (s *score) norm() float64 { return math.Sqrt(float64(s.n) + 1) }

// The inputs of a layer's logistic: each view's two normalised scores, the
// linear scores of both views together, the log of the length, the class
// numbers, and for a layer upon another one that one's two log-odds.
const (
	inputLinear  = numViews * numContrasts
	inputLength  = inputLinear + numContrasts
	inputNumbers = inputLength + 1
	inputBase    = inputNumbers + numNumbers
	inputsAlone  = inputBase
	inputsUpon   = inputBase + numContrasts
)

// inputs writes the inputs that the scores and numbers give to dst and returns as
// much of it; base is nil for a layer that stands alone.
func inputs(dst *[inputsUpon]float64, scores *[numViews]score, numbers *classNumbers, base *pair) []float64 {
	for c := range numContrasts {
		dst[inputLinear+c] = 0
		for v := range scores {
			norm := scores[v].norm()
			dst[v*numContrasts+c] = scores[v].sum[c] / norm
			dst[inputLinear+c] += scores[v].linear[c] / norm
		}
	}
	dst[inputLength] = math.Log(float64(scores[viewCharacters].n) + 1)
	for i, n := range numbers {
		dst[inputNumbers+i] = float64(n)
	}
	if base == nil {
		return dst[:inputsAlone]
	}
	copy(dst[inputBase:], base[:])
	return dst[:inputsUpon]
}
