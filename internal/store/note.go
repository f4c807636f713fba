package store

import (
	"context"
	"database/sql"
	"fmt"

	"gatehouse/internal/moderation"
)

// PutNote implements moderation.Scribe.
func (db *DB) PutNote(ctx context.Context, n moderation.Note) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		c, err := getComment(ctx, tx, n.Comment)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `
			INSERT INTO notes (comment_id, actor_id, actor_name, text, order_key, at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (order_key) DO NOTHING`,
			n.Comment, n.By.ID, n.By.Name, n.Text, nullable(n.Key), n.At.UnixMilli())
		if err != nil {
			return explain(err)
		}
		if added, err := res.RowsAffected(); err != nil || added == 0 {
			return err
		}
		last, err := lastCase(ctx, tx, n.Comment)
		if err != nil || last.ID == 0 {
			return err
		}
		return redrawCase(ctx, tx, c, last.Revision, n.At)
	})
	if err != nil {
		return fmt.Errorf("add note to comment %s: %w", n.Comment, err)
	}
	return nil
}

// notesOn returns the notes on a comment, the oldest first.
func notesOn(ctx context.Context, q querier, id moderation.CommentID) ([]moderation.Note, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT comment_id, actor_id, actor_name, text, coalesce(order_key, ''), at
		FROM notes WHERE comment_id = ? ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var notes []moderation.Note
	for rows.Next() {
		var n moderation.Note
		var at sql.NullInt64
		if err := rows.Scan(&n.Comment, &n.By.ID, &n.By.Name, &n.Text, &n.Key, &at); err != nil {
			return nil, fmt.Errorf("read notes: %w", err)
		}
		n.At = moment(at)
		notes = append(notes, n)
	}
	return notes, rows.Err()
}
