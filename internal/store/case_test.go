package store_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

func TestAHeldCommentWaitsWithAllThatAPersonNeeds(t *testing.T) {
	w := newWorld(t)
	first := w.admit(w.arrival("1", "Hello."), moderation.Approve)
	a := w.arrival("2", "You moron.")
	a.Comment.ParentID = "1"
	a.Post.PublishedAt = w.now.Add(-time.Hour)
	past, err := w.Background(t.Context(), a)
	w.must(err)
	minute := moderation.Window{Minute: 1, TenMinutes: 1, Hour: 1, Day: 1}
	if diff := cmp.Diff(moderation.Background{Parent: moderation.Parent{Author: "Ann", Text: "Hello."},
		Standing: moderation.Standing{Known: true, Approved: 1, Recent: 1}, Mode: moderation.ModeNormal,
		Activity: moderation.Activity{Author: minute, Address: minute, Range: minute, Post: minute},
		Thread:   moderation.Thread{Comments: 1, Began: w.now},
		Ties:     moderation.Ties{AddressOthers: 1, RangeOthers: 1, AgentOthers: 1}}, past); diff != "" {
		t.Errorf("background (-want +got):\n%s", diff)
	}
	a.Parent = past.Parent
	r := w.admit(a, moderation.Hold)
	if first.Status != moderation.Approved || r.Status != moderation.Held || r.Comment == first.Comment {
		t.Fatalf("receipts %+v, %+v", first, r)
	}
	views, total, err := w.OpenCases(t.Context(), nil, 10)
	w.must(err)
	if total != 1 || len(views) != 1 {
		t.Fatalf("%d of %d cases, want one", len(views), total)
	}
	v := views[0]
	got := []string{v.Site.Name, v.Post.Title, v.Author.Name, v.Parent.Text, v.Comment.Text, v.Verdict.Reasons[0].Detail,
		v.Verdict.Weights[0].Feature, v.Verdict.Model, string(v.Status)}
	want := []string{"blog", "On trams", "Ann", "Hello.", "You moron.", "moron", "moron", "m1", "held"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
	if v, err = w.Case(t.Context(), v.Case.ID); err != nil || v.Post != a.Post || v.Standing != (moderation.Standing{Known: true, Approved: 1, Recent: 1}) {
		t.Errorf("post %+v, standing %+v, error %v", v.Post, v.Standing, err)
	}
	if got := w.settle(moderation.DeliverCard); len(got) != 1 || got[0] != `{"case":1}` {
		t.Errorf("card deliveries %q", got)
	}
	if got := w.due(moderation.DeliverCallback); len(got) != 0 {
		t.Errorf("the blog has its answer, and is told again: %+v", got)
	}
}

func TestRedelivery(t *testing.T) {
	w := newWorld(t)
	a := w.arrival("1", "You moron.")
	a.Key, a.Comment.UpdatedAt = "msg_1", epoch
	first := w.admit(a, moderation.Hold)
	edited := func(key, body string, updated time.Time) moderation.Arrival {
		b := a
		b.Key, b.Comment.Body, b.Comment.Text, b.Comment.UpdatedAt = key, body, body, updated
		return b
	}
	tests := map[string]struct {
		arrival moderation.Arrival
		seen    bool
	}{
		"the same message":                 {a, true},
		"the same body by another message": {edited("msg_2", "You moron.", epoch), true},
		"an older revision":                {edited("msg_2", "You moron!", epoch.Add(-time.Second)), true},
		"another body by the same message": {edited("msg_1", "Sorry.", epoch.Add(time.Hour)), true},
		"an edit":                          {edited("msg_2", "Sorry.", epoch.Add(time.Second)), false},
		"an edit without a time":           {edited("msg_2", "Sorry.", time.Time{}), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, seen, err := w.Seen(t.Context(), tt.arrival)
			w.must(err)
			if seen != tt.seen {
				t.Fatalf("seen = %v, want %v", seen, tt.seen)
			}
			if !seen {
				return
			}
			want := first
			want.Duplicate = true
			if diff := cmp.Diff(want, r); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			again := w.admit(tt.arrival, moderation.Approve) // as where two arrive at once
			if diff := cmp.Diff(want, again); diff != "" {
				t.Errorf("admitted again (-want +got):\n%s", diff)
			}
		})
	}
	w.decide(first.Comment, moderation.ChooseAbuse)
	if r, _, err := w.Seen(t.Context(), a); err != nil || r.Status != moderation.Rejected || r.Verdict.Action != moderation.Hold {
		t.Errorf("after the decision: %+v, %v; want the first answer with the status of now", r, err)
	}
}

