package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// newMessageID is an SQL expression: the id that a delivery keeps on every try.
const newMessageID = `'msg_' || lower(hex(randomblob(16)))`

// insertCards begins a statement that tells cards of cases that they changed; a
// SELECT of key, site, payload and twice the time follows, and then
// againIfWaiting. A case whose delivery waits already gets no second one, but a
// new message id, by which a try in hand notices that it came too early.
const insertCards = `
	INSERT INTO deliveries (kind, lane, message_id, key, site_id, payload, created_at, next_at)
	SELECT 'card', 'telegram', ` + newMessageID + `, `

const againIfWaiting = `
	ON CONFLICT (key) WHERE kind = 'card' AND state = 'pending'
	DO UPDATE SET message_id = excluded.message_id, next_at = min(next_at, excluded.next_at)`

// isUrgent is an SQL expression: whether an open case k may wake someone. The
// column is written with the case, from the verdict on its revision.
const isUrgent = `(k.state = 'open' AND k.urgent)`

// nextFirst is the order in which open cases k are shown, in which indexes have
// them: those that may wake someone first, else what waits longest.
const nextFirst = `k.urgent DESC, k.opened_at, k.id`

// cardDue is an SQL expression: when the card of a case k is due that is to go now,
// ?2. An urgent one has been due for a day, and so goes before those that wait.
const cardDue = `?2 - 86400000 * ` + isUrgent

// enqueueCard writes that what a card of the case shows has changed.
func enqueueCard(ctx context.Context, tx *sql.Tx, site moderation.SiteID, id moderation.CaseID, at time.Time) error {
	payload, err := json.Marshal(moderation.CaseChange{Case: id})
	if err != nil {
		return fmt.Errorf("encode case change: %w", err)
	}
	_, err = tx.ExecContext(ctx, insertCards+`'case:' || k.id, ?1, ?3, ?2, `+cardDue+` FROM cases k WHERE k.id = ?4`+againIfWaiting,
		site, at.UnixMilli(), string(payload), id)
	if err != nil {
		return fmt.Errorf("insert delivery: %w", err)
	}
	return nil
}

// enqueueNotice writes that the comment's site is to be told of d, if the site
// wants to be told.
func (db *DB) enqueueNotice(ctx context.Context, tx *sql.Tx, c commentRow, d moderation.Decision) error {
	var callback string
	var reply moderation.ReplyTo
	err := tx.QueryRowContext(ctx, `
		SELECT s.callback, c.reply_url, c.reply_id
		FROM comments c JOIN sites s ON s.id = c.site_id
		WHERE c.id = ?`, c.id).Scan(&callback, &reply.URL, &reply.ID)
	if err != nil {
		return fmt.Errorf("read callback: %w", err)
	}
	if callback == "" {
		return nil
	}
	if err := db.roomForNotice(ctx, tx, c.site); err != nil {
		return err
	}
	standing, err := standingDecision(ctx, tx, c.id, c.revision)
	if err != nil {
		return err
	}
	n := moderation.Notice{Comment: c.id, PlatformID: c.platform, Revision: c.revision, Seq: c.seq, Status: c.status,
		DecidedBy: d.By.String(), DecidedAt: d.At, Note: d.Note, ReplyTo: reply}
	if standing != nil {
		n.Choice = standing.Choice
	}
	payload, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("encode notice: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO deliveries (kind, lane, key, message_id, site_id, payload, created_at, next_at)
		VALUES ('callback', ?1, ?2, `+newMessageID+`, ?3, ?4, ?5, ?5)`,
		siteLane(c.site), commentKey(c.id), c.site, string(payload), d.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("insert delivery: %w", err)
	}
	return nil
}

// siteLane is the lane of what a site is told.
func siteLane(id moderation.SiteID) string { return fmt.Sprintf("site:%d", id) }

// commentKey is the key of what a site is told of a comment.
func commentKey(id moderation.CommentID) string { return "comment:" + id.String() }

// overtake drops what the site was still to be told of a comment: it has sent a
// newer revision, or taken the comment back, and has its answer to that; or it
// has decided itself.
func overtake(ctx context.Context, tx *sql.Tx, id moderation.CommentID) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET state = 'overtaken', last_error = 'the blog edited, withdrew or decided the comment before'
		WHERE key = ? AND state IN ('pending', 'failed')`, commentKey(id))
	if err != nil {
		return fmt.Errorf("drop deliveries: %w", err)
	}
	return nil
}

