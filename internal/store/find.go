package store

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/moderation"
)

const (
	// findLooked is how many of the comments that were stored last with the words
	// are looked at: a blog's history may be stored after what is newer.
	findLooked = 300
	// minBegun is how many letters a word that is still being typed must have to
	// stand for all that begin so.
	minBegun = 4
	// maxFindWords bounds what is looked for.
	maxFindWords = 20
)

// Find implements moderation.Browser. The last word may be the beginning of one.
func (db *DB) Find(ctx context.Context, sites []moderation.SiteID, words string, limit int) ([]moderation.CaseView, error) {
	folded := foldedWords(words)
	if len(folded) == 0 {
		return nil, fmt.Errorf("find comments: %w: %q has no word to look for: type letters or digits", moderation.ErrInvalid, words)
	}
	all, err := db.siteIDs(ctx, sites)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	match, err := db.onSites(ctx, "{text author} : ("+allOf(folded, true)+")", all)
	if err != nil {
		return nil, err
	}
	found, err := appendDated(ctx, db.reader, nil, findSQL, match, findLooked)
	if err != nil {
		return nil, err
	}
	return db.commentViews(ctx, firstOf(found, limit))
}

const findSQL = `
	SELECT c.id, c.received_at
	FROM (SELECT rowid AS id FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?) w
	CROSS JOIN comments c ON c.id = w.id`

// allOf is the expression of FTS5 for folded words that all must be there. In
// quotes none is an operator.
func allOf(folded []string, begun bool) string {
	folded = folded[:min(len(folded), maxFindWords)]
	terms := make([]string, len(folded))
	for i, w := range folded {
		terms[i] = `"` + w + `"`
	}
	if last := len(terms) - 1; begun && utf8.RuneCountInString(folded[last]) >= minBegun {
		terms[last] += "*"
	}
	return strings.Join(terms, " AND ")
}

// onSites adds to an expression of FTS5 that comments must be of some sites, where
// there are or were others: that takes longer than all else.
func (db *DB) onSites(ctx context.Context, match string, sites []moderation.SiteID) (string, error) {
	var all int
	if err := db.reader.QueryRowContext(ctx, `SELECT count(*) FROM sites`).Scan(&all); err != nil {
		return "", fmt.Errorf("read sites: %w", explain(err))
	}
	if all == len(sites) {
		return match, nil
	}
	terms := make([]string, len(sites))
	for i, id := range sites {
		terms[i] = `"` + siteWord(id) + `"`
	}
	// FTS5 walks all terms of one AND abreast. Behind a NOT, which is of nothing here,
	// the words are brought together first, and a site is asked only of what has all.
	return "(" + match + ` NOT site : "none") AND site : (` + strings.Join(terms, " OR ") + ")", nil
}
