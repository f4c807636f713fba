package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gatehouse/internal/moderation"
)

// chatSetting is where the moderators' chat is kept.
const chatSetting = "telegram.chat"

// Roster returns the chat and the moderators that are stored.
func (db *DB) Roster(ctx context.Context) (moderation.Roster, error) {
	var r moderation.Roster
	var home string
	err := db.reader.QueryRowContext(ctx, `SELECT value FROM settings WHERE key = ?`, chatSetting).Scan(&home)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("read chat: %w", explain(err))
	}
	if r.Home, err = moderation.ParseDestination(home); err != nil {
		return r, fmt.Errorf("read chat: %w", err)
	}
	rows, err := db.reader.QueryContext(ctx, `
		SELECT m.id, m.name, m.role, s.site_id
		FROM moderators m
		LEFT JOIN moderator_sites s ON s.moderator_id = m.id
		ORDER BY m.added_at, m.id, s.site_id`)
	if err != nil {
		return r, fmt.Errorf("read moderators: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var m moderation.Moderator
		var site sql.NullInt64
		if err := rows.Scan(&m.ID, &m.Name, &m.Role, &site); err != nil {
			return r, fmt.Errorf("read moderators: %w", err)
		}
		if last := len(r.Moderators) - 1; last < 0 || r.Moderators[last].ID != m.ID {
			r.Moderators = append(r.Moderators, m)
		}
		if site.Valid {
			last := &r.Moderators[len(r.Moderators)-1]
			last.Sites = append(last.Sites, moderation.SiteID(site.Int64))
		}
	}
	return r, rows.Err()
}

// Pair makes r.Home the place of the cards and adds r.Moderators to the roster.
func (db *DB) Pair(ctx context.Context, r moderation.Roster) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if err := putHome(ctx, tx, r.Home); err != nil {
			return err
		}
		for _, m := range r.Moderators {
			if err := putModerator(ctx, tx, m, db.now().UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
}

func putHome(ctx context.Context, tx *sql.Tx, home moderation.Destination) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO settings (key, value) VALUES (?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, chatSetting, home.String())
	if err != nil {
		return fmt.Errorf("store chat: %w", explain(err))
	}
	return nil
}

// PutModerator adds somebody to the roster, or changes name, role and sites of
// somebody who is on it.
func (db *DB) PutModerator(ctx context.Context, m moderation.Moderator) error {
	return db.write(ctx, func(tx *sql.Tx) error { return putModerator(ctx, tx, m, db.now().UnixMilli()) })
}

func putModerator(ctx context.Context, tx *sql.Tx, m moderation.Moderator, now int64) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO moderators (id, name, role, added_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role`, m.ID, m.Name, m.Role, now)
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM moderator_sites WHERE moderator_id = ?`, m.ID)
	}
	for _, site := range m.Sites {
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO moderator_sites (moderator_id, site_id) VALUES (?, ?)`, m.ID, site)
		}
	}
	if err != nil {
		return fmt.Errorf("store moderator: %w", explain(err))
	}
	return nil
}

// RemoveModerator takes somebody off the roster; ErrNotFound.
func (db *DB) RemoveModerator(ctx context.Context, id int64) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM moderator_sites WHERE moderator_id = ?`, id); err != nil {
			return fmt.Errorf("remove moderator: %w", explain(err))
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM moderators WHERE id = ?`, id)
		if err != nil {
			return fmt.Errorf("remove moderator: %w", explain(err))
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("%w: no stored moderator has the number %d", moderation.ErrNotFound, id))
		}
		return nil
	})
}

// Placements returns where each site says that its cards go.
func (db *DB) Placements(ctx context.Context) ([]moderation.Placement, error) {
	rows, err := db.reader.QueryContext(ctx, `SELECT id, name, destination FROM sites WHERE removed_at IS NULL ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("read where cards go: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var list []moderation.Placement
	for rows.Next() {
		var p moderation.Placement
		var to string
		if err := rows.Scan(&p.Site, &p.Name, &to); err != nil {
			return nil, fmt.Errorf("read where cards go: %w", err)
		}
		if p.To, err = moderation.ParseDestination(to); err != nil {
			return nil, fmt.Errorf("read where the cards of %s go: %w", p.Name, err)
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// MoveChat makes everything that was for a chat be for another one, which it has
// become, and forgets the cards in it: its messages can't be edited any more. It
// reports whether cards went there.
func (db *DB) MoveChat(ctx context.Context, from, to int64) (was bool, err error) {
	r, err := db.Roster(ctx)
	if err != nil {
		return false, err
	}
	placements, err := db.Placements(ctx)
	if err != nil {
		return false, err
	}
	err = db.write(ctx, func(tx *sql.Tx) error {
		for _, stmt := range []string{`DELETE FROM cards WHERE chat = ?2`, `UPDATE OR REPLACE chats SET chat = ?1 WHERE chat = ?2`,
			`UPDATE OR REPLACE skips SET chat = ?1 WHERE chat = ?2`} {
			if _, err := tx.ExecContext(ctx, stmt, to, from); err != nil {
				return fmt.Errorf("move chat: %w", explain(err))
			}
		}
		if r.Home.Chat == from {
			was, r.Home.Chat = true, to
			if err := putHome(ctx, tx, r.Home); err != nil {
				return err
			}
		}
		for _, p := range placements {
			if p.To.Chat != from {
				continue
			}
			was, p.To.Chat = true, to
			if _, err := tx.ExecContext(ctx, `UPDATE sites SET destination = ? WHERE id = ?`, p.To.String(), p.Site); err != nil {
				return fmt.Errorf("move chat: %w", explain(err))
			}
		}
		return nil
	})
	return was, err
}
