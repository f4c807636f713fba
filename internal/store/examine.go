package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/moderation"
)

// Examine reads the whole database for damage: SQLite's quick_check, and rows
// that point nowhere. The error names the first that it finds.
func (db *DB) Examine(ctx context.Context) error {
	if err := examine(ctx, db.reader, "quick_check"); err != nil {
		return fmt.Errorf("check database: %w", explain(err))
	}
	return nil
}

// examine looks for damage by one of SQLite's checks, and for rows that point
// nowhere.
func examine(ctx context.Context, q querier, check string) error {
	var said string
	if err := q.QueryRowContext(ctx, `PRAGMA `+check+`(1)`).Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return fmt.Errorf("%s; restore a backup", oneOf(said))
	}
	rows, err := q.QueryContext(ctx, `PRAGMA foreign_key_check`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	if rows.Next() {
		return errors.New("rows point at others that are not there; restore a backup")
	}
	return rows.Err()
}

// oneOf returns a check's words in one line.
func oneOf(said string) string { return strings.Join(strings.Fields(said), " ") }

// Backlog is what a site was not told.
type Backlog struct {
	Pending, Failed int
	LastError       string // of the newest delivery that has one
}

// Backlog counts the deliveries to a site that wait, and those given up on.
func (db *DB) Backlog(ctx context.Context, site moderation.SiteID) (Backlog, error) {
	var b Backlog
	err := db.reader.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE state = 'pending'), count(*) FILTER (WHERE state = 'failed'),
		       coalesce((SELECT last_error FROM deliveries
		                 WHERE site_id = ?1 AND kind = 'callback' AND state IN ('pending', 'failed') AND last_error <> ''
		                 ORDER BY tried_at DESC LIMIT 1), '')
		FROM deliveries WHERE site_id = ?1 AND kind = 'callback'`, site).Scan(&b.Pending, &b.Failed, &b.LastError)
	if err != nil {
		return b, fmt.Errorf("count deliveries: %w", explain(err))
	}
	return b, nil
}
