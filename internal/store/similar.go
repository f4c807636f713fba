package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

const (
	// similarWords is by how many of its longest words, which are the rarest ones
	// mostly, comments like another one are looked for, and similarWith how many of the
	// newest with each are looked at.
	similarWords, similarWith = 14, 120
	// similarCompared is how many of these are compared.
	similarCompared = 40
	// minAlike is the resemblance from which a comment is like another one.
	minAlike = 0.08
)

// Similar implements moderation.Browser. What is alike is said by [text.Resemblance].
func (db *DB) Similar(ctx context.Context, id moderation.CommentID, limit int) (found []moderation.Likeness, err error) {
	defer func() { err = db.mended(ctx, err) }()
	p, err := db.place(ctx, id)
	if err != nil {
		return nil, err
	}
	var alike map[moderation.CommentID]float64
	err = db.read(ctx, func(tx querier) error {
		alike, err = alikeTo(ctx, brief{tx}, id, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for comments like %s: %w", id, explain(err))
	}
	return db.likest(ctx, alike, limit)
}

// alikeTo returns how much the likeliest comments are alike to one at a place.
func alikeTo(ctx context.Context, q querier, id moderation.CommentID, p placeOf) (map[moderation.CommentID]float64, error) {
	ids, err := similarTo(ctx, q, p)
	if err != nil {
		return nil, err
	}
	alike := map[moderation.CommentID]float64{}
	gist := text.GistOf(p.text)
	for _, other := range ids {
		if other == id || len(alike) == similarCompared {
			continue
		}
		var body string
		err := q.QueryRowContext(ctx, decidedTextSQL, other, p.site).Scan(&body)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		alike[other] = gist.Resemblance(text.GistOf(body))
	}
	return alike, nil
}

const decidedTextSQL = `
	SELECT r.text
	FROM comments c
	JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
	WHERE c.id = ? AND c.site_id = ? AND EXISTS (
	  SELECT 1 FROM decisions d
	  WHERE d.comment_id = c.id AND d.revision = c.revision AND d.choice <> 'undo' AND ` + notUndone + `)`

// likest shows those that are most alike.
func (db *DB) likest(ctx context.Context, alike map[moderation.CommentID]float64, limit int) ([]moderation.Likeness, error) {
	var ids []int64
	for id, a := range alike {
		if a >= minAlike {
			ids = append(ids, int64(id))
		}
	}
	slices.SortFunc(ids, func(a, b int64) int {
		return cmp.Or(cmp.Compare(alike[moderation.CommentID(b)], alike[moderation.CommentID(a)]), cmp.Compare(b, a))
	})
	views, err := db.commentViews(ctx, ids[:max(0, min(len(ids), limit))])
	list := make([]moderation.Likeness, len(views))
	for i, v := range views {
		list[i] = moderation.Likeness{View: v, Alike: alike[v.Comment.ID]}
	}
	return list, err
}

// similarTo returns comments that were decided once and may be like the one at a
// place, the likeliest first: what says nearly the same, and what shares words, the
// more the fewer others have.
func similarTo(ctx context.Context, q querier, p placeOf) ([]moderation.CommentID, error) {
	near, err := candidates(ctx, q, text.Sketch(p.text, uint64(p.site)))
	if err != nil {
		return nil, err
	}
	weight := map[moderation.CommentID]float64{}
	for _, id := range near {
		weight[id] = math.MaxInt32
	}
	for _, word := range longest(foldedWords(p.text), similarWords) {
		var found []moderation.CommentID
		var others int
		if found, others, err = decidedWith(ctx, q, word, p.site); err != nil {
			return nil, err
		}
		for _, id := range found {
			weight[id] += math.Log(2 * similarWith / float64(others))
		}
	}
	ids := make([]moderation.CommentID, 0, len(weight))
	for id := range weight {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b moderation.CommentID) int {
		return cmp.Or(cmp.Compare(weight[b], weight[a]), cmp.Compare(b, a))
	})
	return ids, nil
}

// The + keeps SQLite from the index of sites: it would walk all decisions of one.
var decidedWithSQL = fmt.Sprintf(`
	SELECT w.id, EXISTS (SELECT 1 FROM decisions d WHERE d.comment_id = w.id AND +d.site_id = ?2)
	FROM (SELECT rowid AS id FROM words WHERE words MATCH ?1 ORDER BY rowid DESC LIMIT %d) w`, similarWith)

// decidedWith returns which of the newest comments with a word, on any site, somebody
// has decided on this one, and how many there are of the former, similarWith at most.
func decidedWith(ctx context.Context, q querier, word string, site moderation.SiteID) (ids []moderation.CommentID, all int, err error) {
	rows, err := q.QueryContext(ctx, decidedWithSQL, "text : "+allOf([]string{word}), site)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var id moderation.CommentID
		var decided bool
		if err := rows.Scan(&id, &decided); err != nil {
			return nil, 0, err
		}
		if all++; decided {
			ids = append(ids, id)
		}
	}
	return ids, all, rows.Err()
}

// longest returns the longest words of a list, each once.
func longest(words []string, limit int) []string {
	words = slices.Clone(words)
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(utf8.RuneCountInString(b), utf8.RuneCountInString(a)), cmp.Compare(a, b))
	})
	words = slices.Compact(words)
	return words[:min(len(words), limit)]
}