func TestAMessageIDIsForOneComment(t *testing.T) {
	w := newWorld(t)
	withKey := func(key, id string) moderation.Arrival {
		a := w.arrival(id, "Comment "+id+".")
		a.Key = key
		return a
	}
	withdraw := func(key, id string) (moderation.Receipt, error) {
		return w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: id, Key: key, At: w.now})
	}
	w.admit(withKey("msg_1", "1"), moderation.Approve)
	w.admit(withKey("msg_2", "2"), moderation.Approve)
	_, _, err := w.Seen(t.Context(), withKey("msg_1", "3"))
	w.wantErr(err, moderation.ErrReused)
	_, err = w.Admit(t.Context(), moderation.Admission{Arrival: withKey("msg_1", "3"), Verdict: moderation.Verdict{Action: moderation.Approve}, At: w.now})
	w.wantErr(err, moderation.ErrReused)
	_, err = withdraw("msg_1", "2")
	w.wantErr(err, moderation.ErrReused)
	_, err = withdraw("msg_3", "2")
	w.must(err)
	_, err = withdraw("msg_1", "2")
	w.wantErr(err, moderation.ErrReused)
	_, _, err = w.Seen(t.Context(), withKey("msg_3", "1"))
	w.wantErr(err, moderation.ErrReused)
	if r := w.admit(withKey("msg_4", "3"), moderation.Hold); r.Duplicate || r.Status != moderation.Held {
		t.Errorf("comment 3 under an id of its own: %+v, want it judged", r)
	}
}

// TestATimeFinerThanTheDatabaseKeeps sends what a blog with microseconds sends.
func TestATimeFinerThanTheDatabaseKeeps(t *testing.T) {
	w := newWorld(t)
	a := w.arrival("1", "You moron.")
	a.Comment.UpdatedAt = epoch.Add(123456 * time.Microsecond)
	w.admit(a, moderation.Hold)
	_, err := w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "1", Key: "msg_9", At: w.now})
	w.must(err)
	if again := w.admit(a, moderation.Approve); again.Status != moderation.Withdrawn || !again.Duplicate {
		t.Errorf("the withdrawn comment again: %+v, want it withdrawn still", again)
	}
	a.Comment.UpdatedAt = a.Comment.UpdatedAt.Add(time.Millisecond)
	if back := w.admit(a, moderation.Hold); back.Status != moderation.Held || back.Revision != 2 {
		t.Errorf("brought back a millisecond later: %+v, want revision 2", back)
	}
}

