package store_test

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// The town of the benchmarks: a thousand comments a day, on four blogs of which the
// first has seven in ten. Each tenth comment waits, of which so many at the head are
// one raid and each thousandth is urgent; two in ten were held and decided, and their
// blogs were told, but for one blog, which is away.
const (
	townDaily   = 1_000
	townAuthors = 4_000
	townRaid    = 500
	townKey     = "bench.town"
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

// newTown opens the town of n comments: the one that is in GATEHOUSE_BENCH_FOLDER
// since it was last wanted, else one that is filled.
func newTown(t testing.TB, n int) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: epoch}
	if kept := os.Getenv("GATEHOUSE_BENCH_FOLDER"); kept != "" {
		w.dir = filepath.Join(kept, fmt.Sprint("town-", n))
	}
	w.open()
	t.Cleanup(func() { w.Close() })
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "gatehouse.db")+"?_pragma=synchronous(0)&_pragma=busy_timeout(10000)&_pragma=cache_size(-500000)&_pragma=temp_store(2)")
	w.must(err)
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	var filled int
	err = raw.QueryRow(`SELECT value FROM settings WHERE key = ?`, townKey).Scan(&filled)
	if errors.Is(err, sql.ErrNoRows) {
		for _, name := range []string{"blog", "times", "garden", "away"} {
			_, err := w.AddSite(t.Context(), moderation.Site{Name: name, Platform: "webhook", Mode: moderation.ModeNormal, Callback: "https://" + name + ".example.test/decisions"})
			w.must(err)
		}
		w.fillTown(raw, n)
		_, err = raw.Exec(`INSERT INTO settings (key, value) VALUES (?, ?); PRAGMA wal_checkpoint(TRUNCATE)`, townKey, n)
	}
	w.must(err)
	w.site, err = w.SiteByID(t.Context(), 1)
	w.must(err)
	return w
}

// newTownToChange opens a copy of the town of n comments; 0: an empty database.
func newTownToChange(t testing.TB, n int) *world {
	t.Helper()
	if n == 0 {
		return newWorld(t)
	}
	town := newTown(t, n)
	town.must(town.Close())
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "copy"), now: epoch}
	w.must(os.CopyFS(w.dir, os.DirFS(town.dir)))
	w.open()
	t.Cleanup(func() { w.Close() })
	var err error
	w.site, err = w.SiteByID(t.Context(), 1)
	w.must(err)
	return w
}

