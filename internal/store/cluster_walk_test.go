package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// raidWalk is a raid under anything that blogs and people may do, in any order.
type raidWalk struct {
	*world
	comments []moderation.CommentID
	orders   []moderation.ClusterOrder // as they were asked for
	done     []moderation.ClusterOrderID
	edits    int
	dice     *rand.Rand
}

// TestNothingIsDecidedTwiceInARaid walks in every direction, and looks after each step
// whether what stands in the database fits together.
func TestNothingIsDecidedTwiceInARaid(t *testing.T) {
	seeds := uint64(8)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			x := &raidWalk{world: newWorld(t), dice: rand.New(rand.NewPCG(seed, 1))}
			for range moderation.MinCluster {
				x.join()
			}
			steps := []func(){x.join, x.join, x.edit, x.withdraw, x.decideOne, x.undoOne, x.ask, x.ask, x.decideAsked, x.decideAsked, x.undoAsked, x.alone}
			for range 50 {
				step := x.dice.IntN(len(steps))
				steps[step]()
				x.check()
			}
		})
	}
}

func pick[T any](x *raidWalk, of ...T) T { return of[x.dice.IntN(len(of))] }

func (x *raidWalk) any() moderation.CommentID { return pick(x, x.comments...) }

func (x *raidWalk) join() {
	x.now = x.now.Add(time.Second)
	a := x.arrival(fmt.Sprint("c", len(x.comments)), raidSaid+pick(x, "", " and bread", ", with a spoon"))
	a.Author = moderation.Author{Name: fmt.Sprint("raider ", len(x.comments)%5)}
	x.comments = append(x.comments, x.admit(a, pick(x, moderation.Hold, moderation.Hold, moderation.Approve)).Comment)
}

func (x *raidWalk) edit() {
	i := x.dice.IntN(len(x.comments))
	x.edits++
	body := pick(x, raidSaid+fmt.Sprint(" e", x.edits), fmt.Sprintf("I take all of that back, it was a mistake %d of mine", x.edits))
	x.admit(x.arrival(fmt.Sprint("c", i), body), moderation.Hold)
}

func (x *raidWalk) withdraw() {
	i := x.dice.IntN(len(x.comments))
	_, err := x.Withdraw(x.t.Context(), moderation.Withdrawal{Site: x.site, PlatformID: fmt.Sprint("c", i), At: x.now})
	x.must(err)
}

func (x *raidWalk) choice() moderation.Choice {
	return pick(x, moderation.ChooseApprove, moderation.ChooseSpam, moderation.ChooseAbuse, moderation.ChooseReject)
}

func (x *raidWalk) decideOne() {
	_, err := x.service().Decide(x.t.Context(), moderation.Order{Comment: x.any(), Choice: x.choice(), By: mo, Via: "telegram",
		Override: pick(x, true, false)})
	x.refusal(err)
}

func (x *raidWalk) undoOne() {
	_, err := x.service().Undo(x.t.Context(), moderation.UndoOrder{Comment: x.any(), By: mo, Via: "telegram"})
	x.refusal(err)
}

// refusal lets pass what is no fault of the program.
func (x *raidWalk) refusal(err error) {
	x.t.Helper()
	if err != nil && !moderation.IsRefusal(err) {
		x.t.Fatal(err)
	}
}

func (x *raidWalk) ask() {
	raid, err := x.RaidOf(x.t.Context(), x.any())
	x.refusal(err)
	if err == nil {
		x.orders = append(x.orders, moderation.ClusterOrder{Cluster: raid.ID, Choice: x.choice(), By: mo, Via: "telegram",
			Key: fmt.Sprint("k", len(x.orders)), UpTo: raid.UpTo, Published: pick(x, true, false)})
	}
}

