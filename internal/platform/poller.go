package platform

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"gatehouse/internal/moderation"
)

const (
	// longestPollPause bounds the pauses after polls that failed.
	longestPollPause = time.Hour
	// lookForSites is how often it is looked for other sites at most, and
	// lookAnyway after how long without being rung.
	lookForSites, lookAnyway = time.Second, time.Minute
)

// Source is a platform that pushes nothing and has to be asked.
type Source interface {
	// Poll asks one site once and takes what is new. After ErrDisconnected it is
	// asked once an hour until the site is changed; a moderation.LaterError says
	// when to ask again.
	Poll(context.Context, moderation.Site) error
}

// AllSites lists the sites, with their accounts.
type AllSites interface {
	Sites(context.Context) ([]moderation.Site, error)
}

// Poller asks the sites of platforms that push nothing, each by itself.
type Poller struct {
	Sites   AllSites
	Sources map[string]Source // by the platform's name
	Every   time.Duration
	Log     *slog.Logger
}

// round is the asking of one site.
type round struct {
	account string
	stop    context.CancelFunc
	ended   chan struct{}
}

// Run asks until ctx ends. Rings wake it to look for sites that were added,
// changed or removed.
func (p *Poller) Run(ctx context.Context, rings <-chan struct{}) {
	rounds := map[moderation.SiteID]*round{}
	for ctx.Err() == nil {
		if err := p.follow(ctx, rounds); err != nil && ctx.Err() == nil {
			p.Log.Error("look for sites to ask", "err", err)
		}
		rest(ctx, lookForSites)
		anyway := time.NewTimer(lookAnyway)
		select {
		case <-rings:
		case <-anyway.C:
		case <-ctx.Done():
		}
		anyway.Stop()
	}
	for _, r := range rounds {
		r.stop()
		<-r.ended
	}
}

// follow begins the rounds of sites that are new or were changed, and ends those
// of the others.
func (p *Poller) follow(ctx context.Context, rounds map[moderation.SiteID]*round) error {
	sites, err := p.Sites.Sites(ctx)
	if err != nil {
		return err
	}
	there := map[moderation.SiteID]bool{}
	for _, s := range sites {
		source, polled := p.Sources[s.Platform]
		if !polled {
			continue
		}
		there[s.ID] = true
		account := accountOf(s) + string(s.Mode) + fmt.Sprint(s.Thresholds, float64(s.Audit))
		if r := rounds[s.ID]; r != nil {
			if r.account == account {
				continue
			}
			r.stop()
			<-r.ended
		}
		own, stop := context.WithCancel(ctx)
		r := &round{account: account, stop: stop, ended: make(chan struct{})}
		rounds[s.ID] = r
		go func() {
			defer close(r.ended)
			p.ask(own, source, s)
		}()
	}
	for id, r := range rounds {
		if !there[id] {
			r.stop()
			<-r.ended
			delete(rounds, id)
		}
	}
	return nil
}

// ask polls a site until ctx ends.
func (p *Poller) ask(ctx context.Context, source Source, site moderation.Site) {
	failures, disconnected := 0, "" // what was said of a site that is not connected
	for ctx.Err() == nil {
		err := poll(ctx, source, site)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, ErrDisconnected):
			if failures++; err.Error() != disconnected {
				p.Log.Error("site is asked for comments once an hour only, until it is connected again", "site", site.Name, "err", err)
			}
			disconnected = err.Error()
			rest(ctx, longestPollPause)
			continue
		case err != nil:
			failures++
		default:
			if failures > 0 {
				p.Log.Info("site answers again", "site", site.Name)
			}
			failures = 0
		}
		disconnected = ""
		pause := pauseBetween(p.Every, failures, err)
		if err != nil {
			p.Log.Warn("asking a site for comments failed", "site", site.Name, "attempt", failures, "next", pause.Round(time.Millisecond).String(), "err", err)
		}
		rest(ctx, pause)
	}
}

// poll asks once and turns a panic into an error.
func poll(ctx context.Context, source Source, site moderation.Site) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("ask site %s: panic: %v", site.Name, p)
		}
	}()
	return source.Poll(ctx, site)
}

// pauseBetween returns how long to wait after a poll: every after one that went
// well, twice that and so on after those that failed, as long as was asked for
// where that is longer, and an hour at most. A tenth of jitter keeps sites apart.
func pauseBetween(every time.Duration, failures int, err error) time.Duration {
	pause := min(every<<min(failures, 12), longestPollPause)
	var later *moderation.LaterError
	if errors.As(err, &later) {
		pause = max(min(later.After, longestPollPause), every)
	}
	return time.Duration(float64(pause) * (1 + 0.1*rand.Float64()))
}

// rest waits for d or the end of ctx.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
