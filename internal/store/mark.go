package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
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
		if m.Key != "" {
			known, err := scanMarks(tx.QueryContext(ctx, selectMark+`WHERE order_key = ?`, m.Key))
			if err != nil {
				return explain(err)
			}
			if len(known) > 0 {
				m = known[0].Mark
				return nil
			}
		}
		value, err := db.resolve(ctx, tx, &m)
		if err != nil {
			return err
		}
		m.ID, err = insertMark(ctx, tx, m, value)
		return err
	})
	if moderation.IsRefusal(err) {
		return m, err
	}
	if err != nil {
		return m, fmt.Errorf("store mark: %w", err)
	}
	m.Of = moderation.Author{}
	return m, nil
}

func insertMark(ctx context.Context, tx *sql.Tx, m moderation.Mark, value []byte) (moderation.MarkID, error) {
	res, err := tx.ExecContext(ctx, `
		INSERT INTO marks (site_id, kind, subject, value, shown, reason, actor_id, actor_name, at, until, comment_id, order_key)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		m.Site, m.Kind, m.Subject, value, m.Shown, m.Reason, m.By.ID, m.By.Name, m.At.UnixMilli(), millis(m.Until),
		sql.NullInt64{Int64: int64(m.Comment), Valid: m.Comment != 0}, nullable(m.Key))
	if err != nil {
		return 0, explain(err)
	}
	id, err := res.LastInsertId()
	return moderation.MarkID(id), err
}

// resolve returns by what the author of a mark is found, and says in the mark whom
// it is about.
func (db *DB) resolve(ctx context.Context, q querier, m *moderation.Mark) ([]byte, error) {
	w := db.keys.who(m.Of)
	if m.Comment != 0 {
		t, found, err := findTrace(ctx, q, m.Comment)
		if err == nil && t.Site != m.Site {
			err = fmt.Errorf("%w: comment %s is on another site", moderation.ErrNotFound, m.Comment)
		}
		if err != nil {
			return nil, err
		}
		w = found
	}
	value := w.value(m.Subject)
	if len(value) == 0 {
		return nil, fmt.Errorf("%w: comment %s does not tell its author's %s", moderation.ErrInvalid, m.Comment, m.Subject)
	}
	if err := checkName(m.Subject, value, m.Comment != 0); err != nil {
		return nil, err
	}
	if m.Shown == "" {
		m.Shown = shown(m.Subject, value, w.name)
	}
	return value, nil
}

// checkName refuses names and agents that hit everybody, whatever their disguise.
// Those of a comment's author are literal.
func checkName(by moderation.Subject, value []byte, literal bool) error {
	check := moderation.CheckPattern
	if literal {
		check = moderation.CheckLiteral
	}
	switch by {
	case moderation.ByName:
		return check(by, string(value), text.Fold)
	case moderation.ByAgent:
		return check(by, string(value), strings.ToLower)
	}
	return nil
}

// shown is what people are told of whom a mark is about: enough to tell marks
// apart, and neither an e-mail nor an address.
func shown(by moderation.Subject, value []byte, name string) string {
	tag := hex.EncodeToString(value[:min(3, len(value))])
	switch by {
	case moderation.ByName, moderation.ByAgent:
		return string(value)
	case moderation.ByIdentity:
		if name != "" {
			return name
		}
		return "identity " + tag
	case moderation.ByEmail:
		return "e-mail " + tag
	}
	return string(by) + " " + tag
}

// value is what an author has of a subject; empty: it is unknown.
func (w who) value(by moderation.Subject) []byte {
	switch by {
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
func (db *DB) LiftMark(ctx context.Context, l moderation.Lift, at time.Time) (moderation.Lifted, error) {
	var out moderation.Lifted
	err := db.write(ctx, func(tx *sql.Tx) error {
		found, err := scanMarks(tx.QueryContext(ctx, selectMark+`
			WHERE site_id = ? AND id = ? AND lifted_at IS NULL AND (? OR until IS NULL OR until > ?)`, l.Site, l.ID, l.Ended, at.UnixMilli()))
		if err != nil {
			return explain(err)
		}
		if len(found) == 0 || !l.MadeAt.IsZero() && !l.MadeAt.Equal(found[0].At) {
			return fmt.Errorf("%w: no mark with the number %d stands", moderation.ErrNotFound, l.ID)
		}
		out.Mark = found[0].Mark
		same, err := scanMarks(tx.QueryContext(ctx, selectMark+`
			WHERE site_id = ? AND subject = ? AND value = ? AND lifted_at IS NULL AND (id = ? OR until IS NULL OR until > ?)
			ORDER BY id DESC`, l.Site, out.Mark.Subject, found[0].value, l.ID, at.UnixMilli()))
		if err != nil {
			return explain(err)
		}
		for _, m := range same {
			switch {
			case m.about() != found[0].about():
			case m.Kind == out.Mark.Kind && m.ID <= l.ID:
				out.Together = append(out.Together, m.ID)
				_, err = tx.ExecContext(ctx, `UPDATE marks SET lifted_at = ?, lifter_id = ?, lifter_name = ? WHERE id = ?`, at.UnixMilli(), l.By.ID, l.By.Name, m.ID)
				if err != nil {
					return explain(err)
				}
			case out.Still.ID == 0:
				out.Still = m.Mark
			}
		}
		return nil
	})
	if err != nil && !moderation.IsRefusal(err) {
		err = fmt.Errorf("lift mark: %w", err)
	}
	return out, err
}

// SiteOfMark returns the site of a mark by its number, lifted or not; ErrNotFound.
func (db *DB) SiteOfMark(ctx context.Context, id moderation.MarkID) (moderation.Site, error) {
	var site moderation.SiteID
	if err := db.reader.QueryRowContext(ctx, `SELECT site_id FROM marks WHERE id = ?`, id).Scan(&site); err != nil {
		return moderation.Site{}, notFound(err, fmt.Sprintf("mark %d", id))
	}
	return db.SiteByID(ctx, site)
}

// StandingMarks implements moderation.Marks.
func (db *DB) StandingMarks(ctx context.Context, site moderation.SiteID, at time.Time) ([]moderation.Mark, error) {
	found, err := scanMarks(db.reader.QueryContext(ctx, selectMark+`
		WHERE site_id = ? AND lifted_at IS NULL AND (until IS NULL OR until > ?)
		ORDER BY id DESC`, site, at.UnixMilli()))
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", explain(err))
	}
	var marks []moderation.Mark
	for _, m := range newest(found) {
		marks = append(marks, m.Mark)
	}
	return marks, nil
}

// newest returns of marks, newest first, those that no newer one says something
// else or the same of.
func newest(marks []storedMark) []storedMark {
	seen := map[string]bool{}
	kept := marks[:0]
	for _, m := range marks {
		key := m.about()
		if !seen[key] {
			kept = append(kept, m)
		}
		seen[key] = true
	}
	return kept
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
	for _, m := range newest(found) {
		if w.isMeant(m.Mark, m.value) {
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

// about is the same of marks that are about the same author.
func (m storedMark) about() string {
	about := string(m.Subject) + "\x00" + string(m.value)
	if m.Comment != 0 && (m.Subject == moderation.ByName || m.Subject == moderation.ByAgent) && bytes.ContainsRune(m.value, '*') {
		about += "\x00literal"
	}
	return about
}

// isMeant says whether the author is one whom a mark by a value is about.
func (w who) isMeant(m moderation.Mark, value []byte) bool {
	fold := text.Fold
	switch m.Subject {
	case moderation.ByAgent:
		fold = strings.ToLower
	case moderation.ByName:
	default:
		mine := w.value(m.Subject)
		return len(mine) > 0 && bytes.Equal(mine, value)
	}
	mine := fold(string(w.value(m.Subject)))
	if m.Comment != 0 {
		return mine == fold(string(value))
	}
	return moderation.Like(moderation.FoldPattern(string(value), fold), mine)
}

const selectMark = `
	SELECT id, site_id, kind, subject, value, shown, reason, actor_id, actor_name, at, until, coalesce(comment_id, 0)
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
		if err := rows.Scan(&m.ID, &m.Site, &m.Kind, &m.Subject, &m.value, &m.Shown, &m.Reason, &m.By.ID, &m.By.Name, &at, &until, &m.Comment); err != nil {
			return nil, err
		}
		m.At, m.Until = moment(at), moment(until)
		marks = append(marks, m)
	}
	return marks, rows.Err()
}

