package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

const day = 24 * time.Hour

// countingFeaturer keeps of a text how long it is, and of whom it answers the name's
// length.
type countingFeaturer struct{}

func (countingFeaturer) Features(l moderation.Lesson) ([]byte, error) {
	return fmt.Appendf(nil, "features of %d+%d", len(l.Text), len(l.Parent.Author)), nil
}

// purge purges as configured, all that is due.
func (w *world) purge(set ...string) map[string]moderation.Purged {
	w.t.Helper()
	p := moderation.Purger{Store: w.DB, Featurer: countingFeaturer{}, Retention: moderation.DefaultRetention(), Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler)}
	for _, s := range set {
		name, value, _ := strings.Cut(s, "=")
		part, status, _ := strings.Cut(name, ".")
		w.must(p.Retention.Set(moderation.Part(part), moderation.Status(status), value))
	}
	counted, err := p.Count(w.t.Context(), 0)
	w.must(err)
	results, err := p.Run(w.t.Context(), 0)
	w.must(err)
	if len(counted) < len(results) {
		w.t.Errorf("counted %v, purged %v", counted, results)
	}
	sum := map[string]moderation.Purged{}
	for _, r := range results {
		sum[fmt.Sprint(r.Part, " ", r.Status)] = r.Purged
	}
	return sum
}

// raw opens the database's file beside the store.
func (w *world) raw() *sql.DB {
	w.t.Helper()
	raw, err := sql.Open("sqlite", filepath.Join(w.dir, "gatehouse.db"))
	w.must(err)
	w.t.Cleanup(func() { raw.Close() })
	return raw
}

// one reads one value of the file.
func (w *world) one(query string, args ...any) (value any) {
	w.t.Helper()
	w.must(w.raw().QueryRowContext(context.Background(), query, args...).Scan(&value))
	return value
}

// TestPurgeGoesByPartAndOutcome has three comments age, one of each outcome.
func TestPurgeGoesByPartAndOutcome(t *testing.T) {
	w := newWorld(t)
	good := w.admit(w.arrival("good", "The trams on line nine are far too slow."), moderation.Approve).Comment
	bad := w.admit(w.arrival("bad", "Conductors are morons, every one of them."), moderation.Reject).Comment
	open := w.admit(w.arrival("open", "Would a bus not do the same for less?"), moderation.Hold).Comment
	w.admit(w.arrival("gone", "Forget what I said about the fares."), moderation.Approve)
	_, err := w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "gone", At: w.now})
	w.must(err)

	if got := w.purge(); len(got) != 0 {
		t.Errorf("purged at once: %v", got)
	}
	w.now = epoch.Add(31 * day)
	if got := w.purge(); got["text withdrawn"].Rows != 1 || got["hashes withdrawn"].Rows != 1 || got["text rejected"].Rows != 0 {
		t.Errorf("purged after a month: %v, want the withdrawn one", got)
	}
	w.now = epoch.Add(181 * day)
	got := w.purge()
	if got["text rejected"].Rows != 1 || got["text approved"].Rows != 0 || got["agent approved"].Rows != 1 || got["evidence approved"].Rows != 1 {
		t.Errorf("purged after half a year: %v", got)
	}
	if got := w.purge(); len(got) != 0 {
		t.Errorf("purged twice: %v", got)
	}
	w.now = epoch.Add(3 * 366 * day)
	w.purge()
	for id, want := range map[moderation.CommentID]int{good: 0, bad: 0, open: 1} {
		left := w.one(`SELECT (text <> '') + 0 FROM revisions WHERE comment_id = ? AND (body <> '') = (author_name <> '') AND (body <> '') = (identity IS NOT NULL)`, id)
		if left != int64(want) {
			t.Errorf("of comment %s is left %v, want %d", id, left, want)
		}
	}
	if n := w.one(`SELECT count(*) FROM verdicts WHERE weights LIKE '%moron%' OR reasons LIKE '%moron%'`); n != int64(1) {
		t.Errorf("%v verdicts quote words, want the one of what waits", n)
	}
	if reasons := w.one(`SELECT reasons FROM verdicts WHERE comment_id = ?`, bad); reasons != `[{"c":"classifier","l":"abuse","s":0.7}]` {
		t.Errorf("reasons of a purged comment: %v", reasons)
	}
	// What waited is due when it has been decided and has aged.
	w.decide(open, moderation.ChooseSpam)
	w.settle(moderation.DeliverCallback)
	if got := w.purge(); got["text rejected"].Rows != 0 {
		t.Errorf("purged when it was decided: %v", got)
	}
	w.now = w.now.Add(181 * day)
	if got := w.purge(); got["text rejected"].Rows != 1 {
		t.Errorf("purged half a year after it was decided: %v", got)
	}
}

