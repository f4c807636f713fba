package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// commentRow is what table comments says of a comment, and the newest
// revision's body and time.
type commentRow struct {
	id       moderation.CommentID
	site     moderation.SiteID
	revision int
	status   moderation.Status
	before   moderation.Status // of a withdrawn comment
	seq      int64
	platform string
	body     string
	purged   []byte // a hash of the body in its stead
	updated  time.Time
	siteGone bool // the site has been removed
	// What the machine said of a comment's first revision, and whether it publishes
	// this one alone, for putComment; empty and not of a blog's history.
	first   moderation.Action
	unasked bool
}

// Seen implements moderation.Ledger.
func (db *DB) Seen(ctx context.Context, a moderation.Arrival) (r moderation.Receipt, isSeen bool, err error) {
	err = db.glances.do(ctx, func(tx *sql.Tx) error {
		r, isSeen, err = db.seen(context.WithoutCancel(ctx), tx, a)
		return err
	})
	if isSeen && err == nil { // the blog relies on the answer
		err = db.settled()
	}
	return r, isSeen, err
}

// Admit implements moderation.Ledger.
func (db *DB) Admit(ctx context.Context, ad moderation.Admission) (moderation.Receipt, error) {
	var receipt moderation.Receipt
	var words func(context.Context, executor) error
	err := db.writeThen(ctx, func(tx *sql.Tx) error {
		if err := isThere(ctx, tx, ad.Arrival.Site); err != nil {
			return err
		}
		known, isSeen, err := db.seen(ctx, tx, ad.Arrival)
		if err == nil && isSeen {
			receipt = known
			return db.link(ctx, tx, commentRow{id: known.Comment, site: ad.Arrival.Site.ID}, ad.Arrival.Aliases, ad.Arrival.ReplyTo)
		}
		if err != nil {
			return err
		}
		if receipt, err = db.admit(ctx, tx, ad); err != nil {
			return explain(err)
		}
		words = wordsOf(commentRow{id: receipt.Comment, site: ad.Arrival.Site.ID, revision: receipt.Revision}, ad.Arrival).folded()
		return nil
	}, func(tx *sql.Tx) error { // FTS5 writes what it has gathered at each savepoint
		if words == nil {
			return nil
		}
		return words(context.WithoutCancel(ctx), tx)
	})
	return receipt, err
}

// isThere gives ErrNotFound where a site has been removed, as it may be while its
// comment is judged: a case of it would wait for ever.
func isThere(ctx context.Context, tx *sql.Tx, s moderation.Site) error {
	var id moderation.SiteID
	err := tx.QueryRowContext(ctx, `SELECT id FROM sites WHERE id = ? AND removed_at IS NULL`, s.ID).Scan(&id)
	if err != nil {
		return notFound(err, fmt.Sprintf("site %q has been removed", s.Name))
	}
	return nil
}

// admit stores what seen did not know.
func (db *DB) admit(ctx context.Context, tx *sql.Tx, ad moderation.Admission) (moderation.Receipt, error) {
	prev, err := findComment(ctx, tx, ad.Arrival.Site.ID, ad.Arrival.Comment.PlatformID)
	if err != nil && !errors.Is(err, moderation.ErrNotFound) {
		return moderation.Receipt{}, err
	}
	verdict := ad.Verdict
	if prev.id != 0 {
		before := prev.status
		if before == moderation.Withdrawn {
			before = prev.before
		}
		verdict = moderation.CapEdit(before, verdict)
	}
	now := commentRow{id: prev.id, site: ad.Arrival.Site.ID, platform: ad.Arrival.Comment.PlatformID,
		revision: prev.revision + 1, status: verdict.Action.Status(), seq: prev.seq,
		first: verdict.Action, unasked: verdict.Action == moderation.Approve}
	if err := db.roomForCase(ctx, tx, prev.status, now); err != nil {
		return moderation.Receipt{}, err
	}
	if now.id, err = putComment(ctx, tx, now, ad, ad.At); err != nil {
		return moderation.Receipt{}, err
	}
	steps := []func() error{
		func() error { return db.insertRevision(ctx, tx, now, ad) },
		func() error { return insertVerdict(ctx, tx, now, verdict, ad.At) },
		func() error { return markSeen(ctx, tx, ad.Arrival, now, ad.At) },
		func() error { return db.link(ctx, tx, now, ad.Arrival.Aliases, ad.Arrival.ReplyTo) },
		func() error { return sketch(ctx, tx, now, ad.Arrival.Comment.Text, ad.At) },
		func() error { return db.cluster(ctx, tx, now, ad.Arrival, ad.At) },
		func() error { return followCase(ctx, tx, now, ad.At) },
		func() error {
			if now.revision == 1 { // there is nothing to overtake, and looking costs much
				return nil
			}
			return overtake(ctx, tx, now.id)
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return moderation.Receipt{}, err
		}
	}
	return moderation.Receipt{Comment: now.id, Revision: now.revision, Verdict: verdict, Status: now.status}, nil
}

