package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/moderation"
)

const (
	// provenLength is how many characters a comment must have to earn trust.
	provenLength = 20
	// provenAfter is how long a comment that nobody decided must have stood to.
	provenAfter = 7 * 24 * time.Hour
	// lookBack is how many of an author's newest comments are counted, and
	// recentOf how many of them say how it goes lately.
	lookBack = "1000"
	recentOf = 10
)

const (
	// notUndone is whether a decision called d was not taken back.
	notUndone = `NOT EXISTS (SELECT 1 FROM decisions u WHERE u.supersedes = d.id AND u.choice = 'undo')`
	// statusForStanding is the status of a comment called c as far as it tells
	// something of its writer. What was rejected for a ban alone tells nothing: it is
	// 'banned', unless a moderator has called it what the ban did.
	statusForStanding = `CASE WHEN c.status = 'rejected'
		AND EXISTS (SELECT 1 FROM verdicts v INDEXED BY verdicts_banned
			WHERE v.comment_id = c.id AND v.revision = c.revision
			  AND json_extract(v.reasons, '$[0].c') = 'standing' AND json_extract(v.reasons, '$[0].r') = 'banned')
		AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.comment_id = c.id AND d.revision = c.revision AND d.choice <> 'undo' AND ` + notUndone + `)
		THEN 'banned' ELSE c.status END`
)

// who is an author as the database can compare one: hashes, and what is kept in
// clear.
type who struct {
	identity, email, address, network []byte // nil: unknown
	name, agent                       string
}

// who returns the author as the database keeps one.
func (k keyring) who(a moderation.Author) who {
	return who{identity: k.identity(a), email: k.email(a.Email), address: k.ip(a.IP), network: k.ipRange(a.IP), name: a.Name, agent: a.UserAgent}
}

// standing returns what a site knows of an author, from the other comments of the
// identity and from what moderators said.
func (db *DB) standing(ctx context.Context, q querier, site moderation.SiteID, w who, except string) (moderation.Standing, error) {
	s := moderation.Standing{Known: w.identity != nil}
	if s.Known {
		if err := db.countComments(ctx, q, &s, site, w.identity, except); err != nil {
			return s, err
		}
	}
	marks, err := db.marksOn(ctx, q, site, w)
	if err != nil {
		return s, err
	}
	for _, m := range marks {
		switch {
		case m.Kind == moderation.MarkBan && !s.Banned:
			s.Banned, s.Ban = true, m.String()
		case m.Kind == moderation.MarkTrust && !s.Trusted:
			s.Trusted, s.Trust = true, m.String()
		}
	}
	return s, nil
}

// writtenSQL reads the newest comments of an identity ?1 on a site ?2, but for one ?3,
// and which of them earned trust. Most is said by the row of a comment: what takes longer
// to look up is asked last.
const writtenSQL = `
	SELECT c.id, ` + statusForStanding + `, c.status = 'approved'
	         AND (c.received_at < ?5 OR EXISTS (
	           SELECT 1 FROM decisions d
	           WHERE d.comment_id = c.id AND d.revision = c.revision AND d.choice = 'approve' AND ` + notUndone + `))
	         AND max(length(r.text), r.purged_length) >= ?4
	FROM revisions r
	CROSS JOIN comments c ON c.id = r.comment_id AND c.revision = r.revision
	WHERE r.identity = ?1 AND c.site_id = ?2 AND c.platform_id <> ?3
	ORDER BY r.received_at DESC LIMIT ` + lookBack

// countComments counts what became of the other comments of an identity. It is
// counted here: SQLite would need temporary tables, see candidates.
func (db *DB) countComments(ctx context.Context, q querier, s *moderation.Standing, site moderation.SiteID, identity []byte, except string) error {
	rows, err := q.QueryContext(ctx, writtenSQL, identity, site, except, provenLength, db.now().Add(-provenAfter).UnixMilli())
	if err != nil {
		return fmt.Errorf("count comments of the author: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var decided []authored
	for rows.Next() {
		var a authored
		var proven bool
		if err := rows.Scan(&a.id, &a.status, &proven); err != nil {
			return fmt.Errorf("count comments of the author: %w", err)
		}
		switch a.status {
		case moderation.Approved:
			s.Approved++
			if proven {
				s.Proven++
			}
		case moderation.Rejected:
			s.Rejected++
		default:
			continue
		}
		decided = append(decided, a)
	}
	slices.SortFunc(decided, func(a, b authored) int { return cmp.Compare(b.id, a.id) })
	for _, a := range decided[:min(len(decided), recentOf)] {
		s.Recent++
		if a.status == moderation.Rejected {
			s.RecentRejected++
		}
	}
	return rows.Err()
}

// authored is a comment and what became of it.
type authored struct {
	id     moderation.CommentID
	status moderation.Status
}

// StandingOf returns what is known of the author of a comment's newest revision,
// that comment not counted; ErrNotFound.
func (db *DB) StandingOf(ctx context.Context, id moderation.CommentID) (moderation.Standing, error) {
	t, w, err := findTrace(ctx, db.reader, id)
	if err != nil {
		return moderation.Standing{}, err
	}
	site, err := db.SiteByID(ctx, t.Site)
	if err != nil {
		return moderation.Standing{}, err
	}
	var platformID string
	if err := db.reader.QueryRowContext(ctx, `SELECT platform_id FROM comments WHERE id = ?`, id).Scan(&platformID); err != nil {
		return moderation.Standing{}, notFound(err, "comment "+id.String())
	}
	s, err := db.standing(ctx, db.reader, t.Site, w, platformID)
	return s.WithTrust(site, t.Author.Role), err
}
