package store

import (
	"context"
	"database/sql"
	"errors"

	"gatehouse/internal/moderation"
)

// Withdraw implements moderation.Ledger. Withdrawing twice changes nothing.
func (db *DB) Withdraw(ctx context.Context, w moderation.Withdrawal) (moderation.Receipt, error) {
	var r moderation.Receipt
	err := db.write(ctx, func(tx *sql.Tx) error {
		c, err := findComment(ctx, tx, w.Site.ID, w.PlatformID)
		if err != nil {
			return err
		}
		_, _, err = findMessage(ctx, tx, w.Site.ID, w.Key, w.PlatformID)
		if err != nil && !errors.Is(err, moderation.ErrNotFound) {
			return err
		}
		isNews := err != nil && c.status != moderation.Withdrawn
		if isNews {
			if c, err = withdraw(ctx, tx, c, w); err != nil {
				return explain(err)
			}
		}
		r, err = receipt(ctx, tx, c.id, c.revision)
		r.Duplicate = !isNews
		return err
	})
	return r, err
}

func withdraw(ctx context.Context, tx *sql.Tx, c commentRow, w moderation.Withdrawal) (commentRow, error) {
	c.before, c.status = c.status, moderation.Withdrawn
	_, err := tx.ExecContext(ctx, `UPDATE comments SET status = ?, status_before = ?, unasked = 0, changed = `+nextChange+` WHERE id = ?`,
		c.status, c.before, moderation.ChangeAt(w.At), c.site, c.id)
	if err != nil {
		return c, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO withdrawals (comment_id, revision, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, c.id, c.revision, w.At.UnixMilli())
	if err != nil {
		return c, err
	}
	message := moderation.Arrival{Site: w.Site, Key: w.Key}
	if err := markSeen(ctx, tx, message, c, w.At); err != nil {
		return c, err
	}
	if _, err := leavePersonas(ctx, tx, c.id, "", w.At); err != nil {
		return c, err
	}
	if err := overtake(ctx, tx, c.id); err != nil {
		return c, err
	}
	if err := followCase(ctx, tx, c, w.At); err != nil {
		return c, err
	}
	return c, redrawMates(ctx, tx, c, w.At)
}
