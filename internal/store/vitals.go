package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"gatehouse/internal/moderation"
)

// Of a site's comments the newest are compared with those before them, where there
// are at least so many.
const driftNewest, driftEarlier, driftLeast = 300, 3000, 600

// KeyFile is the name of the key's file in the data folder.
const KeyFile = keyFile

// vitalsDay is the time of which verdicts are counted.
const vitalsDay = 24 * time.Hour

// Vitals returns how the service stands, without the drift of scores: what it reads
// is in indexes, and its cost grows with what waits and with a day's comments.
func (db *DB) Vitals(ctx context.Context) (moderation.Vitals, error) {
	var v moderation.Vitals
	sites, err := db.siteVitals(ctx)
	if err != nil {
		return v, fmt.Errorf("read how sites stand: %w", explain(err))
	}
	v.Sites = sites
	if v.Deliveries, err = db.deliveryVitals(ctx); err != nil {
		return v, fmt.Errorf("read how deliveries stand: %w", explain(err))
	}
	if v.Bytes, err = sizeOf(db.path); err == nil {
		v.WALBytes, err = sizeOf(db.path + "-wal")
	}
	v.FreeBytes = FreeSpace(filepath.Dir(db.path))
	if err != nil {
		return v, err
	}
	last, err := db.LastBackup(ctx)
	if errors.Is(err, moderation.ErrNotFound) {
		return v, nil
	}
	v.Backup = last.At
	return v, err
}

// siteVitalsSQL reads how sites stand, with what was judged since ?1.
const siteVitalsSQL = `
	SELECT s.id, s.name,
	       (SELECT count(*) FROM cases k INDEXED BY cases_waiting_of WHERE k.state = 'open' AND k.site_id = s.id),
	       (SELECT count(*) FROM cases k INDEXED BY cases_waiting_of WHERE k.state = 'open' AND k.site_id = s.id AND k.urgent = 1),
	       (SELECT min(k.opened_at) FROM cases k INDEXED BY cases_waiting_of WHERE k.state = 'open' AND k.site_id = s.id AND k.urgent = 0),
	       (SELECT min(k.opened_at) FROM cases k INDEXED BY cases_waiting_of WHERE k.state = 'open' AND k.site_id = s.id AND k.urgent = 1),
	       (SELECT count(*) FROM comments c INDEXED BY comments_first WHERE c.site_id = s.id AND c.first_action = 'approve' AND c.received_at >= ?1),
	       (SELECT count(*) FROM comments c INDEXED BY comments_first WHERE c.site_id = s.id AND c.first_action = 'hold' AND c.received_at >= ?1),
	       (SELECT count(*) FROM comments c INDEXED BY comments_first WHERE c.site_id = s.id AND c.first_action = 'reject' AND c.received_at >= ?1)
	FROM sites s WHERE s.removed_at IS NULL
	ORDER BY s.name, s.id`

// siteVitals reads one row of each site.
func (db *DB) siteVitals(ctx context.Context) ([]moderation.SiteVitals, error) {
	var list []moderation.SiteVitals
	err := eachOf(ctx, db.brief(), func(rows *sql.Rows) error {
		s := moderation.SiteVitals{Judged: map[moderation.Action]int{}}
		var oldest, urgent sql.NullInt64
		var judged [3]int
		if err := rows.Scan(&s.ID, &s.Name, &s.Waiting, &s.Urgent, &oldest, &urgent, &judged[0], &judged[1], &judged[2]); err != nil {
			return err
		}
		if s.Oldest = moment(oldest); !oldest.Valid || urgent.Valid && urgent.Int64 < oldest.Int64 {
			s.Oldest = moment(urgent)
		}
		for i, action := range []moderation.Action{moderation.Approve, moderation.Hold, moderation.Reject} {
			if judged[i] > 0 {
				s.Judged[action] = judged[i]
			}
		}
		list = append(list, s)
		return nil
	}, siteVitalsSQL, db.now().Add(-vitalsDay).UnixMilli())
	return list, err
}

const deliveryVitalsSQL = `
	SELECT d.kind, s.name, sum(d.pending), min(d.oldest), sum(d.failed)
	FROM (SELECT kind, site_id, count(*) AS pending, min(created_at) AS oldest, 0 AS failed
	      FROM deliveries WHERE state = 'pending' GROUP BY kind, site_id
	      UNION ALL
	      SELECT kind, site_id, 0, NULL, count(*)
	      FROM deliveries WHERE state = 'failed' GROUP BY kind, site_id) d
	JOIN sites s ON s.id = d.site_id
	GROUP BY d.kind, s.name ORDER BY d.kind, s.name`

// deliveryVitals counts what waits and what was given up on.
func (db *DB) deliveryVitals(ctx context.Context) ([]moderation.DeliveryVitals, error) {
	rows, err := db.reader.QueryContext(ctx, deliveryVitalsSQL)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var list []moderation.DeliveryVitals
	for rows.Next() {
		var d moderation.DeliveryVitals
		var oldest sql.NullInt64
		if err := rows.Scan(&d.Kind, &d.Site, &d.Pending, &oldest, &d.GivenUp); err != nil {
			return nil, err
		}
		d.Oldest = moment(oldest)
		list = append(list, d)
	}
	return list, rows.Err()
}

const driftSQL = `
	SELECT v.spam, v.abuse
	FROM (SELECT id, received_at FROM comments WHERE site_id = ? ORDER BY received_at DESC LIMIT ?) newest
	JOIN verdicts v ON v.comment_id = newest.id AND v.revision = 1
	WHERE v.model <> ''
	ORDER BY newest.received_at DESC`

// Drift returns how far the scores of a site's newest comments are from those of
// the ones before. It reads some thousand rows: ask seldom.
func (db *DB) Drift(ctx context.Context, site moderation.SiteID) (moderation.Drift, error) {
	none := moderation.Drift{Spam: math.NaN(), Abuse: math.NaN()}
	rows, err := db.reader.QueryContext(ctx, driftSQL, site, driftNewest+driftEarlier)
	if err != nil {
		return none, fmt.Errorf("read scores: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var spam, abuse []float64
	for rows.Next() {
		var s, a float64
		if err := rows.Scan(&s, &a); err != nil {
			return none, fmt.Errorf("read scores: %w", err)
		}
		spam, abuse = append(spam, s), append(abuse, a)
	}
	if err := rows.Err(); err != nil || len(spam) < driftNewest+driftLeast {
		return none, err
	}
	apart := func(scores []float64) float64 {
		return moderation.Stability(moderation.Bins(scores[:driftNewest]), moderation.Bins(scores[driftNewest:]))
	}
	return moderation.Drift{Spam: apart(spam), Abuse: apart(abuse)}, nil
}

// SiteName returns the name of a site, of one that was removed too.
func (db *DB) SiteName(ctx context.Context, site moderation.SiteID) (string, error) {
	var name string
	if err := db.reader.QueryRowContext(ctx, `SELECT name FROM sites WHERE id = ?`, site).Scan(&name); err != nil {
		return "", fmt.Errorf("read site %d: %w", site, explain(err))
	}
	return name, nil
}

// sizeOf returns the size of a file, 0 where there is none.
func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("measure database: %w", err)
	}
	return info.Size(), nil
}
