package store

import (
	"context"
	"fmt"
	"time"
)

// Watch calls changed whenever another process has written to the database,
// looking every interval, until ctx ends.
func (db *DB) Watch(ctx context.Context, every time.Duration, changed func()) error {
	// data_version speaks of the writes of others than this one connection, so
	// it has to be the same connection each time.
	conn, err := db.reader.Conn(ctx)
	if err != nil {
		return fmt.Errorf("watch database: %w", explain(err))
	}
	defer conn.Close() //nolint:errcheck // it goes back to its pool
	look := time.NewTicker(every)
	defer look.Stop()
	last := int64(-1)
	for {
		var version int64
		if err := conn.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&version); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("watch database: %w", explain(err))
		}
		if version != last {
			last = version
			changed()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

// passingKept is how long a passing alias is known: longer than a client asks or
// speaks of a comment by the id of one answer.
const passingKept = 90 * 24 * time.Hour

// Prune forgets the keys of messages that came before a time: what comes again
// after so long is refused for its timestamp. It also forgets passing aliases, and
// Telegram's updates that can't come again.
func (db *DB) Prune(ctx context.Context, before time.Time) error {
	if _, err := db.writer.ExecContext(ctx, `DELETE FROM messages WHERE at < ?`, before.UnixMilli()); err != nil {
		return fmt.Errorf("prune messages: %w", explain(err))
	}
	if _, err := db.writer.ExecContext(ctx, `DELETE FROM aliases WHERE at < ?`, db.now().Add(-passingKept).UnixMilli()); err != nil {
		return fmt.Errorf("prune aliases: %w", explain(err))
	}
	if _, err := db.writer.ExecContext(ctx, `DELETE FROM updates WHERE at < ?`, db.now().Add(-updatesKept).UnixMilli()); err != nil {
		return fmt.Errorf("prune updates: %w", explain(err))
	}
	return nil
}
