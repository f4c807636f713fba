package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// released are the scripts that made the schemas that were released, in order.
func released(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	scripts := make([]string, len(names))
	for i, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		scripts[i] = string(data)
	}
	return scripts
}

// firstRows are what a program of the first schema had written, beside the site and
// the settings: a comment that was decided and taught, one that waits, and one whose
// decision was undone.
const firstRows = `
INSERT INTO comments (id, site_id, platform_id, revision, status, seq, received_at) VALUES
  (1, 1, 'c1', 1, 'rejected', 1, 1700000001000), (2, 1, 'c2', 1, 'held', 0, 1700000002000), (3, 1, 'c3', 2, 'held', 2, 1700000003000);
INSERT INTO revisions (comment_id, revision, body, format, text, post_id, post_url, post_title, parent_id, parent_author, parent_text,
  author_id, author_name, author_url, author_role, user_agent, honeypot, elapsed_ms, received_at) VALUES
  (1, 1, 'you moron', 'text', 'you moron', 'p1', '', 'On trams', '', '', '', '', 'Ann', '', '', 'UA', '', 0, 1700000001000),
  (2, 1, 'is this on?', 'text', 'is this on?', 'p1', '', 'On trams', '', '', '', '', 'Bob', '', '', 'UA', '', 0, 1700000002000),
  (3, 1, 'first words', 'text', 'first words', 'p1', '', 'On trams', '', '', '', '', 'Cid', '', '', 'UA', '', 0, 1700000003000),
  (3, 2, 'other words', 'text', 'other words', 'p1', '', 'On trams', '', '', '', '', 'Cid', '', '', 'UA', '', 0, 1700000003500);
INSERT INTO verdicts (comment_id, revision, action, ok, spam, abuse, reasons, weights, model, rules, judged_at)
  SELECT comment_id, revision, 'hold', .1, .2, .7, '[]', '[]', 'm1', 'r1', received_at FROM revisions;
INSERT INTO cases (id, comment_id, revision, state, version, opened_at, closed_at) VALUES
  (1, 1, 1, 'decided', 2, 1700000001000, 1700000005000), (2, 2, 1, 'open', 1, 1700000002000, NULL), (3, 3, 2, 'open', 3, 1700000003000, NULL);
INSERT INTO decisions (id, comment_id, revision, choice, actor_id, actor_name, via, note, before, after, supersedes, at) VALUES
  (1, 1, 1, 'abuse', 'telegram:1', 'Mo', 'telegram', '', 'held', 'rejected', NULL, 1700000005000),
  (2, 3, 2, 'spam', 'telegram:1', 'Mo', 'telegram', '', 'held', 'rejected', NULL, 1700000006000),
  (3, 3, 2, 'undo', 'telegram:1', 'Mo', 'telegram', '', 'rejected', 'held', 2, 1700000007000);
INSERT INTO lessons (number, site_id, comment_id, revision, decision_id, label, withdraws, at) VALUES
  (1, 1, 1, 1, 1, 'abuse', NULL, 1700000005000), (2, 1, 3, 2, 2, 'spam', NULL, 1700000006000), (3, 1, 3, 2, 3, 'spam', 2, 1700000007000);
INSERT INTO deliveries (kind, lane, key, message_id, site_id, payload, created_at, next_at) VALUES
  ('callback', 'site:1', 'comment:1', 'msg_1', 1, '{}', 1700000005000, 1700000005000);
`

