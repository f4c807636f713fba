package moderation_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/moderation"
)

// shelf is an outbox in memory that behaves as the stored one.
type shelf struct {
	mu    sync.Mutex
	rows  []moderation.Delivery
	full  int // how many outcomes can't be written down
	looks int // how often it was asked what is due
}

func (s *shelf) add(kind, lane, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = append(s.rows, moderation.Delivery{ID: moderation.DeliveryID(len(s.rows) + 1), Kind: kind, Lane: lane, Key: key,
		State: moderation.DeliveryPending, CreatedAt: time.Now(), NextAt: time.Now()})
}

func (s *shelf) Due(_ context.Context, now time.Time, kinds, skip []string, limit int) ([]moderation.Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	var due []moderation.Delivery
	heads := map[string]bool{}
	for _, d := range s.rows {
		if d.State != moderation.DeliveryPending {
			continue
		}
		first := !heads[d.Key]
		heads[d.Key] = true
		if first && !d.NextAt.After(now) && slices.Contains(kinds, d.Kind) && !slices.Contains(skip, d.Lane) && len(due) < limit {
			due = append(due, d)
		}
	}
	slices.SortStableFunc(due, func(a, b moderation.Delivery) int { return cmp.Or(a.NextAt.Compare(b.NextAt), cmp.Compare(a.ID, b.ID)) })
	return due, nil
}

func (s *shelf) Settle(_ context.Context, d moderation.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full > 0 {
		s.full--
		return errors.New("disk full")
	}
	s.rows[d.ID-1] = d
	return nil
}

func (s *shelf) Hasten(_ context.Context, lane string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.rows {
		if d := &s.rows[i]; d.Lane == lane && d.State == moderation.DeliveryPending && d.NextAt.After(now) {
			d.NextAt = now
		}
	}
	return nil
}

func (s *shelf) PutBack(_ context.Context, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.rows {
		if d := &s.rows[i]; d.State == moderation.DeliveryPending && d.CreatedAt.After(now) && d.NextAt.After(now) {
			d.NextAt = now
		}
	}
	return nil
}

// recorder is a sender that notes what it is given and answers as told.
type recorder struct {
	mu     sync.Mutex
	log    []string
	busy   map[string]int
	most   map[string]int
	takes  time.Duration
	answer func(moderation.Delivery) (bool, error)
}

func (r *recorder) Send(ctx context.Context, d moderation.Delivery) (bool, error) {
	r.mu.Lock()
	r.log = append(r.log, fmt.Sprintf("%s#%d", d.Key, d.ID))
	if r.busy == nil {
		r.busy, r.most = map[string]int{}, map[string]int{}
	}
	r.busy[d.Lane]++
	r.most[d.Lane] = max(r.most[d.Lane], r.busy[d.Lane])
	r.mu.Unlock()
	select {
	case <-time.After(r.takes):
	case <-ctx.Done():
		return true, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy[d.Lane]--
	if r.answer == nil {
		return false, nil
	}
	return r.answer(d)
}

// run lets a runner work on s for as long as d, and returns when it has ended.
func run(t *testing.T, s *shelf, sender moderation.Sender, width int, d time.Duration) {
	t.Helper()
	r := &moderation.Runner{Outbox: s, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Routes: map[string]moderation.Route{"callback": {Sender: sender, Width: width}}}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	r.Run(ctx, nil)
}

func TestRunnerKeepsTheOrderOfAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, fails := &shelf{}, 3
		s.add("callback", "site:1", "a")
		s.add("callback", "site:1", "a")
		s.add("callback", "site:1", "b")
		sender := &recorder{takes: time.Millisecond}
		sender.answer = func(d moderation.Delivery) (bool, error) {
			if d.ID == 1 && fails > 0 {
				fails--
				return true, errors.New("503")
			}
			return false, nil
		}
		run(t, s, sender, 4, time.Hour)
		if want := []string{"a#1", "b#3", "a#1", "a#1", "a#1", "a#2"}; !slices.Equal(sender.log, want) {
			// The first two start together.
			slices.Sort(sender.log[:2])
			if !slices.Equal(sender.log, want) {
				t.Errorf("sent %v, want %v", sender.log, want)
			}
		}
		if s.rows[0].Attempts != 4 || s.rows[0].State != moderation.DeliverySent {
			t.Errorf("row = %+v, want sent at the fourth attempt", s.rows[0])
		}
	})
}

