package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

const raidSaid = "The council of this town has sold every one of us for a plate of soup"

// raiders makes a wave of comments that say nearly the same wait.
func (w *world) raiders(wave string, n int) (ids []moderation.CommentID) {
	for i := range n {
		ids = append(ids, w.from(fmt.Sprint(wave, i), fmt.Sprint("raider ", i%8), "", raidSaid))
	}
	return ids
}

// orderAll asks to decide what waits of the cluster of a comment.
func (w *world) orderAll(id moderation.CommentID, c moderation.Choice, key string) moderation.ClusterOrder {
	w.t.Helper()
	raid, err := w.RaidOf(w.t.Context(), id)
	w.must(err)
	return moderation.ClusterOrder{Cluster: raid.ID, Choice: c, By: mo, Via: "telegram", Key: key, UpTo: raid.UpTo}
}

func (w *world) decideAll(o moderation.ClusterOrder) moderation.ClusterOutcome {
	w.t.Helper()
	out, err := w.service().DecideCluster(w.t.Context(), o)
	w.must(err)
	return out
}

// wantStatus checks what became of comments.
func (w *world) wantStatus(want moderation.Status, ids ...moderation.CommentID) {
	w.t.Helper()
	for _, id := range ids {
		r, err := w.Record(w.t.Context(), w.site.ID, id)
		w.must(err)
		if r.Status != want {
			w.t.Errorf("comment %s is %s, want %s", id, r.Status, want)
		}
	}
}

// TestAClusterIsDecidedInOneGo rejects a raid, of which one teaches, and takes that back.
func TestAClusterIsDecidedInOneGo(t *testing.T) {
	w := newWorld(t)
	decent := w.from("decent", "Ann", "", "Good morning, a fine text about trams that was")
	raid := w.raiders("raid", 34)
	other := w.from("other", "Zed", "203.0.113.9", "This one is about something else entirely, and came alone")
	w.settle(moderation.DeliverCallback)
	o := w.orderAll(raid[0], moderation.ChooseSpam, "k1")
	late := w.raiders("late", 2)
	w.from("raid3", "raider 3", "", raidSaid+" and a spoon")

	out := w.decideAll(o)
	if out.Decided != 33 || out.Taught != 1 || out.More != 3 || out.Others != 0 {
		t.Errorf("outcome %+v", out)
	}
	w.wantStatus(moderation.Rejected, append(raid[:3:3], raid[4:]...)...)
	w.wantStatus(moderation.Held, append(late, raid[3], decent, other)...)
	if diff := cmp.Diff([]string{"spam " + raidSaid}, w.lessons()); diff != "" {
		t.Errorf("lessons (-want +got):\n%s", diff)
	}
	if told := w.settle(moderation.DeliverCallback); len(told) != 33 {
		t.Errorf("the blog is told of %d decisions", len(told))
	}
	if again := w.decideAll(o); again.Decided != 33 || again.More != 3 {
		t.Errorf("repeated: %+v", again)
	}

	undone, err := w.service().UndoCluster(t.Context(), moderation.ClusterUndo{Order: out.Order.ID, By: mo, Via: "telegram", MadeAt: out.Order.At})
	w.must(err)
	if undone.Restored != 33 || undone.Changed != 0 {
		t.Errorf("undone %+v", undone)
	}
	w.wantStatus(moderation.Held, raid...)
	if got := w.lessons(); len(got) != 0 {
		t.Errorf("lessons %v stand", got)
	}
	_, err = w.service().UndoCluster(t.Context(), moderation.ClusterUndo{Order: out.Order.ID, By: mo, Via: "telegram"})
	w.wantErr(err, moderation.ErrAlreadyDecided)
	if again := w.decideAll(o); again.Stand != 0 {
		t.Errorf("repeated after it was undone: %+v", again)
	}
	w.wantStatus(moderation.Held, raid...)
}

// TestWhatOthersDidStaysInARaid decides, edits and withdraws single ones before, between
// and after.
func TestWhatOthersDidStaysInARaid(t *testing.T) {
	w := newWorld(t)
	raid := w.raiders("raid", 8)
	w.decide(raid[0], moderation.ChooseApprove)
	o := w.orderAll(raid[1], moderation.ChooseAbuse, "k1")
	w.decide(raid[1], moderation.ChooseApprove)
	out := w.decideAll(o)
	if out.Decided != 6 || out.Others != 1 || out.Standing == nil || out.Standing.Comment != raid[1] || out.More != 0 {
		t.Errorf("outcome %+v", out)
	}
	d, err := w.Record(t.Context(), w.site.ID, raid[2])
	w.must(err)
	w.undo(d.Decisions[0].ID)
	w.decide(raid[2], moderation.ChooseApprove)
	w.from("raid3", "raider 3", "", raidSaid+" and a spoon")
	undone, err := w.service().UndoCluster(t.Context(), moderation.ClusterUndo{Order: out.Order.ID, By: mo, Via: "telegram"})
	w.must(err)
	if undone.Restored != 4 || undone.Changed != 1 {
		t.Errorf("undone %+v", undone)
	}
	w.wantStatus(moderation.Approved, raid[:3]...)
	w.wantStatus(moderation.Held, raid[3:]...)
}

