package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/moderation"
)

// Decide implements moderation.Records.
func (db *DB) Decide(ctx context.Context, o moderation.Order, at time.Time) (moderation.Outcome, error) {
	return db.record(ctx, o.Key, func(tx *sql.Tx) (moderation.Decision, error) { return db.decide(ctx, tx, o, at) })
}

// decide is Decide within a transaction, for an order whose key is new.
func (db *DB) decide(ctx context.Context, tx *sql.Tx, o moderation.Order, at time.Time) (moderation.Decision, error) {
	c, err := getComment(ctx, tx, o.Comment)
	if err != nil {
		return moderation.Decision{}, err
	}
	if err := mayDecide(ctx, tx, c, o); err != nil {
		return moderation.Decision{}, err
	}
	d := moderation.Decision{Comment: c.id, Revision: c.revision, Choice: o.Choice, By: o.By, Via: o.Via,
		Note: o.Note, At: at, Before: c.status, After: o.Choice.Status(), Together: o.Together, Untaught: o.Untaught}
	if !d.Untaught {
		if d.Untaught, err = taughtEnough(ctx, tx, c, o.Choice); err != nil {
			return d, err
		}
	}
	if d.ID, err = insertDecision(ctx, tx, d, o.Key); err != nil {
		return d, err
	}
	if o.Override {
		if err := withdrawLessons(ctx, tx, c, d.Revision, d.ID, at); err != nil {
			return d, err
		}
	}
	if err := teach(ctx, tx, c.site, d, d.ID, at); err != nil {
		return d, err
	}
	return d, db.settleComment(ctx, tx, c, d, o.Via == viaSite)
}

// viaSite is how the blog's own decisions come; it need not be told of them.
const viaSite = "site"

// mayDecide refuses orders that come too late.
func mayDecide(ctx context.Context, tx *sql.Tx, c commentRow, o moderation.Order) error {
	switch {
	case c.siteGone:
		return fmt.Errorf("%w: comment %s is on a site that has been removed", moderation.ErrNotFound, c.id)
	case c.status == moderation.Withdrawn:
		return fmt.Errorf("%w: comment %s", moderation.ErrWithdrawn, c.id)
	case o.Revision != 0 && o.Revision != c.revision:
		return fmt.Errorf("%w: comment %s is at revision %d, not %d", moderation.ErrStale, c.id, c.revision, o.Revision)
	case o.Override:
		return nil
	}
	standing, err := standingDecision(ctx, tx, c.id, c.revision)
	if err != nil {
		return err
	}
	if standing != nil {
		return &moderation.DecidedError{Standing: *standing}
	}
	return nil
}

// Undo implements moderation.Records.
func (db *DB) Undo(ctx context.Context, o moderation.UndoOrder, at time.Time) (moderation.Outcome, error) {
	return db.record(ctx, o.Key, func(tx *sql.Tx) (moderation.Decision, error) { return db.undo(ctx, tx, o, at) })
}

// UndoEach implements moderation.Records.
func (db *DB) UndoEach(ctx context.Context, orders []moderation.UndoOrder, at time.Time) (int, error) {
	undone := 0
	for some := range slices.Chunk(orders, togetherAtOnce) {
		var n int
		err := db.writeAlone(ctx, func(tx *sql.Tx) error {
			n = 0
			for _, o := range some {
				_, err := db.undo(ctx, tx, o, at)
				switch {
				case moderation.IsRefusal(err):
				case err != nil:
					return fmt.Errorf("undo decision %d: %w", o.Decision, explain(err))
				default:
					n++
				}
			}
			return nil
		})
		if err != nil {
			return undone, err
		}
		undone += n
	}
	return undone, nil
}

// undo is Undo within a transaction, for an order whose key is new.
func (db *DB) undo(ctx context.Context, tx *sql.Tx, o moderation.UndoOrder, at time.Time) (moderation.Decision, error) {
	target, err := undoTarget(ctx, tx, o)
	if err == nil && o.Own && target.By.ID != o.By.ID {
		err = &moderation.DecidedError{Standing: target}
	}
	if err != nil {
		return moderation.Decision{}, err
	}
	c, err := getComment(ctx, tx, target.Comment)
	if err != nil {
		return moderation.Decision{}, err
	}
	current := target.Revision == c.revision && c.status != moderation.Withdrawn && !c.siteGone
	d := moderation.Decision{Comment: c.id, Revision: target.Revision, Choice: moderation.ChooseUndo, By: o.By,
		Via: o.Via, At: at, Before: c.status, After: c.status, Supersedes: target.ID, Together: o.Together}
	if current {
		d.After = target.Before
	}
	if d.ID, err = insertDecision(ctx, tx, d, o.Key); err != nil {
		return d, err
	}
	if err := withdrawLessons(ctx, tx, c, d.Revision, d.ID, at); err != nil {
		return d, err
	}
	// What the undone decision had overridden stands again.
	standing, err := standingDecision(ctx, tx, c.id, d.Revision)
	if err != nil {
		return d, err
	}
	if standing != nil {
		if err := teach(ctx, tx, c.site, *standing, standing.ID, at); err != nil {
			return d, err
		}
	}
	if !current {
		return d, undoBehind(ctx, tx, c, target, at)
	}
	return d, db.settleComment(ctx, tx, c, d, false)
}

