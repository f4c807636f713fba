package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// changesAfter returns what changed behind a place, and the next place.
func (w *world) changesAfter(after moderation.Change) ([]string, moderation.Change) {
	w.t.Helper()
	c, err := w.Changes(w.t.Context(), moderation.ChangeQuery{Site: w.site.ID, After: after, Limit: 100})
	w.must(err)
	seen := []string{}
	for _, r := range c.Records {
		seen = append(seen, fmt.Sprintf("%s %s r%d", r.PlatformID, r.Status, r.Revision))
	}
	return seen, c.Next
}

// TestEveryWayOfChangingIsSeen lets the clock stand still, which it may: each
// change must be behind the one before all the same.
func TestEveryWayOfChangingIsSeen(t *testing.T) {
	w := newWorld(t)
	actor := moderation.Actor{ID: "telegram:1", Name: "Mo"}
	var r moderation.Receipt
	steps := []struct {
		name string
		do   func()
		want []string
	}{
		{"a comment", func() { r = w.admit(w.arrival("a", "You moron."), moderation.Hold) }, []string{"a held r1"}},
		{"the same again", func() { w.admit(w.arrival("a", "You moron."), moderation.Hold) }, []string{}},
		{"another", func() { w.admit(w.arrival("b", "Hello."), moderation.Approve) }, []string{"b approved r1"}},
		{"a decision", func() { w.decide(r.Comment, moderation.ChooseSpam) }, []string{"a rejected r1"}},
		{"an edit", func() { w.admit(w.arrival("a", "You twit."), moderation.Hold) }, []string{"a held r2"}},
		{"an undo behind the edit", func() {
			_, err := w.Undo(t.Context(), moderation.UndoOrder{Comment: r.Comment, By: actor, Via: "telegram"}, w.now)
			w.must(err)
		}, []string{"a held r2"}},
		{"the blog's decision", func() { w.onBlog(moderation.BlogOrder{PlatformID: "a", Choice: moderation.ChooseApprove}) }, []string{"a approved r2"}},
		{"the blog says it again", func() { w.onBlog(moderation.BlogOrder{PlatformID: "a", Choice: moderation.ChooseApprove}) }, []string{}},
		{"the blog holds it", func() { w.onBlog(moderation.BlogOrder{PlatformID: "a", Choice: moderation.ChooseUndo}) }, []string{"a held r2"}},
		{"a decision to undo", func() { w.decide(r.Comment, moderation.ChooseAbuse) }, []string{"a rejected r2"}},
		{"an undo", func() {
			_, err := w.Undo(t.Context(), moderation.UndoOrder{Comment: r.Comment, By: actor, Via: "telegram"}, w.now)
			w.must(err)
		}, []string{"a held r2"}},
		{"a withdrawal", func() {
			_, err := w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "b", At: w.now})
			w.must(err)
		}, []string{"b withdrawn r1"}},
		{"a withdrawal again", func() {
			_, err := w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "b", At: w.now})
			w.must(err)
		}, []string{}},
		{"history", func() {
			old := w.arrival("c", "Long ago.")
			old.Comment.CreatedAt = epoch.AddDate(-1, 0, 0)
			_, err := w.Import(t.Context(), w.site, []moderation.Past{{Arrival: old, Choice: moderation.ChooseSpam, By: actor}}, w.now)
			w.must(err)
		}, []string{"c rejected r1"}},
		{"a clock that is set back", func() {
			w.now = w.now.Add(-time.Hour)
			w.admit(w.arrival("d", "Later."), moderation.Approve)
		}, []string{"d approved r1"}},
	}
	last := moderation.Change(0)
	for _, step := range steps {
		step.do()
		seen, next := w.changesAfter(last)
		if diff := cmp.Diff(step.want, seen); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
		last = next
	}
}

