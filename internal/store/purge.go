package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"gatehouse/internal/moderation"
)

// purgedAtOnce is of how many comments something is forgotten in one transaction:
// what waits for the writer meanwhile is a comment. The texts are more work.
const purgedAtOnce, textsAtOnce = 500, 50

// PurgeSites implements moderation.PurgeStore.
func (db *DB) PurgeSites(ctx context.Context) ([]moderation.SiteID, error) {
	ids, err := scanIDs[moderation.SiteID](db.reader.QueryContext(ctx, `SELECT id FROM sites ORDER BY id`))
	if err != nil {
		return nil, fmt.Errorf("read sites: %w", explain(err))
	}
	return ids, nil
}

// Purge implements moderation.PurgeStore.
func (db *DB) Purge(ctx context.Context, due moderation.Due, f moderation.Featurer) (moderation.Purged, error) {
	var done moderation.Purged
	err := db.writeAlone(ctx, func(tx *sql.Tx) (err error) {
		if err = overwriteDeleted(ctx, tx, true); err != nil {
			return err
		}
		if due.Site == 0 {
			done, err = purgeBeside(ctx, tx, due)
		} else {
			done, err = db.purgeComments(ctx, tx, due, f)
		}
		return errors.Join(err, overwriteDeleted(ctx, tx, false))
	})
	if err != nil {
		return moderation.Purged{}, explain(err)
	}
	return done, nil
}

// overwriteDeleted says whether what is deleted is overwritten in the file.
func overwriteDeleted(ctx context.Context, tx *sql.Tx, on bool) error {
	_, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA secure_delete = %t`, on))
	return err
}

// statusesOf returns of which status comments of a kept status are. What waited on a site
// that was removed waits for nobody.
func statusesOf(ctx context.Context, q querier, due moderation.Due) ([]string, error) {
	statuses := []string{string(due.Status)}
	if due.Status != moderation.Rejected {
		return statuses, nil
	}
	var gone bool
	err := q.QueryRowContext(ctx, `SELECT removed_at IS NOT NULL FROM sites WHERE id = ?`, due.Site).Scan(&gone)
	if gone {
		statuses = append(statuses, string(moderation.Held))
	}
	return statuses, err
}

// waitsForSomebody is an SQL expression: whether nothing of a comment c may be purged
// yet, and feedsPersona whether a persona that counts at ?2, in Unix milliseconds,
// lives of its text and hashes.
const (
	waitsForSomebody = `(
		EXISTS (SELECT 1 FROM cases k WHERE k.comment_id = c.id AND k.state = 'open')
		OR EXISTS (SELECT 1 FROM deliveries d WHERE d.key = 'comment:' || c.id AND d.state = 'pending'))`
	feedsPersona = `(c.status = 'rejected' AND EXISTS (
		SELECT 1 FROM persona_comments pc
		JOIN personas p ON p.id = pc.persona_id AND p.dropped_at IS NULL
		WHERE pc.comment_id = c.id AND pc.left_at IS NULL
		  AND p.keep_ms + (SELECT max(o.received_at) FROM persona_comments po
		    JOIN comments o ON o.id = po.comment_id AND o.status = 'rejected'
		    WHERE po.persona_id = p.id AND po.left_at IS NULL) > ?2))`
)

// mustWait is the SQL expression for a part.
func mustWait(part moderation.Part) string {
	if part == moderation.PartText || part == moderation.PartHashes {
		return `(` + waitsForSomebody + ` OR ` + feedsPersona + `)`
	}
	return `(` + waitsForSomebody + ` AND ?2 > 0)`
}

// purgeComments forgets a part of some comments: of those that could not be purged
// before and may be, then of those that have become due since.
func (db *DB) purgeComments(ctx context.Context, tx *sql.Tx, due moderation.Due, f moderation.Featurer) (done moderation.Purged, err error) {
	limit := purgedAtOnce
	if due.Part == moderation.PartText {
		limit = textsAtOnce
	}
	statuses, err := statusesOf(ctx, tx, due)
	if err != nil {
		return done, err
	}
	for _, status := range statuses {
		ready, err := freed(ctx, tx, due, status, db.now().UnixMilli(), limit)
		if err != nil {
			return done, err
		}
		later := moderation.Purged{More: len(ready) == limit}
		if !later.More {
			var fresh []moderation.CommentID
			if fresh, later.More, err = becameDue(ctx, tx, due, status, db.now().UnixMilli(), limit); err != nil {
				return done, err
			}
			ready = append(ready, fresh...)
		}
		n, err := db.purgePart(ctx, tx, due, ready, f)
		if err != nil {
			return done, err
		}
		done.Rows, done.More = done.Rows+n, done.More || later.More
	}
	err = tx.QueryRowContext(ctx, `
		SELECT count(*) FROM purge_waits w JOIN comments c ON c.id = w.comment_id
		WHERE w.part = ? AND c.site_id = ? AND c.status = ?`, due.Part, due.Site, due.Status).Scan(&done.Waiting)
	return done, err
}

// freed returns comments that had to wait and need not any more, and has them wait no
// longer. What became of them otherwise meanwhile has its turn as such.
func freed(ctx context.Context, tx *sql.Tx, due moderation.Due, status string, now int64, limit int) ([]moderation.CommentID, error) {
	_, err := tx.ExecContext(ctx, `
		DELETE FROM purge_waits WHERE part = ?1 AND comment_id IN (
			SELECT c.id FROM purge_waits w JOIN comments c ON c.id = w.comment_id
			WHERE w.part = ?1 AND c.site_id = ?2 AND c.status = ?3 AND c.changed >= ?4)`,
		due.Part, due.Site, status, moderation.ChangeAt(due.Before))
	if err != nil {
		return nil, err
	}
	ids, err := scanIDs[moderation.CommentID](tx.QueryContext(ctx, `
		SELECT c.id FROM purge_waits w JOIN comments c ON c.id = w.comment_id
		WHERE w.part = ?1 AND c.site_id = ?3 AND c.status = ?4 AND NOT `+mustWait(due.Part)+`
		ORDER BY c.id LIMIT ?5`, due.Part, now, due.Site, status, limit))
	if err != nil {
		return nil, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM purge_waits WHERE part = ? AND comment_id IN (SELECT value FROM json_each(?))`, due.Part, idList(ids))
	return ids, err
}

