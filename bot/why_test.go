package bot

import (
	"strings"
	"testing"

	"gatehouse/internal/moderation"
)

// TestLongExplanation explains a verdict with more and longer reasons than a message
// holds.
func TestLongExplanation(t *testing.T) {
	var v moderation.CaseView
	for range whyReasons {
		v.Verdict.Reasons = append(v.Verdict.Reasons, moderation.Reason{Check: "classifier", Label: moderation.Spam, Score: 1, Detail: strings.Repeat("word ", 200)})
	}
	for range whyWords {
		v.Verdict.Weights = append(v.Verdict.Weights, moderation.Weight{Feature: strings.Repeat("w", 2*maxWord), Label: moderation.Spam, Weight: 1})
	}
	s := explanation(v)
	if s.units > maxText || !strings.Contains(s.Plain(), "more reasons") || !strings.Contains(s.Plain(), "rules none") {
		t.Errorf("%d units of %d: %s", s.units, maxText, s.Plain())
	}
}
