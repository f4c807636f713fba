package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// inList is which comments are meant, as SQL.
const inList = ` IN (SELECT value FROM json_each(?1))`

// purgePart forgets a part of comments and returns of how many rows.
func (db *DB) purgePart(ctx context.Context, tx *sql.Tx, due moderation.Due, ids []moderation.CommentID, f moderation.Featurer) (n int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	statements := map[moderation.Part][]string{
		moderation.PartAgent: {`UPDATE revisions SET user_agent = '' WHERE user_agent <> '' AND comment_id` + inList},
		moderation.PartHashes: {`
			UPDATE revisions SET email_hash = NULL, ip_hash = NULL, range_hash = NULL, cookie_hash = NULL, agent_hash = NULL
			WHERE coalesce(email_hash, ip_hash, range_hash, cookie_hash, agent_hash) IS NOT NULL AND comment_id` + inList},
		moderation.PartIdentity: {`UPDATE revisions SET identity = NULL WHERE identity IS NOT NULL AND comment_id` + inList},
		moderation.PartEvidence: {forgetEvidence},
		moderation.PartNotes:    {`DELETE FROM notes WHERE comment_id` + inList, `UPDATE decisions SET note = '' WHERE note <> '' AND comment_id` + inList},
	}
	list := idList(ids)
	if due.Part == moderation.PartText {
		return db.purgeTexts(ctx, tx, due.Site, list, f)
	}
	return execAll(ctx, tx, statements[due.Part], list)
}

// execAll runs statements with the same arguments and returns how many rows they
// changed.
func execAll(ctx context.Context, tx *sql.Tx, statements []string, args ...any) (n int, err error) {
	for _, s := range statements {
		res, err := tx.ExecContext(ctx, s, args...)
		if err != nil {
			return n, err
		}
		rows, err := res.RowsAffected()
		if err != nil {
			return n, err
		}
		n += int(rows)
	}
	return n, nil
}

// forgetEvidence leaves of verdicts on comments which checks and rules said what, with
// which scores: the words that they quote go. hasEvidence is whether there are any.
const (
	hasEvidence    = `(weights <> '[]' OR EXISTS (SELECT 1 FROM json_each(reasons) r WHERE r.value ->> 'd' IS NOT NULL))`
	setNoEvidence  = `weights = '[]', reasons = (SELECT json_group_array(json_remove(r.value, '$.d')) FROM json_each(reasons) r)`
	forgetEvidence = `UPDATE verdicts SET ` + setNoEvidence + ` WHERE ` + hasEvidence + ` AND comment_id` + inList
)

// purgedRevision is what is purged of a revision.
type purgedRevision struct {
	comment  moderation.CommentID
	revision int
	body     string
	length   int
}

// purgeTexts forgets what comments say and who wrote them, with all that was made of
// it; their lessons keep their features.
func (db *DB) purgeTexts(ctx context.Context, tx *sql.Tx, site moderation.SiteID, list string, f moderation.Featurer) (int, error) {
	rows, err := tx.QueryContext(ctx, `SELECT comment_id, revision, body, length(text) FROM revisions WHERE purged_at IS NULL AND comment_id`+inList, list)
	if err != nil {
		return 0, err
	}
	var all []purgedRevision
	err = eachRow(rows, func() error {
		var r purgedRevision
		all = append(all, r)
		last := &all[len(all)-1]
		return rows.Scan(&last.comment, &last.revision, &last.body, &last.length)
	})
	if err != nil {
		return 0, err
	}
	if err := keepLessons(ctx, tx, f, `r.comment_id`+inList, list); err != nil {
		return 0, err
	}
	if err := forgetAsParents(ctx, tx, site, list, f); err != nil {
		return 0, err
	}
	at := db.now()
	for _, r := range all {
		_, err := tx.ExecContext(ctx, `
			UPDATE revisions SET body = '', text = '', parent_author = '', parent_text = '',
				author_id = '', author_name = '', author_url = '', author_role = '', author_since = NULL, honeypot = '',
				body_hash = ?, purged_length = ?, purged_at = ?
			WHERE comment_id = ? AND revision = ?`,
			db.keys.digest("body", r.body), r.length, at.UnixMilli(), r.comment, r.revision)
		if err != nil {
			return 0, err
		}
	}
	_, err = execAll(ctx, tx, []string{
		forgetEvidence,
		`DELETE FROM words WHERE rowid` + inList,
		`DELETE FROM bands WHERE comment_id` + inList,
		`DELETE FROM link_hosts WHERE comment_id` + inList,
	}, list)
	if err == nil {
		err = redrawCards(ctx, tx, list, at)
	}
	return len(all), err
}

// keepLessons has lessons, on revisions r, keep what they are learned by.
func keepLessons(ctx context.Context, tx *sql.Tx, f moderation.Featurer, where string, args ...any) error {
	rows, err := tx.QueryContext(ctx, `
		SELECT l.number, l.site_id, l.label, r.text, r.author_name, r.parent_author, r.parent_text
		FROM revisions r
		JOIN lessons l ON l.comment_id = r.comment_id AND l.revision = r.revision
		WHERE r.purged_at IS NULL AND l.withdraws IS NULL AND NOT EXISTS (SELECT 1 FROM lesson_features f WHERE f.number = l.number) AND `+where, args...)
	if err != nil {
		return err
	}
	var lessons []moderation.Lesson
	err = eachRow(rows, func() error {
		var l moderation.Lesson
		err := rows.Scan(&l.Number, &l.Site, &l.Label, &l.Text, &l.Author, &l.Parent.Author, &l.Parent.Text)
		lessons = append(lessons, l)
		return err
	})
	if err != nil {
		return err
	}
	for _, l := range lessons {
		features, err := f.Features(l)
		if err != nil {
			return fmt.Errorf("keep features of lesson %d: %w", l.Number, err)
		}
		if err := keepFeatures(ctx, tx, l.Number, features); err != nil {
			return err
		}
	}
	return nil
}

