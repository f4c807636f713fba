package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// epoch is the time at which the tests' clock starts.
var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a database with one site, and a clock that the test moves.
type world struct {
	*store.DB
	t    testing.TB
	dir  string
	site moderation.Site
	now  time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: epoch}
	w.open()
	t.Cleanup(func() { w.Close() })
	var err error
	w.site, err = w.AddSite(t.Context(), moderation.Site{Name: "blog", Platform: "webhook", Mode: moderation.ModeNormal,
		Callback: "https://blog.example.test/decisions"})
	w.must(err)
	return w
}

func (w *world) open() {
	w.t.Helper()
	db, err := store.Create(context.Background(), w.dir, func() time.Time { return w.now })
	w.must(err)
	w.DB = db
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// arrival is a comment of the world's site.
func (w *world) arrival(id, body string) moderation.Arrival {
	return moderation.Arrival{Site: w.site, Post: moderation.Post{ID: "p1", URL: "https://blog.example.test/p1", Title: "On trams"},
		Author:  moderation.Author{Name: "Ann", Email: "Ann@example.test", IP: netip.MustParseAddr("203.0.113.9"), UserAgent: "UA"},
		Comment: moderation.Comment{PlatformID: id, Body: body, Text: body, Format: moderation.FormatText, CreatedAt: epoch}}
}

// admit stores a as the machine judges it.
func (w *world) admit(a moderation.Arrival, action moderation.Action) moderation.Receipt {
	w.t.Helper()
	return w.admitFor(a, action, moderation.Reason{Check: "classifier", Label: moderation.Abuse, Detail: "moron", Score: .7})
}

// admitFor stores a as the machine judges it, for one reason.
func (w *world) admitFor(a moderation.Arrival, action moderation.Action, why moderation.Reason) moderation.Receipt {
	w.t.Helper()
	r, err := w.Admit(w.t.Context(), moderation.Admission{Arrival: a, Verdict: moderation.Verdict{Action: action,
		Scores:  moderation.Probabilities{OK: .1, Spam: .2, Abuse: .7},
		Reasons: []moderation.Reason{why},
		Weights: []moderation.Weight{{Feature: "moron", Label: moderation.Abuse, Weight: 2.5}}, Model: "m1", Rules: "r1"}, At: w.now})
	w.must(err)
	return r
}

func (w *world) decide(id moderation.CommentID, c moderation.Choice) moderation.Outcome {
	w.t.Helper()
	out, err := w.Decide(w.t.Context(), moderation.Order{Comment: id, Choice: c, By: moderation.Actor{ID: "telegram:1", Name: "Mo"}, Via: "telegram"}, w.now)
	w.must(err)
	return out
}

func (w *world) undo(d moderation.DecisionID) moderation.Outcome {
	w.t.Helper()
	out, err := w.Undo(w.t.Context(), moderation.UndoOrder{Decision: d, By: moderation.Actor{ID: "telegram:1", Name: "Mo"}, Via: "telegram"}, w.now)
	w.must(err)
	return out
}

// due returns the deliveries of one kind that are due.
func (w *world) due(kind string) []moderation.Delivery {
	w.t.Helper()
	list, err := w.Due(w.t.Context(), w.now, []string{kind}, nil, 100)
	w.must(err)
	return list
}

// settle sends everything that is due, and what becomes due by that, and
// returns the payloads.
func (w *world) settle(kind string) []string {
	w.t.Helper()
	var payloads []string
	for due := w.due(kind); len(due) > 0; due = w.due(kind) {
		for _, d := range due {
			payloads = append(payloads, string(d.Payload))
			d.State = moderation.DeliverySent
			w.must(w.Settle(w.t.Context(), d))
		}
	}
	return payloads
}

// lessons returns the lessons that stand, as label and text.
func (w *world) lessons() []string {
	w.t.Helper()
	all, err := w.LessonsAfter(w.t.Context(), 0, 1000)
	w.must(err)
	withdrawn := map[int64]bool{}
	for _, l := range all {
		withdrawn[l.Withdraws] = true
	}
	standing := []string{}
	for _, l := range all {
		if l.Withdraws == 0 && !withdrawn[l.Number] {
			standing = append(standing, string(l.Label)+" "+l.Text)
		}
	}
	return standing
}

// wantCase checks the comment's newest case.
func (w *world) wantCase(id moderation.CommentID, state moderation.CaseState, revision int) moderation.CaseView {
	w.t.Helper()
	v, err := w.CaseOf(w.t.Context(), id)
	w.must(err)
	if v.Case.State != state || v.Case.Revision != revision {
		w.t.Fatalf("case %+v, want %s on revision %d", v.Case, state, revision)
	}
	return v
}

func (w *world) wantErr(err, want error) {
	w.t.Helper()
	if !errors.Is(err, want) {
		w.t.Fatalf("err = %v, want %v", err, want)
	}
}

// undone are the statements that take each migration back, the third one first.
func undone() []string {
	return []string{
		`ALTER TABLE sites DROP COLUMN audit`,
		`DROP TABLE aliases; DROP TABLE tokens; ALTER TABLE sites DROP COLUMN account;
		 ALTER TABLE comments DROP COLUMN reply_url; ALTER TABLE comments DROP COLUMN reply_id`,
		`DROP TABLE usage`,
		`DROP INDEX comments_changed; DROP INDEX comments_status; ALTER TABLE comments DROP COLUMN changed`,
		`ALTER TABLE deliveries DROP COLUMN echoed`,
		`DROP INDEX aliases_at; ALTER TABLE aliases DROP COLUMN at`,
		`DROP TABLE bands; DROP TABLE link_hosts; DROP INDEX revisions_ip; DROP INDEX revisions_range; DROP INDEX revisions_post;
		 DROP TABLE marks; DROP TABLE modes; ALTER TABLE sites DROP COLUMN trust_after; ALTER TABLE sites DROP COLUMN hold_first`,
		`DROP INDEX revisions_email; DROP INDEX revisions_cookie; DROP INDEX revisions_agent;
		 ALTER TABLE revisions DROP COLUMN cookie_hash; ALTER TABLE revisions DROP COLUMN agent_hash; ALTER TABLE revisions DROP COLUMN author_since`,
		`ALTER TABLE revisions DROP COLUMN post_published`,
		`DROP TABLE persona_comments; DROP TABLE personas`,
		`DROP INDEX marks_order; DROP INDEX modes_order; DROP INDEX revisions_name;
		 ALTER TABLE marks DROP COLUMN comment_id; ALTER TABLE marks DROP COLUMN order_key; ALTER TABLE marks DROP COLUMN lifter_id;
		 ALTER TABLE marks DROP COLUMN lifter_name; ALTER TABLE modes DROP COLUMN title; ALTER TABLE modes DROP COLUMN former;
		 ALTER TABLE modes DROP COLUMN order_key; ALTER TABLE modes DROP COLUMN ender_id; ALTER TABLE modes DROP COLUMN ender_name;
		 ALTER TABLE sites DROP COLUMN auto_strict`,
		`DROP TABLE withdrawals`,
		`DROP INDEX comments_cluster; ALTER TABLE comments DROP COLUMN cluster_id; DROP TABLE clusters`,
		`DROP INDEX revisions_identity; DROP INDEX revisions_ip; DROP INDEX revisions_range; DROP INDEX revisions_post;
		 ALTER TABLE revisions DROP COLUMN site_id;
		 CREATE INDEX revisions_identity ON revisions(identity); CREATE INDEX revisions_ip ON revisions(ip_hash);
		 CREATE INDEX revisions_range ON revisions(range_hash); CREATE INDEX revisions_post ON revisions(post_id, received_at)`,
		`DROP INDEX verdicts_banned`,
		`DROP INDEX persona_comments_in; DROP TABLE persona_comments;
		 CREATE TABLE persona_comments (persona_id INTEGER NOT NULL REFERENCES personas(id), comment_id INTEGER NOT NULL REFERENCES comments(id) ON DELETE CASCADE,
		  actor_id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (persona_id, comment_id)) STRICT, WITHOUT ROWID`,
		`CREATE INDEX revisions_name ON revisions(author_name)`,
		`DROP TABLE notes; DROP TABLE chats; DROP TABLE skips; DROP TABLE moderator_sites; DROP INDEX cases_waiting;
		 ALTER TABLE moderators DROP COLUMN role; ALTER TABLE sites DROP COLUMN destination;
		 ALTER TABLE cases DROP COLUMN looked; ALTER TABLE cards DROP COLUMN topic`,
		`DROP TABLE updates`,
		`DROP INDEX cards_waiting; ALTER TABLE cards DROP COLUMN waits`,
		`DROP TABLE words; DROP INDEX decisions_at; ALTER TABLE decisions DROP COLUMN site_id;
		 DROP INDEX comments_taken; DROP INDEX comments_first; DROP INDEX comments_unasked; ALTER TABLE comments DROP COLUMN unasked; ALTER TABLE comments DROP COLUMN first_action;
		 DROP INDEX cases_asked; DROP INDEX cases_waiting_of; DROP INDEX cases_waiting; CREATE INDEX cases_waiting ON cases(id) WHERE state = 'open';
		 ALTER TABLE cases DROP COLUMN urgent; ALTER TABLE cases DROP COLUMN site_id; DELETE FROM settings WHERE key = 'words.missing'`,
		`DROP INDEX comments_cluster; ALTER TABLE comments DROP COLUMN alone; ALTER TABLE comments DROP COLUMN joined;
		 DROP INDEX decisions_cluster_order; ALTER TABLE decisions DROP COLUMN untaught; ALTER TABLE decisions DROP COLUMN cluster_order;
		 DROP TABLE cluster_orders; CREATE INDEX comments_cluster ON comments(cluster_id) WHERE cluster_id IS NOT NULL`,
		`DROP TABLE lesson_features; DROP TABLE snapshots; DROP TABLE erasures;
		 ALTER TABLE sites DROP COLUMN lessons_epoch; ALTER TABLE revisions DROP COLUMN purged_at`,
		`DROP TABLE purge_waits; DROP TABLE purges; DROP INDEX revisions_parent;
		 ALTER TABLE revisions DROP COLUMN purged_length; ALTER TABLE revisions DROP COLUMN body_hash`,
		`DROP TRIGGER snapshots_epoch; DROP INDEX lessons_site`,
		`DROP INDEX deliveries_failed`,
		`ALTER TABLE erasures DROP COLUMN mentions_left; ALTER TABLE erasures DROP COLUMN refit; ALTER TABLE erasures DROP COLUMN scrub`,
		`DROP INDEX deliveries_waiting`,
		`PRAGMA application_id = 0`,
		`DROP INDEX deliveries_turn; ALTER TABLE deliveries DROP COLUMN put_off;
		 CREATE INDEX deliveries_due ON deliveries(kind, next_at) WHERE state = 'pending'`,
		`DROP INDEX revisions_email; DROP INDEX revisions_cookie; DROP INDEX revisions_agent;
		 CREATE INDEX revisions_email ON revisions(email_hash, received_at) WHERE email_hash IS NOT NULL;
		 CREATE INDEX revisions_cookie ON revisions(cookie_hash, received_at) WHERE cookie_hash IS NOT NULL;
		 CREATE INDEX revisions_agent ON revisions(agent_hash, received_at) WHERE agent_hash IS NOT NULL`,
		`DROP TABLE vocabulary`,
	}
}

// downgrade closes the database and makes it one of a program that knew so many
// migrations.
func (w *world) downgrade(version int) {
	w.t.Helper()
	w.must(w.Close())
	raw, err := sql.Open("sqlite", filepath.Join(w.dir, "gatehouse.db"))
	w.must(err)
	defer raw.Close()
	for i := len(undone()) - 1; i >= version-2; i-- {
		_, err = raw.ExecContext(context.Background(), undone()[i])
		w.must(err)
	}
	_, err = raw.ExecContext(context.Background(), fmt.Sprintf(`PRAGMA user_version = %d`, version))
	w.must(err)
}
