package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"gatehouse/internal/moderation"
)

// Case returns the case with all that a person needs to decide it;
// ErrNotFound.
func (db *DB) Case(ctx context.Context, id moderation.CaseID) (moderation.CaseView, error) {
	return db.view(ctx, fmt.Sprintf("case %d", id), `WHERE k.id = ?`, id)
}

// CaseOf returns the newest case of a comment; ErrNotFound also for a comment
// that never had one.
func (db *DB) CaseOf(ctx context.Context, id moderation.CommentID) (moderation.CaseView, error) {
	return db.view(ctx, "case of comment "+id.String(), `WHERE k.comment_id = ? ORDER BY k.id DESC LIMIT 1`, id)
}

// OpenCases returns the cases of some sites (nil: of all) that wait, the urgent ones
// first, else the oldest, at most limit of them, without their authors' standing, and
// how many wait in all.
func (db *DB) OpenCases(ctx context.Context, sites []moderation.SiteID, limit int) ([]moderation.CaseView, int, error) {
	var views []moderation.CaseView
	var total int
	err := db.read(ctx, func(tx querier) error {
		ids, n, err := openCases(ctx, tx, sites, limit)
		if err != nil {
			return err
		}
		total = n
		views, err = db.viewEach(ctx, tx, selectCases+`WHERE k.id = ?`, ids)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read open cases: %w", explain(err))
	}
	return views, total, nil
}

// openCases returns which cases [DB.OpenCases] shows, and how many there are.
func openCases(ctx context.Context, q querier, sites []moderation.SiteID, limit int) (ids []int64, total int, err error) {
	var first []waitingCase
	if sites == nil {
		err = q.QueryRowContext(ctx, countOpenSQL).Scan(&total)
		if err == nil {
			first, err = appendWaiting(ctx, q, nil, openCasesSQL, limit)
		}
	}
	for _, site := range sites {
		var n int
		if err = q.QueryRowContext(ctx, countOpenSQL+` AND k.site_id = ?`, site).Scan(&n); err != nil {
			break
		}
		total += n
		if first, err = appendWaiting(ctx, q, first, openCasesOfSQL, site, limit); err != nil {
			break
		}
	}
	slices.SortFunc(first, func(a, b waitingCase) int {
		return cmp.Or(cmp.Compare(b.urgent, a.urgent), cmp.Compare(a.opened, b.opened), cmp.Compare(a.id, b.id))
	})
	for _, k := range first[:min(len(first), limit)] {
		ids = append(ids, k.id)
	}
	return ids, total, err
}

const (
	countOpenSQL   = `SELECT count(*) FROM cases k WHERE k.state = 'open'`
	openCasesSQL   = `SELECT k.id, k.urgent, k.opened_at FROM cases k WHERE k.state = 'open' ORDER BY ` + nextFirst + ` LIMIT ?`
	openCasesOfSQL = `SELECT k.id, k.urgent, k.opened_at FROM cases k WHERE k.state = 'open' AND k.site_id = ? ORDER BY ` + nextFirst + ` LIMIT ?`
)

// waitingCase is an open case with what says when its turn is.
type waitingCase struct{ id, urgent, opened int64 }

// appendWaiting adds to a list what a query gives.
func appendWaiting(ctx context.Context, q querier, list []waitingCase, query string, args ...any) ([]waitingCase, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var k waitingCase
		if err := rows.Scan(&k.id, &k.urgent, &k.opened); err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	return list, rows.Err()
}

// viewEach shows what a query gives for each of some numbers, one after the other: a
// query for all would need a temporary table, see candidates. A list does without what
// is known of the authors: of some, a thousand comments are counted.
func (db *DB) viewEach(ctx context.Context, q querier, query string, ids []int64) ([]moderation.CaseView, error) {
	views := make([]moderation.CaseView, 0, len(ids))
	q = newLister(q)
	for _, id := range ids {
		found, others, err := scanViews(ctx, q, query, id)
		if err != nil {
			return nil, err
		}
		for i := range found {
			if err := db.addToLine(ctx, q, &found[i], others[i]); err != nil {
				return nil, err
			}
		}
		views = append(views, found...)
	}
	return views, nil
}

// RecentComments returns the newest comments of all sites, also of removed ones, each
// with its newest case, or a case without a number where it never had one. Those of a
// blog's history stand where they were written.
func (db *DB) RecentComments(ctx context.Context, limit int) ([]moderation.CaseView, error) {
	var views []moderation.CaseView
	err := db.read(ctx, func(tx querier) error {
		sites, err := scanIDs[moderation.SiteID](tx.QueryContext(ctx, `SELECT id FROM sites`))
		if err != nil {
			return err
		}
		var found []dated
		for _, site := range sites {
			if found, err = appendDated(ctx, tx, found, recentSQL, site, limit); err != nil {
				return err
			}
		}
		views, err = db.viewEach(ctx, tx, recentViewSQL, firstOf(found, limit))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read comments: %w", explain(err))
	}
	return views, nil
}

const (
	recentSQL = `
		SELECT c.id, c.received_at FROM comments c
		WHERE c.site_id = ?
		ORDER BY c.received_at DESC, c.id DESC LIMIT ?`
	recentViewSQL = selectView + `
		WHERE c.id = ? AND (k.id IS NULL OR k.id = (SELECT max(id) FROM cases WHERE comment_id = c.id))`
)

const commentsAfterSQL = selectViewAt + `c.revision` + withVerdict + `
	WHERE +c.site_id = ? AND c.id > ?
	  AND (k.id IS NULL OR k.id = (SELECT max(id) FROM cases WHERE comment_id = c.id))
	ORDER BY c.id LIMIT ?`

// CommentsAfter returns the comments of a site behind one of them, in the order in
// which they came, each at its newest revision and with its newest case, if any,
// and without its author's standing.
func (db *DB) CommentsAfter(ctx context.Context, site moderation.SiteID, after moderation.CommentID, limit int) ([]moderation.CaseView, error) {
	return db.viewsWith(ctx, db.addDecisions, commentsAfterSQL, site, after, limit)
}

// selectView joins comments with their cases, if any, and the revision that the
// case is about, else the newest.
const selectView = selectViewAt + `coalesce(k.revision, c.revision)` + withVerdict

// selectViewAt is that up to the number of the revision.
const selectViewAt = selectViewColumns + `
	FROM comments c
	JOIN sites s ON s.id = c.site_id
	LEFT JOIN cases k ON k.comment_id = c.id
	JOIN revisions r ON r.comment_id = c.id AND r.revision = `

// selectCases joins cases with their comments at the revisions that they are about.
const selectCases = selectViewColumns + `
	FROM cases k
	CROSS JOIN comments c ON c.id = k.comment_id
	CROSS JOIN sites s ON s.id = c.site_id
	CROSS JOIN revisions r ON r.comment_id = c.id AND r.revision = k.revision` + withVerdict

// withVerdict joins what the machine said of the revision.
const withVerdict = `
	LEFT JOIN verdicts v ON v.comment_id = c.id AND v.revision = r.revision
	`

// selectViewColumns is what scanViews reads.
const selectViewColumns = `
	SELECT coalesce(k.id, 0), coalesce(k.tag, ''), c.id, r.revision, coalesce(k.state, ''), coalesce(k.version, 0), k.opened_at, k.closed_at, coalesce(k.looked, 0),
	       c.status, c.received_at, s.id, s.name, s.platform, s.mode, s.trust_after,
	       r.post_id, r.post_url, r.post_title, r.post_published, r.parent_author, r.parent_text,
	       r.author_id, r.author_name, r.author_url, r.author_role, r.user_agent,
	       r.identity, r.email_hash, r.ip_hash, r.range_hash,
	       c.platform_id, r.parent_id, r.body, r.format, r.text, r.created_at, r.updated_at, r.purged_at,
	       coalesce((SELECT b.text FROM revisions b WHERE b.comment_id = c.id AND b.revision = r.revision - 1), ''), r.received_at,
	       (SELECT count(*) FROM notes n WHERE n.comment_id = c.id),
	       c.cluster_id, EXISTS (SELECT 1 FROM decisions d WHERE d.comment_id = c.id), ` + verdictColumns + `
	`

func (db *DB) view(ctx context.Context, what, where string, args ...any) (moderation.CaseView, error) {
	views, err := db.views(ctx, selectCases+where, args...)
	if err != nil {
		return moderation.CaseView{}, err
	}
	if len(views) == 0 || views[0].Case.ID == 0 {
		return moderation.CaseView{}, fmt.Errorf("%w: %s", moderation.ErrNotFound, what)
	}
	return views[0], nil
}

// views reads what query selects, all from one state of the database.
func (db *DB) views(ctx context.Context, query string, args ...any) ([]moderation.CaseView, error) {
	return db.viewsWith(ctx, db.complete, query, args...)
}

// viewsWith reads what query selects and add adds to it, which gets who
// wrote it.
func (db *DB) viewsWith(ctx context.Context, add func(context.Context, querier, *moderation.CaseView, viewedWith) error, query string, args ...any) ([]moderation.CaseView, error) {
	var found []moderation.CaseView
	err := db.read(ctx, func(tx querier) error {
		var others []viewedWith
		var err error
		if found, others, err = scanViews(ctx, tx, query, args...); err != nil {
			return fmt.Errorf("read cases: %w", explain(err))
		}
		list := newLister(tx)
		for i := range found {
			if err := add(ctx, list, &found[i], others[i]); err != nil {
				return fmt.Errorf("read case %d: %w", found[i].Case.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// viewedWith is what is read with a view, for what is added to it.
type viewedWith struct {
	who
	cluster sql.Null[moderation.ClusterID]
	decided bool // somebody decided on a revision
	verdict verdictRow
}

func scanViews(ctx context.Context, q querier, query string, args ...any) ([]moderation.CaseView, []viewedWith, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var found []moderation.CaseView
	var others []viewedWith
	for rows.Next() {
		var v moderation.CaseView
		var o viewedWith
		var opened, closed, received, edited, published, created, updated, purged sql.NullInt64
		var notes int
		err := rows.Scan(append([]any{&v.Case.ID, &v.Case.Tag, &v.Case.Comment, &v.Case.Revision, &v.Case.State, &v.Case.Version, &opened, &closed, &v.Case.Looked,
			&v.Status, &received, &v.Site.ID, &v.Site.Name, &v.Site.Platform, &v.Site.Mode, &v.Site.TrustAfter,
			&v.Post.ID, &v.Post.URL, &v.Post.Title, &published, &v.Parent.Author, &v.Parent.Text,
			&v.Author.ID, &v.Author.Name, &v.Author.URL, &v.Author.Role, &v.Author.UserAgent,
			&o.identity, &o.email, &o.address, &o.network,
			&v.Comment.PlatformID, &v.Comment.ParentID, &v.Comment.Body, &v.Comment.Format, &v.Comment.Text, &created, &updated, &purged,
			&v.Before, &edited, &notes, &o.cluster, &o.decided}, o.verdict.columns()...)...)
		if err != nil {
			return nil, nil, err
		}
		v.Case.OpenedAt, v.Case.ClosedAt = moment(opened), moment(closed)
		v.Post.PublishedAt, v.At, v.EditedAt = moment(published), moment(received), moment(edited)
		if notes > 0 {
			v.Notes = make([]moderation.Note, notes) // addDecisions reads them
		}
		v.Comment.ID, v.Comment.Revision = v.Case.Comment, v.Case.Revision
		v.Comment.CreatedAt, v.Comment.UpdatedAt = moment(created), moment(updated)
		v.Comment.PurgedAt = moment(purged)
		o.name, o.agent = v.Author.Name, v.Author.UserAgent
		found, others = append(found, v), append(others, o)
	}
	return found, others, rows.Err()
}

// complete adds what other tables say of the view's comment and author.
func (db *DB) complete(ctx context.Context, q querier, v *moderation.CaseView, o viewedWith) error {
	err := db.addToLine(ctx, q, v, o)
	if err != nil {
		return err
	}
	v.Standing, err = db.standing(ctx, q, v.Site.ID, o.who, v.Comment.PlatformID)
	v.Standing = v.Standing.WithTrust(v.Site, v.Author.Role)
	return err
}

// addToLine adds what other tables say of the view's comment.
func (db *DB) addToLine(ctx context.Context, q querier, v *moderation.CaseView, o viewedWith) (err error) {
	if err := db.addDecisions(ctx, q, v, o); err != nil {
		return err
	}
	if v.Parent == (moderation.Parent{}) { // many blogs say only which comment it is
		v.Parent, err = findParent(ctx, q, v.Site.ID, v.Comment.ParentID)
	}
	return err
}

// addDecisions adds what machine and people decided on the view's comment.
func (db *DB) addDecisions(ctx context.Context, q querier, v *moderation.CaseView, o viewedWith) error {
	var err error
	if v.Verdict, err = o.verdict.verdict(v.Comment.ID, v.Comment.Revision); err != nil {
		return err
	}
	if v.Cluster, err = clusterIn(ctx, q, o.cluster); err != nil {
		return err
	}
	if o.decided {
		if v.Decision, err = standingDecision(ctx, q, v.Comment.ID, v.Comment.Revision); err != nil {
			return err
		}
	}
	if o.decided && v.Comment.Revision > 1 {
		if v.Earlier, err = earlierDecision(ctx, q, v.Comment.ID, v.Comment.Revision); err != nil {
			return err
		}
	}
	if len(v.Notes) == 0 {
		return nil
	}
	v.Notes, err = notesOn(ctx, q, v.Comment.ID)
	return err
}

// Background implements moderation.History. It is a handful of short questions, and
// sees one state of the database. They are asked to their end, for that a context
// may end costs each as much as the question.
func (db *DB) Background(ctx context.Context, a moderation.Arrival) (b moderation.Background, err error) {
	err = db.glances.do(ctx, func(tx *sql.Tx) error {
		b, err = db.background(context.WithoutCancel(ctx), tx, a)
		return err
	})
	return b, err
}

func (db *DB) background(ctx context.Context, q querier, a moderation.Arrival) (b moderation.Background, err error) {
	changes, err := modes(ctx, q, a.Site.ID, db.now())
	if err != nil {
		return b, err
	}
	b.Mode = moderation.ModeOf(a.Site, a.Post.ID, changes)
	for _, ask := range []func() error{
		func() (err error) {
			b.Standing, err = db.standing(ctx, q, a.Site.ID, db.keys.who(a.Author), a.Comment.PlatformID)
			return err
		},
		func() (err error) { b.Activity, err = db.activity(ctx, q, a); return err },
		func() (err error) { b.Thread, err = thread(ctx, q, a); return err },
		func() (err error) { b.Duplicates, err = db.duplicates(ctx, q, a); return err },
		func() (err error) { b.Ties, err = db.ties(ctx, q, a); return err },
		func() (err error) { b.Parent, err = findParent(ctx, q, a.Site.ID, a.Comment.ParentID); return err },
	} {
		if err := ask(); err != nil {
			return b, err
		}
	}
	if a.Parent == (moderation.Parent{}) {
		a.Parent = b.Parent
	}
	b.Kin, err = db.kin(ctx, q, a)
	return b, err
}
