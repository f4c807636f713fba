package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"gatehouse/internal/moderation"
)

// chatSetting is where the moderators' chat is kept.
const chatSetting = "telegram.chat"

// CardsOf returns the cards that show a case.
func (db *DB) CardsOf(ctx context.Context, id moderation.CaseID) ([]moderation.Card, error) {
	rows, err := db.reader.QueryContext(ctx, `
		SELECT case_id, chat, message, version FROM cards WHERE case_id = ? ORDER BY chat, message`, id)
	if err != nil {
		return nil, fmt.Errorf("read cards: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var cards []moderation.Card
	for rows.Next() {
		var c moderation.Card
		if err := rows.Scan(&c.Case, &c.Chat, &c.Message, &c.Version); err != nil {
			return nil, fmt.Errorf("read cards: %w", err)
		}
		cards = append(cards, c)
	}
	return cards, rows.Err()
}

// CaseShown returns the case that a message shows; ErrNotFound.
func (db *DB) CaseShown(ctx context.Context, chat int64, message int) (moderation.CaseID, error) {
	var id moderation.CaseID
	err := db.reader.QueryRowContext(ctx, `SELECT case_id FROM cards WHERE chat = ? AND message = ?`, chat, message).Scan(&id)
	if err != nil {
		return 0, notFound(err, fmt.Sprintf("card %d", message))
	}
	return id, nil
}

// PutCard writes what a message shows.
func (db *DB) PutCard(ctx context.Context, c moderation.Card) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO cards (chat, message, case_id, version) VALUES (?, ?, ?, ?)
			ON CONFLICT (chat, message) DO UPDATE SET case_id = excluded.case_id, version = excluded.version`,
			c.Chat, c.Message, c.Case, c.Version)
		if err != nil {
			return fmt.Errorf("store card: %w", explain(err))
		}
		return nil
	})
}

// DropCard forgets a message that is gone.
func (db *DB) DropCard(ctx context.Context, chat int64, message int) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM cards WHERE chat = ? AND message = ?`, chat, message); err != nil {
			return fmt.Errorf("drop card: %w", explain(err))
		}
		return nil
	})
}

// DropCards forgets all cards of a chat that is gone with its messages.
func (db *DB) DropCards(ctx context.Context, chat int64) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM cards WHERE chat = ?`, chat); err != nil {
			return fmt.Errorf("drop cards: %w", explain(err))
		}
		return nil
	})
}

// EnqueueCards writes a delivery for each open case that chat does not show,
// and for each card that is behind its case, and returns how many. Cases that
// have a delivery waiting are left to that, which becomes due at once: it is
// called when Telegram is back.
func (db *DB) EnqueueCards(ctx context.Context, chat int64) (int, error) {
	var n int64
	err := db.write(ctx, func(tx *sql.Tx) error {
		now := db.now().UnixMilli()
		if _, err := tx.ExecContext(ctx, `
			UPDATE deliveries SET next_at = ?1
			WHERE kind = 'card' AND state = 'pending' AND next_at > ?1`, now); err != nil {
			return fmt.Errorf("hasten cards: %w", explain(err))
		}
		res, err := tx.ExecContext(ctx, insertCards+`'case:' || k.id, c.site_id, json_object('case', k.id), ?2, `+cardDue+`
			FROM cases k
			JOIN comments c ON c.id = k.comment_id
			WHERE (EXISTS (SELECT 1 FROM cards WHERE case_id = k.id AND cards.version < k.version)
			       OR k.state = 'open' AND NOT EXISTS (SELECT 1 FROM cards WHERE case_id = k.id AND chat = ?1))
			  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.key = 'case:' || k.id AND d.state = 'pending')
			ORDER BY k.id`, chat, now)
		if err != nil {
			return fmt.Errorf("enqueue cards: %w", explain(err))
		}
		n, err = res.RowsAffected()
		return err
	})
	return int(n), err
}

// Roster returns the chat and the moderators that were paired.
func (db *DB) Roster(ctx context.Context) (moderation.Roster, error) {
	var r moderation.Roster
	var chat string
	err := db.reader.QueryRowContext(ctx, `SELECT value FROM settings WHERE key = ?`, chatSetting).Scan(&chat)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("read chat: %w", explain(err))
	}
	if chat != "" {
		if r.Home.Chat, err = strconv.ParseInt(chat, 10, 64); err != nil {
			return r, fmt.Errorf("read chat: %w", err)
		}
	}
	rows, err := db.reader.QueryContext(ctx, `SELECT id, name FROM moderators ORDER BY added_at, id`)
	if err != nil {
		return r, fmt.Errorf("read moderators: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var m moderation.Moderator
		if err := rows.Scan(&m.ID, &m.Name); err != nil {
			return r, fmt.Errorf("read moderators: %w", err)
		}
		r.Moderators = append(r.Moderators, m)
	}
	return r, rows.Err()
}

// Pair makes r.Home.Chat the chat of the cards and adds r.Moderators to the roster.
func (db *DB) Pair(ctx context.Context, r moderation.Roster) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO settings (key, value) VALUES (?, ?)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, chatSetting, strconv.FormatInt(r.Home.Chat, 10))
		if err != nil {
			return fmt.Errorf("store chat: %w", explain(err))
		}
		for _, m := range r.Moderators {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO moderators (id, name, added_at) VALUES (?, ?, ?)
				ON CONFLICT (id) DO UPDATE SET name = excluded.name`, m.ID, m.Name, db.now().UnixMilli())
			if err != nil {
				return fmt.Errorf("store moderator: %w", explain(err))
			}
		}
		return nil
	})
}
