package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// telegramLane is the lane of everything that goes through Telegram.
const telegramLane = "telegram"

// newMessageID is an SQL expression: the id that a delivery keeps on every try.
const newMessageID = `'msg_' || lower(hex(randomblob(16)))`

// enqueueCardsOfSite tells the cards of all cases of site ?2 that they changed
// at ?1.
const enqueueCardsOfSite = `
	INSERT INTO deliveries (kind, lane, key, message_id, site_id, payload, created_at, next_at)
	SELECT 'card', 'telegram', 'case:' || k.id, ` + newMessageID + `, c.site_id, json_object('case', k.id), ?1, ?1
	FROM cases k
	JOIN comments c ON c.id = k.comment_id
	WHERE c.site_id = ?2 AND EXISTS (SELECT 1 FROM cards WHERE cards.case_id = k.id AND cards.version < k.version)`

// enqueueCard writes that what a card of the case shows has changed.
func enqueueCard(ctx context.Context, tx *sql.Tx, site moderation.SiteID, id moderation.CaseID, at time.Time) error {
	return enqueue(ctx, tx, moderation.Delivery{Kind: moderation.DeliverCard, Lane: telegramLane,
		Key: fmt.Sprintf("case:%d", id), Site: site, CreatedAt: at}, moderation.CaseChange{Case: id})
}

// enqueueNotice writes that the comment's site is to be told of d, if the site
// wants to be told.
func enqueueNotice(ctx context.Context, tx *sql.Tx, c commentRow, d moderation.Decision) error {
	var callback string
	if err := tx.QueryRowContext(ctx, `SELECT callback FROM sites WHERE id = ?`, c.site).Scan(&callback); err != nil {
		return fmt.Errorf("read callback: %w", err)
	}
	if callback == "" {
		return nil
	}
	standing, err := standingDecision(ctx, tx, c.id, c.revision)
	if err != nil {
		return err
	}
	n := moderation.Notice{Comment: c.id, PlatformID: c.platform, Revision: c.revision, Seq: c.seq, Status: c.status,
		DecidedBy: d.By.String(), DecidedAt: d.At, Note: d.Note}
	if standing != nil {
		n.Choice = standing.Choice
	}
	return enqueue(ctx, tx, moderation.Delivery{Kind: moderation.DeliverCallback, Lane: fmt.Sprintf("site:%d", c.site),
		Key: "comment:" + c.id.String(), Site: c.site, CreatedAt: d.At}, n)
}

func enqueue(ctx context.Context, tx *sql.Tx, d moderation.Delivery, payload any) error {
	encoded, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("encode %s: %w", d.Kind, err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO deliveries (kind, lane, key, message_id, site_id, payload, created_at, next_at)
		VALUES (?1, ?2, ?3, `+newMessageID+`, ?4, ?5, ?6, ?6)`,
		d.Kind, d.Lane, d.Key, d.Site, string(encoded), d.CreatedAt.UnixMilli())
	if err != nil {
		return fmt.Errorf("insert delivery: %w", err)
	}
	return nil
}

const selectDelivery = `
	SELECT d.id, d.kind, d.lane, d.key, d.message_id, d.site_id, d.payload, d.attempts,
	       d.created_at, d.next_at, d.last_error, d.state
	FROM deliveries d
	`

// Due implements moderation.Outbox.
func (db *DB) Due(ctx context.Context, now time.Time, kinds, skip []string, limit int) ([]moderation.Delivery, error) {
	return db.deliveries(ctx, selectDelivery+`
		WHERE d.state = 'pending' AND d.next_at <= ?
		  AND d.kind IN (SELECT value FROM json_each(?))
		  AND d.lane NOT IN (SELECT value FROM json_each(?))
		  AND NOT EXISTS (
		    SELECT 1 FROM deliveries o WHERE o.key = d.key AND o.id < d.id AND o.state = 'pending')
		ORDER BY d.next_at, d.id
		LIMIT ?`, now.UnixMilli(), jsonList(kinds), jsonList(skip), limit)
}

// Deliveries returns what waits and what was given up on, oldest first.
func (db *DB) Deliveries(ctx context.Context, limit int) ([]moderation.Delivery, error) {
	return db.deliveries(ctx, selectDelivery+`WHERE d.state <> 'sent' ORDER BY d.id LIMIT ?`, limit)
}

// Settle implements moderation.Outbox. Rows about cards go when they are sent;
// those about decisions stay, as the record of what the site was told.
func (db *DB) Settle(ctx context.Context, d moderation.Delivery) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		var err error
		if d.State == moderation.DeliverySent && d.Kind == moderation.DeliverCard {
			_, err = tx.ExecContext(ctx, `DELETE FROM deliveries WHERE id = ?`, d.ID)
		} else {
			_, err = tx.ExecContext(ctx, `
				UPDATE deliveries SET state = ?, attempts = ?, next_at = ?, last_error = ?
				WHERE id = ?`, d.State, d.Attempts, d.NextAt.UnixMilli(), d.LastError, d.ID)
		}
		if err != nil {
			return fmt.Errorf("settle delivery %d: %w", d.ID, explain(err))
		}
		return nil
	})
}

// RetryDeliveries makes deliveries that were given up on due again and returns
// how many; id 0 means all. One that a newer delivery of its key has overtaken
// stays given up on: the blog knows better by then.
func (db *DB) RetryDeliveries(ctx context.Context, id moderation.DeliveryID) (int64, error) {
	var n int64
	err := db.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE deliveries SET state = 'pending', attempts = 0, next_at = ?1, created_at = ?1
			WHERE (state = 'failed' OR (state = 'pending' AND next_at > ?1)) AND (id = ?2 OR ?2 = 0)
			  AND NOT EXISTS (
			    SELECT 1 FROM deliveries n WHERE n.key = deliveries.key AND n.id > deliveries.id AND n.state = 'sent')`,
			db.now().UnixMilli(), id)
		if err != nil {
			return fmt.Errorf("retry deliveries: %w", explain(err))
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}

func (db *DB) deliveries(ctx context.Context, query string, args ...any) ([]moderation.Delivery, error) {
	rows, err := db.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var list []moderation.Delivery
	for rows.Next() {
		var d moderation.Delivery
		var created, next sql.NullInt64
		if err := rows.Scan(&d.ID, &d.Kind, &d.Lane, &d.Key, &d.MessageID, &d.Site, (*[]byte)(&d.Payload), &d.Attempts,
			&created, &next, &d.LastError, &d.State); err != nil {
			return nil, fmt.Errorf("read deliveries: %w", err)
		}
		d.CreatedAt, d.NextAt = moment(created), moment(next)
		list = append(list, d)
	}
	return list, rows.Err()
}

// jsonList is how a list of words is handed to SQL.
func jsonList(words []string) string {
	if len(words) == 0 {
		return "[]"
	}
	encoded, err := json.Marshal(words)
	if err != nil {
		panic(err) // strings always encode
	}
	return string(encoded)
}
