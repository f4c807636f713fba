package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// followCase makes a comment's case follow its status, in c the one of now: a
// held comment has an open case on its newest revision, any other has none
// open. The cards of a case that changed are told.
func followCase(ctx context.Context, tx *sql.Tx, c commentRow, at time.Time) error {
	last, err := lastCase(ctx, tx, c.id)
	if err != nil {
		return err
	}
	isOpen := last.State == moderation.CaseOpen
	isCurrent, err := isAbout(ctx, tx, last, c)
	if err == nil && last.Looked && isCurrent && c.status == moderation.Held {
		err = askAbout(ctx, tx, last.ID, at)
	}
	if err != nil {
		return err
	}
	switch {
	case c.status == moderation.Held && (isOpen || isCurrent):
		err = setCase(ctx, tx, last, c.revision, moderation.CaseOpen, time.Time{})
	case c.status == moderation.Held:
		last.ID, err = insertCase(ctx, tx, c, at)
	case isOpen || isCurrent:
		state := moderation.CaseDecided
		if c.status == moderation.Withdrawn {
			state = moderation.CaseWithdrawn
		}
		err = setCase(ctx, tx, last, c.revision, state, at)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	return enqueueCard(ctx, tx, c.site, last.ID, at)
}

// isAbout says whether a case is about what its comment is now. One that somebody
// opened to look is, until somebody decides: it follows the edits.
func isAbout(ctx context.Context, tx *sql.Tx, last moderation.Case, c commentRow) (bool, error) {
	if last.Revision == c.revision || !last.Looked {
		return last.ID != 0 && last.Revision == c.revision, nil
	}
	standing, err := standingDecision(ctx, tx, c.id, last.Revision)
	return standing == nil, err
}

// askAbout makes an ordinary case, that opens at a time, of one that somebody
// opened to look.
func askAbout(ctx context.Context, tx *sql.Tx, id moderation.CaseID, at time.Time) error {
	if _, err := tx.ExecContext(ctx, `UPDATE cases SET looked = 0, opened_at = ? WHERE id = ?`, at.UnixMilli(), id); err != nil {
		return fmt.Errorf("update case: %w", explain(err))
	}
	return nil
}

// lastCase returns the comment's newest case, or the zero Case.
func lastCase(ctx context.Context, q querier, id moderation.CommentID) (moderation.Case, error) {
	c, err := scanCase(q.QueryRowContext(ctx, selectCase+`WHERE comment_id = ? ORDER BY id DESC LIMIT 1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return moderation.Case{}, nil
	}
	if err != nil {
		return moderation.Case{}, fmt.Errorf("read case of comment %s: %w", id, explain(err))
	}
	return c, nil
}

const selectCase = `
	SELECT id, tag, comment_id, revision, state, version, opened_at, closed_at, looked
	FROM cases
	`

func scanCase(row interface{ Scan(...any) error }) (moderation.Case, error) {
	var c moderation.Case
	var opened, closed sql.NullInt64
	if err := row.Scan(&c.ID, &c.Tag, &c.Comment, &c.Revision, &c.State, &c.Version, &opened, &closed, &c.Looked); err != nil {
		return moderation.Case{}, err
	}
	c.OpenedAt, c.ClosedAt = moment(opened), moment(closed)
	return c, nil
}

// urgentVerdict is an SQL expression: whether the verdict on revision ?2 of comment ?1
// is urgent; see moderation.Verdict.Urgent.
const urgentVerdict = `EXISTS (
	SELECT 1 FROM verdicts v, json_each(v.reasons) r
	WHERE v.comment_id = ?1 AND v.revision = ?2 AND v.action <> 'approve'
	  AND r.value ->> 'u' AND NOT coalesce(r.value ->> 'sh', 0))`

func insertCase(ctx context.Context, tx *sql.Tx, c commentRow, at time.Time) (moderation.CaseID, error) {
	res, err := tx.ExecContext(ctx, `
		INSERT INTO cases (comment_id, revision, site_id, state, version, opened_at, urgent)
		VALUES (?1, ?2, ?3, 'open', 1, ?4, `+urgentVerdict+`)`, c.id, c.revision, c.site, at.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("open case: %w", explain(err))
	}
	id, err := res.LastInsertId()
	return moderation.CaseID(id), err
}

// setCase moves a case, of which are used ID and Comment, to a revision and a state;
// the zero time leaves it open.
func setCase(ctx context.Context, tx *sql.Tx, c moderation.Case, revision int, s moderation.CaseState, closed time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE cases SET revision = ?2, state = ?3, closed_at = ?4, version = version + 1, urgent = `+urgentVerdict+`
		WHERE id = ?5`, c.Comment, revision, s, millis(closed), c.ID)
	if err != nil {
		return fmt.Errorf("update case: %w", explain(err))
	}
	return nil
}

// redrawCase tells the cards of the cases on a revision that what they show has
// changed although the cases have not.
func redrawCase(ctx context.Context, tx *sql.Tx, c commentRow, revision int, at time.Time) error {
	last, err := scanCase(tx.QueryRowContext(ctx, selectCase+`
		WHERE comment_id = ? AND revision = ? ORDER BY id DESC LIMIT 1`, c.id, revision))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read case of comment %s: %w", c.id, explain(err))
	}
	if err := setCase(ctx, tx, last, last.Revision, last.State, last.ClosedAt); err != nil {
		return err
	}
	return enqueueCard(ctx, tx, c.site, last.ID, at)
}