// TraceOf implements moderation.Traces.
func (db *DB) TraceOf(ctx context.Context, id moderation.CommentID) (moderation.Trace, error) {
	t, w, err := findTrace(ctx, db.reader, id)
	if err != nil {
		return t, err
	}
	for _, by := range moderation.Subjects() {
		if value := w.value(by); len(value) > 0 && checkName(by, value, true) == nil {
			t.Subjects = append(t.Subjects, by)
		}
	}
	t.Marks, err = db.marksOn(ctx, db.reader, t.Site, w)
	return t, err
}

// findTrace returns what is kept of the author of a comment's newest revision;
// ErrNotFound.
func findTrace(ctx context.Context, q querier, id moderation.CommentID) (moderation.Trace, who, error) {
	var t moderation.Trace
	var w who
	err := q.QueryRowContext(ctx, `
		SELECT c.site_id, r.author_id, r.author_name, r.author_url, r.author_role, r.user_agent, r.identity, r.email_hash, r.ip_hash, r.range_hash
		FROM comments c
		JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
		WHERE c.id = ?`, id).
		Scan(&t.Site, &t.Author.ID, &t.Author.Name, &t.Author.URL, &t.Author.Role, &t.Author.UserAgent, &w.identity, &w.email, &w.address, &w.network)
	if errors.Is(err, sql.ErrNoRows) {
		return t, w, fmt.Errorf("%w: comment %s", moderation.ErrNotFound, id)
	}
	if err != nil {
		return t, w, fmt.Errorf("read author of comment %s: %w", id, explain(err))
	}
	w.name, w.agent = t.Author.Name, t.Author.UserAgent
	return t, w, nil
}

