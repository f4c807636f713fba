package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/moderation"
)

// maxDays is how many days are told at most.
const maxDays = 90

// Days implements moderation.Browser. Of more than 90 days it tells the newest.
func (db *DB) Days(ctx context.Context, sites []moderation.SiteID, since time.Time, loc *time.Location) ([]moderation.Day, error) {
	starts := midnights(since, db.now(), loc)
	days := make([]moderation.Day, len(starts)-1)
	for i := range days {
		days[i].Start = starts[i]
	}
	all, err := db.siteIDs(ctx, sites)
	if err != nil {
		return nil, err
	}
	for _, site := range all {
		for i := range days {
			if err := db.addOutcomes(ctx, db.reader, &days[i], starts[i+1], site); err != nil {
				return nil, fmt.Errorf("count by days: %w", explain(err))
			}
		}
		if err := db.addAnswered(ctx, days, starts, site); err != nil {
			return nil, fmt.Errorf("read waiting times: %w", explain(err))
		}
	}
	for i := range days {
		slices.Sort(days[i].Answered)
	}
	return days, nil
}

// midnights returns when the days of loc begin from the one of since to the one after
// now.
func midnights(since, now time.Time, loc *time.Location) []time.Time {
	y, m, d := now.In(loc).Date()
	starts := []time.Time{midnight(y, m, d+1, loc)}
	for back := range maxDays {
		start := midnight(y, m, d-back, loc)
		starts = append(starts, start)
		if !start.After(since) {
			break
		}
	}
	slices.Reverse(starts)
	return starts
}

// midnight is when a day begins: at one where clocks are put forward at midnight.
func midnight(y int, m time.Month, d int, loc *time.Location) time.Time {
	noon := time.Date(y, m, d, 12, 0, 0, 0, loc)
	start := time.Date(y, m, d, 0, 0, 0, 0, loc)
	if start.Day() != noon.Day() {
		start = time.Date(y, m, d, 1, 0, 0, 0, loc)
	}
	return start
}

// daySQL counts, of a site ?1 from ?2 until ?3, what the machine published and what of
// that people took down, what it held, by what became of that, and what it rejected.
const daySQL = `
	SELECT (SELECT count(*) FROM comments c INDEXED BY comments_first WHERE c.first_action = 'approve' AND ` + ofDay + `),
	       (SELECT count(*) FROM comments c INDEXED BY comments_taken WHERE c.first_action = 'approve' AND c.status = 'rejected' AND ` + ofDay + `
	          AND EXISTS (SELECT 1 FROM decisions d WHERE d.comment_id = c.id AND d.revision = c.revision AND d.choice <> 'undo' AND ` + notUndone + `)),
	       h.held, h.approved, h.rejected, h.waiting,
	       (SELECT count(*) FROM comments c INDEXED BY comments_first WHERE c.first_action = 'reject' AND ` + ofDay + `)
	FROM (
	  SELECT count(*) AS held, count(*) FILTER (WHERE c.status = 'approved') AS approved,
	         count(*) FILTER (WHERE c.status = 'rejected') AS rejected, count(*) FILTER (WHERE c.status = 'held') AS waiting
	  FROM comments c INDEXED BY comments_first WHERE c.first_action = 'hold' AND ` + ofDay + `) h`

const ofDay = `c.site_id = ?1 AND c.received_at >= ?2 AND c.received_at < ?3`

// addOutcomes counts what became of the comments of a day.
func (db *DB) addOutcomes(ctx context.Context, q querier, d *moderation.Day, end time.Time, site moderation.SiteID) error {
	var n moderation.Day
	err := q.QueryRowContext(ctx, daySQL, site, d.Start.UnixMilli(), end.UnixMilli()).
		Scan(&n.Approved, &n.TakenDown, &n.Held, &n.HeldApproved, &n.HeldRejected, &n.Waiting, &n.Rejected)
	d.Approved, d.TakenDown, d.Rejected = d.Approved+n.Approved, d.TakenDown+n.TakenDown, d.Rejected+n.Rejected
	d.Held, d.Waiting = d.Held+n.Held, d.Waiting+n.Waiting
	d.HeldApproved, d.HeldRejected = d.HeldApproved+n.HeldApproved, d.HeldRejected+n.HeldRejected
	return err
}

// answeredSQL is how long the cases that opened since a time and are decided had waited.
const answeredSQL = `
	SELECT k.opened_at, k.closed_at - k.opened_at
	FROM cases k
	WHERE k.site_id = ? AND k.opened_at >= ? AND k.looked = 0 AND k.state = 'decided'
	ORDER BY k.opened_at`

// addAnswered adds how long the cases of each day waited.
func (db *DB) addAnswered(ctx context.Context, days []moderation.Day, starts []time.Time, site moderation.SiteID) error {
	rows, err := db.reader.QueryContext(ctx, answeredSQL, site, starts[0].UnixMilli())
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for i := 0; rows.Next(); {
		var opened, waited int64
		if err := rows.Scan(&opened, &waited); err != nil {
			return err
		}
		for i+1 < len(days) && opened >= starts[i+1].UnixMilli() {
			i++
		}
		days[i].Answered = append(days[i].Answered, time.Duration(waited)*time.Millisecond)
	}
	return rows.Err()
}
