package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"

	"gatehouse/internal/moderation"
)

// Dossier returns all that is held on somebody, on a site or with 0 on all.
func (db *DB) Dossier(ctx context.Context, whom moderation.Whom, site moderation.SiteID) (moderation.Dossier, error) {
	d := moderation.Dossier{Explain: moderation.DossierWords(), Comments: []moderation.DossierComment{}, Said: []moderation.DossierMark{},
		Personas: []moderation.DossierPersona{}, Copies: []moderation.DossierCopy{}}
	err := db.read(ctx, func(tx querier) error {
		p, err := db.findPerson(ctx, tx, whom, site)
		if err != nil {
			return err
		}
		if d.Held, err = p.held(ctx, tx); err != nil {
			return err
		}
		for _, id := range p.comments {
			c, err := dossierOn(ctx, tx, id)
			if err != nil {
				return fmt.Errorf("comment %s: %w", id, err)
			}
			d.Comments = append(d.Comments, c)
		}
		return p.addSaid(ctx, tx, &d)
	})
	if err != nil {
		return d, fmt.Errorf("gather what is held on somebody: %w", explain(err))
	}
	return d, nil
}

// eachOf calls f for each row that a query gives.
func eachOf(ctx context.Context, q querier, f func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...) //nolint:sqlclosecheck // eachRow does
	if err != nil {
		return err
	}
	return eachRow(rows, func() error { return f(rows) })
}

// addSaid adds what was said of the person, and what stands with answers.
func (p *person) addSaid(ctx context.Context, q querier, d *moderation.Dossier) error {
	marks, err := scanMarks(q.QueryContext(ctx, selectMark+`WHERE id`+inList+` ORDER BY id`, idList(p.marks)))
	if err != nil {
		return err
	}
	for _, m := range marks {
		d.Said = append(d.Said, moderation.DossierMark{Kind: m.Kind, By: m.Subject, Shown: m.Shown, Reason: m.Reason, At: m.At, Until: m.Until})
	}
	err = eachOf(ctx, q, func(rows *sql.Rows) error {
		var x moderation.DossierPersona
		var at sql.NullInt64
		err := rows.Scan(&x.Name, &x.Comment, &at)
		x.At = moment(at)
		d.Personas = append(d.Personas, x)
		return err
	}, `SELECT p.name, pc.comment_id, pc.at FROM persona_comments pc JOIN personas p ON p.id = pc.persona_id WHERE pc.comment_id`+inList, p.list())
	if err != nil {
		return err
	}
	return eachOf(ctx, q, func(rows *sql.Rows) error {
		var x moderation.DossierCopy
		err := rows.Scan(&x.Of, &x.Author, &x.Text)
		d.Copies = append(d.Copies, x)
		return err
	}, `SELECT r.parent_id, r.parent_author, r.parent_text FROM revisions r WHERE `+answersToAny, p.list())
}