// undoBehind finishes the undo of a decision that the comment's status does not
// show. A withdrawn comment comes back, if it does, as what it was before target.
func undoBehind(ctx context.Context, tx *sql.Tx, c commentRow, target moderation.Decision, at time.Time) error {
	before := c.before
	if c.status == moderation.Withdrawn && target.Revision == c.revision {
		before = target.Before
	}
	_, err := tx.ExecContext(ctx, `UPDATE comments SET status_before = ?, changed = `+nextChange+` WHERE id = ?`,
		before, moderation.ChangeAt(at), c.site, c.id)
	if err != nil {
		return fmt.Errorf("update comment: %w", err)
	}
	if _, err := leavePersonas(ctx, tx, c.id, "", at); err != nil {
		return err
	}
	return redrawCase(ctx, tx, c, target.Revision, at)
}

// undoTarget returns the decision that an order means, if it stands.
func undoTarget(ctx context.Context, tx *sql.Tx, o moderation.UndoOrder) (moderation.Decision, error) {
	if o.Decision == 0 {
		c, err := getComment(ctx, tx, o.Comment)
		if err != nil {
			return moderation.Decision{}, err
		}
		standing, err := lastStandingDecision(ctx, tx, c.id)
		if err != nil {
			return moderation.Decision{}, err
		}
		if standing == nil {
			return moderation.Decision{}, fmt.Errorf("%w: no decision stands on comment %s", moderation.ErrNotFound, c.id)
		}
		return *standing, nil
	}
	target, err := scanDecision(tx.QueryRowContext(ctx, selectDecision+`WHERE d.id = ?`, o.Decision))
	if err != nil {
		return moderation.Decision{}, notFound(err, fmt.Sprintf("decision %d", o.Decision))
	}
	if o.Comment != 0 && o.Comment != target.Comment {
		return moderation.Decision{}, fmt.Errorf("%w: decision %d is not one on comment %s", moderation.ErrNotFound, o.Decision, o.Comment)
	}
	standing, err := standingDecision(ctx, tx, target.Comment, target.Revision)
	switch {
	case err != nil:
		return moderation.Decision{}, err
	case standing == nil:
		return moderation.Decision{}, fmt.Errorf("%w: decision %d on comment %s was undone before", moderation.ErrAlreadyDecided,
			target.ID, target.Comment)
	case standing.ID != target.ID:
		return moderation.Decision{}, &moderation.DecidedError{Standing: *standing}
	}
	return target, nil
}

// record runs f in a transaction, unless an order with that key was carried out
// before; then it returns that one's decision.
func (db *DB) record(ctx context.Context, key string, f func(*sql.Tx) (moderation.Decision, error)) (moderation.Outcome, error) {
	var out moderation.Outcome
	err := db.write(ctx, func(tx *sql.Tx) (err error) {
		if key != "" {
			out.Decision, err = scanDecision(tx.QueryRowContext(ctx, selectDecision+`WHERE d.order_key = ?`, key))
			out.Repeated = err == nil
		}
		if !out.Repeated {
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return explain(err)
			}
			if out.Decision, err = f(tx); err != nil {
				return explain(err)
			}
		}
		var held sql.NullInt64
		err = tx.QueryRowContext(ctx, `
			SELECT c.site_id, s.name, c.status,
			       (SELECT max(opened_at) FROM cases k WHERE k.comment_id = c.id AND k.revision = ?2 AND NOT k.looked)
			FROM comments c JOIN sites s ON s.id = c.site_id
			WHERE c.id = ?1`, out.Decision.Comment, out.Decision.Revision).Scan(&out.Site, &out.SiteName, &out.Status, &held)
		out.HeldAt = moment(held)
		return err
	})
	if err != nil {
		return moderation.Outcome{}, err
	}
	return out, nil
}

