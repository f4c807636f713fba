package store

import (
	"context"
	"fmt"
	"slices"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// person is what is kept of somebody.
type person struct {
	site     moderation.SiteID // 0: on all of them
	comments []moderation.CommentID
	marks    []moderation.MarkID
	names    []string
	hashes   [][]byte // identities, e-mails and addresses by which they are known
}

// list is the person's comments, as they are handed to SQL.
func (p *person) list() string { return idList(p.comments) }

// findPerson looks for all that somebody wrote. Who gives an account, an e-mail or a
// comment is also found by the identities that go with it, on the same site: an account
// with the same id on another blog is somebody else.
func (db *DB) findPerson(ctx context.Context, q querier, whom moderation.Whom, site moderation.SiteID) (*person, error) {
	p := &person{site: site}
	a := moderation.Author{ID: whom.Account, Email: whom.Email, IP: whom.Address}
	var err error
	switch {
	case whom.Account != "":
		p.hashes = [][]byte{db.keys.identity(a)}
		err = p.add(ctx, q, `r.identity = ?1 OR r.author_id = ?2`, db.keys.identity(a), whom.Account)
	case whom.Email != "":
		p.hashes = [][]byte{db.keys.email(whom.Email)}
		err = p.add(ctx, q, `r.email_hash = ?1`, db.keys.email(whom.Email))
	case whom.Address.IsValid():
		p.hashes = [][]byte{db.keys.ip(whom.Address)}
		err = p.add(ctx, q, `r.ip_hash = ?1`, db.keys.ip(whom.Address))
	case whom.Name != "":
		err = p.addNamed(ctx, q, whom.Name)
	default:
		err = p.addAuthorOf(ctx, q, whom.Comment)
	}
	if err == nil && !whom.Address.IsValid() && whom.Name == "" {
		err = p.addKin(ctx, q)
	}
	if err == nil {
		err = p.addNames(ctx, q)
	}
	if err == nil {
		err = p.addMarks(ctx, q, whom)
	}
	if err != nil {
		return nil, fmt.Errorf("look for what is kept of somebody: %w", explain(err))
	}
	return p, nil
}

// add adds the comments of which a revision r is as where says.
func (p *person) add(ctx context.Context, q querier, where string, args ...any) error {
	ids, err := scanIDs[moderation.CommentID](q.QueryContext(ctx,
		fmt.Sprintf(`SELECT DISTINCT r.comment_id FROM revisions r WHERE (%s) AND %d IN (0, r.site_id)`, where, p.site), args...))
	p.comments = append(p.comments, ids...)
	slices.Sort(p.comments)
	p.comments = slices.Compact(p.comments)
	return err
}

// addNamed adds what stands under a name, however it is spelled.
func (p *person) addNamed(ctx context.Context, q querier, name string) error {
	want := text.Fold(name)
	rows, err := q.QueryContext(ctx, `SELECT DISTINCT author_name FROM revisions WHERE author_name <> ''`)
	if err != nil {
		return err
	}
	p.names = []string{name}
	err = eachRow(rows, func() error {
		var other string
		err := rows.Scan(&other)
		if text.Fold(other) == want {
			p.names = append(p.names, other)
		}
		return err
	})
	if err != nil {
		return err
	}
	return p.add(ctx, q, `r.author_name IN (SELECT value FROM json_each(?1))`, jsonList(p.names))
}

// addAuthorOf adds a comment and what has the same e-mail or identity.
func (p *person) addAuthorOf(ctx context.Context, q querier, id moderation.CommentID) error {
	if _, err := getComment(ctx, q, id); err != nil {
		return err
	}
	return p.add(ctx, q, `r.comment_id = ?1 OR r.email_hash IN (SELECT o.email_hash FROM revisions o WHERE o.comment_id = ?1)`, id)
}

// addKin adds what has an identity on a site that something found has there.
func (p *person) addKin(ctx context.Context, q querier) error {
	return p.add(ctx, q, `r.comment_id`+inList+` OR EXISTS (
		SELECT 1 FROM revisions o WHERE o.comment_id`+inList+` AND o.identity = r.identity AND o.site_id = r.site_id)`, p.list())
}

// addNames adds by what else they are known: the names and hashes of what was found.
// Hashes that stand with comments of others, as an address of a household, are theirs too.
func (p *person) addNames(ctx context.Context, q querier) error {
	rows, err := q.QueryContext(ctx, `SELECT DISTINCT author_name FROM revisions WHERE author_name <> '' AND comment_id`+inList, p.list())
	if err != nil {
		return err
	}
	err = eachRow(rows, func() error {
		var name string
		err := rows.Scan(&name)
		p.names = append(p.names, name)
		return err
	})
	if err != nil {
		return err
	}
	slices.Sort(p.names)
	p.names = slices.Compact(p.names)
	for _, column := range []string{"identity", "email_hash", "ip_hash"} {
		rows, err := q.QueryContext(ctx, fmt.Sprintf(`
			SELECT DISTINCT r.%[1]s FROM revisions r WHERE r.%[1]s IS NOT NULL AND r.comment_id`+inList+`
			  AND NOT EXISTS (SELECT 1 FROM revisions o WHERE o.%[1]s = r.%[1]s AND o.comment_id NOT`+inList+`)`, column), p.list())
		if err != nil {
			return err
		}
		err = eachRow(rows, func() error {
			var hash []byte
			err := rows.Scan(&hash)
			p.hashes = append(p.hashes, hash)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addMarks adds what moderators said of them: by their hashes, by their name, or from a
// comment of theirs. What is said of a range or of a pattern is about others as well.
func (p *person) addMarks(ctx context.Context, q querier, whom moderation.Whom) error {
	found, err := scanMarks(q.QueryContext(ctx, selectMark+`WHERE ? IN (0, site_id) ORDER BY id`, p.site))
	if err != nil {
		return err
	}
	mine := map[moderation.CommentID]bool{}
	for _, id := range p.comments {
		mine[id] = true
	}
	for _, m := range found {
		var is bool
		switch m.Subject {
		case moderation.ByName:
			is = mine[m.Comment] || whom.Name != "" && text.Fold(string(m.value)) == text.Fold(whom.Name)
		case moderation.ByIdentity, moderation.ByEmail, moderation.ByAddress:
			is = mine[m.Comment] || slices.ContainsFunc(p.hashes, func(h []byte) bool { return slices.Equal(h, m.value) })
		default:
		}
		if is {
			p.marks = append(p.marks, m.ID)
		}
	}
	return nil
}

// HoldingsOf returns what is held on somebody, in numbers, on a site or with 0 on all.
func (db *DB) HoldingsOf(ctx context.Context, whom moderation.Whom, site moderation.SiteID) (moderation.Holdings, error) {
	p, err := db.findPerson(ctx, db.reader, whom, site)
	if err != nil {
		return moderation.Holdings{}, err
	}
	h, err := p.held(ctx, db.reader)
	if err == nil {
		h.Mentions, h.CommonMentions, err = newMentions(p, moderation.Erasure{Whom: whom}).count(ctx, db.reader)
	}
	if err != nil {
		return h, fmt.Errorf("count what is held on somebody: %w", explain(err))
	}
	return h, nil
}

func (p *person) held(ctx context.Context, q querier) (moderation.Holdings, error) {
	h := moderation.Holdings{Comments: len(p.comments), Marks: len(p.marks), Names: append([]string{}, p.names...), BySite: map[string]int{}}
	for _, count := range []struct {
		to    *int
		query string
	}{
		{&h.Revisions, `SELECT count(*) FROM revisions WHERE comment_id` + inList},
		{&h.Decisions, `SELECT count(*) FROM decisions WHERE comment_id` + inList},
		{&h.Lessons, `SELECT count(*) FROM lessons WHERE comment_id` + inList},
		{&h.Notes, `SELECT count(*) FROM notes WHERE comment_id` + inList},
		{&h.Answers, `SELECT count(*) FROM revisions r WHERE ` + answersToAny + ` AND r.comment_id NOT` + inList},
		{&h.Cards, `SELECT count(*) FROM cards d JOIN cases k ON k.id = d.case_id WHERE k.comment_id` + inList},
		{&h.Waiting, `SELECT count(*) FROM deliveries d WHERE d.state = 'pending' AND d.key IN (SELECT 'comment:' || value FROM json_each(?1))`},
		{&h.Identities, `SELECT count(*) FROM (SELECT DISTINCT site_id, identity FROM revisions WHERE identity IS NOT NULL AND comment_id` + inList + `)`},
	} {
		if err := q.QueryRowContext(ctx, count.query, p.list()).Scan(count.to); err != nil {
			return h, err
		}
	}
	rows, err := q.QueryContext(ctx, `SELECT s.name, count(*) FROM comments c JOIN sites s ON s.id = c.site_id WHERE c.id`+inList+` GROUP BY s.id`, p.list()) //nolint:sqlclosecheck // eachRow does
	if err != nil {
		return h, err
	}
	err = eachRow(rows, func() error {
		var name string
		var n int
		err := rows.Scan(&name, &n)
		h.BySite[name] += n
		return err
	})
	return h, err
}

// answersToAny is which revisions r answer comments, on their sites.
const answersToAny = `EXISTS (
	SELECT 1 FROM comments p WHERE p.id` + inList + ` AND p.site_id = r.site_id AND p.platform_id = r.parent_id)
	AND r.parent_id <> '' AND (r.parent_author <> '' OR r.parent_text <> '')`
