package training

import (
	"fmt"
	"math"
	"testing"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// many returns n examples of a source and label, all of another text.
func many(n int, source string, l moderation.Label) []Example {
	all := make([]Example, n)
	for i := range all {
		all[i] = Example{Text: fmt.Sprintf("%s %s %d", source, l, i), Label: l, Source: source}
	}
	return all
}

// join joins examples.
func join(parts ...[]Example) (all []Example) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func TestWeights(t *testing.T) {
	examples := join(
		many(400, "large", moderation.OK), many(400, "large", moderation.Abuse),
		many(100, "small", moderation.OK), many(25, "small", moderation.Spam),
		many(100, "alone", moderation.Abuse))
	byStratum := map[string]float64{}
	byLabel := map[moderation.Label]float64{}
	for i, w := range weights(examples) {
		byStratum[examples[i].Source+" "+string(examples[i].Label)] += float64(w)
		byLabel[examples[i].Label] += float64(w)
	}
	each := float64(len(examples)) * classifier.Grain / 3
	for l, sum := range byLabel {
		if math.Abs(sum/each-1) > 0.05 {
			t.Errorf("%s weighs %.0f, want about %.0f", l, sum, each)
		}
	}
	if got := byStratum["large ok"] / byStratum["small ok"]; math.Abs(got-2) > 0.1 {
		t.Errorf("a source of four times the comments counts %.2f times as much, want twice", got)
	}
	if got := byStratum["large abuse"] / byStratum["alone abuse"]; math.Abs(got*oneSided/2-1) > 0.2 { // grains are whole
		t.Errorf("against a source with one label, one with more counts %.2f times as much, want %v", got, 2/oneSided)
	}
}

func TestWeightsOfOneSourceEach(t *testing.T) {
	examples := join(many(50, "ham", moderation.OK), many(50, "spam", moderation.Spam))
	for i, w := range weights(examples) {
		if w != classifier.Grain {
			t.Fatalf("example %d weighs %d, want %d", i, w, classifier.Grain)
		}
	}
}

// TestWeightsOfExamples sees that an example's own weight counts against others of
// its label, and moves no weight between labels.
func TestWeightsOfExamples(t *testing.T) {
	examples := join(many(100, "a", moderation.OK), many(100, "a", moderation.Abuse))
	for i := range 20 {
		examples[i].Weight = 3
	}
	grains := weights(examples)
	if got := float64(grains[0]) / float64(grains[50]); math.Abs(got-3) > 0.2 {
		t.Errorf("an example of weight 3 counts %v times", got)
	}
	byLabel := map[moderation.Label]int{}
	for i, e := range examples {
		byLabel[e.Label] += grains[i]
	}
	if ratio := float64(byLabel[moderation.OK]) / float64(byLabel[moderation.Abuse]); math.Abs(ratio-1) > 0.05 {
		t.Errorf("labels count %v", byLabel)
	}
}