// seen looks for the answer to an arrival that brings nothing new.
func (db *DB) seen(ctx context.Context, q querier, a moderation.Arrival) (moderation.Receipt, bool, error) {
	if a.Key != "" {
		r, err := receiptByKey(ctx, q, a)
		if err == nil || !errors.Is(err, moderation.ErrNotFound) {
			return r, err == nil, err
		}
	}
	c, err := findComment(ctx, q, a.Site.ID, a.Comment.PlatformID)
	if errors.Is(err, moderation.ErrNotFound) {
		return moderation.Receipt{}, false, nil
	}
	if err != nil {
		return moderation.Receipt{}, false, err
	}
	if !db.isOld(c, a.Comment) {
		return moderation.Receipt{}, false, nil
	}
	r, err := receipt(ctx, q, c.id, c.revision)
	return r, err == nil, err
}

// isOld says whether an arriving revision brings nothing that c has not: the
// same body, or an older one. A withdrawn comment that comes with the same body
// and a newer time has been brought back, which is news.
func (db *DB) isOld(c commentRow, arriving moderation.Comment) bool {
	// As the database keeps it: a finer time would be newer than itself.
	updated := moment(millis(arriving.UpdatedAt))
	newer := updated.After(c.updated) && !c.updated.IsZero()
	if c.status == moderation.Withdrawn && newer {
		return false
	}
	older := !updated.IsZero() && updated.Before(c.updated)
	if c.purged != nil {
		return older || bytes.Equal(c.purged, db.keys.digest("body", arriving.Body))
	}
	return older || arriving.Body == c.body
}

// receiptByKey returns the answer that the message with a's key was given.
func receiptByKey(ctx context.Context, q querier, a moderation.Arrival) (moderation.Receipt, error) {
	id, revision, err := findMessage(ctx, q, a.Site.ID, a.Key, a.Comment.PlatformID)
	if err != nil {
		return moderation.Receipt{}, err
	}
	return receipt(ctx, q, id, revision)
}

// findMessage returns which revision the message with a key brought, or found
// when it withdrew the comment; ErrNotFound where the key is new. A key that came
// with another comment than the one with platformID gives ErrReused: that one's
// answer would let this comment through unjudged.
func findMessage(ctx context.Context, q querier, site moderation.SiteID, key, platformID string) (id moderation.CommentID, revision int, err error) {
	var first string
	err = q.QueryRowContext(ctx, `
		SELECT m.comment_id, m.revision, c.platform_id
		FROM messages m
		JOIN comments c ON c.id = m.comment_id
		WHERE m.site_id = ? AND m.key = ?`, site, key).Scan(&id, &revision, &first)
	if err != nil {
		return 0, 0, notFound(err, "message")
	}
	if first != platformID {
		return 0, 0, fmt.Errorf("%w: it came with comment %q: give each new comment, edit and DELETE an id of its own", moderation.ErrReused, first)
	}
	return id, revision, nil
}

// receipt returns the answer that a revision was given, with the comment's
// status of now.
func receipt(ctx context.Context, q querier, id moderation.CommentID, revision int) (moderation.Receipt, error) {
	r := moderation.Receipt{Comment: id, Revision: revision, Duplicate: true}
	if err := q.QueryRowContext(ctx, `SELECT status FROM comments WHERE id = ?`, id).Scan(&r.Status); err != nil {
		return r, notFound(err, "comment "+id.String())
	}
	var err error
	r.Verdict, err = findVerdict(ctx, q, id, revision)
	return r, err
}

// findComment returns the comment with a platform's id; ErrNotFound.
func findComment(ctx context.Context, q querier, site moderation.SiteID, platformID string) (commentRow, error) {
	return scanComment(q.QueryRowContext(ctx, selectComment+`WHERE c.site_id = ? AND c.platform_id = ?`, site, platformID),
		"comment "+platformID)
}

// getComment returns the comment with our id; ErrNotFound.
func getComment(ctx context.Context, q querier, id moderation.CommentID) (commentRow, error) {
	return scanComment(q.QueryRowContext(ctx, selectComment+`WHERE c.id = ?`, id), "comment "+id.String())
}

