package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"gatehouse/internal/moderation"
)

// Thread implements moderation.Browser. What was rejected or withdrawn is no
// neighbour on a post; what a comment answers is shown whatever became of it.
func (db *DB) Thread(ctx context.Context, id moderation.CommentID, limit int) ([]moderation.CaseView, error) {
	p, err := db.place(ctx, id)
	if err != nil {
		return nil, err
	}
	var ids []int64
	switch {
	case p.parent != "":
		ids, err = db.ancestors(ctx, id, p, limit)
	case p.post != "":
		var before []dated
		before, err = appendDated(ctx, db.brief(), nil, beforeOnPostSQL, p.post, p.site, p.received, id, limit)
		ids = firstOf(before, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("read thread of comment %s: %w", id, err)
	}
	slices.Reverse(ids)
	return db.commentViews(ctx, ids)
}

const beforeOnPostSQL = `
	SELECT c.id, r.received_at
	FROM revisions r
	CROSS JOIN comments c ON c.id = r.comment_id AND c.status IN ('approved', 'held')
	WHERE r.post_id = ?1 AND r.site_id = ?2 AND r.revision = 1 AND r.received_at <= ?3 AND (r.received_at < ?3 OR r.comment_id < ?4)
	ORDER BY r.received_at DESC, r.comment_id DESC LIMIT ?5`

// ancestors returns what a comment answers, the nearest first. Whoever answers
// themselves, by whatever way, is shown once.
func (db *DB) ancestors(ctx context.Context, id moderation.CommentID, p placeOf, limit int) ([]int64, error) {
	seen := map[moderation.CommentID]bool{id: true}
	var ids []int64
	for parent := p.parent; parent != "" && len(ids) < limit; {
		var found moderation.CommentID
		err := db.brief().QueryRowContext(ctx, `
			SELECT c.id, r.parent_id
			FROM comments c JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
			WHERE c.site_id = ? AND c.platform_id = ?`, p.site, parent).Scan(&found, &parent)
		if errors.Is(err, sql.ErrNoRows) || err == nil && seen[found] {
			break
		}
		if err != nil {
			return nil, explain(err)
		}
		seen[found] = true
		ids = append(ids, int64(found))
	}
	return ids, nil
}
