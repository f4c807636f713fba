package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

const (
	// personaTexts is how many of a persona's newest texts are read, and
	// personaOthers how many of the site's other comments.
	personaTexts, personaOthers = "200", "2000"
	// kinTexts is with how many of them each comment is compared by range, agent
	// and whom it answers.
	kinTexts = "100"
)

// AddToPersona implements moderation.Personas.
func (db *DB) AddToPersona(ctx context.Context, o moderation.PersonaOrder) (moderation.Persona, error) {
	var p moderation.Persona
	err := db.write(ctx, func(tx *sql.Tx) error {
		for _, id := range o.Comments {
			site, err := rejectedSite(ctx, tx, id)
			switch {
			case err != nil:
				return err
			case o.Site == 0:
				o.Site = site
			case o.Site != site:
				return fmt.Errorf("%w: comment %s is on another site: a persona belongs to one", moderation.ErrInvalid, id)
			}
		}
		if err := isThere(ctx, tx, moderation.Site{ID: o.Site}); err != nil {
			return err
		}
		id, err := openPersona(ctx, tx, o)
		if err != nil {
			return explain(err)
		}
		for _, comment := range o.Comments {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO persona_comments (persona_id, comment_id, actor_id, at) VALUES (?, ?, ?, ?)
				ON CONFLICT (persona_id, comment_id, at) DO UPDATE SET left_at = NULL ON CONFLICT DO NOTHING`,
				id, comment, o.By.ID, o.At.UnixMilli())
			if err != nil {
				return explain(err)
			}
		}
		p, err = scanPersona(tx.QueryRowContext(ctx, selectPersona+`WHERE p.id = ? GROUP BY p.id`, id))
		return explain(err)
	})
	if err != nil {
		return p, fmt.Errorf("add to persona: %w", err)
	}
	return p, nil
}

// rejectedSite returns the site of a comment that is rejected.
func rejectedSite(ctx context.Context, tx *sql.Tx, id moderation.CommentID) (moderation.SiteID, error) {
	c, err := getComment(ctx, tx, id)
	if err == nil && c.status != moderation.Rejected {
		err = fmt.Errorf("%w: comment %s is %s: a persona is made of rejected comments", moderation.ErrInvalid, id, c.status)
	}
	return c.site, err
}

// openPersona returns the persona that an order means, and opens one where there
// is none.
func openPersona(ctx context.Context, tx *sql.Tx, o moderation.PersonaOrder) (moderation.PersonaID, error) {
	p, err := namedPersona(ctx, tx, o)
	switch {
	case err == nil && o.Keep != 0:
		_, err = tx.ExecContext(ctx, `UPDATE personas SET keep_ms = ? WHERE id = ?`, o.Keep.Milliseconds(), p.ID)
		return p.ID, err
	case !errors.Is(err, sql.ErrNoRows):
		return p.ID, err
	}
	if o.Name == "" {
		o.Name = moderation.PersonaName
	}
	if o.Keep == 0 {
		o.Keep = moderation.PersonaKeep
	}
	// One of that name that has ended makes room.
	if _, err := tx.ExecContext(ctx, `UPDATE personas SET dropped_at = ? WHERE site_id = ? AND name = ? AND dropped_at IS NULL`,
		o.At.UnixMilli(), o.Site, o.Name); err != nil {
		return 0, err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO personas (site_id, name, actor_id, actor_name, at, keep_ms) VALUES (?, ?, ?, ?, ?, ?)`,
		o.Site, o.Name, o.By.ID, o.By.Name, o.At.UnixMilli(), o.Keep.Milliseconds())
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	return moderation.PersonaID(id), err
}

// namedPersona returns the persona that an order names, or without a name the one
// that counts and had the newest text; sql.ErrNoRows.
func namedPersona(ctx context.Context, tx *sql.Tx, o moderation.PersonaOrder) (moderation.Persona, error) {
	if o.Name != "" {
		return scanPersona(tx.QueryRowContext(ctx, selectPersona+`WHERE p.site_id = ? AND p.name = ? AND p.dropped_at IS NULL GROUP BY p.id`, o.Site, o.Name))
	}
	p, err := scanPersona(tx.QueryRowContext(ctx, selectPersona+`
		WHERE p.site_id = ? AND p.dropped_at IS NULL GROUP BY p.id ORDER BY max(c.received_at) DESC LIMIT 1`, o.Site))
	if err == nil && !p.Counts(o.At) {
		return p, sql.ErrNoRows
	}
	return p, err
}

// DropPersona ends a persona; ErrNotFound.
func (db *DB) DropPersona(ctx context.Context, site moderation.SiteID, name string, at time.Time) error {
	n, err := db.writeOne(ctx, `UPDATE personas SET dropped_at = ? WHERE site_id = ? AND name = ? AND dropped_at IS NULL`,
		at.UnixMilli(), site, name)
	if err != nil {
		return fmt.Errorf("drop persona: %w", explain(err))
	}
	if n == 0 {
		return fmt.Errorf("drop persona: %w: there is none called %q here", moderation.ErrNotFound, name)
	}
	return nil
}

// RemoveFromPersona takes a comment out of the persona of a name, or without one out
// of all, and says out of how many; ErrNotFound where it is in none.
func (db *DB) RemoveFromPersona(ctx context.Context, id moderation.CommentID, name string, at time.Time) (left int64, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		left, err = leavePersonas(ctx, tx, id, name, at)
		if err == nil && left == 0 {
			err = fmt.Errorf("%w: comment %s is in none", moderation.ErrNotFound, id)
		}
		return explain(err)
	})
	if err != nil {
		return 0, fmt.Errorf("remove from persona: %w", err)
	}
	return left, nil
}