const selectComment = `
	SELECT c.id, c.site_id, c.platform_id, c.revision, c.status, c.status_before, c.seq,
	       r.body, r.body_hash, r.updated_at, s.removed_at IS NOT NULL
	FROM comments c
	JOIN sites s ON s.id = c.site_id
	JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
	`

func scanComment(row *sql.Row, what string) (commentRow, error) {
	var c commentRow
	var updated sql.NullInt64
	if err := row.Scan(&c.id, &c.site, &c.platform, &c.revision, &c.status, &c.before, &c.seq,
		&c.body, &c.purged, &updated, &c.siteGone); err != nil {
		return commentRow{}, notFound(err, what)
	}
	c.updated = moment(updated)
	return c, nil
}

// putComment inserts the comment, or moves it to its next revision. It changes at
// the time at, whenever it counts as received.
func putComment(ctx context.Context, tx executor, now commentRow, ad moderation.Admission, at time.Time) (moderation.CommentID, error) {
	if now.id != 0 {
		_, err := tx.ExecContext(ctx, `
			UPDATE comments SET revision = ?, status = ?, status_before = '', unasked = ?, changed = `+nextChange+`
			WHERE id = ?`, now.revision, now.status, now.unasked, moderation.ChangeAt(at), now.site, now.id)
		return now.id, err
	}
	res, err := tx.ExecContext(ctx, `
		INSERT INTO comments (site_id, platform_id, revision, status, received_at, first_action, unasked, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, `+nextChange+`)`,
		now.site, ad.Arrival.Comment.PlatformID, now.revision, now.status, ad.At.UnixMilli(), now.first, now.unasked, moderation.ChangeAt(at), now.site)
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	return moderation.CommentID(id), err
}

func (db *DB) insertRevision(ctx context.Context, tx executor, now commentRow, ad moderation.Admission) error {
	a, c := ad.Arrival, ad.Arrival.Comment
	_, err := tx.ExecContext(ctx, `
		INSERT INTO revisions (
			comment_id, revision, site_id, body, format, text,
			post_id, post_url, post_title, post_published, parent_id, parent_author, parent_text,
			author_id, author_name, author_url, author_role, user_agent,
			identity, email_hash, ip_hash, range_hash, cookie_hash, agent_hash, author_since,
			honeypot, elapsed_ms, created_at, updated_at, received_at)
		VALUES (?, ?, ?, ?, ?, ?,  ?, ?, ?, ?, ?, ?, ?,  ?, ?, ?, ?, ?,  ?, ?, ?, ?, ?, ?, ?,  ?, ?, ?, ?, ?)`,
		now.id, now.revision, now.site, c.Body, c.Format, c.Text,
		a.Post.ID, a.Post.URL, a.Post.Title, millis(a.Post.PublishedAt), c.ParentID, a.Parent.Author, a.Parent.Text,
		a.Author.ID, a.Author.Name, a.Author.URL, a.Author.Role, a.Author.UserAgent,
		db.keys.identity(a.Author), db.keys.email(a.Author.Email), db.keys.ip(a.Author.IP), db.keys.ipRange(a.Author.IP),
		db.keys.cookie(a.Fields.Cookie), db.keys.agent(a.Author.UserAgent), millis(a.Author.Since),
		a.Fields.Honeypot, a.Fields.Elapsed.Milliseconds(), millis(c.CreatedAt), millis(c.UpdatedAt), ad.At.UnixMilli())
	return err
}

func markSeen(ctx context.Context, tx *sql.Tx, a moderation.Arrival, now commentRow, at time.Time) error {
	if a.Key == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO messages (site_id, key, comment_id, revision, at) VALUES (?, ?, ?, ?, ?)`,
		a.Site.ID, a.Key, now.id, now.revision, at.UnixMilli())
	return err
}

func insertVerdict(ctx context.Context, tx executor, now commentRow, v moderation.Verdict, at time.Time) error {
	reasons, err := json.Marshal(toReasonRows(v.Reasons))
	if err != nil {
		return fmt.Errorf("encode reasons: %w", err)
	}
	weights, err := json.Marshal(toWeightRows(v.Weights))
	if err != nil {
		return fmt.Errorf("encode weights: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO verdicts (comment_id, revision, action, ok, spam, abuse, reasons, weights, model, rules, judged_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		now.id, now.revision, v.Action, v.Scores.OK, v.Scores.Spam, v.Scores.Abuse,
		string(reasons), string(weights), v.Model, v.Rules, at.UnixMilli())
	return err
}

// notFound turns the absence of a row into ErrNotFound.
func notFound(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %s", moderation.ErrNotFound, what)
	}
	return explain(err)
}