// TestAPurgedCommentIsKnownAgain sends it once more.
func TestAPurgedCommentIsKnownAgain(t *testing.T) {
	w := newWorld(t)
	a := w.arrival("1", "The trams on line nine are far too slow.")
	first := w.admit(a, moderation.Reject)
	w.now = epoch.Add(400 * day)
	w.purge()
	r, seen, err := w.Seen(t.Context(), a)
	if err != nil || !seen || r.Comment != first.Comment || r.Revision != 1 || !r.Duplicate {
		t.Errorf("sent again: %+v, %t, %v; want the first answer", r, seen, err)
	}
	a.Comment.Body, a.Comment.Text = "Something else by now.", "Something else by now."
	if r := w.admit(a, moderation.Approve); r.Revision != 2 || r.Status != moderation.Held {
		t.Errorf("an edit: %+v", r)
	}
	v, err := w.CaseOf(t.Context(), first.Comment)
	if err != nil || v.Before != "" || v.Comment.Text != a.Comment.Text || !v.Comment.PurgedAt.IsZero() {
		t.Errorf("case %+v, %v", v, err)
	}
}

// TestPurgedLessonsKeepTheirFeatures looks at what a lesson is learned by before and
// after its text went, also of an answer to it, and when it is taken back and taught
// again.
func TestPurgedLessonsKeepTheirFeatures(t *testing.T) {
	w := newWorld(t)
	id := w.admit(w.arrival("1", "The trams on line nine are far too slow."), moderation.Hold).Comment
	taught := w.decide(id, moderation.ChooseAbuse)
	machine := w.admit(w.arrival("3", "Nobody taught anything of this one here."), moderation.Reject).Comment
	w.settle(moderation.DeliverCallback)
	w.now = epoch.Add(170 * day)
	answer := w.arrival("2", "You are right, and they are dear as well.")
	answer.Comment.ParentID, answer.Parent = "1", moderation.Parent{Author: "Ann", Text: "The trams …"}
	reply := w.admit(answer, moderation.Hold).Comment
	w.decide(reply, moderation.ChooseApprove)
	w.settle(moderation.DeliverCallback)
	w.now = epoch.Add(200 * day)
	w.purge()

	features := func(number int) any {
		return w.one(`SELECT coalesce((SELECT CAST(features AS TEXT) FROM lesson_features WHERE number = ?), '')`, number)
	}
	if features(1) != "features of 40+0" || features(2) != "features of 41+3" {
		t.Errorf("features %q and %q", features(1), features(2))
	}
	if parent := w.one(`SELECT parent_author || parent_text FROM revisions WHERE comment_id = ?`, reply); parent != "" {
		t.Errorf("the answer has kept %q of it", parent)
	}
	if said := w.one(`SELECT text FROM revisions WHERE comment_id = ?`, reply); said != answer.Comment.Text {
		t.Errorf("the answer says %q", said)
	}
	w.undo(taught.Decision.ID)
	w.decide(id, moderation.ChooseSpam)
	if n := w.one(`SELECT max(number) FROM lessons`); n != int64(4) || features(4) != features(1) {
		t.Errorf("%v lessons, the last with %q; want one that withdraws and one with the features of the first", n, features(4))
	}
	w.decide(machine, moderation.ChooseApprove)
	if n := w.one(`SELECT max(number) FROM lessons`); n != int64(4) {
		t.Errorf("a purged text that never was a lesson taught one: %v", n)
	}
}

// TestALivingPersonaKeepsItsTexts has a comment in a persona age.
func TestALivingPersonaKeepsItsTexts(t *testing.T) {
	w := newWorld(t)
	id := w.admit(w.arrival("1", "The trams on line nine are far too slow."), moderation.Reject).Comment
	_, err := w.AddToPersona(t.Context(), moderation.PersonaOrder{Comments: []moderation.CommentID{id}, Keep: 300 * day, At: w.now, By: moderation.Actor{ID: "cli"}})
	w.must(err)
	w.now = epoch.Add(200 * day)
	got := w.purge()
	if got["text rejected"] != (moderation.Purged{Waiting: 1}) || got["hashes rejected"] != (moderation.Purged{Waiting: 1}) || got["agent rejected"].Rows != 1 {
		t.Errorf("purged %v", got)
	}
	w.now = epoch.Add(301 * day)
	if got := w.purge(); got["text rejected"] != (moderation.Purged{Rows: 1}) || got["hashes rejected"] != (moderation.Purged{Rows: 1}) {
		t.Errorf("purged when the persona had ended: %v", got)
	}
}