// becameDue returns comments that have become due since the last time, and remembers
// how far it came; those that have to wait it notes. A comment's place in the order of
// its site's changes moves with all that may become of it, so none is missed.
func becameDue(ctx context.Context, tx *sql.Tx, due moderation.Due, status string, now int64, limit int) (ready []moderation.CommentID, more bool, err error) {
	var through moderation.Change
	err = tx.QueryRowContext(ctx, `SELECT through FROM purges WHERE site_id = ? AND part = ? AND status = ?`, due.Site, due.Part, status).Scan(&through)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, false, err
	}
	var waiting []moderation.CommentID
	err = eachOf(ctx, tx, func(rows *sql.Rows) error {
		var id moderation.CommentID
		var waits bool
		if err := rows.Scan(&id, &through, &waits); err != nil {
			return err
		}
		if waits {
			waiting = append(waiting, id)
		} else {
			ready = append(ready, id)
		}
		return nil
	}, `
		SELECT c.id, c.changed, `+mustWait(due.Part)+`
		FROM comments c
		WHERE c.site_id = ?1 AND c.status = ?3 AND c.changed > ?4 AND c.changed < ?5
		ORDER BY c.changed LIMIT ?6`, due.Site, now, status, through, moderation.ChangeAt(due.Before), limit)
	count := len(waiting) + len(ready)
	if err != nil || count == 0 {
		return nil, false, err
	}
	if _, err = tx.ExecContext(ctx, `INSERT INTO purge_waits (part, comment_id) SELECT ?, value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`, due.Part, idList(waiting)); err != nil {
		return nil, false, err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO purges (site_id, part, status, through) VALUES (?, ?, ?, ?)
		ON CONFLICT (site_id, part, status) DO UPDATE SET through = excluded.through`, due.Site, due.Part, status, through)
	return ready, count == limit, err
}

// CountDue implements moderation.PurgeStore. It counts comments, also those that have
// nothing of the part.
func (db *DB) CountDue(ctx context.Context, due moderation.Due) (n moderation.Purged, err error) {
	if due.Site == 0 {
		n.Rows, err = countBeside(ctx, db.reader, due)
		return n, explain(err)
	}
	statuses, err := statusesOf(ctx, db.reader, due)
	if err != nil {
		return n, explain(err)
	}
	for _, status := range statuses {
		var ready, waiting int
		err = db.reader.QueryRowContext(ctx, `
			SELECT count(*) FILTER (WHERE NOT waits), count(*) FILTER (WHERE waits)
			FROM (SELECT `+mustWait(due.Part)+` AS waits FROM comments c
			  WHERE c.site_id = ?1 AND c.status = ?3 AND c.changed < ?4
			    AND (c.changed > coalesce((SELECT through FROM purges WHERE site_id = ?1 AND part = ?5 AND status = ?3), 0)
			      OR EXISTS (SELECT 1 FROM purge_waits w WHERE w.part = ?5 AND w.comment_id = c.id)))`,
			due.Site, db.now().UnixMilli(), status, moderation.ChangeAt(due.Before), due.Part).Scan(&ready, &waiting)
		if err != nil {
			return n, explain(err)
		}
		n.Rows, n.Waiting = n.Rows+ready, n.Waiting+waiting
	}
	return n, nil
}

// eachRow calls f for each row and closes them.
func eachRow(rows *sql.Rows, f func() error) error {
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		if err := f(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// idList is how a list of numbers is handed to SQL.
func idList[T ~int64](ids []T) string {
	if len(ids) == 0 {
		return "[]"
	}
	encoded, err := json.Marshal(ids)
	if err != nil {
		panic(err) // numbers always encode
	}
	return string(encoded)
}
