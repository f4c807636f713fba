package training

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// weighs is a weight for abuse.
func weighs(feature string, w float64) moderation.Weight {
	return moderation.Weight{Feature: feature, Label: moderation.Abuse, Weight: w}
}

func TestWordsAddUp(t *testing.T) {
	var c wordCount
	c.add(moderation.Abuse, []moderation.Weight{weighs("moron", 2), weighs("you … moron", 1), weighs("thanks", -.5)})
	c.add(moderation.OK, []moderation.Weight{weighs("moron", 1.5), {Feature: "moron", Label: moderation.Spam, Weight: 9}, weighs("thanks", -1)})
	towards := c.strongest(moderation.Abuse, 1)
	if diff := cmp.Diff([]Word{{"moron", 3.5, 2, 1}, {"you … moron", 1, 1, 1}}, towards); diff != "" {
		t.Errorf("towards (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Word{{"thanks", -1.5, 2, 1}}, c.strongest(moderation.Abuse, -1)); diff != "" {
		t.Errorf("against (-want +got):\n%s", diff)
	}
	table := wordTable{Words: towards}
	if got := table.Bar(towards[1]); got != 29 {
		t.Errorf("bar of %d %%, want 29", got)
	}
}

// TestWordsOfOneComment checks that a long comment counts with its strongest words
// only.
func TestWordsOfOneComment(t *testing.T) {
	var c wordCount
	var all []moderation.Weight
	for i := range 2 * explained {
		all = append(all, weighs(fmt.Sprint(i), 20-float64(i)))
	}
	c.add(moderation.OK, all)
	if len(c) != explained {
		t.Errorf("%d words, want %d", len(c), explained)
	}
}

func TestWordsAreBounded(t *testing.T) {
	c := wordCount{}
	for i := range maxWords {
		c[wordKey{moderation.Abuse, fmt.Sprint(i)}] = &Word{N: 1 + i%2}
	}
	c.add(moderation.OK, []moderation.Weight{weighs("moron", 1)})
	if len(c) != maxWords/2+1 {
		t.Errorf("%d words, want those met twice and a new one", len(c))
	}
}

func TestTold(t *testing.T) {
	weights := []moderation.Weight{weighs("moron", 2), {Feature: "a link", Label: moderation.Spam, Weight: 1}, weighs("thanks", -1)}
	for name, c := range map[string]struct {
		is, takenFor moderation.Label
		want         []string
	}{
		"held in vain":      {moderation.OK, moderation.Abuse, []string{"moron", "thanks"}},
		"missed":            {moderation.Spam, moderation.OK, []string{"a link"}},
		"taken for another": {moderation.Spam, moderation.Abuse, []string{"moron", "thanks"}},
	} {
		var got []string
		for _, w := range (Scored{Label: c.is, Predicted: c.takenFor, Weights: weights}).Told() {
			got = append(got, w.Feature)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
