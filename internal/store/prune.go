package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// passingKept is how long a passing alias is known: longer than a client asks or
// speaks of a comment by the id of one answer.
const passingKept = 90 * 24 * time.Hour

// prunedAtOnce is how many rows are forgotten in one transaction: a hundredth of a
// second or two, in which others wait.
const prunedAtOnce = 200

// Prune forgets the keys of messages that came before a time: what comes again
// after so long is refused for its timestamp. It also forgets passing aliases, and
// Telegram's updates that can't come again. It forgets some at a time and rests in
// between, for twice as long as that took, so that comments go on.
func (db *DB) Prune(ctx context.Context, before time.Time) error {
	for _, old := range []struct {
		what, key string
		before    time.Time
	}{
		{"messages", "site_id, key", before},
		{"aliases", "site_id, alias", db.now().Add(-passingKept)},
		{"updates", "id", db.now().Add(-updatesKept)},
	} {
		if err := db.pruneTable(ctx, old.what, old.key, old.before); err != nil {
			return fmt.Errorf("prune %s: %w", old.what, explain(err))
		}
	}
	return nil
}

// pruneTable forgets the rows of before a time, some at a time.
func (db *DB) pruneTable(ctx context.Context, table, key string, before time.Time) error {
	for {
		began := time.Now()
		n, err := db.pruneSome(ctx, table, key, before)
		if err != nil || n < prunedAtOnce {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(2*time.Since(began), time.Millisecond)):
		}
	}
}

func (db *DB) pruneSome(ctx context.Context, table, key string, before time.Time) (n int64, err error) {
	err = db.writeAlone(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			DELETE FROM `+table+` WHERE (`+key+`) IN (SELECT `+key+` FROM `+table+` WHERE at < ? LIMIT ?)`, before.UnixMilli(), prunedAtOnce)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}
