package moderation_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

func TestLookBack(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	classifier := moderation.Reason{Check: "classifier", Label: moderation.Abuse}
	judged := func(abuse float64, a moderation.Action, c moderation.Choice, first moderation.Reason) moderation.Judged {
		return moderation.Judged{Scores: moderation.Probabilities{OK: 1 - abuse, Abuse: abuse}, Action: a, Choice: c, At: at,
			Reasons: []moderation.Reason{first, classifier}}
	}
	past := []moderation.Judged{
		judged(.9, moderation.Hold, moderation.ChooseAbuse, classifier),
		judged(.4, moderation.Hold, moderation.ChooseApprove, classifier),
		judged(.4, moderation.Hold, "", classifier),
		judged(.3, moderation.Approve, moderation.ChooseSpam, classifier), // published, and taken down
		judged(.2, moderation.Approve, "", classifier),
		judged(.9, moderation.Hold, "", moderation.Reason{Check: "rules", Rule: "links", Label: moderation.Spam}),
		judged(.9, moderation.Reject, "", moderation.Reason{Check: "standing", Rule: "banned"}),
		judged(.9, moderation.Approve, "", moderation.Reason{Check: "rules", Rule: "staff", Label: moderation.OK}),
		judged(.1, moderation.Hold, moderation.ChooseApprove, moderation.Reason{Check: "mode", Rule: "strict"}),
		{Action: moderation.Approve, At: at.Add(-time.Hour)}, // of the blog's history: no classifier saw it
	}
	held := moderation.Tally{All: 3, Approved: 1, Rejected: 1}
	tests := map[string]struct {
		at   float64
		want moderation.Hindsight
	}{
		"as it was": {.35, moderation.Hindsight{Would: held}},
		"laxer":     {.5, moderation.Hindsight{Would: moderation.Tally{All: 1, Rejected: 1}, Spared: moderation.Tally{All: 2, Approved: 1}}},
		"stricter":  {.25, moderation.Hindsight{Would: moderation.Tally{All: 4, Approved: 1, Rejected: 2}, Besides: moderation.Tally{All: 1, Rejected: 1}}},
		"off":       {0, moderation.Hindsight{Spared: held}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.want.Comments, tt.want.Since, tt.want.Held = 9, at, held
			if diff := cmp.Diff(tt.want, moderation.Thresholds{Abuse: tt.at}.LookBack(past)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
