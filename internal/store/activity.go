package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// maxHosts is how many of a comment's hosts are kept.
const maxHosts = 20

// maxCount is moderation.MaxCount, as SQL: a limit that is a parameter has SQLite
// compile the statement anew each time.
const maxCount = "1000"

// itself is the comment that is asked about, by site and the platform's id: it may
// be known already.
const itself = `coalesce((SELECT c.id FROM comments c WHERE c.site_id = ?1 AND c.platform_id = ?2), 0)`

// activity counts what came to the site of a lately, a itself not counted.
func (db *DB) activity(ctx context.Context, q querier, a moderation.Arrival) (moderation.Activity, error) {
	w := db.keys.who(a.Author)
	var act moderation.Activity
	for _, count := range []struct {
		window *moderation.Window
		column string
		value  any
		known  bool
	}{
		{&act.Author, "r.identity", w.identity, w.identity != nil},
		{&act.Address, "r.ip_hash", w.address, w.address != nil},
		{&act.Range, "r.range_hash", w.network, w.network != nil},
		{&act.Post, "r.post_id", a.Post.ID, a.Post.ID != ""},
	} {
		if !count.known {
			continue
		}
		err := db.countWindow(ctx, q, count.window, `
			SELECT r.received_at AS at
			FROM revisions r
			WHERE `+count.column+` = ?3 AND r.received_at > ?4 AND r.revision = 1 AND r.site_id = ?1 AND r.comment_id <> `+itself+`
			ORDER BY r.received_at DESC LIMIT `+maxCount, a.Site.ID, a.Comment.PlatformID, count.value)
		if err != nil {
			return act, err
		}
	}
	for _, host := range hostsOf(a.Comment.Text) {
		var w moderation.Window
		err := db.countWindow(ctx, q, &w, `
			SELECT h.at FROM link_hosts h
			WHERE h.site_id = ?1 AND h.host = ?3 AND h.at > ?4 AND h.comment_id <> `+itself+`
			ORDER BY h.at DESC LIMIT `+maxCount, a.Site.ID, a.Comment.PlatformID, host)
		if err != nil {
			return act, err
		}
		if w.Day > act.Host.Day {
			act.Host = w
		}
	}
	return act, nil
}

// countWindow counts the times that a query gives, which takes site, comment,
// value, and the time to look back to.
func (db *DB) countWindow(ctx context.Context, q querier, w *moderation.Window, times string, site moderation.SiteID, comment string, value any) error {
	now := db.now()
	since := func(d time.Duration) int64 { return now.Add(-d).UnixMilli() }
	err := q.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE at > ?5), count(*) FILTER (WHERE at > ?6), count(*) FILTER (WHERE at > ?7), count(*)
		FROM (`+times+`)`, site, comment, value, since(24*time.Hour),
		since(time.Minute), since(10*time.Minute), since(time.Hour)).Scan(&w.Minute, &w.TenMinutes, &w.Hour, &w.Day)
	if err != nil {
		return fmt.Errorf("count what came lately: %w", explain(err))
	}
	return nil
}

// thread tells what came on the post of a, a itself not counted.
func thread(ctx context.Context, q querier, a moderation.Arrival) (moderation.Thread, error) {
	var t moderation.Thread
	if a.Post.ID == "" {
		return t, nil
	}
	var began sql.NullInt64
	err := q.QueryRowContext(ctx, `
		SELECT count(*), min(at) FROM (
			SELECT r.received_at AS at
			FROM revisions r
			WHERE r.post_id = ?3 AND r.revision = 1 AND r.site_id = ?1 AND r.comment_id <> `+itself+`
			ORDER BY r.received_at LIMIT `+maxCount+`)`, a.Site.ID, a.Comment.PlatformID, a.Post.ID).Scan(&t.Comments, &began)
	if err != nil {
		return t, fmt.Errorf("count the comments on a post: %w", explain(err))
	}
	t.Began = moment(began)
	return t, nil
}

// hostsOf returns the hosts that a text links to, each once.
func hostsOf(s string) []string {
	var hosts []string
	for _, l := range text.Links(s) {
		if !slices.Contains(hosts, l.Host) && len(hosts) < maxHosts {
			hosts = append(hosts, l.Host)
		}
	}
	return hosts
}

// sketch makes the comment findable by what it says and links to.
func sketch(ctx context.Context, tx executor, c commentRow, body string, at time.Time) error {
	for _, stmt := range []string{`DELETE FROM bands WHERE comment_id = ?`, `DELETE FROM link_hosts WHERE comment_id = ?`} {
		if c.revision == 1 {
			break
		}
		if _, err := tx.ExecContext(ctx, stmt, c.id); err != nil {
			return err
		}
	}
	// One by one: a statement of many rows keeps a journal of its own.
	for _, band := range text.Sketch(body, uint64(c.site)) {
		if _, err := tx.ExecContext(ctx, `INSERT INTO bands (band, comment_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, band, c.id); err != nil {
			return fmt.Errorf("insert bands: %w", err)
		}
	}
	for _, host := range hostsOf(body) {
		if _, err := tx.ExecContext(ctx, `INSERT INTO link_hosts (site_id, host, at, comment_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			c.site, host, at.UnixMilli(), c.id); err != nil {
			return fmt.Errorf("insert host: %w", err)
		}
	}
	return nil
}