// settleComment gives a comment the status that d says, and tells its card and
// its blog.
func (db *DB) settleComment(ctx context.Context, tx *sql.Tx, c commentRow, d moderation.Decision, quiet bool) error {
	c.status = d.After
	c.seq++
	if c.status == moderation.Held {
		db.bounds.reopened(c.site)
	}
	_, err := tx.ExecContext(ctx, `UPDATE comments SET status = ?, seq = ?, changed = `+nextChange+` WHERE id = ?`,
		c.status, c.seq, moderation.ChangeAt(d.At), c.site, c.id)
	if err != nil {
		return fmt.Errorf("update comment: %w", err)
	}
	if c.status != moderation.Rejected {
		if _, err := leavePersonas(ctx, tx, c.id, "", d.At); err != nil {
			return err
		}
	}
	if err := followCase(ctx, tx, c, d.At); err != nil {
		return err
	}
	if err := noteUnasked(ctx, tx, c.id); err != nil {
		return err
	}
	if d.Together == 0 {
		if err := redrawMates(ctx, tx, c, d.At); err != nil {
			return err
		}
	}
	if quiet {
		return nil
	}
	return db.enqueueNotice(ctx, tx, c, d)
}

const selectDecision = `
	SELECT d.id, d.comment_id, d.revision, d.choice, d.actor_id, d.actor_name, d.via, d.note,
	       d.before, d.after, coalesce(d.supersedes, 0), d.at, coalesce(d.cluster_order, 0), d.untaught
	FROM decisions d
	`

func scanDecision(row interface{ Scan(...any) error }) (moderation.Decision, error) {
	var d moderation.Decision
	var at sql.NullInt64
	err := row.Scan(&d.ID, &d.Comment, &d.Revision, &d.Choice, &d.By.ID, &d.By.Name, &d.Via, &d.Note,
		&d.Before, &d.After, &d.Supersedes, &at, &d.Together, &d.Untaught)
	d.At = moment(at)
	return d, err
}

// standingDecision returns the decision that stands on a revision: the newest
// that is no undo and was not undone; nil where there is none.
func standingDecision(ctx context.Context, q querier, id moderation.CommentID, revision int) (*moderation.Decision, error) {
	return scanStanding(q.QueryRowContext(ctx, selectDecision+whereStanding+`
		  AND d.revision = ?
		ORDER BY d.id DESC LIMIT 1`, id, revision), id)
}

// lastStandingDecision returns the decision that stands on the newest revision
// on which one does; nil where there is none. What was taught before an edit
// can be wrong too, and has no card any more from which to take it back.
func lastStandingDecision(ctx context.Context, q querier, id moderation.CommentID) (*moderation.Decision, error) {
	return scanStanding(q.QueryRowContext(ctx, selectDecision+whereStanding+`
		ORDER BY d.revision DESC, d.id DESC LIMIT 1`, id), id)
}

// earlierDecision returns the decision that stands on the newest decided revision before
// one; nil: none does.
func earlierDecision(ctx context.Context, q querier, id moderation.CommentID, revision int) (*moderation.Decision, error) {
	return scanStanding(q.QueryRowContext(ctx, selectDecision+whereStanding+` AND d.revision < ?
		ORDER BY d.revision DESC, d.id DESC LIMIT 1`, id, revision), id)
}

const whereStanding = `
		WHERE d.comment_id = ? AND d.choice <> 'undo'
		  AND ` + notUndone

func scanStanding(row *sql.Row, id moderation.CommentID) (*moderation.Decision, error) {
	d, err := scanDecision(row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read decisions on comment %s: %w", id, explain(err))
	}
	return &d, nil
}

func insertDecision(ctx context.Context, tx executor, d moderation.Decision, key string) (moderation.DecisionID, error) {
	res, err := tx.ExecContext(ctx, `
		INSERT INTO decisions (comment_id, revision, choice, actor_id, actor_name, via, note, order_key, before, after, supersedes, at, cluster_order, untaught, site_id)
		VALUES (?1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT site_id FROM comments WHERE id = ?1))`,
		d.Comment, d.Revision, d.Choice, d.By.ID, d.By.Name, d.Via, d.Note, nullable(key), d.Before, d.After,
		sql.NullInt64{Int64: int64(d.Supersedes), Valid: d.Supersedes != 0}, d.At.UnixMilli(),
		sql.NullInt64{Int64: int64(d.Together), Valid: d.Together != 0}, d.Untaught)
	if err != nil {
		return 0, fmt.Errorf("insert decision: %w", err)
	}
	id, err := res.LastInsertId()
	return moderation.DecisionID(id), err
}

func nullable(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }
