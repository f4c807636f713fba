package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/moderation"
)

const openCardsSQL = `
	SELECT count(DISTINCT k.id), count(DISTINCT CASE WHEN k.urgent THEN k.id END)
	FROM cards d INDEXED BY cards_waiting
	CROSS JOIN cases k ON k.id = d.case_id AND k.state = 'open'
	WHERE d.chat = ? AND d.topic = ? AND d.waits = 1`

// OpenCards returns how many cards of open cases stand in a spot, and how many of them
// are urgent.
func (db *DB) OpenCards(ctx context.Context, at moderation.Spot) (n, urgent int, err error) {
	err = db.reader.QueryRowContext(ctx, openCardsSQL, at.Chat, at.Topic).Scan(&n, &urgent)
	if err != nil {
		return 0, 0, fmt.Errorf("count cards: %w", explain(err))
	}
	return n, urgent, nil
}

// nextCasesSQL finds open cases that a spot does not show: urgent ones first, else
// the oldest. Of a cluster only the oldest one comes, unless a later one is urgent
// and that is not.
var nextCasesSQL = `
	SELECT k.id, k.urgent
	FROM cases k
	CROSS JOIN comments c ON c.id = k.comment_id
	WHERE k.state = 'open' AND (?5 OR k.site_id IN (SELECT value FROM json_each(?4)))
	  AND NOT EXISTS (SELECT 1 FROM cards d WHERE d.case_id = k.id AND d.chat = ?1 AND d.topic = ?2)
	  AND NOT EXISTS (SELECT 1 FROM skips s WHERE s.case_id = k.id AND s.chat = ?1 AND s.topic = ?2 AND s.until > ?3)
	  AND NOT EXISTS (
	    SELECT 1 FROM clusters g
	    CROSS JOIN comments m ON m.cluster_id = g.id AND m.status = 'held'
	    CROSS JOIN cases q ON q.comment_id = m.id AND q.state = 'open' AND q.id < k.id
	    WHERE g.id = c.cluster_id AND g.comments >= ` + fmt.Sprint(moderation.MinCluster) + ` AND q.urgent >= k.urgent)
	ORDER BY ` + nextFirst + ` LIMIT ?6`

// NextCases returns what a spot is to show next, at most limit cases.
func (db *DB) NextCases(ctx context.Context, w moderation.SpotQuery, limit int) ([]moderation.Waiting, error) {
	rows, err := db.reader.QueryContext(ctx, nextCasesSQL, w.Chat, w.Topic, w.Now.UnixMilli(), siteList(w.Sites), w.Sites == nil, limit)
	if err != nil {
		return nil, fmt.Errorf("look for what waits: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var list []moderation.Waiting
	for rows.Next() {
		var next moderation.Waiting
		if err := rows.Scan(&next.Case, &next.Urgent); err != nil {
			return nil, fmt.Errorf("look for what waits: %w", err)
		}
		list = append(list, next)
	}
	if err := rows.Err(); err != nil || len(list) == 0 {
		return list, err
	}
	return list, db.settled() // what is shown is not taken back
}

// Queue counts what waits on sites; nil: on all.
func (db *DB) Queue(ctx context.Context, sites []moderation.SiteID) (moderation.Queue, error) {
	var q moderation.Queue
	from, of := `FROM cases k WHERE k.state = 'open'`, []any{}
	if sites != nil {
		from, of = from+` AND k.site_id IN (SELECT value FROM json_each(?))`, append(of, siteList(sites))
	}
	var oldest, oldestUrgent sql.NullInt64
	err := db.reader.QueryRowContext(ctx, `
		SELECT (SELECT count(*) `+from+`), (SELECT count(*) `+from+` AND k.urgent = 1),
		       (SELECT min(k.opened_at) `+from+` AND k.urgent = 0), (SELECT min(k.opened_at) `+from+` AND k.urgent = 1)`,
		slices.Repeat(of, 4)...).Scan(&q.Waiting, &q.Urgent, &oldest, &oldestUrgent)
	if err != nil {
		return q, fmt.Errorf("count what waits: %w", explain(err))
	}
	q.Oldest = moment(oldest)
	if at := moment(oldestUrgent); oldestUrgent.Valid && (!oldest.Valid || at.Before(q.Oldest)) {
		q.Oldest = at
	}
	return q, nil
}

// siteList is how sites are handed to SQL.
func siteList(sites []moderation.SiteID) string {
	list, err := json.Marshal(sites)
	if err != nil {
		panic(err) // numbers always encode
	}
	return string(list)
}

// Skip keeps a case out of a spot until a time.
func (db *DB) Skip(ctx context.Context, id moderation.CaseID, at moderation.Spot, until time.Time) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO skips (case_id, chat, topic, until) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET until = excluded.until`, id, at.Chat, at.Topic, until.UnixMilli())
		if err != nil {
			return fmt.Errorf("skip case: %w", explain(err))
		}
		return nil
	})
}

// ChatState returns what is remembered of a spot.
func (db *DB) ChatState(ctx context.Context, at moderation.Spot) (moderation.ChatState, error) {
	return chatState(ctx, db.reader, at)
}

func chatState(ctx context.Context, q querier, at moderation.Spot) (moderation.ChatState, error) {
	var s moderation.ChatState
	var raw string
	err := q.QueryRowContext(ctx, `SELECT state FROM chats WHERE chat = ? AND topic = ?`, at.Chat, at.Topic).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(raw), &s)
	}
	if err != nil {
		return s, fmt.Errorf("read state of chat %d: %w", at.Chat, explain(err))
	}
	return s, nil
}

// ChangeChatState changes what is remembered of a spot.
func (db *DB) ChangeChatState(ctx context.Context, at moderation.Spot, change func(*moderation.ChatState)) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		s, err := chatState(ctx, tx, at)
		if err != nil {
			return err
		}
		before := s
		if change(&s); s == before {
			return nil
		}
		raw, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("store state of chat %d: %w", at.Chat, err)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO chats (chat, topic, state) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET state = excluded.state`, at.Chat, at.Topic, string(raw))
		if err != nil {
			return fmt.Errorf("store state of chat %d: %w", at.Chat, explain(err))
		}
		return nil
	})
}
