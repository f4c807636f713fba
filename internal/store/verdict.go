package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
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

// verdictColumns are the columns of a verdict v that verdictRow is scanned from.
const verdictColumns = `v.action, v.ok, v.spam, v.abuse, v.reasons, v.weights, v.model, v.rules`

// verdictRow is a verdict as the database has it; all is NULL where there is none.
type verdictRow struct {
	action, model, rules sql.NullString
	ok, spam, abuse      sql.NullFloat64
	reasons, weights     []byte
}

// columns are where to scan verdictColumns.
func (r *verdictRow) columns() []any {
	return []any{&r.action, &r.ok, &r.spam, &r.abuse, &r.reasons, &r.weights, &r.model, &r.rules}
}

// findVerdict returns the verdict on a revision; ErrNotFound.
func findVerdict(ctx context.Context, q querier, id moderation.CommentID, revision int) (moderation.Verdict, error) {
	var r verdictRow
	err := q.QueryRowContext(ctx, `SELECT `+verdictColumns+` FROM verdicts v WHERE v.comment_id = ? AND v.revision = ?`, id, revision).Scan(r.columns()...)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return moderation.Verdict{}, fmt.Errorf("read verdict on revision %d of comment %s: %w", revision, id, explain(err))
	}
	return r.verdict(id, revision)
}

// verdict returns what a row says of a revision; ErrNotFound where it is empty.
func (r *verdictRow) verdict(id moderation.CommentID, revision int) (moderation.Verdict, error) {
	v := moderation.Verdict{Action: moderation.Action(r.action.String), Scores: moderation.Probabilities{OK: r.ok.Float64, Spam: r.spam.Float64, Abuse: r.abuse.Float64},
		Model: r.model.String, Rules: r.rules.String}
	if !r.action.Valid {
		return v, fmt.Errorf("%w: verdict on revision %d of comment %s", moderation.ErrNotFound, revision, id)
	}
	var reasonRows []reasonRow
	var weightRows []weightRow
	if err := json.Unmarshal(r.reasons, &reasonRows); err != nil {
		return v, fmt.Errorf("decode reasons of comment %s: %w", id, err)
	}
	if err := json.Unmarshal(r.weights, &weightRows); err != nil {
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
