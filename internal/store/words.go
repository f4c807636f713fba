package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// The table of words is an index of FTS5 without the texts. What is removed from
// it, as
//
//	DELETE FROM words WHERE rowid = :comment
//
// is found no more; its words are gone from the file once FTS5 has merged its
// segments, which INSERT INTO words (words) VALUES ('optimize') does at once.

// indexed is what table words has of a comment.
type indexed struct {
	comment      moderation.CommentID
	site         moderation.SiteID
	text, author string
	isNew        bool // it has no words yet, for sure
}

// wordsOf returns what of an arrival can be found by words.
func wordsOf(c commentRow, a moderation.Arrival) indexed {
	return indexed{comment: c.id, site: c.site, text: a.Comment.Text, author: a.Author.Name, isNew: c.revision == 1}
}

// putWords makes a comment's newest revision findable by its words, and no other.
func putWords(ctx context.Context, tx executor, w indexed) error { return w.folded()(ctx, tx) }

// folded makes the words of the index, and returns what writes them.
func (w indexed) folded() func(context.Context, executor) error {
	insert := `INSERT INTO words (rowid, text, author, site) VALUES (?, ?, ?, ?)`
	if !w.isNew {
		insert = `INSERT OR REPLACE INTO words (rowid, text, author, site) VALUES (?, ?, ?, ?)`
	}
	said, author := strings.Join(foldedWords(w.text), " "), strings.Join(foldedWords(w.author), " ")
	return func(ctx context.Context, tx executor) error {
		if _, err := tx.ExecContext(ctx, insert, w.comment, said, author, siteWord(w.site)); err != nil {
			return fmt.Errorf("insert words: %w", err)
		}
		return nil
	}
}

// siteWord is what stands for a site in table words.
func siteWord(id moderation.SiteID) string { return "s" + strconv.FormatInt(int64(id), 10) }

// foldedWords returns the words of a text as readers read them, in letters and
// digits only: what FTS5 takes for one word each.
func foldedWords(s string) []string {
	var words []string
	for _, word := range text.Words(text.Fold(s)) {
		word = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) {
				return r
			}
			return -1
		}, word)
		if word != "" {
			words = append(words, word)
		}
	}
	return words
}

// filledAtOnce is for how many comments words are written in one transaction.
const filledAtOnce = 200

// wordsMissing is where the newest comment stands that may have no words.
const wordsMissing = "words.missing"

// wordsBroken reports whether SQLite says that the index of words is damaged: it is the
// one virtual table that has data. At a transaction's end a key that is there twice says
// so, too, for those of all other tables were looked at before.
func wordsBroken(err error, atEnd bool) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CORRUPT_VTAB || atEnd && e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// renewed is the error for which the index of words is made anew.
func renewed(err error) error {
	return fmt.Errorf("%w (the index of words is damaged and is made anew; try again)", unable{err})
}

// mended has the index of words made anew where an error says that it is damaged.
func (db *DB) mended(ctx context.Context, err error) error {
	if !wordsBroken(err, false) {
		return err
	}
	return errors.Join(renewed(err), db.writeAlone(ctx, func(tx *sql.Tx) error { return renewWords(ctx, tx) }))
}

// renewWords empties the index of words, and has FillWords fill it anew.
func renewWords(ctx context.Context, tx executor) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO words (words) VALUES ('delete-all')`); err != nil {
		return fmt.Errorf("empty index of words: %w", explain(err))
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value) SELECT ?, max(id) FROM comments WHERE true HAVING max(id) > 0
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, wordsMissing)
	if err != nil {
		return fmt.Errorf("empty index of words: %w", explain(err))
	}
	return nil
}

// FillWords makes some of the comments findable that were stored before words were,
// the newest first, and returns how many are left at most.
func (db *DB) FillWords(ctx context.Context) (left int, err error) {
	if last, err := lastMissing(ctx, db.reader); err != nil || last == 0 {
		return 0, err
	}
	err = db.writeAlone(ctx, func(tx *sql.Tx) error {
		last, err := lastMissing(ctx, tx)
		if err != nil || last == 0 {
			return err
		}
		batch := newBatch(tx)
		defer batch.close()
		some, err := missingWords(ctx, tx, last)
		if err != nil {
			return err
		}
		for _, w := range slices.Backward(some) { // FTS5 gathers what comes in ascending order
			if err := putWords(ctx, batch, w); err != nil {
				return err
			}
		}
		if len(some) > 0 {
			left = int(some[len(some)-1].comment) - 1
		}
		if left == 0 {
			_, err = tx.ExecContext(ctx, `DELETE FROM settings WHERE key = ?`, wordsMissing)
		} else {
			_, err = tx.ExecContext(ctx, `UPDATE settings SET value = ? WHERE key = ?`, left, wordsMissing)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("make comments findable: %w", explain(err))
	}
	return left, nil
}

// lastMissing returns the number of the newest comment that may have no words; 0:
// all have.
func lastMissing(ctx context.Context, q querier) (last int, err error) {
	err = q.QueryRowContext(ctx, `SELECT CAST(value AS INTEGER) FROM settings WHERE key = ?`, wordsMissing).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return last, err
}

// missingWords returns comments up to one of them, the newest first.
func missingWords(ctx context.Context, q querier, last int) ([]indexed, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT c.id, c.site_id, r.text, r.author_name
		FROM comments c
		JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
		WHERE c.id <= ? ORDER BY c.id DESC LIMIT ?`, last, filledAtOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var some []indexed
	for rows.Next() {
		var w indexed
		if err := rows.Scan(&w.comment, &w.site, &w.text, &w.author); err != nil {
			return nil, err
		}
		some = append(some, w)
	}
	return some, rows.Err()
}