// ofSchema makes a data folder as a program has left it that knew so many
// migrations: what the first one wrote, brought up by each later one.
func ofSchema(t *testing.T, version int) *world {
	t.Helper()
	model := newWorld(t)
	model.must(model.Close())
	w := &world{t: t, dir: t.TempDir(), site: model.site, now: epoch}
	write(t, filepath.Join(w.dir, "gatehouse.key"), contentOf(t, filepath.Join(model.dir, "gatehouse.key")))
	db, err := sql.Open("sqlite", filepath.Join(w.dir, "gatehouse.db")+"?_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)")
	w.must(err)
	defer db.Close()
	run := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.Exec(statement, args...); err != nil {
			t.Fatalf("%v in %.200s", err, statement)
		}
	}
	for i, script := range released(t)[:version] {
		run("BEGIN IMMEDIATE;" + script + fmt.Sprintf("; PRAGMA user_version = %d; COMMIT", i+1))
		if i == 0 {
			run(`ATTACH ? AS model`, filepath.Join(model.dir, "gatehouse.db"))
			run(`INSERT INTO main.sites (id, name, platform, callback, mode, akismet_key, akismet_key_hash, created_at)
			     SELECT id, name, platform, callback, mode, akismet_key, akismet_key_hash, created_at FROM model.sites`)
			run(`INSERT INTO main.site_secrets (id, site_id, secret, created_at) SELECT id, site_id, secret, created_at FROM model.site_secrets`)
			run(`INSERT INTO main.settings (key, value) SELECT key, value FROM model.settings WHERE key = 'key.check'`)
			run(`DETACH model`)
			run(firstRows)
		}
	}
	return w
}

// TestEverySchemaOpens opens the database of each program that was released.
func TestEverySchemaOpens(t *testing.T) {
	for version := 1; version <= len(released(t)); version++ {
		if testing.Short() && version > 1 && version < len(released(t))-1 {
			continue // the first and the last ones alone
		}
		t.Run(fmt.Sprint("version ", version), func(t *testing.T) {
			w := ofSchema(t, version)
			var said []string
			db, err := store.Open(t.Context(), w.dir, func() time.Time { return w.now },
				store.Upgrade{Tell: func(says string) { said = append(said, says) }})
			w.must(err)
			w.DB = db
			defer db.Close()
			w.asTheFirstProgramLeftIt()
			w.works()
			copies, err := store.UpgradeCopies(w.dir)
			w.must(err)
			if version == len(released(t)) {
				if len(copies) != 0 || len(said) != 0 {
					t.Errorf("nothing was to be done, and there are copies %v, and %q was said", copies, said)
				}
				return
			}
			if len(copies) != 1 || len(said) != 1 || !strings.Contains(said[0], copies[0].Path) {
				t.Fatalf("copies %v; said: %q", copies, said)
			}
			w.opensAgain(copies[0].Path, version)
		})
	}
}

// asTheFirstProgramLeftIt finds what firstRows has, as it was.
func (w *world) asTheFirstProgramLeftIt() {
	w.t.Helper()
	w.must(w.Examine(w.t.Context()))
	site, err := w.Site(w.t.Context(), "blog")
	w.must(err)
	if diff := cmp.Diff(w.site, site); diff != "" {
		w.t.Errorf("the site with its secrets (-want +got):\n%s", diff)
	}
	w.site = site
	if diff := cmp.Diff([]string{"abuse you moron"}, w.lessons()); diff != "" {
		w.t.Errorf("lessons that stand (-want +got):\n%s", diff)
	}
	decided := w.wantCase(1, moderation.CaseDecided, 1)
	if d := decided.Decision; d == nil || d.Choice != moderation.ChooseAbuse || d.By.Name != "Mo" || d.At.UnixMilli() != 1700000005000 ||
		decided.Comment.Text != "you moron" || decided.Author.Name != "Ann" || decided.Status != moderation.Rejected {
		w.t.Errorf("the decided comment: %+v", decided)
	}
	if v := w.wantCase(2, moderation.CaseOpen, 1); v.Comment.Text != "is this on?" || v.Verdict.Scores.Abuse != .7 {
		w.t.Errorf("the comment that waits: %+v", v)
	}
	if v := w.wantCase(3, moderation.CaseOpen, 2); v.Comment.Text != "other words" || v.Status != moderation.Held {
		w.t.Errorf("the comment whose decision was undone: %+v", v)
	}
	if due := w.due("callback"); len(due) != 1 || due[0].MessageID != "msg_1" {
		w.t.Errorf("what waits to be sent: %+v", due)
	}
}

