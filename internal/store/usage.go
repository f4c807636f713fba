package store

import (
	"context"
	"database/sql"
	"fmt"

	"gatehouse/internal/moderation"
)

// CountUsage adds u to what is counted of its day and client.
func (db *DB) CountUsage(ctx context.Context, site moderation.SiteID, u moderation.Usage) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO usage (site_id, day, client, spam, ham, missed_spam, false_positives)
			VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (site_id, day, client) DO UPDATE SET
			  spam = spam + excluded.spam, ham = ham + excluded.ham,
			  missed_spam = missed_spam + excluded.missed_spam, false_positives = false_positives + excluded.false_positives`,
			site, u.Day, u.Client, u.Spam, u.Ham, u.MissedSpam, u.FalsePositives)
		if err != nil {
			return fmt.Errorf("count usage: %w", explain(err))
		}
		return nil
	})
}

// Usage returns what was counted of a site from one day to another, both
// included, by day and client.
func (db *DB) Usage(ctx context.Context, site moderation.SiteID, from, to string) ([]moderation.Usage, error) {
	rows, err := db.reader.QueryContext(ctx, `
		SELECT day, client, spam, ham, missed_spam, false_positives FROM usage
		WHERE site_id = ? AND day BETWEEN ? AND ? ORDER BY day, client`, site, from, to)
	if err != nil {
		return nil, fmt.Errorf("read usage: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var list []moderation.Usage
	for rows.Next() {
		var u moderation.Usage
		if err := rows.Scan(&u.Day, &u.Client, &u.Spam, &u.Ham, &u.MissedSpam, &u.FalsePositives); err != nil {
			return nil, fmt.Errorf("read usage: %w", err)
		}
		list = append(list, u)
	}
	return list, rows.Err()
}
