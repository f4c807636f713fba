package store

import (
	"context"
	"encoding/json"
	"fmt"

	"gatehouse/internal/moderation"
)

// reasonRow and weightRow are how reasons and weights stand in the database:
// short keys, for there is one of each with every comment.
type reasonRow struct {
	Check   string           `json:"c"`
	Rule    string           `json:"r,omitempty"`
	Label   moderation.Label `json:"l,omitempty"`
	Detail  string           `json:"d,omitempty"`
	Score   float64          `json:"s,omitempty"`
	Shadow  bool             `json:"sh,omitempty"`
	Urgent  bool             `json:"u,omitempty"`
	Tags    []string         `json:"t,omitempty"`
	Private bool             `json:"p,omitempty"`
}

type weightRow struct {
	Feature string           `json:"f"`
	Label   moderation.Label `json:"l"`
	Weight  float64          `json:"w"`
}

func toReasonRows(reasons []moderation.Reason) []reasonRow {
	rows := make([]reasonRow, len(reasons))
	for i, r := range reasons {
		rows[i] = reasonRow(r)
	}
	return rows
}

func toWeightRows(weights []moderation.Weight) []weightRow {
	rows := make([]weightRow, len(weights))
	for i, w := range weights {
		rows[i] = weightRow(w)
	}
	return rows
}

// findVerdict returns the verdict on a revision; ErrNotFound.
func findVerdict(ctx context.Context, q querier, id moderation.CommentID, revision int) (moderation.Verdict, error) {
	var v moderation.Verdict
	var reasons, weights string
	err := q.QueryRowContext(ctx, `
		SELECT action, ok, spam, abuse, reasons, weights, model, rules
		FROM verdicts WHERE comment_id = ? AND revision = ?`, id, revision).
		Scan(&v.Action, &v.Scores.OK, &v.Scores.Spam, &v.Scores.Abuse, &reasons, &weights, &v.Model, &v.Rules)
	if err != nil {
		return v, notFound(err, fmt.Sprintf("verdict on revision %d of comment %s", revision, id))
	}
	var reasonRows []reasonRow
	var weightRows []weightRow
	if err := json.Unmarshal([]byte(reasons), &reasonRows); err != nil {
		return v, fmt.Errorf("decode reasons of comment %s: %w", id, err)
	}
	if err := json.Unmarshal([]byte(weights), &weightRows); err != nil {
		return v, fmt.Errorf("decode weights of comment %s: %w", id, err)
	}
	for _, r := range reasonRows {
		v.Reasons = append(v.Reasons, moderation.Reason(r))
	}
	for _, w := range weightRows {
		v.Weights = append(v.Weights, moderation.Weight(w))
	}
	return v, nil
}