func TestEdits(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("1", "You moron."), moderation.Hold)
	edited := w.admit(w.arrival("1", "You twit."), moderation.Approve)
	if edited.Comment != r.Comment || edited.Revision != 2 || edited.Status != moderation.Held || edited.Verdict.Action != moderation.Hold {
		t.Fatalf("an edit of a held comment: %+v, want revision 2, held", edited)
	}
	v := w.wantCase(r.Comment, moderation.CaseOpen, 2)
	if v.Comment.Text != "You twit." || v.Case.Version != 2 {
		t.Errorf("the case shows %q in version %d", v.Comment.Text, v.Case.Version)
	}
	_, err := w.Decide(t.Context(), moderation.Order{Comment: r.Comment, Revision: 1, Choice: moderation.ChooseApprove}, w.now)
	w.wantErr(err, moderation.ErrStale)
	d := w.decide(r.Comment, moderation.ChooseAbuse)
	again := w.admit(w.arrival("1", "Lovely."), moderation.Approve)
	if again.Status != moderation.Held || again.Revision != 3 {
		t.Fatalf("an edit of a rejected comment: %+v, want held", again)
	}
	if v := w.wantCase(r.Comment, moderation.CaseOpen, 3); v.Decision != nil {
		t.Errorf("the decision on revision 2 stands on revision 3: %+v", v.Decision)
	}
	w.undo(d.Decision.ID)
	if got := w.lessons(); len(got) != 0 {
		t.Errorf("lessons %q after the undo on the older revision", got)
	}
	w.wantCase(r.Comment, moderation.CaseOpen, 3)
	w.decide(r.Comment, moderation.ChooseApprove)
	if up := w.admit(w.arrival("1", "Lovely!"), moderation.Approve); up.Status != moderation.Approved {
		t.Errorf("an edit of an approved comment: %+v, want approved", up)
	}
}

func TestDecisions(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("1", "You moron."), moderation.Hold)
	d := w.decide(r.Comment, moderation.ChooseAbuse)
	if d.Status != moderation.Rejected || d.Decision.Before != moderation.Held {
		t.Fatalf("outcome %+v", d)
	}
	if diff := cmp.Diff([]string{"abuse You moron."}, w.lessons()); diff != "" {
		t.Errorf("lessons (-want +got):\n%s", diff)
	}
	v := w.wantCase(r.Comment, moderation.CaseDecided, 1)
	if v.Decision == nil || v.Decision.By.Name != "Mo" || !v.Case.ClosedAt.Equal(epoch) {
		t.Errorf("case %+v, decision %+v", v.Case, v.Decision)
	}
	_, err := w.Decide(t.Context(), moderation.Order{Comment: r.Comment, Choice: moderation.ChooseApprove}, w.now)
	var decided *moderation.DecidedError
	if !errors.As(err, &decided) || decided.Standing.By.Name != "Mo" || decided.Standing.Choice != moderation.ChooseAbuse {
		t.Fatalf("a second decision: %v, want a DecidedError that names the first", err)
	}
	u := w.undo(d.Decision.ID)
	if u.Status != moderation.Held || len(w.lessons()) != 0 {
		t.Fatalf("after the undo: %s, lessons %q", u.Status, w.lessons())
	}
	w.wantCase(r.Comment, moderation.CaseOpen, 1)
	_, err = w.Undo(t.Context(), moderation.UndoOrder{Decision: d.Decision.ID}, w.now)
	w.wantErr(err, moderation.ErrAlreadyDecided)
	_, err = w.Undo(t.Context(), moderation.UndoOrder{Comment: r.Comment}, w.now)
	w.wantErr(err, moderation.ErrNotFound)
	w.decide(r.Comment, moderation.ChooseReject)
	if got := w.lessons(); len(got) != 0 {
		t.Errorf("reject taught %q", got)
	}
	want := []string{
		`{"comment":1,"platform_id":"1","revision":1,"seq":1,"status":"rejected","choice":"abuse","decided_by":"Mo","decided_at":"2026-03-01T12:00:00Z"}`,
		`{"comment":1,"platform_id":"1","revision":1,"seq":2,"status":"held","decided_by":"Mo","decided_at":"2026-03-01T12:00:00Z"}`,
		`{"comment":1,"platform_id":"1","revision":1,"seq":3,"status":"rejected","choice":"reject","decided_by":"Mo","decided_at":"2026-03-01T12:00:00Z"}`,
	}
	if diff := cmp.Diff(want, w.settle(moderation.DeliverCallback)); diff != "" {
		t.Errorf("callbacks (-want +got):\n%s", diff)
	}
}