// fillTown stores the comments, as Admit, Decide and the outbox would have. Indexes
// are made afterwards: in order, that takes a fraction of the time.
func (w *world) fillTown(raw *sql.DB, n int) {
	w.t.Helper()
	later := w.dropIndexes(raw)
	var bands [][2]int64
	w.must(inTransaction(raw, func(tx *sql.Tx) (err error) {
		if bands, err = w.storeTexts(tx, n); err != nil {
			return err
		}
		for _, statement := range townSQL {
			if _, err := tx.Exec(statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	}))
	slices.SortFunc(bands, func(a, b [2]int64) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	w.must(inTransaction(raw, func(tx *sql.Tx) error { return storeBands(tx, slices.Compact(bands)) }))
	for _, statement := range later {
		_, err := raw.Exec(statement)
		w.must(err)
	}
}

// dropIndexes drops the indexes that are only there for speed, and returns the
// statements that make them again.
func (w *world) dropIndexes(raw *sql.DB) (later []string) {
	w.t.Helper()
	rows, err := raw.Query(`SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL`)
	w.must(err)
	defer rows.Close()
	names := []string{}
	for rows.Next() {
		var name, statement string
		w.must(rows.Scan(&name, &statement))
		names, later = append(names, name), append(later, statement)
	}
	w.must(rows.Err())
	for _, name := range names {
		_, err := raw.Exec(`DROP INDEX ` + name)
		w.must(err)
	}
	return later
}

// storeTexts stores the revisions and their words, and returns the bands by which
// likeness is found: of ten comments nine are much like the one before.
func (w *world) storeTexts(tx *sql.Tx, n int) (bands [][2]int64, err error) {
	random := rand.New(rand.NewPCG(5, 6))
	put, err := tx.Prepare(`
		INSERT INTO revisions (comment_id, revision, site_id, body, format, text, post_id, post_url, post_title, parent_id, parent_author, parent_text,
			author_id, author_name, author_url, author_role, user_agent, identity, email_hash, ip_hash, range_hash, agent_hash, honeypot, elapsed_ms, received_at)
		VALUES (?1, 1, ?2, ?3, 'text', ?3, ?4, '', '', ?5, '', '', '', ?6, '', '', 'UA', ?7, ?8, ?9, ?10, CAST('a' || (?11 % 40) AS BLOB), '', 0, ?12)`)
	if err != nil {
		return nil, err
	}
	defer put.Close()
	words, err := tx.Prepare(`INSERT INTO words (rowid, text, author, site) VALUES (?, ?, ?, 's' || ?)`)
	if err != nil {
		return nil, err
	}
	defer words.Close()
	said, last := sentence(random), map[moderation.SiteID]int{}
	var authors [townAuthors]struct {
		name   string
		hashes [4][]byte
	}
	for id := 1; id <= n; id++ {
		site := moderation.SiteID(max(1, random.IntN(10)-5)) // 1 seven times in ten
		if id%10 == 0 {
			said = sentence(random)
		}
		body := said + sentence(random)[:40]
		author := int(float64(townAuthors) * random.Float64() * random.Float64())
		if authors[author].name == "" {
			a := townAuthor(author)
			authors[author].name, authors[author].hashes = a.Name, w.HashesOf(a)
		}
		hashes, name := authors[author].hashes, authors[author].name
		parent := ""
		if id%2 == 1 && last[site] > 0 {
			parent = fmt.Sprint("f", last[site])
		}
		last[site] = id
		at := w.now.Add(time.Duration(id-n) * (24 * time.Hour / townDaily))
		if _, err := put.Exec(id, site, body, fmt.Sprintf("p%d-%d", site, id/500), parent, name, hashes[0], hashes[1], hashes[2], hashes[3], author, at.UnixMilli()); err != nil {
			return nil, err
		}
		if _, err := words.Exec(id, body, name, site); err != nil {
			return nil, err
		}
		for _, band := range text.Sketch(body, uint64(site)) {
			bands = append(bands, [2]int64{band, int64(id)})
		}
	}
	return bands, nil
}

// townAuthor is who writes there: one in ten gives a name only, the others have an
// address each, and thirty share a range.
func townAuthor(i int) moderation.Author {
	name := fmt.Sprint([]string{"Ann", "Bob", "Cem", "Dora"}[i%4], " ", i)
	if i%10 == 9 {
		return moderation.Author{Name: name, UserAgent: fmt.Sprint("UA", i%40)}
	}
	return moderation.Author{Name: name, Email: fmt.Sprintf("a%d@example.test", i),
		IP: netip.AddrFrom4([4]byte{5, byte(i / 7680), byte(i / 30), byte(i % 30)}), UserAgent: fmt.Sprint("UA", i%40)}
}

// townSQL is what else there is of the revisions: of ten,
// seven are published, one was held and approved, one rejected, and one waits.
var townSQL = []string{
	`INSERT INTO clusters (id, site_id, kind, comments, began_at, last_at) VALUES (1, 1, 'text', ` + strconv.Itoa(townRaid) + `, 0, 0)`,
	`INSERT INTO comments (id, site_id, platform_id, revision, status, received_at, changed, first_action, unasked, cluster_id)
	 SELECT comment_id, site_id, 'f' || comment_id, 1, CASE comment_id % 10 WHEN 0 THEN 'held' WHEN 2 THEN 'rejected' ELSE 'approved' END,
	        received_at, comment_id, iif(comment_id % 10 < 3, 'hold', 'approve'), comment_id % 10 > 2, iif(comment_id % 10 = 0 AND comment_id <= 10 * ` + strconv.Itoa(townRaid) + `, 1, NULL)
	 FROM revisions`,
	`INSERT INTO verdicts (comment_id, revision, action, ok, spam, abuse, reasons, weights, model, rules, judged_at)
	 SELECT comment_id, 1, iif(comment_id % 10 < 3, 'hold', 'approve'), .1, .2, .7, '[{"c":"classifier","l":"abuse","d":"moron, stupid, worthless","s":0.7}]',
	        '[{"f":"moron","l":"abuse","w":2.5},{"f":"stupid","l":"abuse","w":1.5},{"f":"worthless","l":"abuse","w":1.25}]', 'm1', 'r1', received_at
	 FROM revisions`,
	`INSERT INTO messages (site_id, key, comment_id, revision, at) SELECT site_id, 'm' || comment_id, comment_id, 1, received_at FROM revisions`,
	`INSERT INTO cases (id, comment_id, revision, site_id, state, version, opened_at, closed_at, urgent)
	 SELECT comment_id, comment_id, 1, site_id, iif(comment_id % 10, 'decided', 'open'), 1, received_at,
	        iif(comment_id % 10, received_at + comment_id % 977 * 60000, NULL), comment_id % 10 = 0 AND comment_id / 10 % 1000 = 0
	 FROM revisions WHERE comment_id % 10 < 3`,
	`INSERT INTO decisions (id, comment_id, revision, choice, actor_id, actor_name, via, note, order_key, before, after, at, site_id)
	 SELECT comment_id, comment_id, 1, iif(comment_id % 10 = 1, 'approve', 'spam'), 'telegram:1', 'Mo', 'telegram', '', 'o' || comment_id, 'held', iif(comment_id % 10 = 1, 'approved', 'rejected'), closed_at, site_id
	 FROM cases WHERE state = 'decided' ORDER BY id`,
	`INSERT INTO lessons (site_id, comment_id, revision, decision_id, label, at)
	 SELECT site_id, comment_id, 1, id, iif(choice = 'spam', 'spam', 'ok'), at FROM decisions ORDER BY id`,
	`INSERT INTO deliveries (kind, lane, key, message_id, site_id, payload, attempts, created_at, tried_at, next_at, state)
	 SELECT 'callback', 'site:' || site_id, 'comment:' || comment_id, 'msg_' || comment_id, site_id, json_object('comment', comment_id), 1, at, at, at, iif(site_id = 4, 'pending', 'sent')
	 FROM decisions ORDER BY id`,
	`INSERT INTO cards (chat, message, case_id, version, waits)
	 SELECT -5, id, id, 1, state = 'open' FROM cases WHERE (state = 'decided' OR id % 10 = 0 AND id <= 50)`,
	`INSERT INTO notes (comment_id, actor_id, actor_name, text, at) SELECT comment_id, 'telegram:1', 'Mo', 'Seen before.', at FROM decisions WHERE comment_id % 100 = 1`,
}
