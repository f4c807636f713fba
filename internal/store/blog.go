package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"gatehouse/internal/moderation"
)

// DecideOnBlog implements moderation.BlogRecords.
func (db *DB) DecideOnBlog(ctx context.Context, o moderation.BlogOrder, at time.Time) (moderation.Outcome, error) {
	known := false
	out, err := db.record(ctx, o.Key, func(tx *sql.Tx) (moderation.Decision, error) {
		c, err := db.findNamed(ctx, tx, o.Site.ID, o.PlatformID, o.Aliases)
		if err != nil {
			return moderation.Decision{}, err
		}
		if err := mayDecide(ctx, tx, c, moderation.Order{Override: true}); err != nil {
			return moderation.Decision{}, err
		}
		standing, err := standingDecision(ctx, tx, c.id, c.revision)
		if err != nil {
			return moderation.Decision{}, err
		}
		if known, err = isEcho(ctx, tx, c, o, at); err != nil {
			return moderation.Decision{}, err
		}
		if known = known || saysNothingNew(o, c, standing); known {
			d := moderation.Decision{Comment: c.id, Revision: c.revision}
			if standing != nil {
				d = *standing
			}
			return d, nil
		}
		return db.decideOnBlog(ctx, tx, c, o, standing, at)
	})
	out.Repeated = out.Repeated || known
	return out, err
}

// saysNothingNew says whether an order asks for what stands already. A blog that
// hides what was rejected here as spam or abuse does not say that it was not.
func saysNothingNew(o moderation.BlogOrder, c commentRow, standing *moderation.Decision) bool {
	if o.Choice == moderation.ChooseUndo {
		return c.status == moderation.Held
	}
	if standing == nil || c.status != o.Choice.Status() {
		return false
	}
	return standing.Choice == o.Choice || o.Coarse || o.Choice == moderation.ChooseReject
}

// decideOnBlog writes the decision, in place of the one that stands.
func (db *DB) decideOnBlog(ctx context.Context, tx *sql.Tx, c commentRow, o moderation.BlogOrder, standing *moderation.Decision, at time.Time) (moderation.Decision, error) {
	d := moderation.Decision{Comment: c.id, Revision: c.revision, Choice: o.Choice, By: o.By, Via: viaSite, Note: o.Note, At: at,
		Before: c.status, After: moderation.Held}
	if o.Choice != moderation.ChooseUndo {
		d.After = o.Choice.Status()
	} else if standing != nil {
		d.Supersedes = standing.ID
	}
	var err error
	if d.Untaught, err = taughtEnough(ctx, tx, c, o.Choice); err != nil {
		return d, err
	}
	if d.ID, err = insertDecision(ctx, tx, d, o.Key); err != nil {
		return d, err
	}
	if o.Choice == moderation.ChooseUndo {
		if err := undoAll(ctx, tx, d); err != nil {
			return d, err
		}
	}
	if err := withdrawLessons(ctx, tx, c, d.Revision, d.ID, at); err != nil {
		return d, err
	}
	if err := teach(ctx, tx, c.site, d, d.ID, at); err != nil {
		return d, err
	}
	if err := overtake(ctx, tx, c.id); err != nil {
		return d, err
	}
	if err := markEchoed(ctx, tx, c.id, math.MaxInt64); err != nil {
		return d, err
	}
	return d, db.settleComment(ctx, tx, c, d, true)
}

// undoAll takes back what stands behind a decision that d has taken back: where the
// blog decides over and over, one stands on another, and a comment that waits has
// none on it.
func undoAll(ctx context.Context, tx *sql.Tx, d moderation.Decision) error {
	for {
		standing, err := standingDecision(ctx, tx, d.Comment, d.Revision)
		if err != nil || standing == nil {
			return err
		}
		d.Supersedes, d.Before = standing.ID, d.After
		if _, err := insertDecision(ctx, tx, d, ""); err != nil {
			return err
		}
	}
}

