package store_test

import (
	"errors"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// wantDone checks which updates of a queue are known to be done.
func (w *world) wantDone(queue string, want map[int]bool) {
	w.t.Helper()
	for number, done := range want {
		got, err := w.UpdateDone(w.t.Context(), queue, number)
		if err != nil || got != done {
			w.t.Errorf("update %d of %s: done %v, %v, want %v", number, queue, got, err, done)
		}
	}
}

func TestUpdatesAreRemembered(t *testing.T) {
	w := newWorld(t)
	if _, _, err := w.LastUpdate(t.Context(), "42@a"); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("no update: %v", err)
	}
	// Numbers begin anew anywhere: what is marked last counts, not what is greatest.
	for _, number := range []int{900, 901, 5} {
		w.must(w.MarkUpdate(t.Context(), "42@a", number))
		w.now = w.now.Add(time.Minute)
	}
	w.must(w.MarkUpdate(t.Context(), "42@a", 5)) // the answer to the first time may be lost
	w.must(w.MarkUpdate(t.Context(), "42@b", 7))
	w.must(w.Close())
	w.open()
	w.wantDone("42@a", map[int]bool{900: true, 901: true, 5: true, 6: false, 7: false})
	w.wantDone("42@b", map[int]bool{900: false, 7: true})
	number, at, err := w.LastUpdate(t.Context(), "42@a")
	if err != nil || number != 5 || !at.Equal(w.now) {
		t.Errorf("last update %d at %s, %v", number, at, err)
	}
}

func TestOldUpdatesAreForgotten(t *testing.T) {
	w := newWorld(t)
	w.must(w.MarkUpdate(t.Context(), "42@a", 1))
	w.now = w.now.Add(2 * time.Hour)
	w.must(w.MarkUpdate(t.Context(), "42@a", 2))
	w.now = w.now.Add(47 * time.Hour)
	w.must(w.Prune(t.Context(), w.now))
	w.wantDone("42@a", map[int]bool{1: false, 2: true})
}
