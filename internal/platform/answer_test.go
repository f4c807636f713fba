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
	one := moderation.Reason{Check: "persona", Rule: "the one", Private: true}
	tried := moderation.Reason{Check: "rules", Rule: "tried", Shadow: true}
	classifier := moderation.Reason{Check: "classifier", Label: moderation.OK}
	for name, tt := range map[string]struct {
		action  moderation.Action
		reasons []moderation.Reason
		want    string
	}{
		"a mark beside":       {moderation.Hold, []moderation.Reason{classifier, one, tried}, "classifier"},
		"held by a mark":      {moderation.Hold, []moderation.Reason{one, tried, classifier}, "moderators classifier"},
		"a mark without more": {moderation.Approve, []moderation.Reason{one, classifier}, "classifier"},
	} {
		t.Run(name, func(t *testing.T) {
			var checks []string
			for _, r := range platform.NewAnswer(moderation.Verdict{Action: tt.action, Reasons: tt.reasons}).Reasons {
				checks = append(checks, r.Check)
			}
			if got := strings.Join(checks, " "); got != tt.want {
				t.Errorf("the answer has the reasons of %s, want %s", got, tt.want)
			}
		})
	}
}