// WaitingOf implements moderation.Traces.
func (db *DB) WaitingOf(ctx context.Context, m moderation.Mark) ([]moderation.CommentID, error) {
	value, err := db.resolve(ctx, db.reader, &m)
	if err != nil {
		return nil, err
	}
	rows, err := db.reader.QueryContext(ctx, `
		SELECT c.id, r.author_name, r.user_agent, r.identity, r.email_hash, r.ip_hash, r.range_hash
		FROM cases k
		JOIN comments c ON c.id = k.comment_id AND c.site_id = ?
		JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
		WHERE k.state = 'open' ORDER BY c.id`, m.Site)
	if err != nil {
		return nil, fmt.Errorf("look for the author's comments: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var ids []moderation.CommentID
	for rows.Next() {
		var id moderation.CommentID
		var w who
		if err := rows.Scan(&id, &w.name, &w.agent, &w.identity, &w.email, &w.address, &w.network); err != nil {
			return nil, fmt.Errorf("look for the author's comments: %w", err)
		}
		if w.isMeant(m, value) {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

// PublishedNames returns how many names were published on a mark's site, and how many
// of them the mark, which need not be stored, would hit.
func (db *DB) PublishedNames(ctx context.Context, m moderation.Mark) (hit, all int, err error) {
	value, err := db.resolve(ctx, db.reader, &m)
	if err != nil {
		return 0, 0, err
	}
	rows, err := db.reader.QueryContext(ctx, `
		SELECT DISTINCT r.author_name
		FROM comments c
		JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
		WHERE c.site_id = ? AND c.status = 'approved' AND r.author_name <> ''`, m.Site)
	if err != nil {
		return 0, 0, fmt.Errorf("read published names: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var w who
		if err := rows.Scan(&w.name); err != nil {
			return 0, 0, fmt.Errorf("read published names: %w", err)
		}
		if all++; w.isMeant(m, value) {
			hit++
		}
	}
	return hit, all, rows.Err()
}

// DecidedWith implements moderation.Traces.
func (db *DB) DecidedWith(ctx context.Context, keyPrefix string) ([]moderation.DecisionID, error) {
	rows, err := db.reader.QueryContext(ctx, `
		SELECT d.id FROM decisions d
		WHERE d.order_key >= ?1 AND d.order_key < ?1 || char(0x10ffff)
		  AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.supersedes = d.id AND u.choice = 'undo')
		ORDER BY d.id`, keyPrefix)
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var ids []moderation.DecisionID
	for rows.Next() {
		var id moderation.DecisionID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read decisions: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
