package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// TestTheQueueIsBounded fills what may wait for a decision: what would wait beyond it is
// refused and leaves nothing, all else goes on, and so does another site.
func TestTheQueueIsBounded(t *testing.T) {
	w := newWorld(t)
	w.Bound(moderation.QueueLimits{Waiting: 2, Deliveries: 100})
	hold := func(a moderation.Arrival) error {
		_, err := w.Admit(t.Context(), moderation.Admission{Arrival: a, Verdict: moderation.Verdict{Action: moderation.Hold}, At: w.now})
		return err
	}
	first := w.admit(w.arrival("1", "Hm."), moderation.Hold)
	w.must(hold(w.arrival("2", "Ho.")))
	w.wantErr(hold(w.arrival("3", "Ha.")), moderation.ErrQueueFull)
	if _, err := w.Record(t.Context(), w.site.ID, first.Comment+2); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("the refused comment is kept: %v", err)
	}
	w.admit(w.arrival("4", "Fine."), moderation.Approve)
	w.must(hold(w.arrival("1", "Hm, hm."))) // waits already
	w.wantErr(hold(w.arrival("4", "Not fine.")), moderation.ErrQueueFull)
	if v, err := w.Record(t.Context(), w.site.ID, 3); err != nil || v.Status != moderation.Approved || v.Revision != 1 {
		t.Errorf("the comment whose edit was refused is %+v, %v", v, err)
	}
	other, err := w.AddSite(t.Context(), moderation.Site{Name: "other", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	a := w.arrival("1", "Elsewhere.")
	a.Site = other
	w.must(hold(a))
	w.decide(first.Comment, moderation.ChooseSpam)
	w.now = w.now.Add(time.Second) // for so long it is taken to be full
	w.must(hold(w.arrival("3", "Ha.")))
	w.wantErr(hold(w.arrival("5", "He.")), moderation.ErrQueueFull)
}

// TestDeliveriesAreBounded has a blog that answers nothing: beyond the limit nothing is
// decided that it would have to be told of.
func TestDeliveriesAreBounded(t *testing.T) {
	w := newWorld(t)
	w.Bound(moderation.QueueLimits{Waiting: 100, Deliveries: 2})
	var held []moderation.Receipt
	for i := range 3 {
		held = append(held, w.admit(w.arrival(fmt.Sprint(i), fmt.Sprint("Text ", i)), moderation.Hold))
	}
	w.decide(held[0].Comment, moderation.ChooseSpam)
	w.decide(held[1].Comment, moderation.ChooseApprove)
	order := moderation.Order{Comment: held[2].Comment, Choice: moderation.ChooseSpam, By: moderation.Actor{ID: "telegram:1"}, Via: "telegram", Key: "tap"}
	_, err := w.Decide(t.Context(), order, w.now)
	w.wantErr(err, moderation.ErrQueueFull)
	w.wantCase(held[2].Comment, moderation.CaseOpen, 1)
	if n := len(w.lessons()); n != 2 {
		t.Errorf("%d lessons, want 2: the refused decision taught", n)
	}
	w.settle(moderation.DeliverCallback)
	w.now = w.now.Add(time.Second)
	if _, err := w.Decide(t.Context(), order, w.now); err != nil {
		t.Errorf("once the blog was told: %v", err)
	}
}

// TestAClockThatIsPutBackKeepsNothingWaiting makes deliveries while the clock is ahead.
func TestAClockThatIsPutBackKeepsNothingWaiting(t *testing.T) {
	w := newWorld(t)
	right := w.now
	w.now = right.Add(72 * time.Hour)
	fresh, tried := w.admit(w.arrival("1", "Hm."), moderation.Hold), w.admit(w.arrival("2", "Ho."), moderation.Hold)
	w.decide(fresh.Comment, moderation.ChooseSpam)
	w.decide(tried.Comment, moderation.ChooseSpam)
	d := w.due(moderation.DeliverCallback)[1]
	d.Attempts, d.NextAt, d.LastError = 1, w.now.Add(time.Minute), "503"
	w.must(w.Settle(t.Context(), d))
	w.now = right
	later := w.admit(w.arrival("3", "Ha."), moderation.Hold)
	w.decide(later.Comment, moderation.ChooseSpam)
	d = w.due(moderation.DeliverCallback)[0]
	d.Attempts, d.NextAt, d.LastError = 1, w.now.Add(time.Minute), "503"
	w.must(w.Settle(t.Context(), d))
	w.must(w.PutBack(t.Context(), w.now))
	if n := len(w.due(moderation.DeliverCallback)); n != 2 {
		t.Errorf("%d deliveries are due, want the two of the clock that was ahead", n)
	}
	w.now = w.now.Add(time.Minute)
	if n := len(w.due(moderation.DeliverCallback)); n != 3 {
		t.Errorf("%d deliveries are due a minute later, want all", n)
	}
}

// TestWhatWasGivenUpOnIsCounted and made due again, for one site alone.
func TestWhatWasGivenUpOnIsCounted(t *testing.T) {
	w := newWorld(t)
	r := w.admit(w.arrival("1", "Hm."), moderation.Hold)
	w.decide(r.Comment, moderation.ChooseSpam)
	d := w.due(moderation.DeliverCallback)[0]
	d.State, d.LastError = moderation.DeliveryFailed, "503"
	w.must(w.Settle(t.Context(), d))
	if failed, err := w.GivenUp(t.Context()); err != nil || failed["blog"] != 1 || len(failed) != 1 {
		t.Errorf("given up on: %v, %v", failed, err)
	}
	other, err := w.AddSite(t.Context(), moderation.Site{Name: "other", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	if n, err := w.RetryDeliveries(t.Context(), 0, other.ID); err != nil || n != 0 {
		t.Errorf("%d deliveries of the other site, %v", n, err)
	}
	if n, err := w.RetryDeliveries(t.Context(), 0, w.site.ID); err != nil || n != 1 {
		t.Errorf("%d deliveries of the site, %v", n, err)
	}
}

// TestBoundsCountWhatOthersWrote has another process hold, decide and take back beside
// the one that counts, and the one that counts start again.
func TestBoundsCountWhatOthersWrote(t *testing.T) {
	w := newWorld(t)
	limits := moderation.QueueLimits{Waiting: 4, Deliveries: 3}
	w.Bound(limits)
	other := *w
	other.open()
	defer other.Close()
	other.Bound(limits)
	n := 0
	hold := func(by *world) (moderation.Receipt, error) {
		n++
		by.now = by.now.Add(time.Second) // for so long a full queue is taken to be full
		return by.Admit(t.Context(), moderation.Admission{Arrival: w.arrival(fmt.Sprint(n), fmt.Sprint("Text ", n)), Verdict: moderation.Verdict{Action: moderation.Hold}, At: w.now})
	}
	decide := func(by *world, id moderation.CommentID) (moderation.Outcome, error) {
		by.now = by.now.Add(time.Second)
		return by.Decide(t.Context(), moderation.Order{Comment: id, Choice: moderation.ChooseSpam, By: moderation.Actor{ID: "telegram:1"}, Via: "telegram"}, w.now)
	}
	full := func(by *world) {
		t.Helper()
		_, err := hold(by)
		w.wantErr(err, moderation.ErrQueueFull)
	}
	var held []moderation.Receipt
	for i := range 4 {
		r, err := hold([]*world{w, &other}[i%2])
		w.must(err)
		held = append(held, r)
	}
	full(w)
	full(&other)
	_, err := decide(&other, held[0].Comment)
	w.must(err)
	first, err := decide(w, held[1].Comment)
	w.must(err)
	_, err = hold(w)
	w.must(err)
	w.undo(first.Decision.ID) // three decisions, of which the blog is still to be told
	full(w)
	_, err = decide(w, held[2].Comment)
	w.wantErr(err, moderation.ErrQueueFull)
	_, err = decide(&other, held[2].Comment)
	w.wantErr(err, moderation.ErrQueueFull)
	w.settle(moderation.DeliverCallback)
	_, err = decide(w, held[2].Comment)
	w.must(err)
	_, err = hold(&other)
	w.must(err)
	full(w)
	w.must(w.Close())
	w.open()
	w.Bound(limits)
	full(w)
}

// TestAnUndoCounts opens again what had made room.
func TestAnUndoCounts(t *testing.T) {
	w := newWorld(t)
	w.Bound(moderation.QueueLimits{Waiting: 3, Deliveries: 100})
	first, second := w.admit(w.arrival("1", "Hm."), moderation.Hold), w.admit(w.arrival("2", "Ho."), moderation.Hold)
	undone := []moderation.DecisionID{w.decide(first.Comment, moderation.ChooseSpam).Decision.ID, w.decide(second.Comment, moderation.ChooseSpam).Decision.ID}
	w.admit(w.arrival("3", "Ha."), moderation.Hold)
	w.admit(w.arrival("4", "He."), moderation.Hold)
	for _, id := range undone {
		w.undo(id)
	}
	_, err := w.Admit(t.Context(), moderation.Admission{Arrival: w.arrival("5", "Hi."), Verdict: moderation.Verdict{Action: moderation.Hold}, At: w.now})
	w.wantErr(err, moderation.ErrQueueFull)
}

// TestAFullQueueIsNotCountedAgainAtOnce refuses many comments of a site whose queue is
// full, and counts what waits once a second.
func TestAFullQueueIsNotCountedAgainAtOnce(t *testing.T) {
	counted := 0
	has := store.Room(func() (int, error) { counted++; return 2, nil })
	for i := range 100 {
		if fits, err := has(2, epoch.Add(time.Duration(i)*30*time.Millisecond)); fits || err != nil {
			t.Fatalf("fits %t, %v", fits, err)
		}
	}
	if counted != 3 {
		t.Errorf("counted %d times in three seconds", counted)
	}
	if _, err := has(2, epoch); err != nil || counted != 4 {
		t.Errorf("counted %d times once the clock was put back, %v", counted, err)
	}
}