func TestRunnerGivesUp(t *testing.T) {
	tests := map[string]struct {
		answer   error
		again    bool
		runs     time.Duration
		attempts int // at least
	}{
		"at once where it is hopeless":  {errors.New("bad address"), false, time.Minute, 1},
		"at once where nobody wants it": {moderation.ErrGone, true, time.Minute, 1},
		"after three days":              {errors.New("503"), true, 110 * time.Hour, 19},
		"on a panic":                    {nil, true, time.Minute, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &shelf{}
				s.add("callback", "site:1", "a")
				s.add("callback", "site:1", "a")
				run(t, s, &recorder{answer: func(d moderation.Delivery) (bool, error) {
					if d.ID == 2 {
						return false, nil
					}
					if tt.answer == nil {
						panic("boom")
					}
					return tt.again, tt.answer
				}}, 1, tt.runs)
				if d := s.rows[0]; d.State != moderation.DeliveryFailed || d.Attempts < tt.attempts || d.LastError == "" {
					t.Errorf("row = %+v, want failed after %d attempts or more, with the error", d, tt.attempts)
				}
				if s.rows[1].State != moderation.DeliverySent {
					t.Errorf("what came after is %s: a delivery given up on stops blocking", s.rows[1].State)
				}
			})
		})
	}
}

func TestRunnerWaitsAsLongAsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, start := &shelf{}, time.Now()
		s.add("callback", "telegram", "a")
		s.add("callback", "telegram", "b")
		s.add("callback", "site:1", "c")
		at := map[string]time.Duration{}
		run(t, s, &recorder{answer: func(d moderation.Delivery) (bool, error) {
			if d.ID == 1 && time.Since(start) < time.Minute {
				return true, &moderation.LaterError{After: time.Minute, Err: errors.New("429")}
			}
			at[d.Key] = time.Since(start)
			return false, nil
		}}, 1, 10*time.Minute)
		if at["c"] > time.Second {
			t.Errorf("another lane waited %s", at["c"])
		}
		if at["a"] < time.Minute || at["b"] < time.Minute || at["b"] > 2*time.Minute {
			t.Errorf("the lane that was asked to wait sent after %s and %s, want a minute", at["a"], at["b"])
		}
	})
}

func TestRunnerKeepsLanesApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		for i := range 200 {
			s.add("callback", "site:slow", fmt.Sprint("slow", i))
		}
		s.add("callback", "site:quick", "quick")
		s.add("card", "telegram", "unrouted")
		var quick time.Duration
		start := time.Now()
		sender := &recorder{takes: 10 * time.Second}
		sender.answer = func(d moderation.Delivery) (bool, error) {
			if d.Lane == "site:quick" {
				quick = time.Since(start)
			}
			return false, nil
		}
		run(t, s, sender, 2, time.Minute)
		if quick == 0 || quick > 15*time.Second {
			t.Errorf("the quick site waited %s behind the slow one", quick)
		}
		if sender.most["site:slow"] != 2 {
			t.Errorf("%d at a time in one lane, want 2", sender.most["site:slow"])
		}
		if last := s.rows[len(s.rows)-1]; last.Attempts != 0 {
			t.Errorf("a kind without a route was tried: %+v", last)
		}
	})
}

func TestRunnerSendsWhatWaitedWhenTheOtherSideIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, start, back := &shelf{}, time.Now(), 3*time.Hour
		for i := range 20 {
			s.add("callback", "site:1", fmt.Sprint(i))
		}
		var first, last time.Duration
		run(t, s, &recorder{answer: func(moderation.Delivery) (bool, error) {
			if time.Since(start) < back {
				return true, errors.New("connection refused")
			}
			if first == 0 {
				first = time.Since(start)
			}
			last = time.Since(start)
			return false, nil
		}}, 1, 24*time.Hour)
		if first == 0 || last-first > 5*time.Second {
			t.Errorf("the first went out after %s and the last after %s, want them together", first, last)
		}
	})
}

func TestRunnerDoesNotFloodWhereOutcomesCantBeKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{full: 1000}
		s.add("callback", "telegram", "a")
		sender := &recorder{}
		run(t, s, sender, 1, time.Hour)
		if len(sender.log) > 25 {
			t.Errorf("sent %d times in an hour, want growing pauses", len(sender.log))
		}
	})
}

func TestBeingPutOffIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, start := &shelf{}, time.Now()
		s.add("callback", "telegram", "a")
		var sent time.Duration
		run(t, s, &recorder{answer: func(moderation.Delivery) (bool, error) {
			if time.Since(start) < 10*time.Minute {
				return true, &moderation.LaterError{After: 3 * time.Second, Err: errors.New("429")}
			}
			sent = time.Since(start)
			return false, nil
		}}, 1, time.Hour)
		if d := s.rows[0]; d.State != moderation.DeliverySent || d.Attempts != 1 || sent > 10*time.Minute+5*time.Second {
			t.Errorf("sent after %s: %+v; want ten minutes and one attempt", sent, d)
		}
	})
}

