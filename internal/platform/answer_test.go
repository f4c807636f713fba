package platform_test

import (
	"strings"
	"testing"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// TestAnswersNameNobody holds that what is for moderators only, or counts for
// nothing, is told to no blog.
func TestAnswersNameNobody(t *testing.T) {
	a := platform.NewAnswer(moderation.Verdict{Action: moderation.Hold, Reasons: []moderation.Reason{
		{Check: "persona", Rule: "the one", Private: true}, {Check: "rules", Rule: "tried", Shadow: true}, {Check: "classifier", Label: moderation.Abuse}}})
	var checks []string
	for _, r := range a.Reasons {
		checks = append(checks, r.Check)
	}
	if got := strings.Join(checks, " "); got != "classifier" {
		t.Errorf("the answer has the reasons of %s", got)
	}
}