// dossierOn returns all that is held on a comment.
func dossierOn(ctx context.Context, q querier, id moderation.CommentID) (moderation.DossierComment, error) {
	c := moderation.DossierComment{Comment: id, Revisions: []moderation.DossierRevision{}, Decisions: []moderation.DossierDecision{},
		Notes: []moderation.DossierNote{}, Lessons: []moderation.DossierLesson{}, Links: []string{}}
	var at sql.NullInt64
	err := q.QueryRowContext(ctx, `
		SELECT s.name, c.platform_id, c.status, c.received_at,
		       (SELECT count(*) FROM cards d JOIN cases k ON k.id = d.case_id WHERE k.comment_id = c.id)
		FROM comments c JOIN sites s ON s.id = c.site_id WHERE c.id = ?`, id).
		Scan(&c.Site, &c.PlatformID, &c.Status, &at, &c.Cards)
	c.ReceivedAt = moment(at)
	for _, step := range []func() error{
		func() error { return eachOf(ctx, q, dossierComment{&c}.scanRevision, dossierRevisions, id) },
		func() error {
			return eachOf(ctx, q, func(rows *sql.Rows) error {
				var d moderation.DossierDecision
				err := rows.Scan(&d.Choice, &at, &d.Note)
				d.At = moment(at)
				c.Decisions = append(c.Decisions, d)
				return err
			}, `SELECT choice, at, note FROM decisions WHERE comment_id = ? ORDER BY id`, id)
		},
		func() error {
			return eachOf(ctx, q, func(rows *sql.Rows) error {
				var n moderation.DossierNote
				err := rows.Scan(&n.Text, &at)
				n.At = moment(at)
				c.Notes = append(c.Notes, n)
				return err
			}, `SELECT text, at FROM notes WHERE comment_id = ? ORDER BY id`, id)
		},
		func() error {
			return eachOf(ctx, q, func(rows *sql.Rows) error {
				var l moderation.DossierLesson
				err := rows.Scan(&l.Label, &at, &l.TakenBack)
				l.At = moment(at)
				c.Lessons = append(c.Lessons, l)
				return err
			}, `SELECT label, at, EXISTS (SELECT 1 FROM lessons w WHERE w.withdraws = l.number)
			    FROM lessons l WHERE comment_id = ? AND withdraws IS NULL ORDER BY number`, id)
		},
		func() error {
			return eachOf(ctx, q, func(rows *sql.Rows) error {
				var host string
				err := rows.Scan(&host)
				c.Links = append(c.Links, host)
				return err
			}, `SELECT DISTINCT host FROM link_hosts WHERE comment_id = ? ORDER BY host`, id)
		},
	} {
		if err != nil {
			break
		}
		err = step()
	}
	if err == nil {
		err = addVerdicts(ctx, q, &c)
	}
	return c, err
}

const dossierRevisions = `
	SELECT revision, received_at, purged_at, text, body, post_url, post_title, parent_id,
	       author_name, author_id, author_url, author_role, user_agent, honeypot,
	       identity, email_hash, ip_hash, range_hash, cookie_hash, agent_hash, body_hash
	FROM revisions WHERE comment_id = ? ORDER BY revision`

// dossierComment adds to a comment what rows of dossierRevisions have.
type dossierComment struct{ *moderation.DossierComment }

// scanRevision adds a revision.
func (c dossierComment) scanRevision(rows *sql.Rows) error {
	r := moderation.DossierRevision{Hashes: map[string]string{}}
	var received, purged sql.NullInt64
	var hashes [7][]byte
	err := rows.Scan(&r.Revision, &received, &purged, &r.Text, &r.Body, &r.PostURL, &r.PostTitle, &r.Answers,
		&r.Name, &r.Account, &r.Page, &r.Role, &r.UserAgent, &r.Honeypot,
		&hashes[0], &hashes[1], &hashes[2], &hashes[3], &hashes[4], &hashes[5], &hashes[6])
	r.ReceivedAt, r.PurgedAt = moment(received), moment(purged)
	for i, name := range []string{"identity", "email_address", "network_address", "network_address_range", "cookie", "browser", "purged_text"} {
		if hashes[i] != nil {
			r.Hashes[name] = hex.EncodeToString(hashes[i])
		}
	}
	c.Revisions = append(c.Revisions, r)
	return err
}

// addVerdicts adds what the machine said of each revision.
func addVerdicts(ctx context.Context, q querier, c *moderation.DossierComment) error {
	for i := range c.Revisions {
		v, err := findVerdict(ctx, q, c.Comment, c.Revisions[i].Revision)
		if err != nil {
			return err
		}
		out := moderation.DossierVerdict{Action: v.Action, OK: v.Scores.OK, Spam: v.Scores.Spam, Abuse: v.Scores.Abuse, Reasons: []string{}, Words: []string{}}
		for _, r := range v.Reasons {
			words := r.Check
			if r.Rule != "" {
				words += ", rule " + r.Rule
			}
			if r.Label != "" {
				words += ": " + string(r.Label)
			}
			if r.Detail != "" && !r.Private {
				words += ": " + r.Detail
			}
			out.Reasons = append(out.Reasons, words)
		}
		for _, w := range v.Weights {
			out.Words = append(out.Words, w.Feature)
		}
		c.Revisions[i].Verdict = out
	}
	return nil
}
