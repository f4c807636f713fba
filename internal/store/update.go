package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// updatesKept is how long an update that is done is known: Telegram delivers
// nothing again that is older than a day.
const updatesKept = 48 * time.Hour

// UpdateDone reports whether an update of Telegram's is done.
func (db *DB) UpdateDone(ctx context.Context, queue string, number int) (done bool, err error) {
	err = db.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM updates WHERE queue = ? AND number = ?)`, queue, number).Scan(&done)
	if err != nil {
		return false, fmt.Errorf("read update %d: %w", number, explain(err))
	}
	if done { // Telegram forgets it then
		err = db.settled()
	}
	return done, err
}

// MarkUpdate writes down that an update is done, as the last one of its queue.
func (db *DB) MarkUpdate(ctx context.Context, queue string, number int) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `REPLACE INTO updates (queue, number, at) VALUES (?, ?, ?)`, queue, number, db.now().UnixMilli())
		if err != nil {
			return fmt.Errorf("mark update %d: %w", number, explain(err))
		}
		return nil
	})
}

// LastUpdate returns the update of a queue that was marked last, and when;
// ErrNotFound.
func (db *DB) LastUpdate(ctx context.Context, queue string) (number int, at time.Time, err error) {
	var ms int64
	err = db.reader.QueryRowContext(ctx, `SELECT number, at FROM updates WHERE queue = ? ORDER BY id DESC LIMIT 1`, queue).Scan(&number, &ms)
	if err != nil {
		return 0, time.Time{}, notFound(err, "last update")
	}
	return number, time.UnixMilli(ms), nil
}
