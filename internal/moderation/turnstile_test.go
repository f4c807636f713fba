package moderation_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/moderation"
)

// door is a turnstile, and those that it has let in and turned away.
type door struct {
	*moderation.Turnstile
	t       *testing.T
	entered []moderation.SiteID
	leaves  chan func()
	refused []error
	mu      sync.Mutex
}

// send has n comments of a site come, each after the last has found its place.
func (d *door) send(ctx context.Context, site moderation.SiteID, n int) {
	for range n {
		go func() {
			leave, err := d.Enter(ctx, site)
			d.mu.Lock()
			defer d.mu.Unlock()
			if err != nil {
				d.refused = append(d.refused, err)
				return
			}
			d.entered = append(d.entered, site)
			d.leaves <- leave
		}()
		synctest.Wait()
	}
}

// leave has n of those inside leave, one each while.
func (d *door) leave(n int, while time.Duration) {
	for range n {
		time.Sleep(while)
		(<-d.leaves)()
		synctest.Wait()
	}
}

func (d *door) wantEntered(want ...moderation.SiteID) {
	d.t.Helper()
	if !slices.Equal(d.entered, want) {
		d.t.Errorf("comments of the sites %v entered, want %v", d.entered, want)
	}
}

// wantRefused compares how many were turned away, and why.
func (d *door) wantRefused(n int, why error) {
	d.t.Helper()
	if len(d.refused) != n {
		d.t.Fatalf("%d were turned away (%v), want %d", len(d.refused), d.refused, n)
	}
	for _, err := range d.refused {
		var busy interface{ RetryAfter() time.Duration }
		if !errors.Is(err, why) {
			d.t.Errorf("turned away for %v, want %v", err, why)
		} else if errors.As(err, &busy) && busy.RetryAfter() < time.Second {
			d.t.Errorf("to come again after %s", busy.RetryAfter())
		}
	}
	d.refused = nil
}

func atDoor(t *testing.T, turnstile *moderation.Turnstile, test func(*door)) {
	synctest.Test(t, func(t *testing.T) {
		test(&door{Turnstile: turnstile, t: t, leaves: make(chan func(), 1000)})
	})
}

func TestTheTurnstileKeepsOneSiteFromTheOthers(t *testing.T) {
	atDoor(t, &moderation.Turnstile{Inside: 2, Waiting: 10}, func(d *door) {
		d.send(d.t.Context(), 1, 6)
		d.wantEntered(1, 1)
		d.send(d.t.Context(), 2, 2)
		d.send(d.t.Context(), 3, 1)
		d.leave(7, 0)
		d.wantEntered(1, 1, 1, 2, 3, 1, 2, 1, 1)
		d.leave(2, 0)
		d.send(d.t.Context(), 4, 2)
		d.wantEntered(1, 1, 1, 2, 3, 1, 2, 1, 1, 4, 4)
		d.wantRefused(0, nil)
	})
}

func TestTooManyOfASiteAndTooManyInAll(t *testing.T) {
	atDoor(t, &moderation.Turnstile{Inside: 1, Waiting: 3, InAll: 5}, func(d *door) {
		d.send(d.t.Context(), 1, 5)
		d.wantRefused(1, moderation.ErrTooMany)
		d.send(d.t.Context(), 2, 2)
		d.wantRefused(0, nil)
		d.send(d.t.Context(), 3, 1)
		d.wantRefused(1, moderation.ErrNotReady)
		d.leave(6, 0)
		d.wantEntered(1, 1, 2, 1, 2, 1)
		d.send(d.t.Context(), 3, 1)
		d.wantRefused(0, nil)
	})
}

func TestWhoGivesUpTakesNoSeat(t *testing.T) {
	atDoor(t, &moderation.Turnstile{Inside: 1, Waiting: 3}, func(d *door) {
		ctx, giveUp := context.WithCancel(d.t.Context())
		d.send(d.t.Context(), 1, 1)
		d.send(ctx, 1, 1)
		d.send(d.t.Context(), 1, 1)
		giveUp()
		synctest.Wait()
		d.wantRefused(1, context.Canceled)
		d.leave(2, 0)
		d.wantEntered(1, 1)
		d.send(d.t.Context(), 2, 1)
		d.wantEntered(1, 1, 2)
	})
}

func TestNobodyWaitsForLongerThanPatience(t *testing.T) {
	atDoor(t, &moderation.Turnstile{Inside: 1, Waiting: 100, Patience: 2 * time.Second}, func(d *door) {
		d.send(d.t.Context(), 1, 3)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		d.wantRefused(2, moderation.ErrTooMany)
		d.leave(1, 0)
		d.send(d.t.Context(), 1, 1)
		d.wantEntered(1, 1)
	})
}

func TestWhatWouldWaitForTooLongIsTurnedAwayAtOnce(t *testing.T) {
	atDoor(t, &moderation.Turnstile{Inside: 1, Waiting: 100, Patience: 2 * time.Second}, func(d *door) {
		d.send(d.t.Context(), 1, 11)
		d.leave(6, 300*time.Millisecond) // so long takes each
		began := time.Now()
		d.send(d.t.Context(), 1, 4) // four wait, and there is time for six
		d.wantRefused(2, moderation.ErrTooMany)
		d.send(d.t.Context(), 2, 1) // the first of its site: after one of the other's
		d.wantRefused(0, nil)
		if waited := time.Since(began); waited != 0 {
			t.Errorf("they were turned away after %s", waited)
		}
	})
}

// TestASlowMomentPasses has seats come back more slowly than patience lasts, once, and
// then be quick: whoever finds all seats taken may wait again.
func TestASlowMomentPasses(t *testing.T) {
	atDoor(t, &moderation.Turnstile{Inside: 4, Waiting: 100, Patience: 2 * time.Second}, func(d *door) {
		d.send(d.t.Context(), 1, 4)
		for range 3 { // somebody waits all the time, and nobody for too long
			d.send(d.t.Context(), 1, 1)
			time.Sleep(1900 * time.Millisecond)
			d.send(d.t.Context(), 1, 1)
			d.leave(1, 200*time.Millisecond)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		d.refused = nil
		d.send(d.t.Context(), 2, 1)
		d.send(d.t.Context(), 2, 1)
		if n := len(d.refused); n == 2 {
			t.Errorf("nobody may wait: %v", d.refused)
		}
		d.leave(len(d.leaves), 0)
		d.refused = nil
		for range 3 {
			d.send(d.t.Context(), 1, 20)
			d.leave(20, time.Millisecond)
		}
		d.wantRefused(0, nil)
	})
}
