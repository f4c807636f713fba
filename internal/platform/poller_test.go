package platform_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// village is the list of sites, which the test changes.
type village struct {
	mu    sync.Mutex
	sites []moderation.Site
}

func (v *village) Sites(context.Context) ([]moderation.Site, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]moderation.Site(nil), v.sites...), nil
}

func (v *village) set(sites ...moderation.Site) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sites = sites
}

// asked is a source that notes who was asked, and answers as the test says.
type asked struct {
	mu     sync.Mutex
	times  map[string][]time.Duration // since the start, by site
	start  time.Time
	answer func(ctx context.Context, s moderation.Site, n int) error
}

func (a *asked) Poll(ctx context.Context, s moderation.Site) error {
	a.mu.Lock()
	a.times[s.Name] = append(a.times[s.Name], time.Since(a.start))
	n := len(a.times[s.Name])
	a.mu.Unlock()
	if a.answer == nil {
		return nil
	}
	return a.answer(ctx, s, n)
}

func (a *asked) count(site string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.times[site])
}

// polling runs a poller on a site called blog and does f, in a time of its own.
func polling(t *testing.T, answer func(context.Context, moderation.Site, int) error, f func(*village, *asked, chan struct{})) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v, a, rings := &village{}, &asked{times: map[string][]time.Duration{}, start: time.Now(), answer: answer}, make(chan struct{}, 1)
		v.set(moderation.Site{ID: 1, Name: "blog", Platform: "polled"}, moderation.Site{ID: 2, Name: "other", Platform: "webhook"})
		p := &platform.Poller{Sites: v, Sources: map[string]platform.Source{"polled": a}, Every: time.Minute, Log: slog.New(slog.DiscardHandler)}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { p.Run(ctx, rings); close(done) }()
		f(v, a, rings)
		stop()
		<-done
		if n := a.count("other"); n != 0 {
			t.Errorf("a site that pushes was asked %d times", n)
		}
	})
}

func TestPollerAsksEveryMinute(t *testing.T) {
	polling(t, nil, func(_ *village, a *asked, _ chan struct{}) {
		time.Sleep(20 * time.Minute)
		if n := a.count("blog"); n < 18 || n > 21 {
			t.Errorf("asked %d times in 20 minutes", n)
		}
	})
}

func TestPollerFollowsTheSites(t *testing.T) {
	polling(t, nil, func(v *village, a *asked, rings chan struct{}) {
		time.Sleep(10 * time.Second)
		v.set(moderation.Site{ID: 1, Name: "blog", Platform: "polled"}, moderation.Site{ID: 3, Name: "new", Platform: "polled"})
		rings <- struct{}{}
		time.Sleep(3 * time.Second)
		if a.count("new") != 1 || a.count("blog") != 1 {
			t.Errorf("3 s after a site was added it was asked %d times, and the other %d", a.count("new"), a.count("blog"))
		}
		v.set(moderation.Site{ID: 1, Name: "blog", Platform: "polled", Account: moderation.Account{"refresh_token": moderation.NewSecret("x")}})
		rings <- struct{}{}
		time.Sleep(3 * time.Second)
		if a.count("blog") != 2 {
			t.Errorf("a changed site was asked %d times, want at once again", a.count("blog"))
		}
		time.Sleep(10 * time.Minute)
		if a.count("new") != 1 {
			t.Errorf("a removed site was asked %d times", a.count("new"))
		}
	})
}

func TestPollerGivesWay(t *testing.T) {
	later := &moderation.LaterError{After: 10 * time.Minute, Err: errors.New("429")}
	tests := map[string]struct {
		err      error
		over     time.Duration
		min, max int
	}{
		"to errors":             {errors.New("500"), 10 * time.Hour, 12, 17},
		"as long as it asks to": {later, time.Hour, 5, 7},
		"an hour at most":       {&moderation.LaterError{After: 24 * time.Hour, Err: errors.New("429")}, 10 * time.Hour, 9, 11},
		"an hour to a site that is not connected": {fmt.Errorf("%w: revoked", platform.ErrDisconnected), 10 * time.Hour, 9, 11},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			polling(t, func(context.Context, moderation.Site, int) error { return tt.err }, func(_ *village, a *asked, _ chan struct{}) {
				time.Sleep(tt.over)
				if n := a.count("blog"); n < tt.min || n > tt.max {
					t.Errorf("asked %d times in %s, want %d to %d", n, tt.over, tt.min, tt.max)
				}
			})
		})
	}
}

// TestPollerSaysOnceThatASiteIsNotConnected: it asks hourly, perhaps for months.
func TestPollerSaysOnceThatASiteIsNotConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, log := &village{}, &bytes.Buffer{}
		v.set(moderation.Site{ID: 1, Name: "blog", Platform: "polled"})
		a := &asked{times: map[string][]time.Duration{}, start: time.Now(), answer: func(_ context.Context, _ moderation.Site, n int) error {
			if n <= 5 {
				return fmt.Errorf("%w: no administrator of the blog", platform.ErrDisconnected)
			}
			return nil
		}}
		p := &platform.Poller{Sites: v, Sources: map[string]platform.Source{"polled": a}, Every: time.Minute, Log: slog.New(slog.NewTextHandler(log, nil))}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { p.Run(ctx, nil); close(done) }()
		time.Sleep(7 * time.Hour)
		stop()
		<-done
		said := log.String()
		if strings.Count(said, "no administrator") != 1 || strings.Count(said, "site answers again") != 1 || a.count("blog") < 60 {
			t.Errorf("asked %d times, and it says:\n%s", a.count("blog"), said)
		}
	})
}

func TestPollerComesBack(t *testing.T) {
	fail := func(_ context.Context, _ moderation.Site, n int) error {
		if n <= 5 {
			return errors.New("500")
		}
		return nil
	}
	polling(t, fail, func(_ *village, a *asked, _ chan struct{}) {
		time.Sleep(3 * time.Hour)
		if n := a.count("blog"); n < 90 {
			t.Errorf("asked %d times in three hours of which one was bad", n)
		}
	})
}

func TestPollerKeepsSitesApart(t *testing.T) {
	hang := func(ctx context.Context, s moderation.Site, _ int) error {
		switch s.Name {
		case "slow":
			<-ctx.Done()
			return ctx.Err()
		case "broken":
			panic("a bug")
		}
		return nil
	}
	polling(t, hang, func(v *village, a *asked, rings chan struct{}) {
		v.set(moderation.Site{ID: 1, Name: "blog", Platform: "polled"}, moderation.Site{ID: 3, Name: "slow", Platform: "polled"},
			moderation.Site{ID: 4, Name: "broken", Platform: "polled"})
		rings <- struct{}{}
		time.Sleep(20 * time.Minute)
		if n := a.count("blog"); n < 17 {
			t.Errorf("asked %d times beside a slow and a broken site", n)
		}
		if a.count("slow") != 1 || a.count("broken") < 2 {
			t.Errorf("slow %d, broken %d", a.count("slow"), a.count("broken"))
		}
	})
}