func TestADecisionFromBeforeAnEditIsTakenBackByComment(t *testing.T) {
	w := newWorld(t)
	byComment := func(id moderation.CommentID) (moderation.Outcome, error) {
		return w.Undo(t.Context(), moderation.UndoOrder{Comment: id, By: moderation.Actor{ID: "cli:root"}, Via: "cli"}, w.now)
	}
	r := w.admit(w.arrival("1", "Fine."), moderation.Hold)
	w.decide(r.Comment, moderation.ChooseSpam)
	w.admit(w.arrival("1", "Fine, really."), moderation.Hold)
	w.decide(r.Comment, moderation.ChooseAbuse)
	w.admit(w.arrival("1", "Fine, really!"), moderation.Hold)
	w.settle(moderation.DeliverCallback)
	for _, want := range []struct {
		revision int
		lessons  []string
	}{{2, []string{"spam Fine."}}, {1, []string{}}} {
		out, err := byComment(r.Comment)
		w.must(err)
		if out.Decision.Revision != want.revision || out.Status != moderation.Held {
			t.Errorf("undone on revision %d, status %s; want revision %d, and held still", out.Decision.Revision, out.Status, want.revision)
		}
		if diff := cmp.Diff(want.lessons, w.lessons()); diff != "" {
			t.Errorf("lessons (-want +got):\n%s", diff)
		}
	}
	_, err := byComment(r.Comment)
	w.wantErr(err, moderation.ErrNotFound)
	w.wantCase(r.Comment, moderation.CaseOpen, 3)
	if got := w.due(moderation.DeliverCallback); len(got) != 0 {
		t.Errorf("the blog is told of what changed nothing: %+v", got)
	}
	w.decide(r.Comment, moderation.ChooseApprove)
	if out, err := byComment(r.Comment); err != nil || out.Decision.Revision != 3 {
		t.Errorf("undone on revision %d, %v; want the newest first", out.Decision.Revision, err)
	}
}

func TestAnOrderCarriedOutTwiceCountsOnce(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("1", "You moron."), moderation.Hold)
	order := moderation.Order{Comment: r.Comment, Choice: moderation.ChooseAbuse, Via: "telegram", Key: "telegram:q1"}
	first, err := w.Decide(t.Context(), order, w.now)
	w.must(err)
	undo := moderation.UndoOrder{Decision: first.Decision.ID, Key: "telegram:q2"}
	undone, err := w.Undo(t.Context(), undo, w.now)
	w.must(err)
	again, err := w.Decide(t.Context(), order, w.now)
	w.must(err)
	if !again.Repeated || again.Decision.ID != first.Decision.ID || again.Status != moderation.Held {
		t.Errorf("the tap that was undone came again: %+v, want nothing changed", again)
	}
	againUndone, err := w.Undo(t.Context(), undo, w.now)
	w.must(err)
	if !againUndone.Repeated || againUndone.Decision.ID != undone.Decision.ID {
		t.Errorf("the undo came again: %+v", againUndone)
	}
}

func TestAPublishedCommentCanBeTakenDownAndBroughtBack(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("1", "Sly."), moderation.Approve)
	d := w.decide(r.Comment, moderation.ChooseAbuse)
	if d.Status != moderation.Rejected {
		t.Fatalf("status %s", d.Status)
	}
	if u := w.undo(d.Decision.ID); u.Status != moderation.Approved {
		t.Errorf("after the undo it is %s, want approved as before", u.Status)
	}
	_, err := w.CaseOf(t.Context(), r.Comment)
	w.wantErr(err, moderation.ErrNotFound)
	if got := w.settle(moderation.DeliverCallback); len(got) != 2 || !strings.Contains(got[1], `"status":"approved"`) {
		t.Errorf("callbacks %q", got)
	}
}

