package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"gatehouse/internal/moderation"
)

// JudgedComments returns the newest comments of a site that the classifier judged,
// at most limit, each at its newest revision.
func (db *DB) JudgedComments(ctx context.Context, site moderation.SiteID, limit int) ([]moderation.Judged, error) {
	rows, err := db.reader.QueryContext(ctx, `
		SELECT v.ok, v.spam, v.abuse, v.action, v.reasons, c.received_at, coalesce((
		         SELECT d.choice FROM decisions d
		         WHERE d.comment_id = c.id AND d.revision = c.revision AND d.choice <> 'undo'
		           AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.supersedes = d.id AND u.choice = 'undo')
		         ORDER BY d.id DESC LIMIT 1), '')
		FROM comments c
		JOIN verdicts v ON v.comment_id = c.id AND v.revision = c.revision
		WHERE c.site_id = ? AND v.ok + v.spam + v.abuse > 0
		ORDER BY c.received_at DESC, c.id DESC LIMIT ?`, site, limit)
	if err != nil {
		return nil, fmt.Errorf("read judged comments: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var list []moderation.Judged
	for rows.Next() {
		var j moderation.Judged
		var reasons string
		var received sql.NullInt64
		if err := rows.Scan(&j.Scores.OK, &j.Scores.Spam, &j.Scores.Abuse, &j.Action, &reasons, &received, &j.Choice); err != nil {
			return nil, fmt.Errorf("read judged comments: %w", err)
		}
		j.At = moment(received)
		var stored []reasonRow
		if err := json.Unmarshal([]byte(reasons), &stored); err != nil {
			return nil, fmt.Errorf("decode reasons: %w", err)
		}
		for _, r := range stored {
			j.Reasons = append(j.Reasons, moderation.Reason(r))
		}
		list = append(list, j)
	}
	return list, rows.Err()
}
