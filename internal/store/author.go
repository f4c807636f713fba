package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/moderation"
)

// authorLooked is how many of the comments that were stored last under a name are
// looked at, and namesakeLooked how many where they must be under the very same one: of
// words that many have, each takes long to find.
const authorLooked, namesakeLooked = 500, 150

// ByAuthor implements moderation.Browser.
func (db *DB) ByAuthor(ctx context.Context, id moderation.CommentID, limit int) ([]moderation.CaseView, error) {
	p, err := db.place(ctx, id)
	if err != nil {
		return nil, err
	}
	if p.identity != nil {
		found, err := appendDated(ctx, db.brief(), nil, byIdentitySQL, p.identity, p.site, id, limit)
		if err != nil {
			return nil, err
		}
		return db.commentViews(ctx, firstOf(found, limit))
	}
	all, err := db.named(ctx, []moderation.SiteID{p.site}, p.name, namesakeLooked)
	if err != nil {
		return nil, err
	}
	var found []dated
	is := map[string]bool{p.name: true} // most write their name in one way
	name := foldedWords(p.name)
	for _, n := range all {
		same, ok := is[n.name]
		if !ok {
			same = slices.Equal(foldedWords(n.name), name)
			is[n.name] = same
		}
		if n.id != id && same {
			found = append(found, n.dated)
		}
	}
	return db.commentViews(ctx, firstOf(found, limit))
}

const byIdentitySQL = `
	SELECT c.id, r.received_at
	FROM revisions r
	CROSS JOIN comments c ON c.id = r.comment_id AND c.revision = r.revision
	WHERE r.identity = ? AND r.site_id = ? AND c.id <> ?
	ORDER BY r.received_at DESC, c.id DESC LIMIT ?`

// named is a comment under a name.
type named struct {
	dated
	site     moderation.SiteID
	name     string
	identity []byte
}

// named returns the comments that were stored last of sites under names that have
// all words of one, so many of them at most; none where it has no word.
func (db *DB) named(ctx context.Context, sites []moderation.SiteID, name string, looked int) ([]named, error) {
	words := foldedWords(name)
	if len(words) == 0 || len(sites) == 0 {
		return nil, nil
	}
	match, err := db.onSites(ctx, "author : ("+allOf(words[:min(len(words), maxFindWords)])+")", sites)
	if err != nil {
		return nil, err
	}
	rows, err := db.reader.QueryContext(ctx, namedSQL, match, looked)
	if err != nil {
		return nil, fmt.Errorf("look for authors: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var found []named
	for rows.Next() {
		var n named
		if err := rows.Scan(&n.id, &n.at, &n.site, &n.name, &n.identity); err != nil {
			return nil, fmt.Errorf("look for authors: %w", err)
		}
		found = append(found, n)
	}
	return found, rows.Err()
}

const namedSQL = `
	SELECT c.id, c.received_at, c.site_id, r.author_name, r.identity
	FROM (SELECT rowid AS id FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?) w
	CROSS JOIN comments c ON c.id = w.id
	CROSS JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision`

// Authors implements moderation.Browser.
func (db *DB) Authors(ctx context.Context, sites []moderation.SiteID, name string, limit int) ([]moderation.AuthorRecord, error) {
	if len(foldedWords(name)) == 0 {
		return nil, fmt.Errorf("find authors: %w: %q has no word to look for: type letters or digits", moderation.ErrInvalid, name)
	}
	all, err := db.siteIDs(ctx, sites)
	if err != nil {
		return nil, err
	}
	found, err := db.named(ctx, all, name, authorLooked)
	if err != nil {
		return nil, err
	}
	newest, counts := gatherAuthors(found)
	var views []moderation.CaseView
	for _, id := range firstOf(newest, limit) {
		found, err := db.views(ctx, selectComments+`WHERE c.id = ?`, id)
		if err != nil {
			return nil, err
		}
		views = append(views, found...)
	}
	records := make([]moderation.AuthorRecord, len(views))
	for i, v := range views {
		of := counts[v.Comment.ID]
		records[i] = moderation.AuthorRecord{Site: v.Site, Author: v.Author, Standing: v.Standing, Last: v.Comment.ID, LastAt: v.At, Comments: of.count}
		if of.identity == nil {
			continue
		}
		if records[i].Comments, err = db.countOf(ctx, v.Site.ID, of.identity); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// written is how much somebody has written.
type written struct {
	identity []byte
	count    int
}

// gatherAuthors returns the newest comment of each author, and by that how many they
// wrote.
func gatherAuthors(found []named) (newest []dated, counts map[moderation.CommentID]written) {
	last, number := map[string]dated{}, map[string]written{}
	for _, n := range found {
		key := fmt.Sprint(n.site, " name ", strings.Join(foldedWords(n.name), " "))
		if n.identity != nil {
			key = fmt.Sprint(n.site, " identity ", string(n.identity))
		}
		if l, ok := last[key]; !ok || n.at > l.at {
			last[key] = n.dated
		}
		number[key] = written{n.identity, number[key].count + 1}
	}
	counts = map[moderation.CommentID]written{}
	for key, l := range last {
		newest = append(newest, l)
		counts[l.id] = number[key]
	}
	return newest, counts
}

const countOfSQL = `SELECT count(*) FROM revisions WHERE identity = ? AND site_id = ? AND revision = 1`

// countOf returns how many comments a site has of an identity.
func (db *DB) countOf(ctx context.Context, site moderation.SiteID, identity []byte) (n int, err error) {
	err = db.brief().QueryRowContext(ctx, countOfSQL, identity, site).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count comments of the author: %w", explain(err))
	}
	return n, nil
}
