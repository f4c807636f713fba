package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	spans := spansOf(starts)
	for _, site := range all {
		if err := addOutcomes(ctx, db.reader, days, spans, site); err != nil {
			return nil, fmt.Errorf("count by days: %w", explain(err))
		}
		if err := addAnswered(ctx, db.reader, days, spans, site); err != nil {
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

// spansOf is how days that begin at some times, but for the last, are handed to SQL:
// when each begins and ends.
func spansOf(starts []time.Time) string {
	spans := make([][2]int64, len(starts)-1)
	for i := range spans {
		spans[i] = [2]int64{starts[i].UnixMilli(), starts[i+1].UnixMilli()}
	}
	list, err := json.Marshal(spans)
	if err != nil {
		panic(err) // numbers always encode
	}
	return string(list)
}

// daysSQL counts, of a site ?1 on each day of ?2, what the machine published and what
// of that people took down, what it held, by what became of that, and what it rejected.
// To ask for each day by itself would take longer than to count.
const daysSQL = `
	WITH days (n, begins, ends) AS MATERIALIZED (SELECT key, value ->> 0, value ->> 1 FROM json_each(?2))
	SELECT n, (SELECT count(*) FROM comments c INDEXED BY comments_first WHERE c.first_action = 'approve' AND ` + ofDay + `),
	       (SELECT count(*) FROM comments c INDEXED BY comments_taken WHERE c.first_action = 'approve' AND c.status = 'rejected' AND ` + ofDay + `
	          AND EXISTS (SELECT 1 FROM decisions d WHERE d.comment_id = c.id AND d.revision = c.revision AND d.choice <> 'undo' AND ` + notUndone + `)),
	       (SELECT count(*) FROM comments c INDEXED BY comments_first WHERE c.first_action = 'reject' AND ` + ofDay + `),
	       (SELECT count(*) || ' ' || count(*) FILTER (WHERE c.status = 'approved') || ' ' ||
	               count(*) FILTER (WHERE c.status = 'rejected') || ' ' || count(*) FILTER (WHERE c.status = 'held')
	        FROM comments c INDEXED BY comments_first WHERE c.first_action = 'hold' AND ` + ofDay + `)
	FROM days`

const ofDay = `c.site_id = ?1 AND c.received_at >= days.begins AND c.received_at < days.ends`

// addOutcomes counts what became of the comments of each day.
func addOutcomes(ctx context.Context, q querier, days []moderation.Day, spans string, site moderation.SiteID) error {
	rows, err := q.QueryContext(ctx, daysSQL, site, spans)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var n, approved, taken, rejected int
		var held string
		if err := rows.Scan(&n, &approved, &taken, &rejected, &held); err != nil {
			return err
		}
		var all, heldApproved, heldRejected, waiting int
		if _, err := fmt.Sscan(held, &all, &heldApproved, &heldRejected, &waiting); err != nil {
			return err
		}
		d := &days[n]
		d.Approved, d.TakenDown, d.Rejected = d.Approved+approved, d.TakenDown+taken, d.Rejected+rejected
		d.Held, d.Waiting = d.Held+all, d.Waiting+waiting
		d.HeldApproved, d.HeldRejected = d.HeldApproved+heldApproved, d.HeldRejected+heldRejected
	}
	return rows.Err()
}

// answeredSQL is how long, on each day of ?2, the cases of a site ?1 that opened and
// are decided had waited: a list, for a row of each would take most of the time.
const answeredSQL = `
	WITH days (n, begins, ends) AS MATERIALIZED (SELECT key, value ->> 0, value ->> 1 FROM json_each(?2))
	SELECT n, coalesce((
	  SELECT group_concat(k.closed_at - k.opened_at, ' ')
	  FROM cases k INDEXED BY cases_asked
	  WHERE k.site_id = ?1 AND k.opened_at >= days.begins AND k.opened_at < days.ends AND k.looked = 0 AND k.state = 'decided'), '')
	FROM days`

// addAnswered adds how long the cases of each day waited.
func addAnswered(ctx context.Context, q querier, days []moderation.Day, spans string, site moderation.SiteID) error {
	rows, err := q.QueryContext(ctx, answeredSQL, site, spans)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var n int
		var list string
		if err := rows.Scan(&n, &list); err != nil {
			return err
		}
		for waited := range strings.FieldsSeq(list) {
			ms, err := strconv.ParseInt(waited, 10, 64)
			if err != nil {
				return err
			}
			days[n].Answered = append(days[n].Answered, time.Duration(ms)*time.Millisecond)
		}
	}
	return rows.Err()
}