// findNamed returns the comment with a platform's id or, where that is empty, the
// first that one of the aliases names; ErrNotFound.
func (db *DB) findNamed(ctx context.Context, q querier, site moderation.SiteID, platformID string, aliases []string) (commentRow, error) {
	if platformID != "" {
		return findComment(ctx, q, site, platformID)
	}
	for _, alias := range aliases {
		c, err := scanComment(q.QueryRowContext(ctx, selectComment+`
			JOIN aliases a ON a.comment_id = c.id
			WHERE a.site_id = ? AND a.alias = ?`, site, db.keys.digest("alias", alias)), "comment")
		if err == nil || !errors.Is(err, moderation.ErrNotFound) {
			return c, err
		}
	}
	return commentRow{}, fmt.Errorf("%w: no comment goes by these names", moderation.ErrNotFound)
}

// PlatformID returns the platform's id of the first comment that one of the
// aliases names; ErrNotFound.
func (db *DB) PlatformID(ctx context.Context, site moderation.SiteID, aliases []string) (string, error) {
	c, err := db.findNamed(ctx, db.reader, site, "", aliases)
	return c.platform, err
}

// Link implements moderation.BlogRecords.
func (db *DB) Link(ctx context.Context, site moderation.Site, id moderation.CommentID, aliases []string, reply moderation.ReplyTo) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		return db.link(ctx, tx, commentRow{id: id, site: site.ID}, aliases, reply)
	})
}

func (db *DB) link(ctx context.Context, tx executor, c commentRow, aliases []string, reply moderation.ReplyTo) error {
	for _, alias := range aliases {
		name, passing := moderation.CutPassing(alias)
		_, err := tx.ExecContext(ctx, `
			INSERT INTO aliases (site_id, alias, comment_id, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (site_id, alias) DO UPDATE SET comment_id = excluded.comment_id, at = excluded.at
			WHERE comment_id <> excluded.comment_id`, c.site, db.keys.digest("alias", name), c.id, sql.NullInt64{Int64: db.now().UnixMilli(), Valid: passing})
		if err != nil {
			return fmt.Errorf("insert alias: %w", explain(err))
		}
	}
	if reply == (moderation.ReplyTo{}) {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE comments SET reply_url = ?1, reply_id = ?2
		WHERE id = ?3 AND (reply_url, reply_id) <> (?1, ?2)`, reply.URL, reply.ID, c.id)
	if err != nil {
		return fmt.Errorf("update comment: %w", explain(err))
	}
	return nil
}

// heldCasesSQL reads which cases of a site have waited longest. Urgent ones stand by
// themselves in the index, and what it has of both is merged.
const heldCasesSQL = `
	SELECT k.opened_at, k.id FROM cases k WHERE k.state = 'open' AND k.site_id = ?1 AND k.urgent = 0
	UNION ALL
	SELECT k.opened_at, k.id FROM cases k WHERE k.state = 'open' AND k.site_id = ?1 AND k.urgent = 1
	ORDER BY 1, 2 LIMIT ?2`

// HeldComments returns the comments of a site that wait for a person, with their
// texts, oldest first.
func (db *DB) HeldComments(ctx context.Context, site moderation.SiteID, limit int) ([]moderation.CaseView, error) {
	var views []moderation.CaseView
	err := db.read(ctx, func(tx querier) error {
		rows, err := tx.QueryContext(ctx, heldCasesSQL, site, limit) //nolint:sqlclosecheck // eachRow does
		if err != nil {
			return err
		}
		var ids []int64
		err = eachRow(rows, func() error {
			var id, opened int64
			err := rows.Scan(&opened, &id)
			ids = append(ids, id)
			return err
		})
		if err != nil {
			return err
		}
		views, err = db.viewEach(ctx, tx, selectCases+`WHERE k.id = ? AND c.status = 'held'`, ids)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read held comments: %w", explain(err))
	}
	return views, nil
}

// CommentView returns a comment's newest revision with all that is known of it,
// and its newest case, if any; ErrNotFound.
func (db *DB) CommentView(ctx context.Context, id moderation.CommentID) (moderation.CaseView, error) {
	views, err := db.views(ctx, selectView+`
		WHERE c.id = ? AND (k.id IS NULL OR k.id = (SELECT max(id) FROM cases WHERE comment_id = c.id))`, id)
	if err != nil {
		return moderation.CaseView{}, err
	}
	if len(views) == 0 {
		return moderation.CaseView{}, fmt.Errorf("%w: comment %s", moderation.ErrNotFound, id)
	}
	return views[0], nil
}