// TestPublishedOnesGoOnlyIfTheyAreMeant has some of a raid published by the machine and
// one by a person.
func TestPublishedOnesGoOnlyIfTheyAreMeant(t *testing.T) {
	w := newWorld(t)
	var shown []moderation.CommentID
	for i := range 3 {
		a := w.arrival(fmt.Sprint("shown", i), raidSaid)
		a.Author = moderation.Author{Name: fmt.Sprint("raider ", i)}
		shown = append(shown, w.admit(a, moderation.Approve).Comment)
	}
	raid := w.raiders("raid", 3)
	w.decide(raid[2], moderation.ChooseApprove)
	r, err := w.RaidOf(t.Context(), raid[0])
	w.must(err)
	if r.Waiting != 2 || r.Published != 4 || r.Unasked != 3 || r.Comments != 6 {
		t.Errorf("raid %+v", r)
	}
	w.decideAll(w.orderAll(raid[0], moderation.ChooseReject, "k1"))
	w.wantStatus(moderation.Approved, shown...)
	o := w.orderAll(raid[0], moderation.ChooseReject, "k2")
	o.Published = true
	out := w.decideAll(o)
	if out.Decided != 3 || out.Taught != 0 {
		t.Errorf("outcome %+v", out)
	}
	w.wantStatus(moderation.Rejected, shown...)
	w.wantStatus(moderation.Approved, raid[2])
	_, err = w.service().UndoCluster(t.Context(), moderation.ClusterUndo{Order: out.Order.ID, By: mo, Via: "telegram"})
	w.must(err)
	w.wantStatus(moderation.Approved, shown...)
}

// TestEachTextOfARaidTeachesOnce has a crowd from one range say three things, and one
// of it taught before.
func TestEachTextOfARaidTeachesOnce(t *testing.T) {
	w := newWorld(t)
	texts := []string{raidSaid, "Buy the cheap pills of our friend here and be happy for all your life", "Nobody here can read or write, least of all the person who made this page"}
	var raid []moderation.CommentID
	for i := range 12 {
		raid = append(raid, w.from(fmt.Sprint("r", i), fmt.Sprint("raider ", i), fmt.Sprint("203.0.113.", i), texts[i%3]+strings.Repeat(" indeed", i/6)))
	}
	r, err := w.RaidOf(t.Context(), raid[11])
	w.must(err)
	w.decide(r.First.Comment, moderation.ChooseSpam)
	out := w.decideAll(w.orderAll(raid[11], moderation.ChooseSpam, "k"))
	seen := map[string]int{}
	for _, l := range w.lessons() {
		for i, said := range texts {
			if strings.Contains(l, said) {
				seen[fmt.Sprint(i)]++
			}
		}
	}
	for about, n := range seen {
		if n > 1 {
			t.Errorf("text %s taught %d times (outcome %+v, raid %+v)", about, n, out, r)
		}
	}
	if out.Decided != r.Waiting-1 || out.Taught != r.Texts-1 || r.Names != r.Waiting {
		t.Errorf("outcome %+v of %+v", out, r)
	}
}

// TestSomebodyIsTakenOutOfARaid keeps one out, also when more come.
func TestSomebodyIsTakenOutOfARaid(t *testing.T) {
	w := newWorld(t)
	raid := w.raiders("raid", 5)
	w.must(w.service().LeaveCluster(t.Context(), raid[2]))
	v, err := w.CaseOf(t.Context(), raid[2])
	w.must(err)
	if v.Cluster != nil || v.Case.State != moderation.CaseOpen {
		t.Errorf("case %+v, cluster %+v", v.Case, v.Cluster)
	}
	w.raiders("more", 3)
	out := w.decideAll(w.orderAll(raid[0], moderation.ChooseSpam, "k"))
	if out.Decided != 7 {
		t.Errorf("outcome %+v", out)
	}
	w.wantStatus(moderation.Held, raid[2])
	_, err = w.RaidOf(t.Context(), raid[2])
	w.wantErr(err, moderation.ErrNotFound)
}

// TestTheCardOfARaidGrows tells cards when a cluster has become larger.
func TestTheCardOfARaidGrows(t *testing.T) {
	w := newWorld(t)
	raid := w.raiders("raid", 2)
	version := func() int64 {
		v, err := w.CaseOf(t.Context(), raid[0])
		w.must(err)
		return v.Case.Version
	}
	before, told := version(), map[int]bool{}
	for n := 3; n <= 25; n++ {
		w.now = w.now.Add(time.Second)
		w.raiders(fmt.Sprint("more", n), 1)
		if now := version(); now != before {
			before, told[n] = now, true
		}
	}
	if diff := cmp.Diff(map[int]bool{3: true, 4: true, 5: true, 10: true, 20: true}, told); diff != "" {
		t.Errorf("sizes told (-want +got):\n%s", diff)
	}
}

// TestDifferentOnesAreListed lists those of a range that do not say what its first says.
func TestDifferentOnesAreListed(t *testing.T) {
	w := newWorld(t)
	for i := range 6 {
		w.from(fmt.Sprint("r", i), fmt.Sprint("raider ", i), fmt.Sprint("203.0.113.", i), raidSaid)
	}
	decent := w.from("d", "Ann", "203.0.113.77", "Good morning, a fine text about trams that was, thank you all")
	all, err := w.Raids(t.Context(), []moderation.SiteID{w.site.ID}, 10)
	w.must(err)
	for _, r := range all {
		list, n, err := w.Different(t.Context(), r.ID, 10)
		w.must(err)
		if r.Kind == moderation.ClusterRange && (n != 1 || list[0].Comment != decent || r.Odd.Comment != decent || r.Texts != 2) {
			t.Errorf("raid %+v has %d different ones: %+v", r, n, list)
		}
	}
	if none, err := w.Raids(t.Context(), []moderation.SiteID{}, 10); err != nil || len(none) != 0 {
		t.Errorf("raids of no site: %v, %v", none, err)
	}
}