// TestPurgeBesideComments looks at deliveries, marks, modes and usage.
func TestPurgeBesideComments(t *testing.T) {
	w := newWorld(t)
	id := w.admit(w.arrival("1", "Hm."), moderation.Hold).Comment
	w.decide(id, moderation.ChooseSpam)
	w.settle(moderation.DeliverCallback)
	m, err := w.PutMark(t.Context(), moderation.Mark{Site: w.site.ID, Kind: moderation.MarkBan, Subject: moderation.ByName, Of: moderation.Author{Name: "Mallory"},
		Reason: "insults", By: moderation.Actor{ID: "cli"}, At: w.now, Until: w.now.Add(day)})
	w.must(err)
	stands, err := w.PutMark(t.Context(), moderation.Mark{Site: w.site.ID, Kind: moderation.MarkBan, Subject: moderation.ByName, Of: moderation.Author{Name: "Trent"},
		By: moderation.Actor{ID: "cli"}, At: w.now})
	w.must(err)
	w.now = epoch.Add(31 * day)
	if got := w.purge(); got["deliveries "].Rows == 0 || got["marks "].Rows != 0 {
		t.Errorf("purged %v", got)
	}
	w.now = epoch.Add(367 * day)
	if got := w.purge(); got["marks "].Rows != 1 {
		t.Errorf("purged %v, want the ban that ended", got)
	}
	if left := w.one(`SELECT group_concat(id) FROM marks`); left != fmt.Sprint(stands.ID) {
		t.Errorf("marks %v are left; %d ended, %d stands", left, m.ID, stands.ID)
	}
}

// TestPurgeGoesOnWhereItEnded purges in small steps with a context that ends.
func TestPurgeGoesOnWhereItEnded(t *testing.T) {
	w := newWorld(t)
	for i := range 120 {
		w.now = w.now.Add(time.Second)
		w.admit(w.arrival(fmt.Sprint(i), fmt.Sprintf("Number %d of many things that can be said of trams.", i)), moderation.Reject)
	}
	w.now = epoch.Add(200 * day)
	due := moderation.Due{Site: w.site.ID, Part: moderation.PartText, Status: moderation.Rejected, Before: w.now.Add(-180 * day)}
	done, err := w.Purge(t.Context(), due, countingFeaturer{})
	if err != nil || done.Rows == 0 || done.Rows == 120 || !done.More {
		t.Fatalf("one step: %+v, %v; want some of 120", done, err)
	}
	if got := w.purge(); got["text rejected"].Rows != 120-done.Rows {
		t.Errorf("the rest: %v after %d", got, done.Rows)
	}
	if n := w.one(`SELECT count(*) FROM revisions WHERE purged_at IS NULL`); n != int64(0) {
		t.Errorf("%v are left", n)
	}
	for _, table := range []string{"bands", "link_hosts"} {
		if n := w.one(`SELECT count(*) FROM ` + table); n != int64(0) {
			t.Errorf("%v rows are left in %s", n, table)
		}
	}
	if n := w.one(`SELECT count(*) FROM words WHERE words MATCH 'trams'`); n != int64(0) {
		t.Errorf("%v comments are found by a word", n)
	}
}

// noticing is a featurer that says when a purge is at work.
type noticing struct {
	countingFeaturer
	works func()
}

func (n noticing) Features(l moderation.Lesson) ([]byte, error) {
	n.works()
	return n.countingFeaturer.Features(l)
}

// TestNobodyWaitsForAPurge has a write wait for the writer before a purge does: it is
// answered before the purge is at work.
func TestNobodyWaitsForAPurge(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("c1", "you moron"), moderation.Hold)
	w.decide(r.Comment, moderation.ChooseAbuse)
	w.settle(moderation.DeliverCallback)
	w.now = w.now.Add(10 * 365 * day)
	busy, begun := make(chan struct{}), make(chan struct{})
	go w.Write(t.Context(), func(*sql.Tx) error { close(begun); <-busy; return nil })
	<-begun
	pinged := make(chan error, 1)
	go func() { pinged <- w.Ping(t.Context()) }()
	for w.Waiting() < 1 {
		time.Sleep(time.Millisecond)
	}
	answered, purged := 0, make(chan error, 1)
	f := noticing{works: func() {
		select {
		case <-pinged:
			answered++
		case <-time.After(5 * time.Second):
		}
	}}
	go func() {
		due := moderation.Due{Site: w.site.ID, Part: moderation.PartText, Status: moderation.Rejected, Before: w.now}
		_, err := w.Purge(t.Context(), due, f)
		purged <- err
	}()
	for w.Waiting() < 2 {
		time.Sleep(time.Millisecond)
	}
	close(busy)
	w.must(<-purged)
	if answered != 1 {
		t.Errorf("a write before the purge was answered %d times when the purge was at work", answered)
	}
}
