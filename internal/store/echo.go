package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// echoWithin is how long after it was told the blog may say so itself.
const echoWithin = 10 * time.Minute

// isEcho says whether an order of the blog's only repeats what the blog was told
// of the comment a moment ago, or is being told. Each delivery comes back once, and
// they come back in their order.
func isEcho(ctx context.Context, tx *sql.Tx, c commentRow, o moderation.BlogOrder, at time.Time) (bool, error) {
	if !o.Echoes {
		return false, nil
	}
	told := `'rejected'`
	if o.Choice == moderation.ChooseApprove { // out of the spam folder, wherever to
		told = `'approved', 'held'`
	}
	var id moderation.DeliveryID
	err := tx.QueryRowContext(ctx, `
		SELECT id FROM deliveries
		WHERE key = ?1 AND NOT echoed AND json_extract(payload, '$.status') IN (`+told+`)
		  AND (max(created_at, coalesce(tried_at, 0)) >= ?2 OR (state = 'pending' AND next_at <= ?3))
		ORDER BY id LIMIT 1`, commentKey(c.id), at.Add(-echoWithin).UnixMilli(), at.UnixMilli()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read deliveries: %w", err)
	}
	return true, markEchoed(ctx, tx, c.id, id)
}

// markEchoed has the blog's echo of what it was told, up to a delivery, come back.
func markEchoed(ctx context.Context, tx *sql.Tx, comment moderation.CommentID, upTo moderation.DeliveryID) error {
	_, err := tx.ExecContext(ctx, `UPDATE deliveries SET echoed = 1 WHERE key = ? AND id <= ? AND NOT echoed`, commentKey(comment), upTo)
	if err != nil {
		return fmt.Errorf("mark deliveries: %w", err)
	}
	return nil
}
