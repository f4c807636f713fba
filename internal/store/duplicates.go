package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// nearlySame is the resemblance from which two texts say nearly the same.
const nearlySame = 0.5

// duplicates looks for what says the same as a, or nearly.
func (db *DB) duplicates(ctx context.Context, q querier, a moderation.Arrival) (moderation.Duplicates, error) {
	var e moderation.Duplicates
	bands := text.Sketch(a.Comment.Text, uint64(a.Site.ID))
	rows, err := q.QueryContext(ctx, selectDuplicates(len(bands)), duplicatesArguments(a, bands)...)
	if err != nil {
		return e, fmt.Errorf("look for what was said before: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	names := map[string]bool{a.Author.Name: true}
	for rows.Next() {
		var id moderation.CommentID
		var body, name string
		var status moderation.Status
		var received sql.NullInt64
		if err := rows.Scan(&id, &body, &name, &status, &received); err != nil {
			return e, fmt.Errorf("look for what was said before: %w", err)
		}
		alike := text.Resemblance(a.Comment.Text, body)
		if alike < nearlySame {
			continue
		}
		if alike == 1 {
			e.Exact++
		} else {
			e.Near++
		}
		if status == moderation.Rejected {
			e.Rejected++
		}
		if ago := db.now().Sub(moment(received)); e.Last == 0 || ago < e.Last {
			e.Last = ago
		}
		if alike > e.Alike {
			e.Of, e.Alike = id, alike
		}
		names[name] = true
	}
	if e.Exact+e.Near > 0 {
		e.Writers = len(names)
	}
	return e, rows.Err()
}

// selectDuplicates finds the newest comments that share one of n bands. CROSS JOIN
// keeps SQLite from walking all comments of the site instead, and a limit that is
// written out from compiling the statement anew for each.
func selectDuplicates(n int) string {
	arm := fmt.Sprintf(`SELECT comment_id FROM (SELECT comment_id FROM bands WHERE band = ? ORDER BY comment_id DESC LIMIT %d)`, moderation.MaxDuplicates)
	return fmt.Sprintf(`
		SELECT c.id, r.text, r.author_name, c.status, r.received_at
		FROM (%s) e
		CROSS JOIN comments c ON c.id = e.comment_id AND c.site_id = ? AND c.platform_id <> ?
		JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
		ORDER BY c.id DESC LIMIT %d`, strings.TrimSuffix(strings.Repeat(arm+" UNION ", n), " UNION "), moderation.MaxDuplicates)
}

func duplicatesArguments(a moderation.Arrival, bands []int64) []any {
	args := make([]any, 0, len(bands)+2)
	for _, b := range bands {
		args = append(args, b)
	}
	return append(args, a.Site.ID, a.Comment.PlatformID)
}
