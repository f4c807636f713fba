package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// insult is the first comment of the stored databases.
const insult = "You are a disgusting idiot and everyone here hates you."

// TestStoredDatabasesOpen opens databases as programs of former schemas have left them:
// testdata/schema has what `sqlite3 gatehouse.db .dump` wrote of each, with its key. Each
// was served, took four comments (one of them edited) of which the first was decided, the
// third decided and taken back, and the last one approved by itself. Unlike those that
// [TestEverySchemaOpens] makes, they don't change with the migrations.
func TestStoredDatabasesOpen(t *testing.T) {
	dumps, err := filepath.Glob("testdata/schema/*.sql")
	if err != nil || len(dumps) < 5 {
		t.Fatalf("stored are %v, %v", dumps, err)
	}
	fresh := newWorld(t)
	want := schemaOf(t, fresh.dir)
	for _, dump := range dumps {
		t.Run(strings.TrimSuffix(filepath.Base(dump), ".sql"), func(t *testing.T) {
			w := loadDump(t, dump)
			before := recordsOf(t, w.dir)
			w.open()
			w.must(w.Examine(t.Context()))
			w.asStored()
			w.must(w.Close())
			if diff := cmp.Diff(before, recordsOf(t, w.dir)); diff != "" {
				t.Errorf("records (-stored +opened):\n%s", diff)
			}
			if diff := cmp.Diff(want, schemaOf(t, w.dir)); diff != "" {
				t.Errorf("schema (-of a new database +of this one):\n%s", diff)
			}
			for check, fine := range map[string][]string{"integrity_check": {"ok"}, "foreign_key_check": nil} {
				if said := rawRows(t, w.dir, "PRAGMA "+check); !slices.Equal(said, fine) {
					t.Errorf("%s: %q", check, said)
				}
			}
		})
	}
}

// loadDump makes a data folder of a dump and its key.
func loadDump(t *testing.T, dump string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)}
	write(t, filepath.Join(w.dir, "gatehouse.key"), contentOf(t, strings.TrimSuffix(dump, ".sql")+".key"))
	raw, err := sql.Open("sqlite", filepath.Join(w.dir, "gatehouse.db")+"?_pragma=journal_mode(WAL)")
	w.must(err)
	raw.SetMaxOpenConns(1)
	_, err = raw.Exec(contentOf(t, dump))
	w.must(err)
	w.must(raw.Close())
	return w
}

// asStored finds what the former program took, as it said that it was.
func (w *world) asStored() {
	w.t.Helper()
	site, err := w.Site(w.t.Context(), "blog")
	w.must(err)
	if site.Callback != "https://blog.example.test/callback" || len(site.Secrets) != 1 {
		w.t.Errorf("the site: %+v", site)
	}
	decided := w.wantCase(1, moderation.CaseDecided, 1)
	if d := decided.Decision; d == nil || d.Choice != moderation.ChooseAbuse || decided.Status != moderation.Rejected ||
		decided.Comment.Text != insult || decided.Author.Name != "Ann" || decided.Verdict.Action != moderation.Hold {
		w.t.Errorf("the decided comment: %+v", decided)
	}
	if v := w.wantCase(2, moderation.CaseOpen, 1); !strings.Contains(v.Comment.Text, "stupid pig") {
		w.t.Errorf("the comment that waits: %+v", v)
	}
	if v := w.wantCase(3, moderation.CaseOpen, 2); !strings.Contains(v.Comment.Text, "far away") || v.Status != moderation.Held {
		w.t.Errorf("the comment whose decision was undone: %+v", v)
	}
	approved, err := w.View(w.t.Context(), 4)
	w.must(err)
	if approved.Status != moderation.Approved || approved.Parent.Author != "Ann" || approved.Post.Title != "On trams" {
		w.t.Errorf("the approved comment: %+v", approved)
	}
	if diff := cmp.Diff([]string{"abuse " + insult}, w.lessons()); diff != "" {
		w.t.Errorf("lessons that stand (-want +got):\n%s", diff)
	}
	w.fillWords()
	if found, err := w.Find(w.t.Context(), nil, "museum river", 10); err != nil || len(found) != 1 {
		w.t.Errorf("found by its words: %+v, %v", found, err)
	}
}

// recordsOf returns what must not change when a database is opened.
func recordsOf(t *testing.T, dir string) (records []string) {
	t.Helper()
	for table, columns := range map[string]string{
		"comments":   "id, platform_id, revision, status, seq, received_at",
		"revisions":  "comment_id, revision, body, text, author_name, post_id, parent_id, hex(identity), hex(ip_hash)",
		"verdicts":   "comment_id, revision, action, round(abuse, 4), model, rules, judged_at",
		"cases":      "id, tag, comment_id, revision, state, opened_at, closed_at",
		"decisions":  "id, comment_id, revision, choice, actor_id, via, before, after, supersedes, at",
		"lessons":    "number, comment_id, revision, decision_id, label, withdraws, at",
		"deliveries": "id, kind, lane, key, message_id, payload, state, created_at",
		"messages":   "key, comment_id, revision, at",
	} {
		rows := rawRows(t, dir, "SELECT concat_ws(' | ', "+columns+") FROM "+table)
		if len(rows) == 0 {
			t.Errorf("there are no %s: that shows nothing", table)
		}
		for _, row := range rows {
			records = append(records, table+": "+row)
		}
	}
	slices.Sort(records)
	return records
}

// schemaOf returns the statements that made a database's tables and indexes.
func schemaOf(t *testing.T, dir string) []string {
	t.Helper()
	return rawRows(t, dir, "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY 1")
}

// rawRows asks a database for the first column of something, beside the store.
func rawRows(t *testing.T, dir, query string) (rows []string) {
	t.Helper()
	raw, err := sql.Open("sqlite", filepath.Join(dir, "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	found, err := raw.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	defer found.Close()
	for found.Next() {
		var row string
		if err := found.Scan(&row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}
