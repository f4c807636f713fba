package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/moderation"
)

// TestABlogThatIsBackIsNotFlooded lets a blog be away while much comes, and counts by
// the second what it is sent once it is back.
func TestABlogThatIsBackIsNotFlooded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, start := &shelf{}, time.Now()
		for i := range 600 {
			s.add("callback", "site:1", fmt.Sprint("a", i%300)) // two for each comment
		}
		back := start.Add(10 * time.Minute)
		perSecond, last := map[int]int{}, map[string]moderation.DeliveryID{}
		r := &moderation.Runner{Outbox: s, Now: time.Now, Log: slog.New(slog.DiscardHandler), Routes: map[string]moderation.Route{
			"callback": {Width: 4, PerSecond: 20, Sender: &recorder{takes: time.Millisecond, answer: func(d moderation.Delivery) (bool, error) {
				if time.Now().Before(back) {
					return true, errors.New("connection refused")
				}
				perSecond[int(time.Since(back)/time.Second)]++
				if last[d.Key] > d.ID {
					t.Errorf("%d of %s came after %d", d.ID, d.Key, last[d.Key])
				}
				last[d.Key] = d.ID
				return false, nil
			}}}}}
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
		defer cancel()
		r.Run(ctx, nil)
		sum, begun := 0, 0
		for second := range 300 {
			n := perSecond[second]
			if n > 21 {
				t.Errorf("%d in one second", n)
			}
			if begun += min(n, 1); begun > 0 && begun <= 2 && n > 3 {
				t.Errorf("%d in second %d of its being back", n, begun)
			}
			sum += n
		}
		if sum != 600 {
			t.Errorf("%d of 600 were told", sum)
		}
	})
}

// TestABurstGoesOutAtOnce sends what people decide in a while without a pace.
func TestABurstGoesOutAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := &shelf{}, &recorder{}
		for i := range 250 {
			s.add("callback", "site:1", fmt.Sprint(i))
		}
		runner := &moderation.Runner{Outbox: s, Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Routes: map[string]moderation.Route{"callback": {Sender: r, Width: 4, PerSecond: 20}}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		runner.Run(ctx, nil)
		if n := len(r.log); n < 100 || n > 121 {
			t.Errorf("%d in the first second, want a burst of 100 and 20 more", n)
		}
	})
}

// TestOneThatFailsAloneIsTriedForThreeDays although its lane is hastened over and over.
func TestOneThatFailsAloneIsTriedForThreeDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, start := &shelf{}, time.Now()
		s.add("callback", "site:1", "poison")
		for i := range 4 * 24 * 6 {
			s.add("callback", "site:1", fmt.Sprint("a", i))
			s.rows[len(s.rows)-1].NextAt = start.Add(time.Duration(i) * 10 * time.Minute)
		}
		var gaveUp time.Duration
		run(t, s, &recorder{answer: func(d moderation.Delivery) (bool, error) {
			if d.Key != "poison" {
				return false, nil
			}
			gaveUp = time.Since(start)
			return true, errors.New("500")
		}}, 4, 5*24*time.Hour)
		if d := s.rows[0]; d.State != moderation.DeliveryFailed || gaveUp < 72*time.Hour {
			t.Errorf("%s after %s and %d tries, want given up on after three days", d.State, gaveUp, d.Attempts)
		}
	})
}

// TestTriesInHandEndWell lets a try that takes three seconds finish, and cuts one that
// takes an hour, when the program is told to end.
func TestTriesInHandEndWell(t *testing.T) {
	for takes, want := range map[time.Duration]moderation.DeliveryState{3 * time.Second: moderation.DeliverySent, time.Hour: moderation.DeliveryPending} {
		synctest.Test(t, func(t *testing.T) {
			s, start := &shelf{}, time.Now()
			s.add("callback", "site:1", "a")
			s.add("callback", "site:1", "a")
			r := &moderation.Runner{Outbox: s, Now: time.Now, Log: slog.New(slog.DiscardHandler), Grace: 10 * time.Second,
				Routes: map[string]moderation.Route{"callback": {Sender: &recorder{takes: takes}, Width: 4}}}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			r.Run(ctx, nil)
			if d := s.rows[0]; d.State != want || d.State == moderation.DeliveryPending && d.Attempts != 0 || time.Since(start) > 12*time.Second {
				t.Errorf("a try of %s: %+v, the end came after %s", takes, d, time.Since(start))
			}
			if d := s.rows[1]; d.State != moderation.DeliveryPending {
				t.Errorf("another was begun: %+v", d)
			}
		})
	}
}

// TestAClockThatIsPutBackPausesNoLane pauses a lane at a clock that is ahead.
func TestAClockThatIsPutBackPausesNoLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, start, ahead := &shelf{}, time.Now(), 48*time.Hour
		clock := func() time.Time {
			if time.Since(start) < 10*time.Second {
				return time.Now().Add(ahead).Round(0)
			}
			return time.Now().Round(0)
		}
		s.add("callback", "site:1", "a")
		s.rows[0].CreatedAt = clock()
		var sent time.Duration
		r := &moderation.Runner{Outbox: s, Now: clock, Log: slog.New(slog.DiscardHandler), Routes: map[string]moderation.Route{
			"callback": {Width: 1, Sender: &recorder{answer: func(moderation.Delivery) (bool, error) {
				if sent = time.Since(start); sent < 10*time.Second {
					return true, &moderation.LaterError{After: time.Minute, Err: errors.New("429")}
				}
				return false, nil
			}}}}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		r.Run(ctx, nil)
		if d := s.rows[0]; d.State != moderation.DeliverySent || sent > 2*time.Minute {
			t.Errorf("%+v, tried last after %s", d, sent)
		}
	})
}
