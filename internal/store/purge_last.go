package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// lastPurgeSetting is where the latest purge stands, in Unix milliseconds.
const lastPurgeSetting = "purge.last"

// LastPurge implements moderation.PurgeTimes.
func (db *DB) LastPurge(ctx context.Context) (time.Time, error) {
	value, err := setting(ctx, db.reader, lastPurgeSetting)
	if err != nil || value == "" {
		return time.Time{}, explain(err)
	}
	at, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read when the last purge was: %w", err)
	}
	return time.UnixMilli(at), nil
}

// NotePurge implements moderation.PurgeTimes.
func (db *DB) NotePurge(ctx context.Context, at time.Time) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO settings (key, value) VALUES (?1, ?2)
			ON CONFLICT DO UPDATE SET value = max(CAST(value AS INTEGER), ?2)`, lastPurgeSetting, at.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("note purge: %w", explain(err))
	}
	return nil
}