func TestTheBlogsOwnDecisionSupersedes(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("1", "Hm."), moderation.Hold)
	w.decide(r.Comment, moderation.ChooseApprove)
	w.settle(moderation.DeliverCallback)
	out, err := w.Decide(t.Context(), moderation.Order{Comment: r.Comment, Choice: moderation.ChooseSpam, Via: "site", Override: true}, w.now)
	w.must(err)
	if out.Status != moderation.Rejected || !cmp.Equal(w.lessons(), []string{"spam Hm."}) {
		t.Errorf("status %s, lessons %q", out.Status, w.lessons())
	}
	if got := w.due(moderation.DeliverCallback); len(got) != 0 {
		t.Errorf("the blog is told of its own decision: %+v", got)
	}
	w.undo(out.Decision.ID)
	if got := w.lessons(); !cmp.Equal(got, []string{"ok Hm."}) {
		t.Errorf("lessons %q, want that of the decision that stands again", got)
	}
	if v := w.wantCase(r.Comment, moderation.CaseDecided, 1); v.Status != moderation.Approved || v.Decision.Choice != moderation.ChooseApprove {
		t.Errorf("status %s, decision %+v", v.Status, v.Decision)
	}
}

func TestWithdrawal(t *testing.T) {
	w := newWorld(t)
	a := w.arrival("1", "You moron.")
	a.Comment.UpdatedAt = epoch
	r := w.admit(a, moderation.Hold)
	gone := moderation.Withdrawal{Site: w.site, PlatformID: "1", Key: "msg_9", At: w.now}
	got, err := w.Withdraw(t.Context(), gone)
	w.must(err)
	if got.Status != moderation.Withdrawn || got.Duplicate {
		t.Errorf("receipt %+v", got)
	}
	w.wantCase(r.Comment, moderation.CaseWithdrawn, 1)
	if got, err = w.Withdraw(t.Context(), gone); err != nil || !got.Duplicate {
		t.Errorf("again: %+v, %v", got, err)
	}
	_, err = w.Decide(t.Context(), moderation.Order{Comment: r.Comment, Choice: moderation.ChooseSpam}, w.now)
	w.wantErr(err, moderation.ErrWithdrawn)
	_, err = w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "2"})
	w.wantErr(err, moderation.ErrNotFound)
	if again := w.admit(a, moderation.Approve); again.Status != moderation.Withdrawn || !again.Duplicate {
		t.Errorf("the same comment again: %+v, want withdrawn", again)
	}
	a.Comment.UpdatedAt = epoch.Add(time.Hour)
	if back := w.admit(a, moderation.Approve); back.Status != moderation.Held || back.Revision != 2 {
		t.Errorf("brought back by the blog: %+v, want held as it was", back)
	}
}

func TestAnUndoReachesBehindAWithdrawal(t *testing.T) {
	w := newWorld(t)
	a := w.arrival("1", "Fine.")
	a.Comment.UpdatedAt = epoch
	r := w.admit(a, moderation.Approve)
	d := w.decide(r.Comment, moderation.ChooseAbuse)
	_, err := w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "1", Key: "msg_9", At: w.now})
	w.must(err)
	if u := w.undo(d.Decision.ID); u.Status != moderation.Withdrawn {
		t.Errorf("after the undo it is %s, want withdrawn still", u.Status)
	}
	a.Comment.UpdatedAt = epoch.Add(time.Hour)
	if back := w.admit(a, moderation.Approve); back.Status != moderation.Approved {
		t.Errorf("brought back by the blog: %+v, want approved as before the decision", back)
	}
}

func TestLessonsOfARevisionAreFoundWithoutWalkingAll(t *testing.T) {
	w := newWorld(t)
	plan := w.plan(store.WithdrawLessonsSQL, 1, 1, 1, 1)
	if want := "SEARCH l USING INDEX lessons_revision (comment_id=? AND revision=?)"; !slices.Contains(plan, want) {
		t.Errorf("plan %q, want %q in it", plan, want)
	}
}

