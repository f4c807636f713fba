package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"gatehouse/internal/moderation"
)

// Retrace walks over the stored history of a site in the order in which it came,
// edits included, and yields each revision that came since a time with what was
// known of it then, also of what came before that time. What was purged is left out. Of all it holds one in
// memory at a time, and the order. It says how far it is by done and total; an error
// of yield ends it.
func (db *DB) Retrace(ctx context.Context, site moderation.Site, since time.Time, yield func(r moderation.Retraced, done, total int) error) error {
	keys, err := db.order(ctx, `c.site_id = ? AND r.received_at >= ? AND r.purged_at IS NULL`, site.ID, since.UnixMilli())
	if err != nil {
		return fmt.Errorf("retrace history: %w", err)
	}
	p, err := db.openPast(ctx, site.ID, true)
	if err != nil {
		return fmt.Errorf("retrace history: %w", err)
	}
	defer p.close() //nolint:errcheck // nothing was written
	for i, k := range keys {
		r, err := db.retrace(ctx, p, site, k)
		if err != nil {
			return fmt.Errorf("retrace comment %s: %w", k.comment, err)
		}
		if err := yield(r, i+1, len(keys)); err != nil {
			return err
		}
	}
	return nil
}

// Judged walks as [DB.Retrace] does over what was said and decided, without asking
// what was known then: of each submission there is the arrival alone.
func (db *DB) Judged(ctx context.Context, site moderation.Site, since time.Time, yield func(r moderation.Retraced, done, total int) error) error {
	keys, err := db.order(ctx, `c.site_id = ? AND r.received_at >= ?`, site.ID, since.UnixMilli())
	if err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	for i, k := range keys {
		r, _, err := db.kept(ctx, site, k)
		if err != nil {
			return fmt.Errorf("read comment %s: %w", k.comment, err)
		}
		if err := yield(r, i+1, len(keys)); err != nil {
			return err
		}
	}
	return nil
}

// RetraceComment returns a comment's newest revision as [DB.Retrace] does.
func (db *DB) RetraceComment(ctx context.Context, id moderation.CommentID) (r moderation.Retraced, err error) {
	site, err := db.siteOf(ctx, id)
	if err != nil {
		return r, err
	}
	keys, err := db.order(ctx, `c.id = ? AND r.revision = c.revision AND r.purged_at IS NULL`, id)
	if err == nil && len(keys) == 0 {
		err = fmt.Errorf("%w: its text was purged", moderation.ErrNotFound)
	}
	if err != nil {
		return r, fmt.Errorf("retrace comment %s: %w", id, err)
	}
	p, err := db.openPast(ctx, site.ID, false)
	if err != nil {
		return r, fmt.Errorf("retrace comment %s: %w", id, err)
	}
	defer p.close() //nolint:errcheck // nothing was written
	if r, err = db.retrace(ctx, p, site, keys[0]); err != nil {
		return r, fmt.Errorf("retrace comment %s: %w", id, err)
	}
	return r, nil
}

// siteOf returns the site of a comment; ErrNotFound.
func (db *DB) siteOf(ctx context.Context, id moderation.CommentID) (moderation.Site, error) {
	var name string
	err := db.reader.QueryRowContext(ctx, `
		SELECT s.name FROM comments c JOIN sites s ON s.id = c.site_id AND s.removed_at IS NULL
		WHERE c.id = ?`, id).Scan(&name)
	if err != nil {
		return moderation.Site{}, notFound(err, "comment "+id.String())
	}
	return db.Site(ctx, name)
}

