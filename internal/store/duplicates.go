package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// nearlySame is the resemblance from which two texts say nearly the same.
const nearlySame = 0.5

// duplicates looks for what says the same as a, or nearly.
func (db *DB) duplicates(ctx context.Context, q querier, a moderation.Arrival) (moderation.Duplicates, error) {
	var e moderation.Duplicates
	ids, err := candidates(ctx, q, text.Sketch(a.Comment.Text, uint64(a.Site.ID)))
	if err != nil {
		return e, fmt.Errorf("look for what was said before: %w", explain(err))
	}
	names := map[string]bool{a.Author.Name: true}
	for _, id := range ids {
		var body, name string
		var status moderation.Status
		var received sql.NullInt64
		err := q.QueryRowContext(ctx, candidateSQL, id, a.Site.ID, a.Comment.PlatformID).Scan(&body, &name, &status, &received)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return e, fmt.Errorf("look for what was said before: %w", explain(err))
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
	return e, nil
}

const candidateSQL = `
	SELECT r.text, r.author_name, ` + statusForStanding + `, r.received_at
	FROM comments c
	JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
	WHERE c.id = ? AND c.site_id = ? AND c.platform_id <> ?`

// candidates returns the newest comments that share a band, the newest first. What
// the arms give is put together here: for a temporary table, which UNION and ORDER
// BY take, SQLite asks the system for memory and gives it back, and that takes longer
// than all the rest.
func candidates(ctx context.Context, q querier, bands []int64) ([]moderation.CommentID, error) {
	args := make([]any, len(bands))
	for i, b := range bands {
		args[i] = b
	}
	ids, err := scanNewest(q.QueryContext(ctx, selectCandidates(len(bands)), args...))
	return ids[:min(len(ids), moderation.MaxDuplicates)], err
}

// scanNewest reads numbers of comments, and returns each once and the newest first.
func scanNewest(rows *sql.Rows, err error) ([]moderation.CommentID, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var ids []moderation.CommentID
	for rows.Next() {
		var id moderation.CommentID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b moderation.CommentID) int { return cmp.Compare(b, a) })
	return slices.Compact(ids), rows.Err()
}

// selectCandidates is for n bands. A limit that is written out keeps SQLite from
// compiling the statement anew for each.
func selectCandidates(n int) string {
	arm := fmt.Sprintf(`SELECT comment_id FROM (SELECT comment_id FROM bands WHERE band = ? ORDER BY comment_id DESC LIMIT %d)`, moderation.MaxDuplicates)
	return strings.TrimSuffix(strings.Repeat(arm+" UNION ALL ", n), " UNION ALL ")
}
