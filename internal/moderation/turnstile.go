package moderation

import (
	"context"
	"fmt"
	"sync"
)

// Turnstile lets only so many comments of one site in at a time, so that a site
// that is flooded starves none of the others. The nil Turnstile lets in all.
type Turnstile struct {
	Inside  int // of a site, at once
	Waiting int // of a site, before it; more are turned away

	mu    sync.Mutex
	gates map[SiteID]*siteGate
}

// siteGate is the turnstile of one site; it goes when nobody uses it.
type siteGate struct {
	seats chan struct{}
	users int // inside and waiting
}

// Enter waits for a seat and returns what gives it back. Where too many of the
// site wait already it gives ErrTooMany; it also ends with ctx.
func (t *Turnstile) Enter(ctx context.Context, site SiteID) (leave func(), err error) {
	if t == nil {
		return func() {}, nil
	}
	gate, err := t.join(site)
	if err != nil {
		return nil, err
	}
	select {
	case gate.seats <- struct{}{}:
		return func() { <-gate.seats; t.part(site) }, nil
	case <-ctx.Done():
		t.part(site)
		return nil, fmt.Errorf("wait for comments of the site: %w", ctx.Err())
	}
}

func (t *Turnstile) join(site SiteID) (*siteGate, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	gate, ok := t.gates[site]
	if !ok {
		gate = &siteGate{seats: make(chan struct{}, t.Inside)}
		if t.gates == nil {
			t.gates = map[SiteID]*siteGate{}
		}
		t.gates[site] = gate
	}
	if gate.users >= t.Inside+t.Waiting {
		return nil, fmt.Errorf("%w: %d comments of this site wait to be judged: keep this one and send it again later", ErrTooMany, t.Waiting)
	}
	gate.users++
	return gate, nil
}

func (t *Turnstile) part(site SiteID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	gate := t.gates[site]
	if gate.users--; gate.users == 0 {
		delete(t.gates, site)
	}
}
