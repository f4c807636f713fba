package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// TurnMode implements moderation.Dial.
func (db *DB) TurnMode(ctx context.Context, m moderation.ModeChange) (moderation.ModeChange, error) {
	err := db.write(ctx, func(tx *sql.Tx) error {
		if err := isThere(ctx, tx, moderation.Site{ID: m.Site}); err != nil {
			return err
		}
		if m.Key != "" {
			known, err := scanModes(tx.QueryContext(ctx, selectMode+`WHERE order_key = ?`, m.Key))
			if err != nil {
				return explain(err)
			}
			if len(known) > 0 {
				m = known[0]
				return nil
			}
		}
		if m.ByMachine() {
			if isLate, err := isOverruled(ctx, tx, m); err != nil || isLate {
				return err
			}
		}
		return turnMode(ctx, tx, &m)
	})
	if err != nil {
		return m, fmt.Errorf("turn mode: %w", err)
	}
	return m, nil
}

// isOverruled says whether a change by the machine must not begin: another one of the
// post stands, or a person's of it or its site, or a person ended one since the
// machine looked.
func isOverruled(ctx context.Context, tx *sql.Tx, m moderation.ModeChange) (is bool, err error) {
	err = tx.QueryRowContext(ctx, `
		SELECT EXISTS (
			SELECT 1 FROM modes
			WHERE site_id = ?1 AND ended_at IS NULL AND (until IS NULL OR until > ?3)
			  AND (post_id = ?2 OR post_id = '' AND actor_id <> ?4))
		OR EXISTS (
			SELECT 1 FROM modes
			WHERE site_id = ?1 AND post_id = ?2 AND ended_at >= ?3 AND ender_id <> '')`,
		m.Site, m.Post, m.At.UnixMilli(), m.By.ID).Scan(&is)
	return is, explain(err)
}

