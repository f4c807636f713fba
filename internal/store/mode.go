package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// TurnMode implements moderation.Dial.
func (db *DB) TurnMode(ctx context.Context, m moderation.ModeChange) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		if err := isThere(ctx, tx, moderation.Site{ID: m.Site}); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE modes SET ended_at = ? WHERE site_id = ? AND post_id = ? AND ended_at IS NULL`,
			m.At.UnixMilli(), m.Site, m.Post)
		if err != nil || m.Mode == "" {
			return explain(err)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO modes (site_id, post_id, mode, reason, actor_id, actor_name, at, until)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, m.Site, m.Post, m.Mode, m.Reason, m.By.ID, m.By.Name, m.At.UnixMilli(), millis(m.Until))
		return explain(err)
	})
	if err != nil {
		return fmt.Errorf("turn mode: %w", err)
	}
	return nil
}

// Modes implements moderation.Dial.
func (db *DB) Modes(ctx context.Context, site moderation.SiteID, at time.Time) ([]moderation.ModeChange, error) {
	rows, err := db.often.QueryContext(ctx, `
		SELECT site_id, post_id, mode, reason, actor_id, actor_name, at, until
		FROM modes
		WHERE site_id = ? AND ended_at IS NULL AND (until IS NULL OR until > ?)
		ORDER BY id DESC`, site, at.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read modes: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var changes []moderation.ModeChange
	for rows.Next() {
		var m moderation.ModeChange
		var at, until sql.NullInt64
		if err := rows.Scan(&m.Site, &m.Post, &m.Mode, &m.Reason, &m.By.ID, &m.By.Name, &at, &until); err != nil {
			return nil, fmt.Errorf("read modes: %w", err)
		}
		m.At, m.Until = moment(at), moment(until)
		changes = append(changes, m)
	}
	return changes, rows.Err()
}