// TestCommentsOfASiteAreFoundWithoutWalkingAll: the poller asks for those that
// wait every minute, export for page after page.
func TestCommentsOfASiteAreFoundWithoutWalkingAll(t *testing.T) {
	tests := map[string]struct {
		query string
		args  []any
		want  string
		sorts bool
	}{
		"held":  {store.HeldCasesSQL, []any{1, 500}, "SEARCH k USING COVERING INDEX cases_waiting_of (site_id=? AND urgent=?)", false},
		"post":  {store.VoicesSQL, []any{1, "p1", 5}, "SEARCH r USING INDEX revisions_post (post_id=? AND received_at>?)", false},
		"after": {store.CommentsAfterSQL, []any{1, 7, 500}, "SEARCH c USING INTEGER PRIMARY KEY (rowid>?)", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			plan := w.plan(tt.query, tt.args...)
			if !slices.Contains(plan, tt.want) || slices.Contains(plan, "USE TEMP B-TREE FOR ORDER BY") != tt.sorts {
				t.Errorf("plan %q, want %q in it, sorting: %t", plan, tt.want, tt.sorts)
			}
		})
	}
}

// plan returns the steps of SQLite's plan for a query.
func (w *world) plan(query string, args ...any) (steps []string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(w.dir, "gatehouse.db"))
	w.must(err)
	defer db.Close()
	rows, err := db.QueryContext(w.t.Context(), `EXPLAIN QUERY PLAN `+query, args...)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		w.must(rows.Scan(&id, &parent, &unused, &step))
		steps = append(steps, step)
	}
	w.must(rows.Err())
	return steps
}

func TestDeliveriesOvertakenStayGivenUpOn(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("1", "Hm."), moderation.Hold)
	d := w.decide(r.Comment, moderation.ChooseSpam)
	failed := w.due(moderation.DeliverCallback)[0]
	failed.State, failed.LastError = moderation.DeliveryFailed, "410"
	w.must(w.Settle(t.Context(), failed))
	if n, err := w.RetryDeliveries(t.Context(), failed.ID, 0); err != nil || n != 1 {
		t.Fatalf("retried %d, %v; want 1", n, err)
	}
	w.must(w.Settle(t.Context(), failed))
	w.undo(d.Decision.ID)
	if n, err := w.RetryDeliveries(t.Context(), 0, 0); err != nil || n != 0 {
		t.Errorf("retried %d, %v; want none, a newer one is on its way", n, err)
	}
	w.settle(moderation.DeliverCallback)
	if n, err := w.RetryDeliveries(t.Context(), 0, 0); err != nil || n != 0 {
		t.Errorf("retried %d, %v; want none, a newer one went out", n, err)
	}
	w.settle(moderation.DeliverCard)
	list, _, err := w.Deliveries(t.Context(), 10)
	w.must(err)
	if len(list) != 1 || list[0].LastError != "410" {
		t.Errorf("deliveries %+v", list)
	}
}

func TestRetryHastensAllThatWaits(t *testing.T) {
	const all = -1
	for name, tt := range map[string]struct {
		which int // of the comment's three notices
		want  int64
	}{
		"all":                             {all, 3},
		"the one in front":                {0, 1},
		"one, and what stands in its way": {1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.admit(w.arrival("1", "Hm."), moderation.Hold)
			w.undo(w.decide(r.Comment, moderation.ChooseSpam).Decision.ID)
			w.decide(r.Comment, moderation.ChooseSpam)
			w.settle(moderation.DeliverCard)
			waiting, _, err := w.Deliveries(t.Context(), 10)
			w.must(err)
			for _, d := range waiting {
				d.NextAt = w.now.Add(8 * time.Hour)
				w.must(w.Settle(t.Context(), d))
			}
			var id moderation.DeliveryID
			if tt.which != all {
				id = waiting[tt.which].ID
			}
			if n, err := w.RetryDeliveries(t.Context(), id, 0); err != nil || n != tt.want {
				t.Errorf("retried %d, %v; want %d", n, err, tt.want)
			}
			if due := w.due(moderation.DeliverCallback); len(due) != 1 || due[0].ID != waiting[0].ID {
				t.Errorf("due %+v, want the first one", due)
			}
		})
	}
}

