package store

import (
	"context"
	"database/sql"
	"time"
)

// GroupMost is how many jobs one transaction takes at most, and GroupLongest for
// how long it takes further ones.
const (
	GroupMost    = groupMost
	GroupLongest = groupLongest
)

// GroupFor sets for how long a transaction takes further jobs.
func (db *DB) GroupFor(longest time.Duration) { db.group.longest = longest }

// Write is what every public method writes with.
func (db *DB) Write(ctx context.Context, f func(*sql.Tx) error) error { return db.write(ctx, f) }

// WriteAlone is as Write, in a transaction of its own.
func (db *DB) WriteAlone(ctx context.Context, f func(*sql.Tx) error) error {
	return db.writeAlone(ctx, f)
}

// Waiting is how many jobs wait for the writer.
func (db *DB) Waiting() int { return db.group.waits() }

// SyncBy has f called instead of each sync of the log, with what syncs it.
func (db *DB) SyncBy(f func(sync func() error) error) {
	db.group.disk.sync = func() error { return f(db.group.disk.syncLog) }
}

// Settled returns when all that can be read is on disk.
func (db *DB) Settled() error { return db.settled() }