const selectDelivery = `
	SELECT d.id, d.kind, d.lane, d.key, d.message_id, d.site_id, d.payload, d.attempts, d.put_off,
	       d.created_at, d.next_at, d.last_error, d.state
	FROM deliveries d
	`

// dueSQL reads what is due, lane by lane: of each that is open as much of each kind as
// is wanted in all, and of that the oldest. What waits in lanes that are closed is not
// read, nor what is not due.
const dueSQL = `
	WITH RECURSIVE lanes (lane) AS (
	  SELECT min(lane) FROM deliveries WHERE state = 'pending'
	  UNION ALL
	  SELECT (SELECT min(n.lane) FROM deliveries n WHERE n.state = 'pending' AND n.lane > lanes.lane)
	  FROM lanes WHERE lane IS NOT NULL
	)` + selectDelivery + `
	WHERE d.id IN (
	  SELECT t.id
	  FROM lanes l CROSS JOIN json_each(?2) k CROSS JOIN deliveries t
	  WHERE l.lane IS NOT NULL AND l.lane NOT IN (SELECT value FROM json_each(?3))
	    AND t.id IN (
	      SELECT w.id FROM deliveries w
	      WHERE w.state = 'pending' AND w.lane = l.lane AND w.kind = k.value AND w.next_at <= ?1
	        AND NOT EXISTS (
	          SELECT 1 FROM deliveries o WHERE o.key = w.key AND o.id < w.id AND o.state = 'pending')
	      ORDER BY w.next_at, w.id LIMIT ?4))
	ORDER BY d.next_at, d.id
	LIMIT ?4`

// Due implements moderation.Outbox.
func (db *DB) Due(ctx context.Context, now time.Time, kinds, skip []string, limit int) ([]moderation.Delivery, error) {
	due, err := db.deliveries(ctx, dueSQL, now.UnixMilli(), jsonList(kinds), jsonList(skip), limit)
	if len(due) > 0 && err == nil { // what a blog is told is not taken back
		err = db.settled()
	}
	return due, err
}

const countUndeliveredSQL = `
	SELECT (SELECT count(*) FROM deliveries WHERE state = 'pending') + (SELECT count(*) FROM deliveries WHERE state = 'failed')`

// undeliveredSQL reads what Deliveries returns. Which they are is told by indexes of
// those alone: the rows lie among all that was ever sent.
const undeliveredSQL = selectDelivery + `
	JOIN (
	  SELECT id, is_card FROM (
	    SELECT w.id, w.kind = 'card' AS is_card FROM deliveries w WHERE w.state = 'pending'
	    UNION ALL
	    SELECT f.id, f.kind = 'card' FROM deliveries f WHERE f.state = 'failed')
	  ORDER BY is_card, id LIMIT ?) u ON u.id = d.id
	ORDER BY u.is_card, u.id`

// Deliveries returns what waits and what was given up on, those to blogs first,
// oldest first, at most limit of them, and how many there are in all.
func (db *DB) Deliveries(ctx context.Context, limit int) ([]moderation.Delivery, int, error) {
	var total int
	if err := db.reader.QueryRowContext(ctx, countUndeliveredSQL).
		Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count deliveries: %w", explain(err))
	}
	list, err := db.deliveries(ctx, undeliveredSQL, limit)
	return list, total, err
}

// Settle implements moderation.Outbox. Rows about cards go when they are sent;
// those about decisions stay, as the record of what the site was told. A row that
// changed during the try is left as it is: it is to be tried again, or dropped.
func (db *DB) Settle(ctx context.Context, d moderation.Delivery) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		var err error
		if d.State == moderation.DeliverySent && (d.Kind == moderation.DeliverCard || d.Kind == moderation.DeliverErased) {
			_, err = tx.ExecContext(ctx, `DELETE FROM deliveries WHERE id = ? AND message_id = ?`, d.ID, d.MessageID)
		} else {
			_, err = tx.ExecContext(ctx, `
				UPDATE deliveries SET state = ?, attempts = ?, put_off = ?, tried_at = ?, next_at = ?, last_error = ?
				WHERE id = ? AND message_id = ? AND state = 'pending'`,
				d.State, d.Attempts, d.PutOff.Milliseconds(), db.now().UnixMilli(), d.NextAt.UnixMilli(), d.LastError, d.ID, d.MessageID)
		}
		if err != nil {
			return fmt.Errorf("settle delivery %d: %w", d.ID, explain(err))
		}
		return nil
	})
}