// works takes a comment, and a decision on one of before.
func (w *world) works() {
	w.t.Helper()
	w.admit(w.arrival("new", "an evening by the river"), moderation.Approve)
	w.decide(2, moderation.ChooseApprove)
	if diff := cmp.Diff([]string{"abuse you moron", "ok is this on?"}, w.lessons()); diff != "" {
		w.t.Errorf("lessons that stand (-want +got):\n%s", diff)
	}
}

// opensAgain goes back to a copy of before the upgrade, as one does who has to.
func (w *world) opensAgain(path string, version int) {
	w.t.Helper()
	contents, err := store.Inspect(w.t.Context(), path)
	w.must(err)
	if contents.Schema != version || contents.Comments != 3 || contents.HasKey {
		w.t.Errorf("the copy holds %+v", contents)
	}
	back := &world{t: w.t, dir: w.t.TempDir(), site: w.site, now: epoch}
	for from, to := range map[string]string{path: "gatehouse.db", filepath.Join(w.dir, "gatehouse.key"): "gatehouse.key"} {
		write(w.t, filepath.Join(back.dir, to), contentOf(w.t, from))
	}
	back.open()
	defer back.Close()
	back.asTheFirstProgramLeftIt()
}

func TestNoRoomForACopy(t *testing.T) {
	w := ofSchema(t, 3)
	full := store.Upgrade{Free: func(string) int64 { return 1 << 10 }}
	_, err := store.Open(t.Context(), w.dir, time.Now, full)
	if err == nil || !strings.Contains(err.Error(), "GATEHOUSE_BACKUP_SKIP_UPGRADE_COPY=true") {
		t.Fatalf("err = %v", err)
	}
	if copies, err := store.UpgradeCopies(w.dir); err != nil || len(copies) != 0 {
		t.Errorf("copies = %v, %v", copies, err)
	}
	raw, err := sql.Open("sqlite", filepath.Join(w.dir, "gatehouse.db"))
	w.must(err)
	defer raw.Close()
	var version int
	w.must(raw.QueryRow(`PRAGMA user_version`).Scan(&version))
	if version != 3 {
		t.Errorf("the schema was brought to version %d without a copy", version)
	}
	full.SkipCopy = true
	db, err := store.Open(t.Context(), w.dir, time.Now, full)
	w.must(err)
	w.must(db.Close())
}

func TestTheNewestCopiesAreKept(t *testing.T) {
	w := ofSchema(t, 3)
	for _, version := range []int{2, 3, 11} {
		write(t, filepath.Join(w.dir, fmt.Sprint("gatehouse.db.before-v", version)), "an old copy")
	}
	w.open()
	defer w.Close()
	copies, err := store.UpgradeCopies(w.dir)
	w.must(err)
	var versions []int
	for _, c := range copies {
		versions = append(versions, c.Version)
	}
	if diff := cmp.Diff([]int{len(released(t)), 11}, versions); diff != "" {
		t.Errorf("copies (-want +got):\n%s", diff)
	}
	if n, err := store.RemoveUpgradeCopies(w.dir, 0); n != 2 || err != nil {
		t.Errorf("%d copies removed, %v", n, err)
	}
}

// TestARunningServiceKeepsItsSchema has a service of an older program hold the folder: a
// command of a newer one changes nothing, and the service itself may.
func TestARunningServiceKeepsItsSchema(t *testing.T) {
	w := ofSchema(t, 3)
	release, err := store.Lock(w.dir)
	w.must(err)
	defer release()
	before := contentOf(t, filepath.Join(w.dir, "gatehouse.db"))
	if _, err := store.Open(t.Context(), w.dir, time.Now); !errors.Is(err, moderation.ErrExists) || !strings.Contains(err.Error(), "restart that with this program") {
		t.Errorf("err = %v", err)
	}
	if contentOf(t, filepath.Join(w.dir, "gatehouse.db")) != before {
		t.Error("the database was written to")
	}
	for _, locked := range []bool{true, false} { // then there is nothing left to do
		db, err := store.Open(t.Context(), w.dir, time.Now, store.Upgrade{Locked: locked})
		w.must(err)
		w.must(db.Close())
	}
}