// TestAPollerMissesAndRepeatsNothing lets things happen in any order, with a
// clock that goes any way, between the pages of somebody who polls.
func TestAPollerMissesAndRepeatsNothing(t *testing.T) {
	w := newWorld(t)
	sites := 0
	rapid.Check(t, func(r *rapid.T) {
		var err error
		sites++
		w.site, err = w.AddSite(t.Context(), moderation.Site{Name: fmt.Sprint("site", sites), Platform: "webhook", Mode: moderation.ModeNormal})
		w.must(err)
		known := map[string]string{}
		seen := map[moderation.Change]bool{}
		var next moderation.Change
		poll := func() (more bool) {
			c, err := w.Changes(t.Context(), moderation.ChangeQuery{Site: w.site.ID, After: next, Limit: rapid.IntRange(1, 3).Draw(r, "limit")})
			w.must(err)
			for _, record := range c.Records {
				if seen[record.Changed] {
					r.Fatalf("change %d came twice", record.Changed)
				}
				seen[record.Changed], known[record.PlatformID] = true, fmt.Sprintf("%s %d %d", record.Status, record.Revision, len(record.Decisions))
			}
			next = c.Next
			return c.More
		}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(-3, 3).Draw(r, "ms")) * time.Millisecond)
			id := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "id")
			switch rapid.IntRange(0, 4).Draw(r, "what") {
			case 0, 1:
				w.admit(w.arrival(id, rapid.StringMatching(`[a-z]`).Draw(r, "body")), moderation.Hold)
			case 2:
				w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: id, At: w.now})
			case 3:
				choice := rapid.SampledFrom([]moderation.Choice{moderation.ChooseApprove, moderation.ChooseSpam, moderation.ChooseUndo}).Draw(r, "choice")
				w.DecideOnBlog(t.Context(), moderation.BlogOrder{Site: w.site, PlatformID: id, Choice: choice}, w.now)
			case 4:
				poll()
			}
		}
		for poll() {
		}
		all, err := w.Changes(t.Context(), moderation.ChangeQuery{Site: w.site.ID, Limit: 100})
		w.must(err)
		want := map[string]string{}
		for _, record := range all.Records {
			want[record.PlatformID] = fmt.Sprintf("%s %d %d", record.Status, record.Revision, len(record.Decisions))
		}
		if diff := cmp.Diff(want, known); diff != "" {
			r.Fatalf("what the poller knows (-want +got):\n%s", diff)
		}
	})
}

func TestARecordTellsEveryDecision(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("a", "You moron."), moderation.Hold)
	w.undo(w.decide(r.Comment, moderation.ChooseSpam).Decision.ID)
	w.decide(r.Comment, moderation.ChooseAbuse)
	record, err := w.Record(t.Context(), w.site.ID, r.Comment)
	w.must(err)
	var got []string
	for _, d := range record.Decisions {
		got = append(got, fmt.Sprintf("%s by %s via %s, undone %t", d.Choice, d.By, d.Via, d.Undone))
	}
	want := []string{"spam by Mo via telegram, undone true", "undo by Mo via telegram, undone false", "abuse by Mo via telegram, undone false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if standing := record.Standing(); standing == nil || standing.Choice != moderation.ChooseAbuse {
		t.Errorf("standing %+v", standing)
	}
	if record.Verdict.Model != "m1" || record.Verdict.Action != moderation.Hold || record.Seq != 3 || record.Status != moderation.Rejected {
		t.Errorf("record %+v", record)
	}
	w.admit(w.arrival("a", "You twit."), moderation.Hold)
	if record, err = w.Record(t.Context(), w.site.ID, r.Comment); err != nil || record.Standing() != nil {
		t.Errorf("after an edit there stands %+v, %v", record.Standing(), err)
	}
	_, err = w.Record(t.Context(), w.site.ID+1, r.Comment)
	w.wantErr(err, moderation.ErrNotFound)
}

func TestChangesOfOneStatus(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"a", "b", "c"} {
		w.admit(w.arrival(id, "You moron."), moderation.Hold)
	}
	w.admit(w.arrival("d", "Hello."), moderation.Approve)
	ask := func(after moderation.Change) (ids string, c moderation.Changes) {
		c, err := w.Changes(t.Context(), moderation.ChangeQuery{Site: w.site.ID, After: after, Status: moderation.Held, Limit: 2})
		w.must(err)
		for _, r := range c.Records {
			ids += r.PlatformID
		}
		return ids, c
	}
	first, c := ask(0)
	second, d := ask(c.Next)
	if first != "ab" || !c.More || second != "c" || d.More {
		t.Errorf("pages %s, %s; more %t, %t", first, second, c.More, d.More)
	}
	if ids, _ := ask(d.Next); ids != "" {
		t.Errorf("then %s", ids)
	}
	db, err := sql.Open("sqlite", filepath.Join(w.dir, "gatehouse.db"))
	w.must(err)
	defer db.Close()
	for query, index := range map[string]string{
		store.SelectRecord + `WHERE c.site_id = 1 AND c.changed > 5 AND c.status = 'held' ORDER BY c.changed LIMIT 5`: "comments_status (site_id=? AND status=? AND changed>?)",
		store.SelectRecord + `WHERE c.site_id = 1 AND c.changed > 5 ORDER BY c.changed LIMIT 5`:                       "comments_changed (site_id=? AND changed>?)",
	} {
		var id, parent, unused int
		var plan string
		w.must(db.QueryRowContext(t.Context(), `EXPLAIN QUERY PLAN `+query).Scan(&id, &parent, &unused, &plan))
		if !strings.Contains(plan, index) {
			t.Errorf("%s: %s", query, plan)
		}
	}
}

