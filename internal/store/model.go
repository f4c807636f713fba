package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// inForce is the promotion that holds at a site: the newest not undone.
const inForce = `(SELECT max(p.id) FROM promotions p WHERE p.site_id = m.site_id AND p.undone_at IS NULL)`

const selectModel = `
	SELECT m.id, m.site_id, m.base, m.last_lesson, m.ok, m.spam, m.abuse, m.data_sha256, m.figures, m.content, m.reason, m.created_at,
	       (SELECT max(p.at) FROM promotions p WHERE p.model_id = m.id),
	       EXISTS (SELECT 1 FROM promotions q WHERE q.model_id = m.id AND q.id = ` + inForce + `)
	FROM models m
	`

// InForce implements moderation.Versions.
func (db *DB) InForce(ctx context.Context) ([]moderation.ModelVersion, error) {
	return db.models(ctx, `WHERE m.id = (SELECT q.model_id FROM promotions q WHERE q.id = `+inForce+`) ORDER BY m.id`)
}

// Models returns all versions of a site's model, or with 0 of all sites' that
// were not removed, newest first.
func (db *DB) Models(ctx context.Context, site moderation.SiteID) ([]moderation.ModelVersion, error) {
	return db.models(ctx, `WHERE ?1 IN (0, m.site_id) ORDER BY m.id DESC`, site)
}

// Model returns a version; ErrNotFound.
func (db *DB) Model(ctx context.Context, id moderation.VersionID) (moderation.ModelVersion, error) {
	found, err := db.models(ctx, `WHERE m.id = ?`, id)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: no model version has the number %d", moderation.ErrNotFound, id)
	}
	if err != nil {
		return moderation.ModelVersion{}, err
	}
	return found[0], nil
}