// TestPutOffAlone shows that a delivery which is put off alone keeps no other of its lane
// waiting, and is not sent before its time because they get through.
func TestPutOffAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, start := &shelf{}, time.Now()
		for _, key := range []string{"a", "b", "c"} {
			s.add("callback", "telegram", key)
		}
		at := map[string][]time.Duration{}
		run(t, s, &recorder{answer: func(d moderation.Delivery) (bool, error) {
			at[d.Key] = append(at[d.Key], time.Since(start))
			if d.Key == "a" && time.Since(start) < time.Minute {
				return true, &moderation.LaterError{After: time.Minute, Alone: true, Err: errors.New("429")}
			}
			return false, nil
		}}, 1, time.Hour)
		if len(at["a"]) != 2 || at["a"][1] < time.Minute || len(at["b"]) != 1 || at["b"][0] > 2*time.Second || len(at["c"]) != 1 || at["c"][0] > 2*time.Second {
			t.Errorf("sent after %v; want b and c at once, and a after a minute", at)
		}
	})
}

func TestRunnerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		s.add("callback", "site:1", "a")
		run(t, s, &recorder{takes: time.Hour}, 1, time.Minute)
		if d := s.rows[0]; d.State != moderation.DeliveryPending || d.Attempts != 0 {
			t.Errorf("row = %+v: a try that the end interrupts counts as not made", d)
		}
	})
}

func TestABrokenLaneRests(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the race detector itself crashes now and then (tsan_rtl.cpp: CHECK failed) over so many turns of a synctest bubble")
	}
	synctest.Test(t, func(t *testing.T) {
		s, back := &shelf{}, false
		for i := range 400 {
			s.add("callback", "site:1", fmt.Sprint("a", i))
		}
		r := &recorder{answer: func(moderation.Delivery) (bool, error) {
			if back {
				return false, nil
			}
			return true, errors.New("connection refused")
		}}
		run(t, s, r, 4, 10*time.Minute)
		if len(r.log) > 30 {
			t.Errorf("%d calls in ten minutes to a site that is away; one a minute is enough to notice that it is back", len(r.log))
		}
		r.log, back = nil, true
		run(t, s, r, 4, 2*time.Minute)
		if len(r.log) != 400 {
			t.Errorf("%d of 400 sent once it was back", len(r.log))
		}
	})
}

func TestAFloodedLaneLeavesTheOthersTheirs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := &shelf{}, &recorder{takes: time.Second}
		for i := range 500 {
			s.add("callback", "site:1", fmt.Sprint("a", i))
		}
		s.add("callback", "site:2", "b")
		run(t, s, r, 4, 500*time.Millisecond)
		if !slices.Contains(r.log, "b#501") {
			t.Errorf("the other site's was not among the first %d", len(r.log))
		}
	})
}

// TestPuttingOffIsCountedByWhatWasAskedFor has a delivery wait for eight days in a
// program that does not run, and be put off then.
func TestPuttingOffIsCountedByWhatWasAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		kind  string
		after time.Duration
		runs  time.Duration
		want  moderation.DeliveryState
	}{
		"once":                         {"callback", time.Minute, time.Second, moderation.DeliveryPending},
		"for a day":                    {"callback", time.Minute, 24 * time.Hour, moderation.DeliveryPending},
		"for longer than a week":       {"callback", time.Hour, 8 * 24 * time.Hour, moderation.DeliveryFailed},
		"a card, for longer than that": {"card", time.Hour, 15 * 24 * time.Hour, moderation.DeliveryPending},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &shelf{}
				s.add(c.kind, "lane", "a")
				time.Sleep(8 * 24 * time.Hour)
				asked := &recorder{answer: func(moderation.Delivery) (bool, error) {
					return true, &moderation.LaterError{After: c.after, Err: errors.New("429")}
				}}
				r := &moderation.Runner{Outbox: s, Now: time.Now, Log: slog.New(slog.DiscardHandler),
					Routes: map[string]moderation.Route{c.kind: {Sender: asked, Width: 1}}}
				ctx, cancel := context.WithTimeout(t.Context(), c.runs)
				defer cancel()
				r.Run(ctx, nil)
				if d := s.rows[0]; d.State != c.want || len(asked.log) == 0 {
					t.Errorf("tried %d times, %+v, want %s", len(asked.log), d, c.want)
				}
			})
		})
	}
}

// TestRingsAreTakenTogether rings a thousand times in a second.
func TestRingsAreTakenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		r := &moderation.Runner{Outbox: s, Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Routes: map[string]moderation.Route{"callback": {Sender: &recorder{}, Width: 1}}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		rings := make(chan struct{}, 1)
		var bell sync.WaitGroup
		bell.Go(func() {
			for ctx.Err() == nil {
				select {
				case rings <- struct{}{}:
				default:
				}
				time.Sleep(time.Millisecond)
			}
		})
		r.Run(ctx, rings)
		bell.Wait()
		if s.looks < 10 || s.looks > 25 {
			t.Errorf("looked %d times, want about every 50 ms", s.looks)
		}
	})
}
