package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gatehouse/internal/moderation"
)

// CardsOf returns the cards that show a case.
func (db *DB) CardsOf(ctx context.Context, id moderation.CaseID) ([]moderation.Card, error) {
	rows, err := db.reader.QueryContext(ctx, `
		SELECT case_id, chat, topic, message, version FROM cards WHERE case_id = ? ORDER BY chat, message`, id)
	if err != nil {
		return nil, fmt.Errorf("read cards: %w", explain(err))
	}
	return scanCards(rows)
}

func scanCards(rows *sql.Rows) ([]moderation.Card, error) {
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var cards []moderation.Card
	for rows.Next() {
		var c moderation.Card
		if err := rows.Scan(&c.Case, &c.Chat, &c.Topic, &c.Message, &c.Version); err != nil {
			return nil, fmt.Errorf("read cards: %w", err)
		}
		cards = append(cards, c)
	}
	return cards, rows.Err()
}

// CardsIn returns the cards of open cases in a spot.
func (db *DB) CardsIn(ctx context.Context, at moderation.Spot) ([]moderation.Card, error) {
	rows, err := db.reader.QueryContext(ctx, `
		SELECT d.case_id, d.chat, d.topic, d.message, d.version
		FROM cards d
		JOIN cases k ON k.id = d.case_id AND k.state = 'open'
		WHERE d.chat = ? AND d.topic = ? AND d.waits = 1
		ORDER BY d.message`, at.Chat, at.Topic)
	if err != nil {
		return nil, fmt.Errorf("read cards: %w", explain(err))
	}
	return scanCards(rows)
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

// PutCard writes what a message shows; ErrNotFound where the case is gone, as of an author
// who was erased meanwhile.
func (db *DB) PutCard(ctx context.Context, c moderation.Card, waits bool) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO cards (chat, topic, message, case_id, version, waits)
			SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM cases WHERE id = ?4)
			ON CONFLICT (chat, message) DO UPDATE SET case_id = excluded.case_id, version = excluded.version,
				topic = excluded.topic, waits = excluded.waits`,
			c.Chat, c.Topic, c.Message, c.Case, c.Version, waits)
		if err != nil {
			return fmt.Errorf("store card: %w", explain(err))
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("%w: case %d", moderation.ErrNotFound, c.Case))
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

// EnqueueStale writes a delivery for each case of which a card shows an older
// version, and returns how many. Cases that have a delivery waiting are left to
// that, which becomes due at once: it is called when Telegram is back.
func (db *DB) EnqueueStale(ctx context.Context) (int, error) {
	var n int64
	err := db.write(ctx, func(tx *sql.Tx) error {
		now := db.now().UnixMilli()
		if _, err := tx.ExecContext(ctx, `
			UPDATE deliveries SET next_at = ?1
			WHERE kind = 'card' AND state = 'pending' AND next_at > ?1`, now); err != nil {
			return fmt.Errorf("hasten cards: %w", explain(err))
		}
		res, err := tx.ExecContext(ctx, insertCards+`'case:' || k.id, c.site_id, json_object('case', k.id), ?1, ?1
			FROM cases k
			JOIN comments c ON c.id = k.comment_id
			WHERE EXISTS (SELECT 1 FROM cards WHERE case_id = k.id AND cards.version < k.version)
			  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.key = 'case:' || k.id AND d.state = 'pending')
			ORDER BY k.id`, now)
		if err != nil {
			return fmt.Errorf("enqueue cards: %w", explain(err))
		}
		n, err = res.RowsAffected()
		return err
	})
	return int(n), err
}
