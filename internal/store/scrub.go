package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// ScrubMost is how large a database is rebuilt beside a running service at most, in
// bytes: comments wait for that as long as it takes to write it twice.
const ScrubMost = 1 << 30

// mergedPages is how much of the index of words is written anew in one go.
const mergedPages = 500

// Scrub has what was deleted gone from the database's files as well: the index of words
// is written anew, a little at a time, then the database as a whole, and the write-ahead
// log is emptied. Where it is larger than most (0: any size is fine) the file is not
// rebuilt, and rebuilt is false: then pieces of what was deleted may be left between what
// is there until others are written over them. The receipts of erasures say so until it is.
func (db *DB) Scrub(ctx context.Context, most int64) (rebuilt bool, err error) {
	var last int64 // erasure that it cleans up after
	if err := db.reader.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM erasures WHERE scrub`).Scan(&last); err != nil {
		return false, fmt.Errorf("scrub database: %w", explain(err))
	}
	if err := db.mergeWords(ctx); err != nil {
		return false, fmt.Errorf("scrub index of words: %w", explain(err))
	}
	info, err := os.Stat(db.path)
	if err != nil {
		return false, fmt.Errorf("scrub database: %w", err)
	}
	if rebuilt = most == 0 || info.Size() <= most; rebuilt {
		if _, err := db.writer.ExecContext(ctx, `VACUUM`); err != nil {
			return false, fmt.Errorf("rebuild database: %w", explain(err))
		}
	}
	if err := db.emptyLog(ctx); err != nil || !rebuilt || last == 0 {
		return rebuilt, err
	}
	err = db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE erasures SET scrub = 0 WHERE id <= ?`, last)
		return err
	})
	if err != nil {
		return rebuilt, fmt.Errorf("keep that the database was cleaned: %w", explain(err))
	}
	return rebuilt, nil
}

// mergeWords makes one segment of the index of words: what was deleted is not in it.
func (db *DB) mergeWords(ctx context.Context) error {
	for pages := -mergedPages; ; pages = mergedPages {
		var wrote bool
		err := db.writeAlone(ctx, func(tx *sql.Tx) error {
			before, err := changesOf(ctx, tx)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO words (words, rank) VALUES ('merge', ?)`, pages); err != nil {
				return err
			}
			after, err := changesOf(ctx, tx)
			wrote = after-before >= 2 // fewer: there is nothing to merge (the manual of FTS5)
			return err
		})
		if err != nil || !wrote {
			return err
		}
	}
}

func changesOf(ctx context.Context, q querier) (n int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT total_changes()`).Scan(&n)
	return n, err
}

// emptyLog writes the write-ahead log into the database and empties it, when nobody
// reads from it; a service's readers are done in a moment.
func (db *DB) emptyLog(ctx context.Context) error {
	for try := range 50 {
		var busy, log, done int
		err := db.writer.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &done)
		if err != nil {
			return fmt.Errorf("empty write-ahead log: %w", explain(err))
		}
		if busy == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try+1) * 10 * time.Millisecond):
		}
	}
	return errors.New("empty write-ahead log: it is read all the time; it empties itself when nobody does")
}

// cutTable splits "table: condition".
func cutTable(s string) (table, where string) {
	table, where, _ = strings.Cut(s, ": ")
	return table, where
}
