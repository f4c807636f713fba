package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// teach adds the lesson of d, if it teaches anything. Of a text that was purged it
// teaches what was kept of an earlier lesson, else nothing.
func teach(ctx context.Context, tx executor, site moderation.SiteID, d moderation.Decision, by moderation.DecisionID, at time.Time) error {
	label, ok := d.Choice.Teaches()
	if !ok || d.Untaught {
		return nil
	}
	res, err := tx.ExecContext(ctx, `
		INSERT INTO lessons (site_id, comment_id, revision, decision_id, label, at)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6
		WHERE NOT EXISTS (SELECT 1 FROM revisions WHERE comment_id = ?2 AND revision = ?3 AND purged_at IS NOT NULL)
		   OR EXISTS (SELECT 1 `+featuresOf+`)`,
		site, d.Comment, d.Revision, by, label, at.UnixMilli())
	if err != nil {
		return fmt.Errorf("insert lesson: %w", err)
	}
	return copyFeatures(ctx, tx, res, d)
}

// featuresOf is what was kept of lessons on revision ?3 of comment ?2.
const featuresOf = `FROM lessons o JOIN lesson_features f ON f.number = o.number WHERE o.comment_id = ?2 AND o.revision = ?3`

// copyFeatures has the lesson that an INSERT added, if it did, keep what an earlier one
// on the same text kept.
func copyFeatures(ctx context.Context, tx executor, added sql.Result, d moderation.Decision) error {
	n, err := added.RowsAffected()
	if err != nil || n == 0 {
		return err
	}
	number, err := added.LastInsertId()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO lesson_features (number, features) SELECT ?1, f.features `+featuresOf+` LIMIT 1`, number, d.Comment, d.Revision)
	if err != nil {
		return fmt.Errorf("keep features of lesson: %w", err)
	}
	return nil
}

// The + keeps SQLite from the index of withdraws: that is unique, so it thinks
// that few rows are NULL there, and would walk every lesson that teaches.
const withdrawLessonsSQL = `
	INSERT INTO lessons (site_id, comment_id, revision, decision_id, label, withdraws, at)
	SELECT l.site_id, l.comment_id, l.revision, ?, l.label, l.number, ?
	FROM lessons l
	WHERE l.comment_id = ? AND l.revision = ? AND +l.withdraws IS NULL
	  AND NOT EXISTS (SELECT 1 FROM lessons w WHERE w.withdraws = l.number)
	ORDER BY l.number`

// withdrawLessons takes back the lessons that stand on a revision.
func withdrawLessons(ctx context.Context, tx *sql.Tx, c commentRow, revision int, by moderation.DecisionID, at time.Time) error {
	_, err := tx.ExecContext(ctx, withdrawLessonsSQL, by, at.UnixMilli(), c.id, revision)
	if err != nil {
		return fmt.Errorf("withdraw lessons: %w", err)
	}
	return nil
}

// lessonColumns are what a lesson l of a revision r is learned by: its text, or what
// is left of it. Of a withdrawal l they are the withdrawn lesson's.
const lessonColumns = `
	iif(f.number IS NULL, r.text, ''), r.author_name, r.parent_author, r.parent_text, r.post_id, r.post_url, r.post_title, f.features`

// lessonTables are where lessonColumns are from.
const lessonTables = `
	FROM lessons l
	JOIN revisions r ON r.comment_id = l.comment_id AND r.revision = l.revision
	LEFT JOIN lesson_features f ON f.number = coalesce(l.withdraws, l.number)`

const selectLessons = `
	SELECT l.number, l.site_id, coalesce(l.withdraws, 0), l.label, ` + lessonColumns + lessonTables + `
	`

// LessonsAfter implements moderation.Lessons.
func (db *DB) LessonsAfter(ctx context.Context, number int64, limit int) ([]moderation.Lesson, error) {
	return db.lessons(ctx, `WHERE l.number > ? ORDER BY l.number LIMIT ?`, number, limit)
}

// SiteLessonsAfter implements moderation.Lessons.
func (db *DB) SiteLessonsAfter(ctx context.Context, site moderation.SiteID, number int64, limit int) ([]moderation.Lesson, error) {
	return db.lessons(ctx, siteLessonsAfter, site, number, limit)
}

// siteLessonsAfter chooses by an index whose entries of a site are in the order of
// the numbers.
const siteLessonsAfter = `WHERE l.site_id = ? AND l.number > ? ORDER BY l.number LIMIT ?`

// lessons returns the lessons, and the withdrawals of some, that a query's end
// chooses.
func (db *DB) lessons(ctx context.Context, where string, args ...any) ([]moderation.Lesson, error) {
	rows, err := db.reader.QueryContext(ctx, selectLessons+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read lessons: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var lessons []moderation.Lesson
	for rows.Next() {
		var l moderation.Lesson
		if err := rows.Scan(append([]any{&l.Number, &l.Site, &l.Withdraws, &l.Label}, scanLesson(&l)...)...); err != nil {
			return nil, fmt.Errorf("read lessons: %w", err)
		}
		lessons = append(lessons, l)
	}
	return lessons, rows.Err()
}

// scanLesson returns where lessonColumns go.
func scanLesson(l *moderation.Lesson) []any {
	return []any{&l.Text, &l.Author, &l.Parent.Author, &l.Parent.Text, &l.Post.ID, &l.Post.URL, &l.Post.Title, &l.Features}
}

// keepFeatures keeps what is left of a lesson, a teaching one, whose text is purged:
// what moderation.Featurer made of it. From then on it is learned, and un-learned, by
// that.
func keepFeatures(ctx context.Context, tx executor, number int64, features []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO lesson_features (number, features) VALUES (?, ?) ON CONFLICT DO NOTHING`, number, features)
	if err != nil {
		return fmt.Errorf("keep features of lesson %d: %w", number, explain(err))
	}
	return nil
}
