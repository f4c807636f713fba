package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"unicode"
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
func (db *DB) Find(ctx context.Context, sites []moderation.SiteID, words string, limit int) (views []moderation.CaseView, err error) {
	defer func() { err = db.mended(ctx, err) }()
	folded := foldedWords(words)
	if len(folded) == 0 {
		return nil, fmt.Errorf("find comments: %w: %q has no word to look for: type letters or digits", moderation.ErrInvalid, words)
	}
	all, err := db.siteIDs(ctx, sites)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	match, err := db.haveAll(ctx, folded)
	if err != nil {
		return nil, err
	}
	if match, err = db.onSites(ctx, match, all); err != nil {
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

// haveAll is the expression of FTS5 for what has all of some folded words in text or
// author's name, the last one of which may be a beginning.
func (db *DB) haveAll(ctx context.Context, folded []string) (string, error) {
	const in = "{text author} : "
	folded = folded[:min(len(folded), maxFindWords)]
	whole, last := folded[:len(folded)-1], folded[len(folded)-1]
	if utf8.RuneCountInString(last) < minBegun {
		return in + "(" + allOf(folded) + ")", nil
	}
	begun, err := db.begunBy(ctx, last)
	if err != nil || len(whole) == 0 {
		return in + "(" + begun + ")", err
	}
	return behind(in+"("+allOf(whole)+")", in+"("+begun+")"), nil
}

// allOf is the expression of FTS5 for folded words that all must be there. In
// quotes none is an operator.
func allOf(folded []string) string { return `"` + strings.Join(folded, `" AND "`) + `"` }

// behind is the expression of FTS5 for what two others both find, where the second one
// takes long to look into: FTS5 walks all terms of one AND abreast. Behind a NOT, which
// is of nothing here, the terms of the first are brought together by themselves, and the
// second is asked only of what has all.
func behind(first, second string) string {
	return "(" + first + ` NOT site : "none") AND ` + second
}

// maxBegun is how many words that begin in some way are looked for one by one. If there
// are more, FTS5 is to gather all that they are in: that takes the longer the more it
// is, and words by the hundred take as long.
const maxBegun = 100

// begunSQL reads the words from ?1 on that are before ?2: each is asked for by itself,
// for FTS5 would read all that a word is in to come to the next.
var begunSQL = fmt.Sprintf(`
	WITH RECURSIVE begun (term) AS (
	  SELECT (SELECT term FROM vocabulary WHERE term >= ?1 ORDER BY term LIMIT 1)
	  UNION ALL
	  SELECT (SELECT v.term FROM vocabulary v WHERE v.term >= b.term || char(1) ORDER BY v.term LIMIT 1) FROM begun b WHERE b.term < ?2)
	SELECT term FROM begun WHERE term < ?2 LIMIT %d`, maxBegun+1)

// begunBy is the expression of FTS5 for words that begin as one does.
func (db *DB) begunBy(ctx context.Context, word string) (string, error) {
	if !isWordAsIs(word) {
		return `"` + word + `"*`, nil
	}
	var terms []string
	err := eachOf(ctx, db.brief(), func(rows *sql.Rows) error {
		var term string
		err := rows.Scan(&term)
		terms = append(terms, term)
		return err
	}, begunSQL, word, word+string(utf8.MaxRune))
	if err != nil {
		return "", fmt.Errorf("look for words: %w", explain(err))
	}
	switch {
	case len(terms) == 0:
		return `"` + word + `"`, nil
	case len(terms) > maxBegun:
		return `"` + word + `"*`, nil
	}
	return `"` + strings.Join(terms, `" OR "`) + `"`, nil
}

// isWordAsIs reports whether a folded word stands in the index as it is, for sure: of
// newer and rarer scripts FTS5 may take apart what is one word here, or change it.
func isWordAsIs(word string) bool {
	for _, r := range word {
		if r >= 0x0590 || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

// onSites adds to an expression of FTS5 that comments must be of some sites, where
// there are or were others: that takes longer than all else.
func (db *DB) onSites(ctx context.Context, match string, sites []moderation.SiteID) (string, error) {
	var all int
	if err := db.brief().QueryRowContext(ctx, `SELECT count(*) FROM sites`).Scan(&all); err != nil {
		return "", fmt.Errorf("read sites: %w", explain(err))
	}
	if all == len(sites) {
		return match, nil
	}
	terms := make([]string, len(sites))
	for i, id := range sites {
		terms[i] = `"` + siteWord(id) + `"`
	}
	return behind(match, "site : ("+strings.Join(terms, " OR ")+")"), nil
}
