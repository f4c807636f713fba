package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// PutMark implements moderation.Marks.
func (db *DB) PutMark(ctx context.Context, m moderation.Mark) (moderation.Mark, error) {
	err := db.write(ctx, func(tx *sql.Tx) error {
		if err := isThere(ctx, tx, moderation.Site{ID: m.Site}); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `
			INSERT INTO marks (site_id, kind, subject, value, shown, reason, actor_id, actor_name, at, until)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			m.Site, m.Kind, m.Subject, db.markValue(m), m.Shown, m.Reason, m.By.ID, m.By.Name, m.At.UnixMilli(), millis(m.Until))
		if err != nil {
			return explain(err)
		}
		id, err := res.LastInsertId()
		m.ID = moderation.MarkID(id)
		return err
	})
	if err != nil {
		return m, fmt.Errorf("store mark: %w", err)
	}
	m.Of = moderation.Author{}
	return m, nil
}

// markValue is by what the author of a mark is found.
func (db *DB) markValue(m moderation.Mark) []byte {
	w := db.keys.who(m.Of)
	switch m.Subject {
	case moderation.ByIdentity:
		return w.identity
	case moderation.ByEmail:
		return w.email
	case moderation.ByAddress:
		return w.address
	case moderation.ByRange:
		return w.network
	case moderation.ByAgent:
		return []byte(w.agent)
	default:
		return []byte(w.name)
	}
}

// LiftMark implements moderation.Marks.
func (db *DB) LiftMark(ctx context.Context, site moderation.SiteID, id moderation.MarkID, at time.Time) (moderation.Mark, error) {
	var lifted moderation.Mark
	err := db.write(ctx, func(tx *sql.Tx) error {
		found, err := scanMarks(tx.QueryContext(ctx, selectMark+`WHERE site_id = ? AND id = ? AND lifted_at IS NULL`, site, id))
		if err != nil {
			return explain(err)
		}
		if len(found) == 0 {
			return fmt.Errorf("%w: no mark with the number %d stands", moderation.ErrNotFound, id)
		}
		lifted = found[0].Mark
		_, err = tx.ExecContext(ctx, `UPDATE marks SET lifted_at = ? WHERE id = ?`, at.UnixMilli(), id)
		return explain(err)
	})
	if err != nil {
		return lifted, fmt.Errorf("lift mark: %w", err)
	}
	return lifted, nil
}

// StandingMarks implements moderation.Marks.
func (db *DB) StandingMarks(ctx context.Context, site moderation.SiteID, at time.Time) ([]moderation.Mark, error) {
	found, err := scanMarks(db.reader.QueryContext(ctx, selectMark+`
		WHERE site_id = ? AND lifted_at IS NULL AND (until IS NULL OR until > ?)
		ORDER BY id DESC`, site, at.UnixMilli()))
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", explain(err))
	}
	marks := make([]moderation.Mark, len(found))
	for i, m := range found {
		marks[i] = m.Mark
	}
	return marks, nil
}

// marksOn returns the marks that are about an author and count, newest first.
func (db *DB) marksOn(ctx context.Context, q querier, site moderation.SiteID, w who) ([]moderation.Mark, error) {
	found, err := scanMarks(q.QueryContext(ctx, selectMark+`
		WHERE site_id = ?1 AND lifted_at IS NULL AND (until IS NULL OR until > ?2)
		  AND (subject IN ('name', 'agent') OR (subject = 'identity' AND value = ?3) OR (subject = 'email' AND value = ?4)
		       OR (subject = 'address' AND value = ?5) OR (subject = 'range' AND value = ?6))
		ORDER BY id DESC`, site, db.now().UnixMilli(), w.identity, w.email, w.address, w.network))
	if err != nil {
		return nil, fmt.Errorf("read marks on the author: %w", explain(err))
	}
	var marks []moderation.Mark
	for _, m := range found {
		if m.isOn(w) {
			marks = append(marks, m.Mark)
		}
	}
	return marks, nil
}

// storedMark is a mark with what its author is found by.
type storedMark struct {
	moderation.Mark
	value []byte
}

// isOn says whether a mark that the database found by its hash, or that has a
// pattern, is about the author.
func (m storedMark) isOn(w who) bool {
	switch m.Subject {
	case moderation.ByName:
		return matches(text.Fold(string(m.value)), text.Fold(w.name))
	case moderation.ByAgent:
		return matches(strings.ToLower(string(m.value)), strings.ToLower(w.agent))
	}
	return true
}

// matches says whether s is like a pattern in which * stands for anything.
func matches(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return s == pattern
	}
	rest, ok := strings.CutPrefix(s, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return strings.HasSuffix(rest, parts[last])
}

const selectMark = `
	SELECT id, site_id, kind, subject, value, shown, reason, actor_id, actor_name, at, until
	FROM marks
	`

func scanMarks(rows *sql.Rows, err error) ([]storedMark, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var marks []storedMark
	for rows.Next() {
		var m storedMark
		var at, until sql.NullInt64
		if err := rows.Scan(&m.ID, &m.Site, &m.Kind, &m.Subject, &m.value, &m.Shown, &m.Reason, &m.By.ID, &m.By.Name, &at, &until); err != nil {
			return nil, err
		}
		m.At, m.Until = moment(at), moment(until)
		marks = append(marks, m)
	}
	return marks, rows.Err()
}
