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
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// The town of the benchmarks: so many comments in so many days, of which each tenth
// waits and each tenth was held and decided.
const (
	townDays    = 90
	townAuthors = 4_000
)

// townComments is how many comments the town has: GATEHOUSE_BENCH_COMMENTS (100,000).
func townComments(t testing.TB) int {
	s := os.Getenv("GATEHOUSE_BENCH_COMMENTS")
	if s == "" {
		return 100_000
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// BenchmarkBrowse looks up what moderators and programs look up among 100,000 comments,
// or GATEHOUSE_BENCH_COMMENTS, of which each tenth waits.
func BenchmarkBrowse(b *testing.B) {
	w := newWorld(b)
	w.town()
	all := []moderation.SiteID{w.site.ID}
	id := moderation.CommentID(townComments(b) - 5)
	since := w.now.Add(-7 * 24 * time.Hour)
	for _, bench := range []struct {
		name string
		ask  func(context.Context) (int, error)
	}{
		{"OpenCases", func(ctx context.Context) (int, error) { v, _, err := w.OpenCases(ctx, nil, 10); return len(v), err }},
		{"OpenCasesOf", func(ctx context.Context) (int, error) {
			v, _, err := w.OpenCases(ctx, all, 10)
			return len(v), err
		}},
		{"NextCases", func(ctx context.Context) (int, error) {
			v, err := w.NextCases(ctx, moderation.SpotQuery{Spot: moderation.Spot{Chat: -5}, Sites: all, Now: w.now}, 10)
			return len(v), err
		}},
		{"OpenCards", func(ctx context.Context) (int, error) {
			_, _, err := w.OpenCards(ctx, moderation.Spot{Chat: -5})
			return 1, err
		}},
		{"Queue", func(ctx context.Context) (int, error) { q, err := w.Queue(ctx, all); return q.Waiting, err }},
		{"View", func(ctx context.Context) (int, error) { _, err := w.View(ctx, id); return 1, err }},
		{"Published", func(ctx context.Context) (int, error) { v, err := w.Published(ctx, all, 10); return len(v), err }},
		{"Decided", func(ctx context.Context) (int, error) { v, err := w.Decided(ctx, all, 10); return len(v), err }},
		{"Find/common", func(ctx context.Context) (int, error) { v, err := w.Find(ctx, all, "council7", 10); return len(v), err }},
		{"Find/rare", func(ctx context.Context) (int, error) {
			v, err := w.Find(ctx, all, "council7 tram23 soup9", 10)
			return len(v), err
		}},
		{"Find/begun", func(ctx context.Context) (int, error) { v, err := w.Find(ctx, all, "soup1", 10); return len(v), err }},
		{"Thread", func(ctx context.Context) (int, error) { v, err := w.Thread(ctx, id, 10); return len(v), err }},
		{"Thread/post", func(ctx context.Context) (int, error) { v, err := w.Thread(ctx, id-1, 10); return len(v), err }},
		{"Similar", func(ctx context.Context) (int, error) { v, err := w.Similar(ctx, id, 10); return len(v), err }},
		{"ByAuthor", func(ctx context.Context) (int, error) { v, err := w.ByAuthor(ctx, id, 10); return len(v), err }},
		{"Authors", func(ctx context.Context) (int, error) { v, err := w.Authors(ctx, all, "ann", 10); return len(v), err }},
		{"Days/7", func(ctx context.Context) (int, error) {
			v, err := w.Days(ctx, all, since, time.UTC)
			return len(v), err
		}},
		{"Days/90", func(ctx context.Context) (int, error) {
			v, err := w.Days(ctx, all, time.Time{}, time.UTC)
			return len(v), err
		}},
		{"Due", func(ctx context.Context) (int, error) {
			_, err := w.Due(ctx, w.now, []string{moderation.DeliverCard, moderation.DeliverCallback}, nil, 100)
			return 1, err
		}},
		{"Record", func(ctx context.Context) (int, error) { _, err := w.Record(ctx, w.site.ID, id); return 1, err }},
		{"Changes", func(ctx context.Context) (int, error) {
			c, err := w.Changes(ctx, moderation.ChangeQuery{Site: w.site.ID, Limit: 100})
			return len(c.Records), err
		}},
		{"Digest/12h", func(ctx context.Context) (int, error) {
			d, err := w.Digest(ctx, all, w.now.Add(-12*time.Hour))
			return d.Waiting, err
		}},
		{"Digest/7d", func(ctx context.Context) (int, error) { d, err := w.Digest(ctx, all, since); return d.Waiting, err }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if n, err := bench.ask(b.Context()); err != nil || n == 0 {
					b.Fatalf("%d found, error %v", n, err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			for _, p := range []int{50, 99} {
				b.ReportMetric(float64(took[len(took)*p/100].Microseconds())/1000, fmt.Sprintf("ms/p%d", p))
			}
		})
	}
}

// town stores the comments of the benchmark, as Admit and Decide would have.
func (w *world) town() {
	w.t.Helper()
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "gatehouse.db")+"?_pragma=synchronous(0)&_pragma=busy_timeout(10000)&_pragma=cache_size(-500000)")
	w.must(err)
	defer raw.Close()
	n, random := townComments(w.t), rand.New(rand.NewPCG(5, 6))
	var bands [][2]int64
	said := sentence(random)
	w.must(inTransaction(raw, func(tx *sql.Tx) error {
		put, err := prepareTown(tx)
		if err != nil {
			return err
		}
		for id := 1; id <= n; id++ {
			at := w.now.Add(time.Duration(id-n) * (townDays * 24 * time.Hour / time.Duration(n)))
			if id%10 == 0 { // the next nine are much alike
				said = sentence(random)
			}
			body := said + sentence(random)[:40]
			if err := put(w.site.ID, id, at, body, random); err != nil {
				return err
			}
			for _, band := range text.Sketch(body, uint64(w.site.ID)) {
				bands = append(bands, [2]int64{band, int64(id)})
			}
		}
		_, err = tx.Exec(`INSERT INTO settings (key, value) VALUES ('words.missing', ?)`, n)
		return err
	}))
	slices.SortFunc(bands, func(a, b [2]int64) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	w.must(inTransaction(raw, func(tx *sql.Tx) error { return storeBands(tx, slices.Compact(bands)) }))
	for left := 1; left > 0; {
		left, err = w.FillWords(context.Background())
		w.must(err)
	}
}

// prepareTown returns what stores one comment: of ten, seven are published, one was
// held and approved, one rejected, and one waits.
func prepareTown(tx *sql.Tx) (func(site moderation.SiteID, id int, at time.Time, body string, random *rand.Rand) error, error) {
	statements := map[string]*sql.Stmt{}
	for name, query := range map[string]string{
		"comment": `INSERT INTO comments (id, site_id, platform_id, revision, status, received_at, changed, first_action, unasked)
			VALUES (?1, ?2, 'f' || ?1, 1, ?3, ?4, ?1, ?5, ?5 = 'approve')`,
		"revision": `INSERT INTO revisions (comment_id, revision, site_id, body, format, text, post_id, post_url, post_title, parent_id, parent_author, parent_text,
			author_id, author_name, author_url, author_role, user_agent, identity, honeypot, elapsed_ms, received_at)
			VALUES (?1, 1, ?2, ?3, 'text', ?3, 'p' || (?1 / 200), '', '', ?4, '', '', '', ?5, '', '', 'UA', ?6, '', 0, ?7)`,
		"verdict": `INSERT INTO verdicts (comment_id, revision, action, ok, spam, abuse, reasons, weights, model, rules, judged_at)
			VALUES (?1, 1, ?2, .1, .2, .7, '[{"c":"classifier","l":"abuse","d":"moron, stupid, worthless","s":0.7}]',
			'[{"f":"moron","l":"abuse","w":2.5},{"f":"stupid","l":"abuse","w":1.5},{"f":"worthless","l":"abuse","w":1.25}]', 'm1', 'r1', ?3)`,
		"case": `INSERT INTO cases (comment_id, revision, site_id, state, version, opened_at, closed_at, urgent)
			VALUES (?1, 1, ?2, ?3, 1, ?4, ?5, ?1 % 1000 = 0)`,
		"decision": `INSERT INTO decisions (comment_id, revision, choice, actor_id, actor_name, via, note, before, after, at, site_id)
			VALUES (?1, 1, ?2, 'telegram:1', 'Mo', 'telegram', '', 'held', ?3, ?4, ?5)`,
	} {
		var err error
		if statements[name], err = tx.Prepare(query); err != nil { //nolint:sqlclosecheck // the transaction's end does
			return nil, err
		}
	}
	return func(site moderation.SiteID, id int, at time.Time, body string, random *rand.Rand) error {
		action, status, choice := moderation.Approve, moderation.Approved, moderation.Choice("")
		switch id % 10 {
		case 0:
			action, status = moderation.Hold, moderation.Held
		case 1:
			action, choice = moderation.Hold, moderation.ChooseApprove
		case 2:
			action, status, choice = moderation.Hold, moderation.Rejected, moderation.ChooseSpam
		}
		author := int(float64(townAuthors) * random.Float64() * random.Float64())
		parent := ""
		if id%2 == 1 {
			parent = fmt.Sprint("f", max(1, id-2))
		}
		do := func(name string, args ...any) error { _, err := statements[name].Exec(args...); return err }
		closed, state := sql.NullInt64{Int64: at.Add(time.Duration(random.IntN(1000)) * time.Minute).UnixMilli(), Valid: choice != ""}, "decided"
		if choice == "" {
			state = "open"
		}
		steps := []error{
			do("comment", id, site, status, at.UnixMilli(), action),
			do("revision", id, site, body, parent, fmt.Sprint([]string{"Ann", "Bob", "Cem", "Dora"}[author%4], " ", author), fmt.Append(nil, "author", author), at.UnixMilli()),
			do("verdict", id, action, at.UnixMilli()),
		}
		if action == moderation.Hold {
			steps = append(steps, do("case", id, site, state, at.UnixMilli(), closed))
		}
		if choice != "" {
			steps = append(steps, do("decision", id, choice, status, closed.Int64, site))
		}
		for _, err := range steps {
			if err != nil {
				return err
			}
		}
		return nil
	}, nil
}