// order returns which revisions there are, as they came.
func (db *DB) order(ctx context.Context, where string, args ...any) ([]key, error) {
	rows, err := db.reader.QueryContext(ctx, `
		SELECT r.received_at, r.comment_id, r.revision
		FROM comments c
		JOIN revisions r ON r.comment_id = c.id
		WHERE `+where+`
		ORDER BY r.received_at, r.comment_id, r.revision`, args...)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var keys []key
	for rows.Next() {
		var k key
		if err := rows.Scan(&k.at, &k.comment, &k.revision); err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

// retrace returns one revision with what was known of it when it came.
func (db *DB) retrace(ctx context.Context, p *past, site moderation.Site, k key) (moderation.Retraced, error) {
	r, kept, err := db.kept(ctx, site, k)
	if err != nil {
		return r, err
	}
	if err := p.move(ctx, site.ID, k); err != nil {
		return r, explain(err)
	}
	a := r.Submission.Arrival
	if a.Site.Mode, err = p.mode(ctx, site); err != nil {
		return r, err
	}
	p.keys.kept = kept
	background, err := p.Background(ctx, masked(a, kept))
	r.Submission = background.Submission(a, moment(sql.NullInt64{Int64: k.at, Valid: true}))
	return r, err
}

// kept returns one revision as far as it was kept, and the hashes of the rest.
func (db *DB) kept(ctx context.Context, site moderation.Site, k key) (r moderation.Retraced, hashes map[string][]byte, err error) {
	if r.Submission.Arrival, hashes, r.Status, err = db.keptArrival(ctx, k); err != nil {
		return r, nil, err
	}
	r.Submission.Site, r.Submission.Now = site, moment(sql.NullInt64{Int64: k.at, Valid: true})
	if r.Verdict, err = findVerdict(ctx, db.reader, k.comment, k.revision); err != nil {
		return r, nil, err
	}
	r.Decision, err = standingDecision(ctx, db.reader, k.comment, k.revision)
	return r, hashes, err
}

// masked returns an arrival that has something wherever a hash of it was kept, so
// that it is asked about.
func masked(a moderation.Arrival, kept map[string][]byte) moderation.Arrival {
	if kept["email"] != nil {
		a.Author.Email = "masked"
	}
	if kept["ip"] != nil {
		a.Author.IP = netip.IPv6LinkLocalAllNodes()
	}
	if kept["cookie"] != nil {
		a.Fields.Cookie = "masked"
	}
	return a
}

// keptArrival returns a revision as it came, as far as it was kept, the hashes of
// the rest, and the comment's status of now.
func (db *DB) keptArrival(ctx context.Context, k key) (a moderation.Arrival, kept map[string][]byte, status moderation.Status, err error) {
	c := &a.Comment
	c.ID, c.Revision = k.comment, k.revision
	var identity, email, address, network, cookie []byte
	var elapsed int64
	var created, updated, since, published sql.NullInt64
	err = db.reader.QueryRowContext(ctx, `
		SELECT c.platform_id, c.status, r.body, r.format, r.text,
		       r.post_id, r.post_url, r.post_title, r.post_published, r.parent_id, r.parent_author, r.parent_text,
		       r.author_id, r.author_name, r.author_url, r.author_role, r.user_agent,
		       r.identity, r.email_hash, r.ip_hash, r.range_hash, r.cookie_hash, r.author_since,
		       r.honeypot, r.elapsed_ms, r.created_at, r.updated_at
		FROM comments c
		JOIN revisions r ON r.comment_id = c.id
		WHERE c.id = ? AND r.revision = ?`, k.comment, k.revision).Scan(
		&c.PlatformID, &status, &c.Body, &c.Format, &c.Text,
		&a.Post.ID, &a.Post.URL, &a.Post.Title, &published, &c.ParentID, &a.Parent.Author, &a.Parent.Text,
		&a.Author.ID, &a.Author.Name, &a.Author.URL, &a.Author.Role, &a.Author.UserAgent,
		&identity, &email, &address, &network, &cookie, &since,
		&a.Fields.Honeypot, &elapsed, &created, &updated)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: revision %d of comment %s", moderation.ErrNotFound, k.revision, k.comment)
	}
	c.CreatedAt, c.UpdatedAt, a.Author.Since = moment(created), moment(updated), moment(since)
	a.Post.PublishedAt, a.Fields.Elapsed = moment(published), time.Duration(elapsed)*time.Millisecond
	kept = map[string][]byte{"identity": identity, "email": email, "ip": address, "range": network, "cookie": cookie}
	return a, kept, status, err
}