// leavePersonas takes a comment out of the persona of a name, or without one out of
// all. It stays out when it is rejected again: that is said of another text, or by
// somebody else.
func leavePersonas(ctx context.Context, tx executor, id moderation.CommentID, name string, at time.Time) (int64, error) {
	res, err := tx.ExecContext(ctx, `
		UPDATE persona_comments SET left_at = ?1
		WHERE comment_id = ?2 AND left_at IS NULL
		  AND (?3 = '' OR persona_id IN (SELECT id FROM personas WHERE name = ?3 AND dropped_at IS NULL))`, at.UnixMilli(), id, name)
	if err != nil {
		return 0, fmt.Errorf("leave personas: %w", err)
	}
	return res.RowsAffected()
}

// AllPersonas implements moderation.PersonaSamples.
func (db *DB) AllPersonas(ctx context.Context) ([]moderation.Persona, error) {
	rows, err := db.reader.QueryContext(ctx, selectPersona+`
		JOIN sites s ON s.id = p.site_id AND s.removed_at IS NULL
		WHERE p.dropped_at IS NULL GROUP BY p.id ORDER BY p.site_id, p.name`)
	if err != nil {
		return nil, fmt.Errorf("read personas: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var all []moderation.Persona
	for rows.Next() {
		p, err := scanPersona(rows)
		if err != nil {
			return nil, fmt.Errorf("read personas: %w", err)
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

const selectPersona = `
	SELECT p.id, p.site_id, p.name, p.actor_id, p.actor_name, p.at, p.keep_ms,
	       count(c.id), max(c.received_at), coalesce(sum(c.id * (1 + c.revision)), 0)
	FROM personas p
	LEFT JOIN persona_comments pc ON pc.persona_id = p.id AND pc.left_at IS NULL
	LEFT JOIN comments c ON c.id = pc.comment_id AND c.status = 'rejected'
	`

func scanPersona(row interface{ Scan(...any) error }) (moderation.Persona, error) {
	var p moderation.Persona
	var at, last sql.NullInt64
	var keep, sum int64
	if err := row.Scan(&p.ID, &p.Site, &p.Name, &p.By.ID, &p.By.Name, &at, &keep, &p.Texts, &last, &sum); err != nil {
		return p, err
	}
	p.At, p.Last, p.Keep = moment(at), moment(last), time.Duration(keep)*time.Millisecond
	p.Digest = fmt.Sprint(p.Texts, "/", sum)
	return p, nil
}

// PersonaSample implements moderation.PersonaSamples.
func (db *DB) PersonaSample(ctx context.Context, p moderation.Persona) (moderation.PersonaSample, error) {
	s := moderation.PersonaSample{Persona: p}
	var err error
	if s.Texts, err = db.texts(ctx, `
		SELECT r.text FROM persona_comments pc
		JOIN comments c ON c.id = pc.comment_id AND c.status = 'rejected'
		JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
		WHERE pc.persona_id = ? AND pc.left_at IS NULL ORDER BY c.id DESC LIMIT `+personaTexts, p.ID); err != nil {
		return s, err
	}
	if s.Others, err = db.texts(ctx, `
		SELECT r.text FROM comments c
		JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
		WHERE c.site_id = ? AND c.status = 'approved' AND length(r.text) >= ?
		ORDER BY c.changed DESC LIMIT `+personaOthers, p.Site, moderation.LongEnough); err != nil {
		return s, err
	}
	if s.Answered, err = db.answered(ctx, p.Site); err != nil {
		return s, err
	}
	var all int
	err = db.reader.QueryRowContext(ctx, `
		SELECT count(*) FROM comments
		WHERE site_id = ?1 AND received_at BETWEEN (
			SELECT min(c.received_at) FROM persona_comments pc JOIN comments c ON c.id = pc.comment_id AND c.status = 'rejected'
			WHERE pc.persona_id = ?2 AND pc.left_at IS NULL) AND ?3`, p.Site, p.ID, p.Last.UnixMilli()).Scan(&all)
	if err != nil {
		return s, fmt.Errorf("count comments beside a persona's: %w", explain(err))
	}
	s.Share = float64(p.Texts) / float64(max(1, p.Texts, all))
	return s, nil
}

// answered returns whom a site's published comments answer, and how many of the
// newest do.
func (db *DB) answered(ctx context.Context, site moderation.SiteID) (map[string]int, error) {
	names, err := db.texts(ctx, `
		SELECT r.parent_author FROM comments c
		JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
		WHERE c.site_id = ? AND c.status = 'approved' AND length(r.text) >= ?
		ORDER BY c.changed DESC LIMIT `+personaOthers, site, moderation.LongEnough)
	all := map[string]int{}
	for _, name := range names {
		if name != "" {
			all[name]++
		}
	}
	return all, err
}

// texts returns the one column that a query gives.
func (db *DB) texts(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := db.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("read texts: %w", err)
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// PersonaComments returns what is in a persona and counts, newest first.
func (db *DB) PersonaComments(ctx context.Context, id moderation.PersonaID) ([]moderation.CaseView, error) {
	return db.views(ctx, selectView+`
		WHERE c.id IN (SELECT comment_id FROM persona_comments WHERE persona_id = ? AND left_at IS NULL) AND c.status = 'rejected'
		  AND (k.id IS NULL OR k.id = (SELECT max(id) FROM cases WHERE comment_id = c.id))
		ORDER BY c.id DESC`, id)
}

// kin returns what a shares with the site's personas.
func (db *DB) kin(ctx context.Context, q querier, a moderation.Arrival) ([]moderation.Kin, error) {
	w := db.keys.who(a.Author)
	rows, err := q.QueryContext(ctx, `
		SELECT p.id, count(*) FILTER (WHERE r.range_hash = ?2), count(*) FILTER (WHERE r.agent_hash = ?3),
		       count(*) FILTER (WHERE r.parent_author = ?4 AND ?4 <> '')
		FROM personas p
		CROSS JOIN persona_comments pc ON pc.persona_id = p.id AND pc.left_at IS NULL AND pc.comment_id IN (
			SELECT comment_id FROM persona_comments WHERE persona_id = p.id AND left_at IS NULL ORDER BY comment_id DESC LIMIT `+kinTexts+`)
		CROSS JOIN comments c ON c.id = pc.comment_id AND c.status = 'rejected' AND c.platform_id <> ?5
		CROSS JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
		WHERE p.site_id = ?1 AND p.dropped_at IS NULL
		GROUP BY p.id`, a.Site.ID, w.network, db.keys.agent(a.Author.UserAgent), a.Parent.Author, a.Comment.PlatformID)
	if err != nil {
		return nil, fmt.Errorf("compare with personas: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var all []moderation.Kin
	for rows.Next() {
		var k moderation.Kin
		if err := rows.Scan(&k.Persona, &k.Range, &k.Agent, &k.Answered); err != nil {
			return nil, fmt.Errorf("compare with personas: %w", err)
		}
		all = append(all, k)
	}
	return all, rows.Err()
}
