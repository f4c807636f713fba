package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// erasedWord stands where a name stood.
const erasedWord = "(erased)"

// mentions are what a person is called where others write of them.
type mentions struct {
	of       *person
	words    []string
	taken    []text.Mention // those to be replaced, the longest first
	left     []text.Mention // those that are only counted
	replaced int
	standing int
	among    []moderation.CommentID // that something replaced was said of
}

// newMentions returns the person's names, and the address by which they were looked for:
// names that are short or common words are taken only where that was asked.
func newMentions(p *person, e moderation.Erasure) *mentions {
	m := &mentions{of: p, words: slices.Clone(p.names)}
	if e.Whom.Email != "" {
		m.words = append(m.words, e.Whom.Email)
	}
	slices.SortStableFunc(m.words, func(a, b string) int { return cmp.Compare(utf8.RuneCountInString(b), utf8.RuneCountInString(a)) })
	seen := map[string]bool{}
	for _, word := range m.words {
		low := strings.ToLower(word)
		if seen[low] {
			continue
		}
		seen[low] = true
		if found := text.NewMention(word); e.Mentions || word == e.Whom.Email || !moderation.IsCommonName(word, text.Fold) {
			m.taken = append(m.taken, found)
		} else {
			m.left = append(m.left, found)
		}
	}
	return m
}

// replace takes the mentions out of a text, and counts.
func (m *mentions) replace(s string) string {
	for _, word := range m.taken {
		pieces := strings.Split(s, erasedWord)
		for i := range pieces {
			var n int
			pieces[i], n = word.Replace(pieces[i], erasedWord)
			m.replaced += n
		}
		s = strings.Join(pieces, erasedWord)
	}
	for _, word := range m.left {
		for piece := range strings.SplitSeq(s, erasedWord) {
			_, n := word.Replace(piece, "")
			m.standing += n
		}
	}
	return s
}

// spoken is where somebody may be mentioned: a column, or what SQL makes of it, how it is
// set to ?1, and how its text is read.
type spoken struct {
	table, value, set, where string
	replace                  func(string) (string, error)
}

// comment is, in SQL, of which comment it was said; 0: of none.
func (s spoken) comment() string {
	switch s.table {
	case "notes", "decisions", "verdicts":
		return "comment_id"
	}
	return "0"
}

// places are where moderators and checks said something, but for what goes with the person. Of what is sent to blogs only
// notes are free text, and of verdicts only what reasons quote and which words weighed:
// all else of them are signs that programs read.
func (m *mentions) places() []spoken {
	const (
		ofSite    = `?1 IN (0, site_id)`
		others    = `comment_id NOT IN (SELECT value FROM json_each(?3)) AND `
		ofComment = others + `EXISTS (SELECT 1 FROM comments c WHERE c.id = comment_id AND ?1 IN (0, c.site_id))`
		ofMark    = `id NOT IN (SELECT value FROM json_each(?4)) AND ` + ofSite
		sent      = `key NOT IN (SELECT 'comment:' || value FROM json_each(?3)) AND ` + ofSite
	)
	plain := func(s string) (string, error) { return m.replace(s), nil }
	return []spoken{
		{"notes", `text`, `text = ?1`, ofComment, plain},
		{"decisions", `note`, `note = ?1`, others + ofSite, plain},
		{"marks", `reason`, `reason = ?1`, ofMark, plain},
		{"marks", `shown`, `shown = ?1`, ofMark, plain},
		{"modes", `reason`, `reason = ?1`, ofSite, plain},
		{"deliveries", `last_error`, `last_error = ?1`, sent, plain},
		{"deliveries", `coalesce(payload ->> 'note', '')`, `payload = json_set(payload, '$.note', ?1)`, `kind = 'callback' AND json_valid(payload) AND ` + sent, plain},
		{"personas", `name`, `name = 'persona ' || id`, ofSite, plain},
		{"verdicts", `reasons`, `reasons = ?1`, ofComment, inRows(func(r *reasonRow) { r.Detail = m.replace(r.Detail) })},
		{"verdicts", `weights`, `weights = ?1`, ofComment, inRows(func(w *weightRow) { w.Feature = m.replace(w.Feature) })},
	}
}

// count says how many mentions erase would replace, and how many leave.
func (m *mentions) count(ctx context.Context, q querier) (replaced, left int, err error) {
	for _, place := range m.places() {
		if _, err := m.find(ctx, q, place); err != nil {
			return 0, 0, fmt.Errorf("in %s: %w", place.table, err)
		}
	}
	return m.replaced, m.standing, nil
}

// erase takes the mentions out of what was said on the person's sites.
func (m *mentions) erase(ctx context.Context, tx *sql.Tx) (replaced, left int, err error) {
	for _, place := range m.places() {
		changed, err := m.find(ctx, tx, place)
		if err != nil {
			return 0, 0, fmt.Errorf("in %s: %w", place.table, err)
		}
		for id, said := range changed {
			comments, err := scanIDs[moderation.CommentID](tx.QueryContext(ctx,
				fmt.Sprintf(`UPDATE %s SET %s WHERE rowid = ?2 RETURNING %s`, place.table, place.set, place.comment()), said, id))
			if err != nil {
				return 0, 0, fmt.Errorf("in %s: %w", place.table, err)
			}
			m.among = append(m.among, comments...)
		}
	}
	return m.replaced, m.standing, nil
}

// inRows returns what applies change to each row of a list in JSON.
func inRows[T any](change func(*T)) func(string) (string, error) {
	return func(s string) (string, error) {
		var rows []T
		if err := json.Unmarshal([]byte(s), &rows); err != nil {
			return s, err
		}
		for i := range rows {
			change(&rows[i])
		}
		changed, err := json.Marshal(rows)
		return string(changed), err
	}
}

// find returns what becomes of the rows of a place in which something is to be replaced.
// SQL looks for a part of each word, which is all that it can tell of them.
func (m *mentions) find(ctx context.Context, q querier, at spoken) (map[int64]string, error) {
	var stems []string
	for _, word := range m.words {
		stems = append(stems, text.Stem(word))
	}
	//nolint:sqlclosecheck // eachRow does
	rows, err := q.QueryContext(ctx, fmt.Sprintf(`
		SELECT rowid, %[2]s FROM %[1]s WHERE %[3]s
		AND %[2]s <> '' AND EXISTS (SELECT 1 FROM json_each(?2) WHERE %[2]s LIKE '%%' || json_each.value || '%%')`,
		at.table, at.value, at.where), m.of.site, jsonList(stems), m.of.list(), idList(m.of.marks))
	if err != nil {
		return nil, err
	}
	changed := map[int64]string{}
	err = eachRow(rows, func() error {
		var id int64
		var said string
		if err := rows.Scan(&id, &said); err != nil {
			return err
		}
		before := m.replaced
		becomes, err := at.replace(said)
		if m.replaced > before {
			changed[id] = becomes
		}
		return err
	})
	return changed, err
}