// TestChangesBeforeTheyWereCounted opens what a program made that knew five
// migrations: two comments of one millisecond, one of them decided later.
func TestChangesBeforeTheyWereCounted(t *testing.T) {
	w := newWorld(t)
	a := w.admit(w.arrival("a", "You moron."), moderation.Hold)
	w.admit(w.arrival("b", "Hello."), moderation.Approve)
	w.admit(w.arrival("c", "Hello."), moderation.Approve)
	w.now = w.now.Add(time.Minute)
	w.decide(a.Comment, moderation.ChooseSpam)
	w.downgrade(5)
	w.open()
	c, err := w.Changes(t.Context(), moderation.ChangeQuery{Site: w.site.ID, Limit: 10})
	w.must(err)
	got := ""
	for _, r := range c.Records {
		got += fmt.Sprintf("%s %s; ", r.PlatformID, r.Changed.Time().Sub(epoch))
	}
	if want := "b 0s; c 1µs; a 1m0s; "; got != want {
		t.Errorf("changes %s, want %s", got, want)
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	token, secret, err := w.AddToken(t.Context(), w.site, "poller")
	w.must(err)
	if !strings.HasPrefix(secret.Reveal(), "gh_") || len(secret.Reveal()) != len("gh_")+52 {
		t.Errorf("the token has %d characters", len(secret.Reveal()))
	}
	_, _, err = w.AddToken(t.Context(), w.site, "poller")
	w.wantErr(err, moderation.ErrExists)
	_, _, err = w.AddToken(t.Context(), w.site, "no spaces")
	w.wantErr(err, moderation.ErrInvalid)
	used := func() time.Time {
		list, err := w.Tokens(t.Context())
		w.must(err)
		if len(list) != 1 || list[0].SiteName != "blog" || list[0].Name != "poller" {
			t.Fatalf("tokens %+v", list)
		}
		return list[0].UsedAt
	}
	if !used().IsZero() {
		t.Errorf("used at %s, want never", used())
	}
	for _, step := range []struct{ at, want time.Duration }{{0, 0}, {59 * time.Second, 0}, {time.Minute, time.Minute}, {-time.Hour, -time.Hour}} {
		w.now = epoch.Add(step.at)
		if got, err := w.Token(t.Context(), secret); err != nil || got.ID != token.ID || got.Site != w.site.ID {
			t.Fatalf("token %+v, %v", got, err)
		}
		if !used().Equal(epoch.Add(step.want)) {
			t.Errorf("used at %s: noted %s", w.now, used())
		}
	}
	_, err = w.Token(t.Context(), moderation.NewSecret(secret.Reveal()+"x"))
	w.wantErr(err, moderation.ErrNotFound)
	_, err = w.Token(t.Context(), moderation.Secret{})
	w.wantErr(err, moderation.ErrNotFound)
	w.wantErr(w.RevokeToken(t.Context(), w.site, "other"), moderation.ErrNotFound)
	w.must(w.RevokeToken(t.Context(), w.site, "poller"))
	_, err = w.Token(t.Context(), secret)
	w.wantErr(err, moderation.ErrNotFound)
	_, again, err := w.AddToken(t.Context(), w.site, "poller")
	w.must(err)
	w.must(w.RemoveSite(t.Context(), w.site.ID))
	_, err = w.Token(t.Context(), again)
	w.wantErr(err, moderation.ErrNotFound)
	_, _, err = w.AddToken(t.Context(), w.site, "late")
	w.wantErr(err, moderation.ErrNotFound)
}
