package platform

import (
	"encoding/json"
	"fmt"
	"net/http"

	"gatehouse/internal/moderation"
)

// Answer is the JSON that a submitted comment is answered with; CONTRACT.md,
// "HTTP", has the fields.
type Answer struct {
	CommentID string            `json:"comment_id"`
	Revision  int               `json:"revision"`
	Action    moderation.Action `json:"action"`
	Status    moderation.Status `json:"status"`
	Scores    *Scores           `json:"scores"` // null: the classifier gave no answer
	Reasons   []Reason          `json:"reasons"`
	Model     string            `json:"model"`
	Rules     string            `json:"rules"`
	Duplicate bool              `json:"duplicate"`
}

// Scores are the probabilities of the labels, which sum to 1.
type Scores struct {
	OK    float64 `json:"ok"`
	Spam  float64 `json:"spam"`
	Abuse float64 `json:"abuse"`
}

// Reason is one thing that a check found.
type Reason struct {
	Check  string           `json:"check"`
	Rule   string           `json:"rule"`
	Label  moderation.Label `json:"label"`
	Detail string           `json:"detail"`
	Score  float64          `json:"score"`
	Urgent bool             `json:"urgent,omitempty"`
	Tags   []string         `json:"tags,omitempty"`
}

// newAnswer is what a blog hears. Who banned whom and why is for moderators.
func newAnswer(r moderation.Receipt) Answer {
	a := NewAnswer(r.Verdict)
	for i := range a.Reasons {
		if a.Reasons[i].Check == "standing" && a.Reasons[i].Rule == "banned" {
			a.Reasons[i].Detail = "the author is banned here"
		}
	}
	a.CommentID, a.Revision, a.Status, a.Duplicate = r.Comment.String(), r.Revision, r.Status, r.Duplicate
	return a
}

// NewAnswer returns the answer for a verdict on a comment that is not stored.
func NewAnswer(v moderation.Verdict) Answer {
	a := Answer{Action: v.Action, Status: v.Action.Status(), Model: v.Model, Rules: v.Rules, Reasons: []Reason{}}
	if v.Scores != (moderation.Probabilities{}) {
		a.Scores = &Scores{OK: v.Scores.OK, Spam: v.Scores.Spam, Abuse: v.Scores.Abuse}
	}
	if v.Action != moderation.Approve && len(v.Reasons) > 0 && v.Reasons[0].Private {
		a.Reasons = append(a.Reasons, Reason{Check: "moderators", Rule: "look", Detail: "a moderator is to look at it", Score: 1})
	}
	for _, r := range v.Reasons {
		if !r.Shadow && !r.Private { // what counted for nothing is no reason
			a.Reasons = append(a.Reasons, Reason{Check: r.Check, Rule: r.Rule, Label: r.Label, Detail: r.Detail, Score: r.Score, Urgent: r.Urgent, Tags: r.Tags})
		}
	}
	return a
}

func writeJSON(w http.ResponseWriter, v any) error {
	encoded, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(append(encoded, '\n')) //nolint:errcheck // a client that went away asks again
	return nil
}
