package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gatehouse/internal/moderation"
)

// Undone returns the choice that the newest undo on a comment took back, or
// nothing. Where a blog can't take a decision back, it shows that choice still.
func (db *DB) Undone(ctx context.Context, id moderation.CommentID) (moderation.Choice, error) {
	var choice moderation.Choice
	err := db.reader.QueryRowContext(ctx, `
		SELECT d.choice
		FROM decisions u
		JOIN decisions d ON d.id = u.supersedes
		WHERE u.comment_id = ? AND u.choice = 'undo'
		ORDER BY u.id DESC LIMIT 1`, id).Scan(&choice)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read decisions on comment %s: %w", id, explain(err))
	}
	return choice, nil
}
