package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/moderation"
)

// viaImport is how decisions of a blog's history come.
const viaImport = "import"

// Import implements moderation.Archive. A comment counts as received and decided
// when it was written, so that what looks back finds it in its place.
func (db *DB) Import(ctx context.Context, site moderation.Site, history []moderation.Past, now time.Time) (added int, err error) {
	err = db.writeAlone(ctx, func(tx *sql.Tx) error {
		if err := isThere(ctx, tx, site); err != nil {
			return err
		}
		batch := newBatch(tx)
		defer batch.close()
		for _, p := range history {
			p.Arrival.Site = site
			isNew, err := db.importOne(ctx, batch, p, now)
			if err != nil {
				return explain(err)
			}
			if isNew {
				added++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// importOne keeps one comment, unless the site has it.
func (db *DB) importOne(ctx context.Context, tx executor, p moderation.Past, now time.Time) (isNew bool, err error) {
	site, comment := p.Arrival.Site.ID, p.Arrival.Comment
	known, err := hasComment(ctx, tx, site, comment.PlatformID)
	if err != nil || known {
		return false, err
	}
	written := comment.CreatedAt
	if written.IsZero() || written.After(now) {
		written = now
	}
	if p.At.IsZero() || p.At.After(now) {
		p.At = written
	}
	if p.Arrival.Parent == (moderation.Parent{}) {
		if p.Arrival.Parent, err = findParent(ctx, tx, site, comment.ParentID); err != nil {
			return false, err
		}
	}
	action := moderation.Approve
	if p.Choice.Status() == moderation.Rejected {
		action = moderation.Reject
	}
	c := commentRow{site: site, platform: comment.PlatformID, revision: 1, status: p.Choice.Status()}
	verdict := moderation.Verdict{Action: action, Reasons: []moderation.Reason{{Check: "history", Score: 1, Detail: "from the blog's history"}}}
	ad := moderation.Admission{Arrival: p.Arrival, Verdict: verdict, At: written}
	if c.id, err = putComment(ctx, tx, c, ad, now); err != nil {
		return false, err
	}
	d := moderation.Decision{Comment: c.id, Revision: 1, Choice: p.Choice, By: p.By, Via: viaImport, At: p.At, Before: c.status, After: c.status}
	steps := []func() error{
		func() error { return db.insertRevision(ctx, tx, c, ad) },
		func() error { return insertVerdict(ctx, tx, c, verdict, written) },
		func() error { return sketch(ctx, tx, c, p.Arrival.Comment.Text, written) },
		func() error { return putWords(ctx, tx, wordsOf(c, p.Arrival)) },
		func() error { return db.link(ctx, tx, c, p.Arrival.Aliases, p.Arrival.ReplyTo) },
		func() error { d.ID, err = insertDecision(ctx, tx, d, ""); return err },
		func() error {
			if p.Untaught {
				return nil
			}
			return teach(ctx, tx, c.site, d, d.ID, p.At)
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return false, err
		}
	}
	return true, nil
}

// taughtAtOnce is how many lessons TeachHistory adds in one transaction.
const taughtAtOnce = 2000

// TeachHistory teaches what the newest imported comments of a site were decided
// to be, at most as many of each label as are given, where they have not taught
// it yet and nobody has decided otherwise since. It returns how many lessons it
// added, in the order of moderation.Labels. Where it ends early, it goes on when
// it is called again.
func (db *DB) TeachHistory(ctx context.Context, site moderation.Site, perLabel int) (added [3]int64, err error) {
	for i, choice := range []moderation.Choice{moderation.ChooseApprove, moderation.ChooseSpam, moderation.ChooseAbuse} {
		due, err := db.untaught(ctx, site.ID, choice, perLabel)
		if err != nil {
			return added, fmt.Errorf("read untaught decisions: %w", explain(err))
		}
		for some := range slices.Chunk(due, taughtAtOnce) {
			err := db.writeAlone(ctx, func(tx *sql.Tx) error {
				batch := newBatch(tx)
				defer batch.close()
				for _, d := range some {
					if err := teach(ctx, batch, site.ID, d, d.ID, d.At); err != nil {
						return explain(err)
					}
				}
				return nil
			})
			if err != nil {
				return added, err
			}
			added[i] += int64(len(some))
		}
	}
	return added, nil
}

// untaught returns which of a site's newest imported decisions of a choice have
// no lesson, the oldest first.
func (db *DB) untaught(ctx context.Context, site moderation.SiteID, choice moderation.Choice, limit int) ([]moderation.Decision, error) {
	rows, err := db.reader.QueryContext(ctx, `
		SELECT n.id, n.comment_id, n.revision, n.at
		FROM (
		  SELECT d.id, d.comment_id, d.revision, d.at
		  FROM comments c
		  JOIN decisions d ON d.comment_id = c.id
		  WHERE c.site_id = ? AND d.via = '`+viaImport+`' AND d.choice = ?
		  ORDER BY d.at DESC, d.id DESC LIMIT ?) n
		WHERE NOT EXISTS (SELECT 1 FROM lessons l WHERE l.decision_id = n.id)
		  AND NOT EXISTS (SELECT 1 FROM decisions o WHERE o.comment_id = n.comment_id AND o.id > n.id)
		ORDER BY n.at, n.id`, site, choice, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var due []moderation.Decision
	for rows.Next() {
		d := moderation.Decision{Choice: choice}
		var at sql.NullInt64
		if err := rows.Scan(&d.ID, &d.Comment, &d.Revision, &at); err != nil {
			return nil, err
		}
		d.At = moment(at)
		due = append(due, d)
	}
	return due, rows.Err()
}

// hasComment says whether a site has a comment with a platform's id.
func hasComment(ctx context.Context, q querier, site moderation.SiteID, platformID string) (bool, error) {
	var one int
	err := q.QueryRowContext(ctx, `SELECT 1 FROM comments WHERE site_id = ? AND platform_id = ?`, site, platformID).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// findParent returns what a site knows of the comment that another one answers:
// the zero Parent where it does not have it.
func findParent(ctx context.Context, q querier, site moderation.SiteID, platformID string) (p moderation.Parent, err error) {
	if platformID == "" {
		return p, nil
	}
	err = q.QueryRowContext(ctx, `
		SELECT r.author_name, r.text
		FROM comments c
		JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
		WHERE c.site_id = ? AND c.platform_id = ?`, site, platformID).Scan(&p.Author, &p.Text)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("read parent comment: %w", explain(err))
	}
	return p, nil
}

// Known returns which of a platform's ids a site has comments of.
func (db *DB) Known(ctx context.Context, site moderation.SiteID, ids []string) (map[string]bool, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("look up comments: %w", err)
	}
	rows, err := db.reader.QueryContext(ctx, `
		SELECT platform_id FROM comments
		WHERE site_id = ? AND platform_id IN (SELECT value FROM json_each(?))`, site, string(list))
	if err != nil {
		return nil, fmt.Errorf("look up comments: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	known := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("look up comments: %w", err)
		}
		known[id] = true
	}
	return known, rows.Err()
}

// batch is a transaction in which the same statements run over and over: each is
// prepared once.
type batch struct {
	tx       *sql.Tx
	prepared map[string]*sql.Stmt
}

func newBatch(tx *sql.Tx) *batch { return &batch{tx: tx, prepared: map[string]*sql.Stmt{}} }

// close forgets the statements.
func (b *batch) close() {
	for _, s := range b.prepared {
		_ = s.Close() // the transaction's end does it, too
	}
}

// statement returns a statement, prepared.
func (b *batch) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := b.prepared[query]; ok {
		return s, nil
	}
	s, err := b.tx.PrepareContext(ctx, query)
	if err == nil {
		b.prepared[query] = s
	}
	return s, err
}

// ExecContext implements executor.
func (b *batch) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := b.statement(ctx, query) //nolint:sqlclosecheck // close does
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// QueryContext implements querier.
func (b *batch) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := b.statement(ctx, query) //nolint:sqlclosecheck // close does
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// QueryRowContext implements querier.
func (b *batch) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	s, err := b.statement(ctx, query) //nolint:sqlclosecheck // close does
	if err != nil {
		return b.tx.QueryRowContext(ctx, query, args...) // gives the error again
	}
	return s.QueryRowContext(ctx, args...)
}
