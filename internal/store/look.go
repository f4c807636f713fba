package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// Look implements moderation.Scribe.
func (db *DB) Look(ctx context.Context, id moderation.CommentID, at time.Time) (moderation.CaseID, error) {
	var found moderation.CaseID
	err := db.write(ctx, func(tx *sql.Tx) error {
		c, err := getComment(ctx, tx, id)
		if err != nil {
			return err
		}
		last, err := lastCase(ctx, tx, id)
		if err != nil {
			return err
		}
		if found = last.ID; last.ID != 0 && last.Revision == c.revision {
			return nil
		}
		state := moderation.CaseDecided
		if c.status == moderation.Withdrawn || c.siteGone {
			state = moderation.CaseWithdrawn
		}
		found, err = insertLooked(ctx, tx, c, state, at)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("look at comment %s: %w", id, err)
	}
	return found, nil
}

// insertLooked adds a case that was never open.
func insertLooked(ctx context.Context, tx *sql.Tx, c commentRow, s moderation.CaseState, at time.Time) (moderation.CaseID, error) {
	res, err := tx.ExecContext(ctx, `
		INSERT INTO cases (comment_id, revision, site_id, state, version, opened_at, closed_at, looked)
		VALUES (?, ?, ?, ?, 1, ?, ?, 1)`, c.id, c.revision, c.site, s, at.UnixMilli(), at.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("insert case: %w", explain(err))
	}
	id, err := res.LastInsertId()
	return moderation.CaseID(id), err
}

// noteUnasked keeps whether a comment's newest revision was published by the machine
// alone and stands so: no moderator was asked about it, and none has decided it.
func noteUnasked(ctx context.Context, tx *sql.Tx, id moderation.CommentID) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE comments AS c SET unasked = c.status = 'approved'
		  AND EXISTS (SELECT 1 FROM verdicts v WHERE v.comment_id = c.id AND v.revision = c.revision AND v.action = 'approve')
		  AND NOT EXISTS (SELECT 1 FROM cases k WHERE k.comment_id = c.id AND k.revision = c.revision AND NOT k.looked)
		  AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.comment_id = c.id AND d.revision = c.revision AND d.choice <> 'undo' AND `+notUndone+`)
		WHERE c.id = ?`, id)
	if err != nil {
		return fmt.Errorf("update comment: %w", explain(err))
	}
	return nil
}
