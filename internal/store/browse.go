package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"gatehouse/internal/moderation"
)

// View implements moderation.Browser.
func (db *DB) View(ctx context.Context, id moderation.CommentID) (moderation.CaseView, error) {
	views, err := db.views(ctx, selectComments+`WHERE c.id = ?`, id)
	if err != nil {
		return moderation.CaseView{}, err
	}
	if len(views) == 0 {
		return moderation.CaseView{}, fmt.Errorf("%w: comment %s", moderation.ErrNotFound, id)
	}
	return views[0], nil
}

// Published implements moderation.Browser.
func (db *DB) Published(ctx context.Context, sites []moderation.SiteID, limit int) ([]moderation.CaseView, error) {
	return db.newest(ctx, sites, publishedSQL, limit)
}

const publishedSQL = `
	SELECT c.id, c.received_at FROM comments c
	WHERE c.site_id = ? AND c.unasked
	ORDER BY c.received_at DESC, c.id DESC LIMIT ?`

// Decided implements moderation.Browser.
func (db *DB) Decided(ctx context.Context, sites []moderation.SiteID, limit int) ([]moderation.CaseView, error) {
	return db.newest(ctx, sites, decidedSQL, limit)
}

const decidedSQL = `
	SELECT d.comment_id, d.at FROM decisions d
	CROSS JOIN comments c ON c.id = d.comment_id AND c.revision = d.revision
	WHERE d.site_id = ? AND d.choice <> 'undo' AND ` + notUndone + `
	  AND NOT EXISTS (
	    SELECT 1 FROM decisions n
	    WHERE n.comment_id = d.comment_id AND n.revision = d.revision AND n.id > d.id AND n.choice <> 'undo'
	      AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.supersedes = n.id AND u.choice = 'undo'))
	ORDER BY d.at DESC, d.id DESC LIMIT ?`

// newest shows the comments of sites that a query gives: it takes a site and how
// many, and gives comments and times, the newest first.
func (db *DB) newest(ctx context.Context, sites []moderation.SiteID, query string, limit int) ([]moderation.CaseView, error) {
	all, err := db.siteIDs(ctx, sites)
	if err != nil {
		return nil, err
	}
	var found []dated
	for _, site := range all {
		if found, err = appendDated(ctx, db.brief(), found, query, site, limit); err != nil {
			return nil, err
		}
	}
	return db.commentViews(ctx, firstOf(found, limit))
}

// dated is a comment with the time by which it stands in a list.
type dated struct {
	id moderation.CommentID
	at int64
}

// appendDated adds to a list what a query gives.
func appendDated(ctx context.Context, q querier, list []dated, query string, args ...any) ([]dated, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("look for comments: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var d dated
		if err := rows.Scan(&d.id, &d.at); err != nil {
			return nil, fmt.Errorf("look for comments: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// firstOf returns the newest of a list, the newest first.
func firstOf(list []dated, limit int) []int64 {
	slices.SortFunc(list, func(a, b dated) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(b.id, a.id)) })
	ids := make([]int64, 0, max(0, min(limit, len(list))))
	for _, d := range list[:cap(ids)] {
		ids = append(ids, int64(d.id))
	}
	return ids
}

// siteIDs returns which of some sites there are; nil: of all.
func (db *DB) siteIDs(ctx context.Context, sites []moderation.SiteID) ([]moderation.SiteID, error) {
	rows, err := db.brief().QueryContext(ctx, `
		SELECT id FROM sites WHERE removed_at IS NULL AND (?1 OR id IN (SELECT value FROM json_each(?2))) ORDER BY id`,
		sites == nil, siteList(sites))
	if err != nil {
		return nil, fmt.Errorf("read sites: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var ids []moderation.SiteID
	for rows.Next() {
		var id moderation.SiteID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read sites: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// selectComments joins comments at their newest revision with the newest case that
// is about it, if any.
const selectComments = selectViewColumns + `
	FROM comments c
	JOIN sites s ON s.id = c.site_id
	LEFT JOIN cases k ON k.id = (SELECT max(n.id) FROM cases n WHERE n.comment_id = c.id AND n.revision = c.revision)
	JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision` + withVerdict

// commentViews shows comments, in the order in which they are named, without their
// authors' standing.
func (db *DB) commentViews(ctx context.Context, ids []int64) ([]moderation.CaseView, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var views []moderation.CaseView
	err := db.read(ctx, func(tx querier) (err error) {
		views, err = db.viewEach(ctx, tx, selectComments+`WHERE c.id = ?`, ids)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read comments: %w", explain(err))
	}
	return views, nil
}

// placeOf is where a comment stands: what is asked when its neighbours are looked for.
type placeOf struct {
	site             moderation.SiteID
	platform, parent string
	post, name, text string
	identity         []byte
	received         int64
}

// place returns where a comment stands; ErrNotFound.
func (db *DB) place(ctx context.Context, id moderation.CommentID) (placeOf, error) {
	var p placeOf
	var received sql.NullInt64
	err := db.brief().QueryRowContext(ctx, `
		SELECT c.site_id, c.platform_id, r.parent_id, r.post_id, r.author_name, r.text, r.identity, c.received_at
		FROM comments c JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
		WHERE c.id = ?`, id).Scan(&p.site, &p.platform, &p.parent, &p.post, &p.name, &p.text, &p.identity, &received)
	p.received = received.Int64
	return p, notFound(err, "comment "+id.String())
}