func TestTwoCardsGivenUpOnAreOne(t *testing.T) {
	w := newWorld(t)
	giveUp := func() {
		d := w.due(moderation.DeliverCard)[0]
		d.State = moderation.DeliveryFailed
		w.must(w.Settle(t.Context(), d))
	}
	r := w.admit(w.arrival("1", "Hm."), moderation.Hold)
	giveUp()
	w.decide(r.Comment, moderation.ChooseSpam)
	giveUp()
	w.settle(moderation.DeliverCallback)
	if n, err := w.RetryDeliveries(t.Context(), 0, 0); err != nil || n != 1 {
		t.Errorf("retried %d, %v; want the newer one", n, err)
	}
}

func TestAnEditOvertakesWhatTheBlogWasStillToBeTold(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"an edit": func(w *world) { w.admit(w.arrival("1", "Much worse."), moderation.Hold) },
		"a withdrawal": func(w *world) {
			_, err := w.Withdraw(w.t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "1", Key: "k", At: w.now})
			w.must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.admit(w.arrival("1", "Hm."), moderation.Hold)
			w.decide(r.Comment, moderation.ChooseApprove)
			inHand := w.due(moderation.DeliverCallback)[0]
			change(w)
			if due := w.due(moderation.DeliverCallback); len(due) != 0 {
				t.Fatalf("the blog is still to be told %s", due[0].Payload)
			}
			inHand.State = moderation.DeliveryPending // the try in hand failed
			w.must(w.Settle(t.Context(), inHand))
			if due := w.due(moderation.DeliverCallback); len(due) != 0 {
				t.Errorf("the try in hand brought it back: %s", due[0].Payload)
			}
		})
	}
}

func TestOneCardDeliveryACase(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("1", "Hm."), moderation.Hold)
	inHand := w.due(moderation.DeliverCard)[0]
	w.decide(r.Comment, moderation.ChooseSpam)
	inHand.State = moderation.DeliverySent
	w.must(w.Settle(t.Context(), inHand))
	due := w.due(moderation.DeliverCard)
	if len(due) != 1 {
		t.Fatalf("%d deliveries, want one: the case changed while its card was drawn", len(due))
	}
	due[0].State = moderation.DeliverySent
	w.must(w.Settle(t.Context(), due[0]))
	if due := w.due(moderation.DeliverCard); len(due) != 0 {
		t.Errorf("%d are left", len(due))
	}
}

func TestHasten(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"1", "2"} {
		w.decide(w.admit(w.arrival(id, "Hm."), moderation.Hold).Comment, moderation.ChooseSpam)
	}
	due := w.due(moderation.DeliverCallback)
	for i, wait := range []time.Duration{time.Hour, 24 * time.Hour} {
		due[i].NextAt = w.now.Add(wait)
		w.must(w.Settle(t.Context(), due[i]))
	}
	w.now = w.now.Add(20 * time.Minute)
	w.must(w.Hasten(t.Context(), due[0].Lane, w.now))
	if got := w.due(moderation.DeliverCallback); len(got) != 1 || got[0].ID != due[0].ID {
		t.Errorf("due %+v, want the one that was tried long enough ago", got)
	}
}

func TestOneDeliveryOfAKeyAtATime(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("1", "Hm."), moderation.Hold)
	d := w.decide(r.Comment, moderation.ChooseSpam)
	w.undo(d.Decision.ID)
	due := w.due(moderation.DeliverCallback)
	if len(due) != 1 || !strings.Contains(string(due[0].Payload), `"seq":1`) {
		t.Fatalf("due %+v, want the first only", due)
	}
	later := due[0]
	later.NextAt = w.now.Add(time.Minute)
	w.must(w.Settle(t.Context(), later))
	if due := w.due(moderation.DeliverCallback); len(due) != 0 {
		t.Errorf("the second overtakes the first that waits: %+v", due)
	}
	if skipped, err := w.Due(t.Context(), w.now.Add(time.Hour), []string{"callback"}, []string{later.Lane}, 10); err != nil || len(skipped) != 0 {
		t.Errorf("a closed lane gave %+v, %v", skipped, err)
	}
}
