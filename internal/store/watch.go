package store

import (
	"context"
	"fmt"
	"time"
)

// Watch calls changed whenever somebody has written to the database, another process
// or this one, looking every interval, until ctx ends.
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
