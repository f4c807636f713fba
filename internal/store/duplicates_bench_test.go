package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// BenchmarkDuplicates looks up what was said before among GATEHOUSE_BENCH_COMMENTS
// stored comments (100,000): texts that nobody said, and ones that differ from a
// stored one in a word. A million take a few minutes to store.
func BenchmarkDuplicates(b *testing.B) {
	stored := 100_000
	if s := os.Getenv("GATEHOUSE_BENCH_COMMENTS"); s != "" {
		var err error
		if stored, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	w := newWorld(b)
	texts := w.fill(stored)
	random := rand.New(rand.NewPCG(3, 4))
	for name, say := range map[string]func() string{
		"new":  func() string { return sentence(random) },
		"near": func() string { return texts[random.IntN(len(texts))] + " indeed" },
	} {
		b.Run(fmt.Sprintf("%s/%d", name, stored), func(b *testing.B) {
			for b.Loop() {
				if _, err := w.DuplicatesOf(b.Context(), w.arrival("new", say())); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// sentence is twenty words.
func sentence(random *rand.Rand) string {
	words := strings.Fields("council town soup school figure report minister tax road tram tree park river bridge vote party house rent wage law court press")
	var s strings.Builder
	for range 20 {
		s.WriteString(words[random.IntN(len(words))] + strconv.Itoa(random.IntN(100)) + " ")
	}
	return s.String()
}

// fill stores n comments with nothing but what a lookup needs, and returns some of
// the texts.
func (w *world) fill(n int) []string {
	w.t.Helper()
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "gatehouse.db")+"?_pragma=synchronous(0)&_pragma=busy_timeout(10000)&_pragma=cache_size(-500000)")
	w.must(err)
	defer raw.Close()
	random := rand.New(rand.NewPCG(1, 2))
	var texts []string
	for from := 0; from < n; from += 100_000 {
		w.must(fillSome(raw, w.site.ID, from, min(n, from+100_000), func(i int) string {
			s := sentence(random)
			if i%(n/min(n, 1000)) == 0 {
				texts = append(texts, s)
			}
			return s
		}))
	}
	return texts
}

func fillSome(raw *sql.DB, site moderation.SiteID, from, to int, say func(int) string) error {
	ctx := context.Background()
	tx, err := raw.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it fails after the commit
	comment, err := tx.PrepareContext(ctx, `
		INSERT INTO comments (id, site_id, platform_id, revision, status, received_at, changed) VALUES (?1, ?2, 'f' || ?1, 1, 'approved', ?1, ?1)`)
	if err != nil {
		return err
	}
	defer comment.Close()
	revision, err := tx.PrepareContext(ctx, `
		INSERT INTO revisions (comment_id, revision, body, format, text, post_id, post_url, post_title, parent_id, parent_author, parent_text,
			author_id, author_name, author_url, author_role, user_agent, honeypot, elapsed_ms, received_at)
		VALUES (?1, 1, ?2, 'text', ?2, 'p', '', '', '', '', '', '', 'Ann', '', '', '', '', 0, ?1)`)
	if err != nil {
		return err
	}
	defer revision.Close()
	band, err := tx.PrepareContext(ctx, `INSERT INTO bands (band, comment_id) VALUES (?, ?)`)
	if err != nil {
		return err
	}
	defer band.Close()
	for i := from; i < to; i++ {
		body, id := say(i), i+1
		if _, err := comment.ExecContext(ctx, id, site); err != nil {
			return err
		}
		if _, err := revision.ExecContext(ctx, id, body); err != nil {
			return err
		}
		for _, n := range text.Sketch(body, uint64(site)) {
			if _, err := band.ExecContext(ctx, n, id); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}
