package store_test

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
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
	bands := make([][2]int64, 0, 13*n)
	for id := 1; id <= n; {
		w.must(inTransaction(raw, func(tx *sql.Tx) error {
			for last := min(n, id+100_000-1); id <= last; id++ {
				body := sentence(random)
				if id%(n/min(n, 1000)) == 0 {
					texts = append(texts, body)
				}
				for _, band := range text.Sketch(body, uint64(w.site.ID)) {
					bands = append(bands, [2]int64{band, int64(id)})
				}
				if err := storeBare(tx, w.site.ID, id, body); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	// In their order they are stored many times faster.
	slices.SortFunc(bands, func(a, b [2]int64) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	for some := range slices.Chunk(bands, 1_000_000) {
		w.must(inTransaction(raw, func(tx *sql.Tx) error { return storeBands(tx, some) }))
	}
	return texts
}

// storeBare stores a comment with what a lookup reads.
func storeBare(tx *sql.Tx, site moderation.SiteID, id int, body string) error {
	_, err := tx.Exec(`
		INSERT INTO comments (id, site_id, platform_id, revision, status, received_at, changed) VALUES (?1, ?2, 'f' || ?1, 1, 'approved', ?1, ?1);
		INSERT INTO revisions (comment_id, revision, site_id, body, format, text, post_id, post_url, post_title, parent_id, parent_author, parent_text,
			author_id, author_name, author_url, author_role, user_agent, honeypot, elapsed_ms, received_at)
		VALUES (?1, 1, ?2, ?3, 'text', ?3, 'p' || (?1 / 2000), '', '', '', '', '', '', 'Ann', '', '', '', '', 0, ?1)`, id, site, body)
	return err
}

func storeBands(tx *sql.Tx, bands [][2]int64) error {
	put, err := tx.Prepare(`INSERT INTO bands (band, comment_id) VALUES (?, ?)`)
	if err != nil {
		return err
	}
	defer put.Close()
	for _, b := range bands {
		if _, err := put.Exec(b[0], b[1]); err != nil {
			return err
		}
	}
	return nil
}

// inTransaction does something in one transaction.
func inTransaction(raw *sql.DB, do func(*sql.Tx) error) error {
	tx, err := raw.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it fails after the commit
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// BenchmarkBackground asks all that checks may ask, of a comment on a post that has
// two thousand others and of one on a new post.
func BenchmarkBackground(b *testing.B) {
	w := newWorld(b)
	w.fill(20_000)
	for name, post := range map[string]string{"busy post": "p3", "new post": "new"} {
		b.Run(name, func(b *testing.B) {
			a := w.arrival("new", "What nobody has said before, in so many words.")
			a.Post.ID = post
			for b.Loop() {
				w.background(a)
			}
		})
	}
}
