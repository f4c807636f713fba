package store

import (
	"context"
	"database/sql"
	"fmt"

	"gatehouse/internal/moderation"
)

// LessonState implements moderation.Lessons. Sites that were removed are not in it.
func (db *DB) LessonState(ctx context.Context) (last int64, epochs map[moderation.SiteID]int64, err error) {
	err = db.glances.do(ctx, func(tx *sql.Tx) error {
		ctx := context.WithoutCancel(ctx)
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM lessons`).Scan(&last); err != nil {
			return fmt.Errorf("read the last lesson: %w", explain(err))
		}
		if epochs, err = epochsOf(ctx, tx); err != nil {
			return fmt.Errorf("read epochs of lessons: %w", explain(err))
		}
		return nil
	})
	return last, epochs, err
}

// epochsOf returns the epoch of each site's lessons.
func epochsOf(ctx context.Context, q querier) (map[moderation.SiteID]int64, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, lessons_epoch FROM sites WHERE removed_at IS NULL`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	epochs := map[moderation.SiteID]int64{}
	for rows.Next() {
		var site moderation.SiteID
		var epoch int64
		if err := rows.Scan(&site, &epoch); err != nil {
			return nil, err
		}
		epochs[site] = epoch
	}
	return epochs, rows.Err()
}

// SnapshotOf implements moderation.Snapshots.
func (db *DB) SnapshotOf(ctx context.Context, site moderation.SiteID) (moderation.Snapshot, error) {
	snap := moderation.Snapshot{Site: site}
	err := db.reader.QueryRowContext(ctx, `
		SELECT epoch, base, last_lesson, content FROM snapshots WHERE site_id = ?`, site).
		Scan(&snap.Epoch, &snap.Base, &snap.Last, &snap.Content)
	if err != nil {
		return snap, notFound(err, fmt.Sprintf("no snapshot of site %d is kept", site))
	}
	return snap, nil
}

// KeepSnapshot implements moderation.Snapshots.
func (db *DB) KeepSnapshot(ctx context.Context, snap moderation.Snapshot) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO snapshots (site_id, epoch, base, last_lesson, content, made_at)
			SELECT id, lessons_epoch, ?, ?, ?, ? FROM sites WHERE id = ? AND lessons_epoch = ? AND removed_at IS NULL
			ON CONFLICT (site_id) DO UPDATE SET
			  epoch = excluded.epoch, base = excluded.base, last_lesson = excluded.last_lesson, content = excluded.content, made_at = excluded.made_at`,
			snap.Base, snap.Last, snap.Content, db.now().UnixMilli(), snap.Site, snap.Epoch)
		if err != nil {
			return explain(err)
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = fmt.Errorf("%w: the lessons of site %d have changed", moderation.ErrStale, snap.Site)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keep snapshot: %w", err)
	}
	return nil
}