// Hasten implements moderation.Outbox. Rows whose last try is only a moment ago,
// compared with the pause that they were given, keep their time: else one that
// always fails would use up its tries while all others succeed.
func (db *DB) Hasten(ctx context.Context, lane string, now time.Time) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE deliveries SET next_at = ?1
			WHERE lane = ?2 AND state = 'pending' AND next_at > ?1 AND ?1 - tried_at >= (next_at - tried_at) / 8`,
			now.UnixMilli(), lane)
		if err != nil {
			return fmt.Errorf("hasten deliveries: %w", explain(err))
		}
		return nil
	})
}

const givenUpSQL = `
	SELECT s.name, count(*)
	FROM deliveries d CROSS JOIN sites s ON s.id = d.site_id
	WHERE d.state = 'failed' AND d.kind = 'callback' AND s.removed_at IS NULL
	GROUP BY d.site_id`

// GivenUp counts the deliveries to sites that were given up on, by the name of the site;
// those to removed sites apart.
func (db *DB) GivenUp(ctx context.Context) (map[string]int, error) {
	rows, err := db.reader.QueryContext(ctx, givenUpSQL)
	if err != nil {
		return nil, fmt.Errorf("count deliveries: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	failed := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return nil, fmt.Errorf("count deliveries: %w", err)
		}
		failed[name] = n
	}
	return failed, rows.Err()
}

// PutBack implements moderation.Outbox.
func (db *DB) PutBack(ctx context.Context, now time.Time) error {
	const later = `state = 'pending' AND next_at > ?1 AND coalesce(tried_at, created_at) > ?1 + 1000`
	var n int
	err := db.reader.QueryRowContext(ctx, `SELECT count(*) FROM deliveries WHERE `+later, now.UnixMilli()).Scan(&n)
	if err == nil && n > 0 {
		err = db.write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE deliveries SET next_at = ?1 WHERE `+later, now.UnixMilli())
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("put deliveries back: %w", explain(err))
	}
	return nil
}

// RetryDeliveries makes deliveries that wait or were given up on due at once and
// returns how many; id 0 means all, site 0 those of all sites. With one that waits come those of its key
// that it waits for. What was given up on and then overtaken by a newer delivery
// of its key stays so, for the blog knows better by then, and a card is drawn
// once; and so does what was meant for a site that has been removed.
func (db *DB) RetryDeliveries(ctx context.Context, id moderation.DeliveryID, site moderation.SiteID) (int64, error) {
	var n int64
	err := db.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE deliveries SET state = 'pending', attempts = 0, put_off = 0, next_at = ?1, created_at = ?1
			WHERE (?2 IN (0, id)
			       OR (id < ?2 AND state = 'pending' AND key = (SELECT key FROM deliveries WHERE id = ?2)))
			  AND ((state = 'pending' AND next_at > ?1)
			       OR (state = 'failed' AND NOT EXISTS (
			         SELECT 1 FROM deliveries n
			         WHERE n.key = deliveries.key AND n.id > deliveries.id
			           AND (n.state IN ('sent', 'pending') OR (n.state = 'failed' AND n.kind = 'card')))))
			  AND ?3 IN (0, site_id)
			  AND (kind = 'card' OR EXISTS (SELECT 1 FROM sites WHERE id = deliveries.site_id AND removed_at IS NULL))`,
			db.now().UnixMilli(), id, site)
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
		var putOff int64
		if err := rows.Scan(&d.ID, &d.Kind, &d.Lane, &d.Key, &d.MessageID, &d.Site, (*[]byte)(&d.Payload), &d.Attempts, &putOff,
			&created, &next, &d.LastError, &d.State); err != nil {
			return nil, fmt.Errorf("read deliveries: %w", err)
		}
		d.CreatedAt, d.NextAt, d.PutOff = moment(created), moment(next), time.Duration(putOff)*time.Millisecond
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