// turnMode writes a change that is none yet.
func turnMode(ctx context.Context, tx *sql.Tx, m *moderation.ModeChange) error {
	isOwn := m.Post == "" && m.Mode != "" && m.Until.IsZero()
	var former string
	var ended time.Time
	if isOwn || m.Mode == "" {
		_, err := tx.ExecContext(ctx, `
			UPDATE modes SET ended_at = ?1, ender_id = ?4, ender_name = ?5
			WHERE site_id = ?2 AND post_id = ?3 AND ended_at IS NULL AND (until IS NULL OR until > ?1)`,
			m.At.UnixMilli(), m.Site, m.Post, m.By.ID, m.By.Name)
		if err != nil || m.Mode == "" {
			return explain(err)
		}
	}
	if isOwn {
		if err := tx.QueryRowContext(ctx, `SELECT mode FROM sites WHERE id = ?`, m.Site).Scan(&former); err != nil {
			return explain(err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE sites SET mode = ? WHERE id = ?`, m.Mode, m.Site); err != nil {
			return explain(err)
		}
		ended = m.At
	}
	res, err := tx.ExecContext(ctx, `
		INSERT INTO modes (site_id, post_id, mode, reason, actor_id, actor_name, at, until, ended_at, title, former, order_key)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, m.Site, m.Post, m.Mode, m.Reason, m.By.ID, m.By.Name, m.At.UnixMilli(), millis(m.Until),
		millis(ended), m.Title, former, nullable(m.Key))
	if err != nil {
		return explain(err)
	}
	id, err := res.LastInsertId()
	m.ID = moderation.ModeID(id)
	if err != nil || !m.ByMachine() {
		return err
	}
	return enqueueMode(ctx, tx, *m)
}

// enqueueMode writes that the moderators are to be told of a change.
func enqueueMode(ctx context.Context, tx *sql.Tx, m moderation.ModeChange) error {
	payload, err := json.Marshal(moderation.ModeNews{Mode: m.ID})
	if err != nil {
		return fmt.Errorf("encode change of mode: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO deliveries (kind, lane, key, message_id, site_id, payload, created_at, next_at)
		VALUES ('mode', 'telegram', ?1, `+newMessageID+`, ?2, ?3, ?4, ?4)`,
		fmt.Sprintf("mode:%d", m.ID), m.Site, string(payload), m.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("insert delivery: %w", err)
	}
	return nil
}

// EndMode implements moderation.Dial.
func (db *DB) EndMode(ctx context.Context, e moderation.ModeEnd, at time.Time) (moderation.ModeChange, error) {
	var ended moderation.ModeChange
	err := db.write(ctx, func(tx *sql.Tx) error {
		var former string
		var isEnded bool
		err := tx.QueryRowContext(ctx, `
			SELECT former, ender_id <> '' OR (former = '' AND (ended_at IS NOT NULL OR until <= ?3))
			FROM modes WHERE id = ?1 AND site_id = ?2`, e.ID, e.Site, at.UnixMilli()).Scan(&former, &isEnded)
		if errors.Is(err, sql.ErrNoRows) || err == nil && isEnded {
			return fmt.Errorf("%w: that change of mode does not stand", moderation.ErrNotFound)
		}
		if err != nil {
			return explain(err)
		}
		found, err := scanModes(tx.QueryContext(ctx, selectMode+`WHERE id = ?`, e.ID))
		if err != nil {
			return explain(err)
		}
		ended = found[0]
		if former != "" {
			if err := restoreMode(ctx, tx, ended, former); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE modes SET ended_at = ?1, ender_id = ?2, ender_name = ?3
			WHERE id = ?4
			   OR ?5 AND site_id = ?6 AND post_id = ?7 AND actor_id = ?8 AND ended_at IS NULL AND (until IS NULL OR until > ?1)`,
			at.UnixMilli(), e.By.ID, e.By.Name, e.ID, ended.ByMachine(), ended.Site, ended.Post, ended.By.ID)
		return explain(err)
	})
	if err != nil {
		return ended, fmt.Errorf("end mode: %w", err)
	}
	return ended, nil
}

// restoreMode gives a site its former mode, unless it was given another one since.
func restoreMode(ctx context.Context, tx *sql.Tx, m moderation.ModeChange, former string) error {
	res, err := tx.ExecContext(ctx, `
		UPDATE sites SET mode = ? WHERE id = ? AND mode = ?
		  AND NOT EXISTS (SELECT 1 FROM modes l WHERE l.site_id = sites.id AND l.former <> '' AND l.id > ?)`, former, m.Site, m.Mode, m.ID)
	if err != nil {
		return explain(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("%w: the mode has been changed since", moderation.ErrNotFound))
	}
	return nil
}

// Modes implements moderation.Dial.
func (db *DB) Modes(ctx context.Context, site moderation.SiteID, at time.Time) ([]moderation.ModeChange, error) {
	return modes(ctx, db.reader, site, at)
}

func modes(ctx context.Context, q querier, site moderation.SiteID, at time.Time) ([]moderation.ModeChange, error) {
	changes, err := scanModes(q.QueryContext(ctx, selectMode+`
		WHERE site_id = ? AND ended_at IS NULL AND (until IS NULL OR until > ?)
		ORDER BY id DESC`, site, at.UnixMilli()))
	if err != nil {
		return nil, fmt.Errorf("read modes: %w", explain(err))
	}
	return changes, nil
}

// StandingMode returns a change of mode that may be ended at a time, and its site;
// ErrNotFound.
func (db *DB) StandingMode(ctx context.Context, id moderation.ModeID, at time.Time) (moderation.ModeChange, moderation.Site, error) {
	found, err := scanModes(db.reader.QueryContext(ctx, selectMode+`
		WHERE id = ? AND (ended_at IS NULL AND (until IS NULL OR until > ?) OR former <> '' AND ender_id = '')`, id, at.UnixMilli()))
	if err != nil {
		return moderation.ModeChange{}, moderation.Site{}, fmt.Errorf("read mode: %w", explain(err))
	}
	if len(found) == 0 {
		return moderation.ModeChange{}, moderation.Site{}, fmt.Errorf("%w: change of mode %d", moderation.ErrNotFound, id)
	}
	site, err := db.SiteByID(ctx, found[0].Site)
	return found[0], site, err
}

const selectMode = `
	SELECT id, site_id, post_id, title, mode, reason, actor_id, actor_name, at, until
	FROM modes
	`

func scanModes(rows *sql.Rows, err error) ([]moderation.ModeChange, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var changes []moderation.ModeChange
	for rows.Next() {
		var m moderation.ModeChange
		var at, until sql.NullInt64
		if err := rows.Scan(&m.ID, &m.Site, &m.Post, &m.Title, &m.Mode, &m.Reason, &m.By.ID, &m.By.Name, &at, &until); err != nil {
			return nil, err
		}
		m.At, m.Until = moment(at), moment(until)
		changes = append(changes, m)
	}
	return changes, rows.Err()
}
