package store

import (
	"context"
	"database/sql"
	"fmt"

	"gatehouse/internal/moderation"
)

// nextChange is the SQL for the place of a change; see moderation.Change. It
// takes the time of the change and the site. There is one writer, so the order
// is the one in which changes are seen.
const nextChange = `max(?, 1 + coalesce((SELECT max(n.changed) FROM comments n WHERE n.site_id = ?), 0))`

// Record returns a comment of a site as programs outside may see it; ErrNotFound.
func (db *DB) Record(ctx context.Context, site moderation.SiteID, id moderation.CommentID) (moderation.Record, error) {
	var r moderation.Record
	err := db.read(ctx, func(tx querier) error {
		found, err := records(ctx, tx, selectRecord+`WHERE c.id = ? AND c.site_id = ?`, id, site)
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("%w: comment %s", moderation.ErrNotFound, id)
		}
		if err == nil {
			r = found[0]
		}
		return err
	})
	if err == nil { // what programs are told is not taken back
		err = db.settled()
	}
	return r, err
}

// Changes returns comments in the order of their last changes. A comment that
// changed several times stands there once, as it is.
func (db *DB) Changes(ctx context.Context, q moderation.ChangeQuery) (moderation.Changes, error) {
	var c moderation.Changes
	err := db.read(ctx, func(tx querier) error {
		args := []any{q.Site, q.After}
		if q.Status != "" {
			args = append(args, q.Status)
		}
		var err error
		if c.Records, err = records(ctx, tx, changesSQL(q.Status), append(args, q.Limit+1)...); err != nil {
			return err
		}
		if len(c.Records) > q.Limit {
			c.Records, c.More = c.Records[:q.Limit], true
			c.Next = c.Records[q.Limit-1].Changed
			return nil
		}
		// Whatever else the site has now is no news either.
		return tx.QueryRowContext(ctx, lastChangeSQL, q.After, q.Site).Scan(&c.Next)
	})
	if err == nil { // nor is where they go on from
		err = db.settled()
	}
	if err != nil {
		return moderation.Changes{}, fmt.Errorf("read changes: %w", explain(err))
	}
	return c, nil
}

const lastChangeSQL = `SELECT max(?, coalesce(max(changed), 0)) FROM comments WHERE site_id = ?`

// changesSQL reads the changes of comments that have a status now, or of all.
func changesSQL(s moderation.Status) string {
	query := selectRecord + `WHERE c.site_id = ? AND c.changed > ?`
	if s != "" {
		query += ` AND c.status = ?`
	}
	return query + ` ORDER BY c.changed LIMIT ?`
}

const selectRecord = `
	SELECT c.id, c.platform_id, c.revision, c.status, c.seq, c.received_at, c.changed
	FROM comments c
	`

func records(ctx context.Context, tx querier, query string, args ...any) ([]moderation.Record, error) {
	found, err := scanRecords(ctx, tx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read comments: %w", explain(err))
	}
	list := newLister(tx)
	for i := range found {
		r := &found[i]
		if r.Verdict, err = findVerdict(ctx, list, r.Comment, r.Revision); err != nil {
			return nil, err
		}
		if r.Cluster, err = clusterOf(ctx, list, r.Comment); err != nil {
			return nil, err
		}
		if r.Decisions, err = decisionsOn(ctx, list, r.Comment); err != nil {
			return nil, fmt.Errorf("read decisions on comment %s: %w", r.Comment, explain(err))
		}
	}
	return found, nil
}

func scanRecords(ctx context.Context, tx querier, query string, args ...any) ([]moderation.Record, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var found []moderation.Record
	for rows.Next() {
		var r moderation.Record
		var received sql.NullInt64
		if err := rows.Scan(&r.Comment, &r.PlatformID, &r.Revision, &r.Status, &r.Seq, &received, &r.Changed); err != nil {
			return nil, err
		}
		r.ReceivedAt = moment(received)
		found = append(found, r)
	}
	return found, rows.Err()
}

// decisionsOn returns all decisions on a comment, oldest first.
func decisionsOn(ctx context.Context, tx querier, id moderation.CommentID) ([]moderation.RecordedDecision, error) {
	rows, err := tx.QueryContext(ctx, selectDecision+`WHERE d.comment_id = ? ORDER BY d.id`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var list []moderation.RecordedDecision
	place := map[moderation.DecisionID]int{}
	for rows.Next() {
		d, err := scanDecision(rows)
		if err != nil {
			return nil, err
		}
		if i, ok := place[d.Supersedes]; ok && d.Choice == moderation.ChooseUndo {
			list[i].Undone = true
		}
		place[d.ID] = len(list)
		list = append(list, moderation.RecordedDecision{Decision: d})
	}
	return list, rows.Err()
}