func (db *DB) models(ctx context.Context, where string, args ...any) ([]moderation.ModelVersion, error) {
	rows, err := db.reader.QueryContext(ctx, selectModel+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read model versions: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var found []moderation.ModelVersion
	for rows.Next() {
		var m moderation.ModelVersion
		var created, promoted sql.NullInt64
		if err := rows.Scan(&m.ID, &m.Site, &m.Base, &m.LastLesson, &m.Lessons[0], &m.Lessons[1], &m.Lessons[2], &m.DataSHA256,
			&m.Figures, &m.Content, &m.Reason, &created, &promoted, &m.InForce); err != nil {
			return nil, fmt.Errorf("read model versions: %w", err)
		}
		m.CreatedAt, m.PromotedAt = moment(created), moment(promoted)
		found = append(found, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read model versions: %w", explain(err))
	}
	return found, nil
}

// AddModel keeps a version, and puts it in force if promote says so. It fails
// with ErrStale, and keeps nothing, where another version than before is in
// force by now (0: none): what was compared does not hold any more; or where the
// lessons are of another epoch: somebody of whom it was made has been erased.
// ErrNotFound where the site has been removed.
func (db *DB) AddModel(ctx context.Context, m moderation.ModelVersion, promote bool, before moderation.VersionID) (moderation.ModelVersion, error) {
	err := db.write(ctx, func(tx *sql.Tx) error {
		if err := isThere(ctx, tx, moderation.Site{ID: m.Site}); err != nil {
			return err
		}
		now, err := modelInForce(ctx, tx, m.Site)
		if err != nil {
			return err
		}
		if now != before {
			return fmt.Errorf("%w: another model version came into force while this one was made; run it again", moderation.ErrStale)
		}
		var epoch int64
		if err := tx.QueryRowContext(ctx, `SELECT lessons_epoch FROM sites WHERE id = ?`, m.Site).Scan(&epoch); err != nil {
			return explain(err)
		}
		if epoch != m.Epoch {
			return fmt.Errorf("%w: somebody was erased while it was made; run it again", moderation.ErrStale)
		}
		res, err := tx.ExecContext(ctx, `
			INSERT INTO models (site_id, base, last_lesson, ok, spam, abuse, data_sha256, figures, content, reason, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			m.Site, m.Base, m.LastLesson, m.Lessons[0], m.Lessons[1], m.Lessons[2], m.DataSHA256, string(m.Figures), m.Content, m.Reason, db.now().UnixMilli())
		if err != nil {
			return explain(err)
		}
		id, err := res.LastInsertId()
		if err != nil {
			return err
		}
		m.ID = moderation.VersionID(id)
		if promote {
			return promoteModel(ctx, tx, m.Site, m.ID, db.now())
		}
		return nil
	})
	if err != nil {
		return moderation.ModelVersion{}, fmt.Errorf("keep model version: %w", err)
	}
	return db.Model(context.WithoutCancel(ctx), m.ID) // it is kept: nobody may take it for undone
}

// PromoteModel puts a version in force at its site; ErrNotFound where there is
// none, ErrExists where it is in force already.
func (db *DB) PromoteModel(ctx context.Context, id moderation.VersionID) (moderation.ModelVersion, error) {
	err := db.write(ctx, func(tx *sql.Tx) error {
		var site moderation.SiteID
		if err := tx.QueryRowContext(ctx, `SELECT site_id FROM models WHERE id = ?`, id).Scan(&site); err != nil {
			return notFound(err, fmt.Sprintf("no model version has the number %d", id))
		}
		now, err := modelInForce(ctx, tx, site)
		if err != nil {
			return err
		}
		if now == id {
			return fmt.Errorf("%w: version %d is in force", moderation.ErrExists, id)
		}
		return promoteModel(ctx, tx, site, id, db.now())
	})
	if err != nil {
		return moderation.ModelVersion{}, fmt.Errorf("promote model version: %w", err)
	}
	return db.Model(ctx, id)
}

// RollbackModel undoes a site's last promotion. It returns the version that was
// in force and the one that is in force again, nil where that is none. ErrNotFound
// where no version is in force.
func (db *DB) RollbackModel(ctx context.Context, site moderation.SiteID) (was, is *moderation.ModelVersion, err error) {
	var from, to moderation.VersionID
	err = db.write(ctx, func(tx *sql.Tx) error {
		if from, err = modelInForce(ctx, tx, site); err != nil {
			return err
		}
		if from == 0 {
			return fmt.Errorf("%w: no version is in force, so there is none before it", moderation.ErrNotFound)
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE promotions SET undone_at = ?1
			WHERE id = (SELECT max(id) FROM promotions WHERE site_id = ?2 AND undone_at IS NULL)`, db.now().UnixMilli(), site)
		if err != nil {
			return explain(err)
		}
		to, err = modelInForce(ctx, tx, site)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("roll model version back: %w", err)
	}
	old, err := db.Model(ctx, from)
	if err != nil || to == 0 {
		return &old, nil, err
	}
	back, err := db.Model(ctx, to)
	return &old, &back, err
}

func promoteModel(ctx context.Context, tx *sql.Tx, site moderation.SiteID, id moderation.VersionID, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO promotions (site_id, model_id, at) VALUES (?, ?, ?)`, site, id, at.UnixMilli())
	if err != nil {
		return fmt.Errorf("promote model version: %w", explain(err))
	}
	return nil
}

// modelInForce returns the number of the version in force at a site, 0 for none.
func modelInForce(ctx context.Context, q querier, site moderation.SiteID) (id moderation.VersionID, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT model_id FROM promotions WHERE site_id = ? AND undone_at IS NULL ORDER BY id DESC LIMIT 1`, site).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, explain(err)
}

// StandingLessons returns the lessons of a site that stand, in the order of
// their numbers.
func (db *DB) StandingLessons(ctx context.Context, site moderation.SiteID) ([]moderation.PastLesson, error) {
	return db.pastLessons(ctx, `
		SELECT l.number, l.site_id, l.label, l.comment_id, l.at, `+lessonColumns+lessonTables+`
		WHERE l.site_id = ? AND l.withdraws IS NULL
		  AND NOT EXISTS (SELECT 1 FROM lessons w WHERE w.withdraws = l.number)
		ORDER BY l.number`, site)
}

// WithdrawnLessons returns the lessons of a site that were taken back, the last
// one first.
func (db *DB) WithdrawnLessons(ctx context.Context, site moderation.SiteID) ([]moderation.WithdrawnLesson, error) {
	rows, err := db.reader.QueryContext(ctx, `
		SELECT comment_id, label, at FROM lessons WHERE site_id = ? AND withdraws IS NOT NULL ORDER BY number DESC`, site)
	if err != nil {
		return nil, fmt.Errorf("read withdrawn lessons: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var list []moderation.WithdrawnLesson
	for rows.Next() {
		var l moderation.WithdrawnLesson
		var at sql.NullInt64
		if err := rows.Scan(&l.Comment, &l.Label, &at); err != nil {
			return nil, fmt.Errorf("read withdrawn lessons: %w", err)
		}
		l.At = moment(at)
		list = append(list, l)
	}
	return list, rows.Err()
}

// undecided are the comments of site ?1 whose newest revision arrived before ?2
// and stands approved without a decision.
const undecided = `
	FROM comments c
	JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
	WHERE c.site_id = ?1 AND c.status = 'approved' AND r.received_at < ?2 AND r.purged_at IS NULL
	  AND NOT EXISTS (
	    SELECT 1 FROM decisions d
	    WHERE d.comment_id = c.id AND d.revision = c.revision AND d.choice <> 'undo'
	      AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.supersedes = d.id AND u.choice = 'undo'))`

// PublishedUndecided returns comments of a site that have been published since
// before a time without anybody's decision, at most limit of them. The same ones
// are chosen each time, as far as they still are such.
func (db *DB) PublishedUndecided(ctx context.Context, site moderation.SiteID, before time.Time, limit int) (moderation.Published, error) {
	var p moderation.Published
	err := db.reader.QueryRowContext(ctx, `SELECT count(*)`+undecided, site, before.UnixMilli()).Scan(&p.Total)
	if err != nil {
		return p, fmt.Errorf("count published comments: %w", explain(err))
	}
	// Multiplying by a large odd number scatters the ids (Knuth, TAOCP 3, 6.4).
	p.Sample, err = db.pastLessons(ctx, `
		SELECT * FROM (
		  SELECT 0, c.site_id, 'ok', c.id, r.received_at, r.text,
		         r.author_name, r.parent_author, r.parent_text, r.post_id, r.post_url, r.post_title, NULL`+undecided+`
		  ORDER BY (c.id * 2654435761) % 4294967296 LIMIT ?3)
		ORDER BY 4`, site, before.UnixMilli(), limit)
	return p, err
}

func (db *DB) pastLessons(ctx context.Context, query string, args ...any) ([]moderation.PastLesson, error) {
	rows, err := db.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read lessons: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var list []moderation.PastLesson
	for rows.Next() {
		var l moderation.PastLesson
		var at sql.NullInt64
		if err := rows.Scan(append([]any{&l.Number, &l.Site, &l.Label, &l.Comment, &at}, scanLesson(&l.Lesson)...)...); err != nil {
			return nil, fmt.Errorf("read lessons: %w", err)
		}
		l.At = moment(at)
		list = append(list, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read lessons: %w", explain(err))
	}
	return list, nil
}