// answersTo is which revisions r answer comments of a site ?2.
const answersTo = `r.site_id = ?2 AND r.parent_id IN (SELECT p.platform_id FROM comments p WHERE p.id` + inList + `)`

// forgetAsParents forgets the copies of comments that stand with their answers.
func forgetAsParents(ctx context.Context, tx *sql.Tx, site moderation.SiteID, list string, f moderation.Featurer) error {
	const copied = ` AND (r.parent_author <> '' OR r.parent_text <> '')`
	if err := keepLessons(ctx, tx, f, answersTo+copied, list, site); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE revisions AS r SET parent_author = '', parent_text = '' WHERE `+answersTo+copied, list, site)
	return err
}

// redrawPause is how long after one another the cards of comments are drawn
// again: new ones are not to wait for them.
const redrawPause = 5 * time.Second

// redrawCards has the cards of comments drawn again, one by one.
func redrawCards(ctx context.Context, tx *sql.Tx, list string, at time.Time) error {
	ids, err := scanIDs[moderation.CaseID](tx.QueryContext(ctx, `
		SELECT k.id FROM cases k WHERE k.comment_id`+inList+` AND EXISTS (SELECT 1 FROM cards d WHERE d.case_id = k.id) ORDER BY k.id`, list))
	if err != nil {
		return err
	}
	for i, id := range ids {
		var site moderation.SiteID
		if err := tx.QueryRowContext(ctx, `UPDATE cases SET version = version + 1 WHERE id = ? RETURNING site_id`, id).Scan(&site); err != nil {
			return err
		}
		if err := enqueueCard(ctx, tx, site, id, at.Add(time.Duration(i)*redrawPause)); err != nil {
			return err
		}
	}
	return nil
}

// besides says of a part beside comments which rows are due, before ?1 in Unix
// milliseconds, and what becomes of them.
func besides(part moderation.Part) []beside {
	const endedPersona = `(dropped_at < ?1 OR keep_ms + coalesce(
		(SELECT max(c.received_at) FROM persona_comments pc JOIN comments c ON c.id = pc.comment_id WHERE pc.persona_id = personas.id), at) < ?1)`
	return map[moderation.Part][]beside{
		moderation.PartDeliveries: {{table: "deliveries", where: `state <> 'pending' AND max(created_at, coalesce(tried_at, 0)) < ?1`, many: true}},
		moderation.PartMarks: {
			{table: "marks", where: `coalesce(lifted_at, until) < ?1`},
			{table: "modes", where: `coalesce(ended_at, until) < ?1 AND (reason <> '' OR actor_name <> '' OR ender_name <> '')`, set: "reason = '', actor_name = '', ender_name = ''"},
			{table: "persona_comments", where: `persona_id IN (SELECT id FROM personas WHERE ` + endedPersona + `)`},
			{table: "personas", where: endedPersona + ` AND NOT EXISTS (SELECT 1 FROM persona_comments pc WHERE pc.persona_id = personas.id)`},
		},
		moderation.PartUsage: {{table: "usage", where: `day < strftime('%Y-%m-%d', ?1 / 1000, 'unixepoch')`}},
	}[part]
}

// beside is a table beside comments: rows go, or where set says so lose something.
type beside struct {
	table, where, set string
	many              bool // there may be too many to go at once
}

// purgeBeside forgets some rows of what is kept beside comments.
func purgeBeside(ctx context.Context, tx *sql.Tx, due moderation.Due) (done moderation.Purged, err error) {
	for _, b := range besides(due.Part) {
		statement := `DELETE FROM ` + b.table
		if b.set != "" {
			statement = `UPDATE ` + b.table + ` SET ` + b.set
		}
		where := b.where
		if b.many {
			where = fmt.Sprintf(`id IN (SELECT id FROM %s WHERE %s ORDER BY id LIMIT %d)`, b.table, where, purgedAtOnce)
		}
		n, err := execAll(ctx, tx, []string{statement + ` WHERE ` + where}, due.Before.UnixMilli())
		if err != nil {
			return done, fmt.Errorf("purge %s: %w", b.table, err)
		}
		done.Rows, done.More = done.Rows+n, done.More || b.many && n == purgedAtOnce
	}
	return done, nil
}

// countBeside counts what purgeBeside would forget.
func countBeside(ctx context.Context, q querier, due moderation.Due) (sum int, err error) {
	for _, b := range besides(due.Part) {
		var n int
		if err := q.QueryRowContext(ctx, `SELECT count(*) FROM `+b.table+` WHERE `+b.where, due.Before.UnixMilli()).Scan(&n); err != nil {
			return sum, err
		}
		sum += n
	}
	return sum, nil
}