// decideAsked carries out, or repeats, an order from some time ago.
func (x *raidWalk) decideAsked() {
	if len(x.orders) == 0 {
		return
	}
	o := pick(x, x.orders...)
	meant := x.meant(o)
	out, err := x.service().DecideCluster(x.t.Context(), o)
	x.must(err)
	if slices.Contains(x.done, out.Order.ID) {
		if again := x.meant(o); !cmp.Equal(meant, again) {
			x.t.Fatalf("repeating order %d decided %v", out.Order.ID, meant)
		}
		return
	}
	x.done = append(x.done, out.Order.ID)
	raid, err := x.Raid(x.t.Context(), o.Cluster)
	x.must(err)
	if raid.Comments >= moderation.MinCluster && out.Decided != len(meant) {
		x.t.Fatalf("order %+v decided %d, and meant %v", o, out.Decided, meant)
	}
	for _, id := range meant {
		r, err := x.Record(x.t.Context(), x.site.ID, id)
		x.must(err)
		if r.Status != o.Choice.Status() {
			x.t.Fatalf("comment %s is %s after %s", id, r.Status, o.Choice)
		}
	}
}

// meant returns what an order means, by what the public views say.
func (x *raidWalk) meant(o moderation.ClusterOrder) (ids []moderation.CommentID) {
	for _, id := range x.comments {
		r, err := x.Record(x.t.Context(), x.site.ID, id)
		x.must(err)
		waits := r.Status == moderation.Held || o.Published && r.Status == moderation.Approved && r.Standing() == nil && r.Verdict.Action == moderation.Approve && len(x.asked(id)) == 0
		raid, err := x.RaidOf(x.t.Context(), id)
		x.refusal(err)
		if waits && r.Changed <= o.UpTo && raid.ID == o.Cluster {
			ids = append(ids, id)
		}
	}
	return ids
}

// asked returns the case on the newest revision of a comment, if a moderator was asked.
func (x *raidWalk) asked(id moderation.CommentID) []moderation.CaseID {
	v, err := x.CaseOf(x.t.Context(), id)
	x.refusal(err)
	r, recErr := x.Record(x.t.Context(), x.site.ID, id)
	x.must(recErr)
	if err != nil || v.Case.Revision != r.Revision {
		return nil
	}
	return []moderation.CaseID{v.Case.ID}
}

func (x *raidWalk) undoAsked() {
	if len(x.done) == 0 {
		return
	}
	_, err := x.service().UndoCluster(x.t.Context(), moderation.ClusterUndo{Order: pick(x, x.done...), By: mo, Via: "telegram"})
	x.refusal(err)
}

func (x *raidWalk) alone() { x.must(x.service().LeaveCluster(x.t.Context(), x.any())) }

// check holds what stands to what must be: each comment is as its last decision says, has
// at most one open case, and teaches what the standing decisions that teach say.
func (x *raidWalk) check() {
	var want []string
	for _, id := range x.comments {
		r, err := x.Record(x.t.Context(), x.site.ID, id)
		x.must(err)
		v, err := x.CaseOf(x.t.Context(), id)
		x.refusal(err)
		if isOpen := err == nil && v.Case.State == moderation.CaseOpen; isOpen != (r.Status == moderation.Held) {
			x.t.Fatalf("comment %s is %s, its case %s", id, r.Status, v.Case.State)
		}
		standing := map[int]moderation.RecordedDecision{}
		for _, d := range r.Decisions {
			if d.Choice != moderation.ChooseUndo && !d.Undone {
				standing[d.Revision] = d
			}
		}
		if d, ok := standing[r.Revision]; ok && r.Status != moderation.Withdrawn && r.Status != d.After {
			x.t.Fatalf("comment %s is %s after %s", id, r.Status, d.Choice)
		}
		for _, d := range standing {
			if label, ok := d.Choice.Teaches(); ok && !d.Untaught {
				want = append(want, string(label))
			}
		}
	}
	var got []string
	for _, l := range x.lessons() {
		label, _, _ := strings.Cut(l, " ")
		got = append(got, label)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		x.t.Fatalf("lessons (-want +got):\n%s", diff)
	}
}
